"""Fixtures of the operations' tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from office import empty_database, office

__all__ = ["empty_database", "office"]
