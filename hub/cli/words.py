"""How times, durations, counts and states are written for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta

from rich.text import Text

LISTED = 4
DAY = timedelta(days=1)
BIDI = {ord(mark): None for mark in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"}
STYLES = {
    "ok": "green",
    "works": "green",
    "done": "green",
    "sent": "green",
    "running": "cyan",
    "partial": "yellow",
    "stopped": "yellow",
    "paused": "yellow",
    "degraded": "yellow",
    "held": "yellow",
    "warning": "yellow",
    "failed": "red",
    "crashed": "red",
    "needs_reauth": "red",
    "broken": "red",
    "unknown": "yellow",
    "refused": "red",
}
SAID = {"needs_reauth": "needs re-auth", "outcome_unknown": "outcome unknown", "dead_letter": "not processed"}


def clean(text: str) -> str:
    """Take out of foreign text what would move the cursor or turn the line around."""
    visible = text.translate(BIDI).replace("\n", " ").replace("\t", " ")
    return "".join("·" if unicodedata.category(letter) == "Cc" else letter for letter in visible)


def state(name: str) -> Text:
    """Write a state in its color."""
    return Text(SAID.get(name, name.replace("_", " ")), style=STYLES.get(name, ""))


def clock_time(moment: datetime, now: datetime) -> str:
    """Write a time in the local zone, as short as today allows: 12:03, yesterday 12:03, 18 Aug 12:03, 18 Aug 2025."""
    local, today = moment.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if local.date() == (today - DAY).date():
        return f"yesterday {local:%H:%M}"
    day = f"{local.day} {local:%b}"
    return f"{day} {local:%H:%M}" if abs(today - local) < 300 * DAY else f"{day} {local:%Y}"


def full_time(moment: datetime, now: datetime) -> str:
    """Write a time with how long ago it was: 12:03 (4 min ago)."""
    return f"{clock_time(moment, now)} ({ago(moment, now)})"


def ago(moment: datetime, now: datetime) -> str:
    """Say how long ago a time was, or how far ahead it is."""
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 5:
        return "now"
    return f"{duration(seconds)} ago" if seconds > 0 else f"in {duration(-seconds)}"


def duration(seconds: float) -> str:
    """Write a duration in its largest unit: 850 ms, 12 s, 4 min, 3 h, 5 days."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for size, unit in ((1, "s"), (60, "min"), (3600, "h")):
        if seconds < size * {"s": 90, "min": 90, "h": 36}[unit]:
            return f"{seconds / size:.0f} {unit}"
    days = round(seconds / 86400)
    return f"{days} day{'s' * (days != 1)}"


def count(number: int) -> str:
    """Write a count with thousands apart, and nothing as a dash so that what matters stands out."""
    return f"{number:,}" if number else "-"


def said(detail: Mapping[str, object]) -> str:
    """Write an event's detail in words; what only programs need is left out."""
    words = []
    for name, value in detail.items():
        if isinstance(value, (list, tuple)):
            words.append(f"{name} {', '.join(map(str, value[:LISTED]))}" + (", ..." if len(value) > LISTED else ""))
        elif name not in ("key", "asked"):
            words.append(f"{name} {value}")
    return "; ".join(words)


def many(number: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun: 1 record, 12 records."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
