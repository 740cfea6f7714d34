"""Fixtures of the queries' tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "operations"))
sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))

from house import clock, house, migrated, open_house
from office import empty_database, office
from stockroom import counted

__all__ = ["clock", "counted", "empty_database", "house", "migrated", "office", "open_house"]
