"""Fixtures of the engine's tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from house import clock, house, migrated, open_house
from stockroom import counted

__all__ = ["clock", "counted", "house", "migrated", "open_house"]
