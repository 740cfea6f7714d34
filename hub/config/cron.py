"""Checks the five fields of a cron expression, with days of the week as names only."""

from __future__ import annotations

import re

FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 0))
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NAMES: dict[str, tuple[str, ...]] = {"month": MONTHS, "day of week": DAYS}
TERM = re.compile(r"(?P<any>\*)(?:/(?P<any_step>\d+))?|(?P<first>\w+)(?:-(?P<last>\w+)(?:/(?P<step>\d+))?)?")


def cron_mistake(text: str) -> str:
    """Say what is wrong with a cron expression; empty when nothing is.

    Numbers for days of the week are refused: crontab counts from Sunday and the scheduler from Monday.
    """
    words = text.split()
    if len(words) != len(FIELDS):
        return f"has {len(words)} fields instead of 5: minute, hour, day of month, month, day of week"
    mistakes = (_field_mistake(word, *field) for word, field in zip(words, FIELDS, strict=True))
    return next((mistake for mistake in mistakes if mistake), "")


def _field_mistake(word: str, name: str, low: int, high: int) -> str:
    if name == "day of week" and re.search(r"\d", word.split("/")[0]):
        return f'has "{word}" as day of week; write its name: {", ".join(DAYS)}'
    for term in word.split(","):
        match = TERM.fullmatch(term.lower())
        if match is None or "0" in (match["any_step"], match["step"]):
            return f'has "{word}" as {name}, which is no cron field'
        ends = [_number(end, name) for end in (match["first"], match["last"]) if end]
        if not all(end is not None and low <= end <= (high or len(DAYS) - 1) for end in ends):
            return f'has "{word}" as {name}, which is out of range'
        if len(ends) == 2 and (ends[0] or 0) > (ends[1] or 0):
            return f'has "{word}" as {name}, which runs backwards'
    return ""


def _number(text: str, name: str) -> int | None:
    names = NAMES.get(name, ())
    if text in names:
        return names.index(text) + (name == "month")
    return int(text) if text.isdecimal() else None
