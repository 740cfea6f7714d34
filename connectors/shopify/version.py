"""The version of the Admin API that every document of this connector is written for."""

from __future__ import annotations

from datetime import date, timedelta

VERSION = "2026-10"
SUNSET = date(2027, 10, 1)
"""Shopify serves a version for a year; afterwards it answers with the oldest one that it still has."""
WARNING = timedelta(days=60)


def days_left(today: date) -> int | None:
    """Count the days to the sunset once it is near; None as long as it is not."""
    left = SUNSET - today
    return max(left.days, 0) if left <= WARNING else None
