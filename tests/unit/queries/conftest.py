"""Fixtures of the queries' tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "operations"))

from office import office

__all__ = ["office"]
