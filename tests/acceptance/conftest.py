"""Fixtures of the tests through the whole hub."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from bad_input_desk import bare, desk, shop, url, waiting

__all__ = ["bare", "desk", "shop", "url", "waiting"]
