"""When a schedule is due: pure functions of the schedule and a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from hub.config import parse_duration
from hub.errors import ConfigError
from hub.schedule.cron import Cron, moments, parse_cron
from hub.store.schedules import Schedule

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SPANS = tuple(timedelta(days=days) for days in (1 / 12, 2, 62, 400, 3000))  # the last has a 29 February


@dataclass(frozen=True, slots=True)
class Every:
    """Due at `anchor` and every `period` of elapsed time before and after it."""

    period: timedelta
    anchor: datetime = EPOCH


def read_timing(schedule: Schedule) -> Every | Cron:
    """Read when a schedule is due; ConfigError says what is wrong with it."""
    if schedule.cron:
        return parse_cron(schedule.cron, schedule.zone or "UTC")
    period = parse_duration(schedule.every or "")
    if not period:
        raise ConfigError(f'every = "{schedule.every or ""}" is no duration', hint='Write it like "5m" or "1h30m".')
    return Every(period, EPOCH + _spread(schedule.name, period))


def next_due(timing: Every | Cron, after: datetime) -> datetime:
    """Tell the first due time later than a moment, in UTC."""
    if isinstance(timing, Every):
        return timing.anchor + ((after - timing.anchor) // timing.period + 1) * timing.period
    for span in SPANS:
        if found := moments(timing, after, after + span):
            return found[0]
    raise ConfigError("a cron expression is never due", hint="Correct its day or month.")


def latest_due(timing: Every | Cron, after: datetime | None, now: datetime) -> datetime | None:
    """Tell the newest due time that has come, if it is later than `after`: many that were missed are one."""
    if isinstance(timing, Every):
        due = timing.anchor + ((now - timing.anchor) // timing.period) * timing.period
        return due if after is None or due > after else None
    for span in SPANS:
        start = now - span if after is None else max(after, now - span)
        if found := moments(timing, start, now):
            return found[-1]
        if start == after:
            return None
    return None


def _spread(name: str, period: timedelta) -> timedelta:
    """Shift a schedule within its period by its name, so that not every shop is asked in the same second."""
    seconds = int(period.total_seconds())
    return timedelta(seconds=int.from_bytes(sha256(name.encode()).digest()[:8], "big") % seconds)
