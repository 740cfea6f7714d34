"""Watches the hub itself: connections, lateness, silence, problems that grow, payments that run out, the disk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from hub.clock import utc_parse
from hub.config.declaration import DEFAULT_FULL, DEFAULT_GROWING, DEFAULT_LATE, DEFAULT_SILENT
from hub.config.duration import parse_duration
from hub.errors import ConfigError
from hub.operations.authorization import authorizations
from hub.schedule.when import latest_due, read_timing
from hub.store import alerts, overview, pace, problems, schedules, settings
from hub.store.alerts import OK, Condition
from hub.store.database import Transaction
from hub.store.settings import ConnectionRow, MerchantRow
from hub.sync.hub import Hub
from hub.sync.routing import LIVE

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEKS = tuple(timedelta(weeks=n) for n in (1, 2, 3, 4))
DAYS = tuple(DAY * n for n in range(1, 8))
SHORTEST_SILENCE = timedelta(minutes=30)
READING = ("pull", "track")
SAID = {
    "ok": "{0} works again",
    "degraded": "{0} is in trouble",
    "needs_reauth": "{0} refuses our credentials",
    "paused": "{0} is paused",
}
STEPS = {
    "degraded": "Nothing is lost and it is tried again. If it goes on: hub connect test {0}",
    "needs_reauth": "Renew its credentials, then run: hub connect test {0}",
    "paused": "Go on with: hub connect resume {0}",
}
log = logging.getLogger(__name__)


def watch(hub: Hub, *, since: datetime, free: Callable[[], float]) -> list[Condition]:
    """Look at everything once and keep how it is; give what is news.

    `since` is when this hub began to work: what was due before is nobody's fault. `free` tells how many percent of the
    disk are free.
    """
    now = hub.world.now()
    with hub.database.read() as tx:
        known = alerts.known(tx)
        seen = list(_look(tx, now, since, free()))
    changed = [one for one in seen if known.get((one.merchant, one.subject), OK) != one.condition]
    if changed:
        with hub.database.write() as tx:
            for one in changed:
                alerts.observe(tx, one, now)
                log.log(logging.INFO if one.condition == OK else logging.WARNING, "%s", one.sentence)
    return changed


def _look(tx: Transaction, now: datetime, since: datetime, free: float) -> Iterator[Condition]:
    rows = settings.connections(tx)
    for merchant in settings.merchants(tx):
        wanted, mine = merchant.alerts or {}, [row for row in rows if row.merchant == merchant.name]
        yield from (_state(row) for row in mine)
        yield from _lateness(tx, mine, now, since, wanted)
        yield from _silence(tx, merchant, mine, now, wanted)
        yield from _growth(tx, mine, now, wanted)
        yield authorizations(tx, merchant.name, now)
        yield _disk(merchant, free, wanted)


def _state(row: ConnectionRow) -> Condition:
    reason = f": {row.reason}" if row.reason and row.state != OK else ""
    sentence = SAID[row.state].format(row.name) + reason
    return Condition(
        row.merchant, f"connection {row.name}", row.state, sentence, STEPS.get(row.state, "").format(row.name)
    )


def _lateness(
    tx: Transaction, rows: list[ConnectionRow], now: datetime, since: datetime, wanted: Mapping[str, Any]
) -> Iterator[Condition]:
    """A schedule is late when nothing was read to its end since a due time that has long passed."""
    patience = parse_duration(wanted.get("late", "")) or DEFAULT_LATE
    good = overview.last_good_runs(tx, READING)
    states = {row.name: row for row in rows}
    for schedule in schedules.every(tx):
        row = states.get(schedule.connection)
        if row is None or schedule.does != schedules.SYNC:
            continue
        try:
            due = latest_due(read_timing(schedule), since, now - patience)
        except ConfigError:
            continue  # it never runs: whoever starts the schedules says so
        runs = [at for (name, stream), at in good.items() if name == row.name and _covers(schedule.streams, stream)]
        last = utc_parse(max(runs)) if runs else None
        is_late = row.state == OK and due is not None and (last is None or last < due)
        said = f"nothing was read from {row.name} since {last:%Y-%m-%d %H:%M} UTC" if last else f"{row.name} is late"
        sentence = said if is_late else f"{row.name} is read in time again"
        hint = f"See what it is doing: hub runs -c {row.name}" if is_late else ""
        yield Condition(row.merchant, f"schedule {schedule.name}", "late" if is_late else OK, sentence, hint)


def _covers(streams: tuple[str, ...], stream: str) -> bool:
    return not streams or stream in streams


def _silence(
    tx: Transaction, merchant: MerchantRow, rows: list[ConnectionRow], now: datetime, wanted: Mapping[str, Any]
) -> Iterator[Condition]:
    working = {row.name for row in rows if row.state == OK}
    sources = {
        (route.source, route.source_stream)
        for route in settings.routes(tx, merchant.name)
        if route.entity == "order" and route.state == LIVE and route.source in working
    }
    for connection, stream in sorted(sources):
        missing = missing_orders(tx, connection, stream, now)
        is_silent = missing >= int(wanted.get("silent", DEFAULT_SILENT))
        sentence = f"orders come again from {connection}"
        if is_silent:
            sentence = f"no order has come from {connection} for as long as {missing:.0f} are usual at this time"
        hint = f"Buy something there; then look whether the hub reads it: hub sync {connection}" if is_silent else ""
        condition = "silent" if is_silent else OK
        yield Condition(merchant.name, f"orders of {connection} {stream}", condition, sentence, hint)


def missing_orders(tx: Transaction, connection: str, stream: str, now: datetime) -> float:
    """Tell how many orders usually come in the time since the last one: the median of the same hours before.

    The same hours of the four weeks before; where the history is shorter than two weeks, of the seven days before.
    """
    ends = pace.first_and_last(tx, connection, stream, now)
    if ends is None:
        return 0
    first, last = map(utc_parse, ends)
    if now - last < SHORTEST_SILENCE:
        return 0
    history = [span for span in WEEKS if last - span >= first]
    if len(history) < 2:
        history = [span for span in DAYS if last - span >= first]
    if len(history) < 2:
        return 0
    return float(median(pace.count_between(tx, connection, stream, last - span, now - span) for span in history))


def _growth(
    tx: Transaction, rows: list[ConnectionRow], now: datetime, wanted: Mapping[str, Any]
) -> Iterator[Condition]:
    most = int(wanted.get("growing", DEFAULT_GROWING))
    fresh = problems.count_since(tx, now - HOUR)
    for row in rows:
        count = fresh.get(row.name, 0)
        sentence = f"{count} problems of {row.name} began within an hour" if count >= most else ""
        condition = "growing" if count >= most else OK
        hint = f"Look at them: hub problems list {row.name}" if count >= most else ""
        again = f"the problems of {row.name} grow no more"
        yield Condition(row.merchant, f"problems of {row.name}", condition, sentence or again, hint)


def _disk(merchant: MerchantRow, free: float, wanted: Mapping[str, Any]) -> Condition:
    is_full = free < int(wanted.get("full", DEFAULT_FULL))
    sentence = (
        f"only {free:.0f} % of the disk that holds the database is free" if is_full else "the disk has room again"
    )
    hint = "Free some space, or move the database: when the disk is full, the hub stands still." if is_full else ""
    return Condition(merchant.name, "disk", "full" if is_full else OK, sentence, hint)
