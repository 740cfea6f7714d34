"""Durations as people write them: 90s, 5m, 12h, 1d, 1h30m."""

from __future__ import annotations

import re
from datetime import timedelta

UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
PART = re.compile(r"(\d+)([wdhms])")
WHOLE = re.compile(r"(?:\d+[wdhms])+")


def parse_duration(text: str) -> timedelta | None:
    """Read a duration; None when the text is none."""
    if not WHOLE.fullmatch(text):
        return None
    return timedelta(seconds=sum(int(count) * UNITS[unit] for count, unit in PART.findall(text)))


def format_duration(duration: timedelta) -> str:
    """Write a duration the shortest way that reads back as the same: 5400 s is "1h30m"."""
    rest = int(duration.total_seconds())
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, UNITS[unit])
        parts.append(f"{count}{unit}" if count else "")
    return "".join(parts) or "0s"
