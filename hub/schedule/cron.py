"""Cron expressions in a named time zone: which wall-clock times they mean, and which moments those are.

A wall-clock time that the change to summer time leaves out fires once, an hour later by the clock on the wall. One
that comes twice fires at its first coming; only an expression that names every hour follows elapsed time and fires
at both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.config.cron import DAYS, FIELDS, NAMES, TERM, cron_mistake
from hub.errors import ConfigError

SLACK = timedelta(hours=3)  # more than a zone's clock is ever moved at once
ONE_DAY = timedelta(days=1)
HOURS = 24


@dataclass(frozen=True, slots=True)
class Cron:
    """The times that five fields allow, each a set of numbers; weekdays count from Monday, 0."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    zone: ZoneInfo


def parse_cron(text: str, zone: str) -> Cron:
    """Read a cron expression; ConfigError says what is wrong with it.

    A day of the month together with a day of the week is refused: crontab would take either, most people mean both.
    """
    if mistake := cron_mistake(text):
        raise ConfigError(f'cron = "{text}" {mistake}', hint='Write it like "30 3 * * mon-fri".')
    words = text.lower().split()
    if words[2] != "*" and words[4] != "*":
        raise ConfigError(
            f'cron = "{text}" has a day of the month and a day of the week, which can be read in two ways',
            hint="Use only one of them, or write two schedules.",
        )
    minutes, hours, days, months, weekdays = (_numbers(word, *field) for word, field in zip(words, FIELDS, strict=True))
    cron = Cron(
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        frozenset(days),
        frozenset(months),
        frozenset(weekdays),
        _zone(zone),
    )
    if not any(_is_day(cron, date(2024, 1, 1) + ONE_DAY * n) for n in range(366)):
        raise ConfigError(f'cron = "{text}" names a day that no year has', hint="Correct the day or the month.")
    return cron


def moments(cron: Cron, after: datetime, until: datetime) -> list[datetime]:
    """List the moments later than `after` and not later than `until` at which it fires, in UTC and in order."""
    first = after.astimezone(cron.zone).replace(tzinfo=None) - SLACK
    last = until.astimezone(cron.zone).replace(tzinfo=None) + SLACK
    found = {moment for wall in _walls(cron, first, last) for moment in _moments_of(cron, wall)}
    return sorted(moment for moment in found if after < moment <= until)


def _walls(cron: Cron, first: datetime, last: datetime) -> Iterator[datetime]:
    """List the wall-clock times in a span, whether the zone has them or not."""
    day = first.date()
    while day <= last.date():
        if _is_day(cron, day):
            for hour in cron.hours:
                for minute in cron.minutes:
                    wall = datetime.combine(day, time(hour, minute))
                    if first <= wall <= last:
                        yield wall
        day += ONE_DAY


def _moments_of(cron: Cron, wall: datetime) -> Iterator[datetime]:
    """Turn a wall-clock time into moments by PEP 495: fold 0 is the first of two, and lies after a gap."""
    yield wall.replace(tzinfo=cron.zone, fold=0).astimezone(UTC)
    if len(cron.hours) == HOURS:
        second = wall.replace(tzinfo=cron.zone, fold=1).astimezone(UTC)
        if second.astimezone(cron.zone).replace(tzinfo=None) == wall:
            yield second


def _is_day(cron: Cron, day: date) -> bool:
    return day.month in cron.months and day.day in cron.days and day.weekday() in cron.weekdays


def _numbers(word: str, name: str, low: int, high: int) -> set[int]:
    numbers: set[int] = set()
    for term in word.split(","):
        match = TERM.fullmatch(term)
        assert match is not None, "cron_mistake has accepted it"
        first, last, step = low, high or len(DAYS) - 1, int(match["any_step"] or match["step"] or 1)
        if not match["any"]:
            first = _number(match["first"], name)
            last = _number(match["last"], name) if match["last"] else first
        numbers.update(range(first, last + 1, step))
    return numbers


def _number(text: str, name: str) -> int:
    names = NAMES.get(name, ())
    return names.index(text) + (name == "month") if text in names else int(text)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigError(f'there is no time zone "{name}"', hint='Write it like "Europe/Berlin".') from None
