"""Reconciles a day: what a remote shows now, what the hub has of it, and what every target should have got."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

import orjson

from hub.clock import utc_parse, utc_text
from hub.connector import Entity
from hub.errors import ConfigError
from hub.operations.carried import TargetDay, target_days
from hub.operations.connection import find_connection
from hub.store import alerts, checkpoints, days, inbox, problems
from hub.store.alerts import OK, Condition
from hub.store.database import Transaction
from hub.store.days import ClosedDay, LinkedRecord
from hub.store.schedules import Schedule
from hub.sync.day import Day, Found, RemoteDay, Worth, fetch_orders, read_day, worth_of
from hub.sync.hub import Hub
from hub.sync.reading.window import OVERLAP

WEEK = 7


class Reason(StrEnum):
    """Why one id is not the same on both sides."""

    MISSING_HERE = "missing here"
    MISSING_THERE = "missing there"
    DIFFERS = "differs"
    PARKED = "parked"
    NOT_YET_READ = "not yet read"
    CHANGED = "changed since the day was closed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One id that is not the same on both sides; `detail` is the problem, the fields, or what is known."""

    external_id: str
    number: str | None
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """What the orders of one currency are worth together."""

    currency: str
    orders: int
    gross: Decimal
    tax: Decimal
    refunded: Decimal


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A day on both sides. `later` is what changed there since it was signed off, at `closed_at`."""

    connection: str
    stream: str
    day: str
    zone: str
    is_over: bool
    theirs: tuple[Total, ...]
    ours: tuple[Total, ...]
    differences: tuple[Difference, ...]
    targets: tuple[TargetDay, ...]
    closed_at: str | None
    later: tuple[Difference, ...]
    orders: Mapping[str, list[str]]

    @property
    def agrees(self) -> bool:
        """Tell whether every system has the day as the remote shows it, and it is as it was signed off."""
        return self.sides_agree and not self.later

    @property
    def sides_agree(self) -> bool:
        """Tell whether both sides and the targets agree now."""
        return not self.differences and all(target.agrees for target in self.targets)


def reconcile(hub: Hub, connection: str, day: Day, stream: str | None = None) -> Reconciliation:
    """Read a day afresh from the remote and compare it with what the hub and the targets have."""
    stream = stream or order_stream(hub, connection)
    remote = read_day(hub, connection, stream, day)
    with hub.database.read() as tx:
        here = {one.external_id: one for one in _placed(tx, connection, stream, day)}
    elsewhere = fetch_orders(hub, connection, stream, here.keys() - remote.orders.keys() - remote.unreadable.keys())
    with hub.database.read() as tx:
        found = sorted(_differences(tx, connection, stream, remote, here, elsewhere), key=lambda one: one.external_id)
        before = days.closed(tx, connection, stream, day.date.isoformat())
        targets = tuple(target_days(tx, hub, connection, stream, list(here.values())))
    now = {external_id: one.worth for external_id, one in remote.orders.items()}
    return Reconciliation(
        connection=connection,
        stream=stream,
        day=day.date.isoformat(),
        zone=day.zone,
        is_over=hub.world.now() >= day.until,
        theirs=totals(now.values()),
        ours=totals(worth_of(orjson.loads(one.record.data)) for one in here.values()),
        differences=tuple(found),
        targets=targets,
        closed_at=before.closed_at if before else None,
        later=tuple(_later(before, now)) if before else (),
        orders={external_id: worth.texts() for external_id, worth in sorted(now.items())},
    )


def close_day(hub: Hub, done: Reconciliation) -> None:
    """Sign a day off as it is now; ConfigError where it is not over or the sides do not agree."""
    if not done.is_over:
        raise ConfigError(f"{done.day} is not over yet in {done.zone}", hint="Close it tomorrow.")
    if not done.sides_agree:
        raise ConfigError(f"{done.day} cannot be closed: the sides do not agree", hint="Mend the differences first.")
    closed_at = utc_text(hub.world.now())
    with hub.database.write() as tx:
        days.close(tx, ClosedDay(done.connection, done.stream, done.day, done.zone, closed_at, done.orders))


def reconcile_open_days(hub: Hub, schedule: Schedule) -> list[Reconciliation]:
    """Reconcile the days of the last week that are over and not signed off, in a schedule's time zone.

    Those that agree are signed off; the operators are told of those that do not.
    """
    connection, zone = schedule.connection, schedule.zone or "UTC"
    stream = next(iter(schedule.streams), None) or order_stream(hub, connection)
    today = hub.world.now().astimezone(ZoneInfo(zone)).date()
    with hub.database.read() as tx:
        closed = {day for of, day, _ in days.closed_list(tx, connection) if of == stream}
    week = [today - timedelta(days=n) for n in range(WEEK, 0, -1)]
    done = [reconcile(hub, connection, Day(day, zone), stream) for day in week if day.isoformat() not in closed]
    for one in done:
        if one.sides_agree:
            close_day(hub, one)
    merchant = find_connection(hub.database, connection).merchant
    with hub.database.write() as tx:
        alerts.observe(tx, _condition(merchant, connection, stream, done), hub.world.now())
    return done


def _condition(merchant: str, connection: str, stream: str, done: Sequence[Reconciliation]) -> Condition:
    subject, bad = f"days of {connection} {stream}", [one for one in done if not one.sides_agree]
    if not bad:
        return Condition(merchant, subject, OK, f"the {stream} of {connection} agree on every day")
    count = sum(len(one.differences) + sum(len(target.missing) for target in one.targets) for one in bad)
    sentence = f"the {stream} of {connection} on {', '.join(one.day for one in bad)} do not agree ({count} differ)"
    hint = f"See which: hub reconcile {connection} --day {bad[0].day} --zone {bad[0].zone}"
    return Condition(merchant, subject, "differs", sentence, hint)


def order_stream(hub: Hub, connection: str) -> str:
    """Name the stream of a connection that its orders are read from; ConfigError where there is not just one."""
    spec = hub.plugins.connector(find_connection(hub.database, connection).connector)
    found = [stream.name for stream in spec.streams if stream.entity is Entity.ORDER and stream.reads]
    if len(found) != 1:
        have = f"it has {', '.join(found)}: name one" if found else "only orders can be reconciled"
        raise ConfigError(f"{spec.title} has {len(found) or 'no'} streams of orders to read", hint=have)
    return found[0]


def totals(orders: Iterable[Worth]) -> tuple[Total, ...]:
    """Add orders up, each currency by itself."""
    found: dict[str, Total] = {}
    for one in orders:
        sum_ = found.get(one.currency, Total(one.currency, 0, Decimal(0), Decimal(0), Decimal(0)))
        found[one.currency] = Total(
            one.currency, sum_.orders + 1, sum_.gross + one.gross, sum_.tax + one.tax, sum_.refunded + one.refunded
        )
    return tuple(found[currency] for currency in sorted(found))


def _placed(tx: Transaction, connection: str, stream: str, day: Day) -> Iterator[LinkedRecord]:
    return days.placed_between(tx, connection, stream, "order", day.since, day.until)


def _differences(
    tx: Transaction,
    connection: str,
    stream: str,
    remote: RemoteDay,
    here: Mapping[str, LinkedRecord],
    elsewhere: RemoteDay | None,
) -> Iterator[Difference]:
    judge = _Judge(tx, connection, stream)
    for external_id, said in remote.unreadable.items():
        yield Difference(external_id, None, Reason.PARKED, judge.problem(external_id) or said)
    for external_id, there in remote.orders.items():
        mine = here.get(external_id)
        if mine is None:
            yield judge.missing_here(external_id, there)
        elif fields := there.worth.differing(worth_of(orjson.loads(mine.record.data))):
            yield judge.differs(external_id, there, mine, fields)
    for external_id in here.keys() - remote.orders.keys() - remote.unreadable.keys():
        now = elsewhere.orders.get(external_id) if elsewhere else None
        detail = "it cannot be asked for" if elsewhere is None else "it is gone"
        if now is not None:
            detail = f"it says that it was placed at {now.placed_at}, or hides it from lists"
        yield Difference(external_id, here[external_id].record.number, Reason.MISSING_THERE, detail)


class _Judge:
    """Finds the reason of a difference in what the hub knows."""

    def __init__(self, tx: Transaction, connection: str, stream: str) -> None:
        found = problems.listing(tx, connection=connection)
        whole = (p for p in found if (p.stream, p.direction, p.field) == (stream, "pull", ""))
        self._problems = {p.subject: p.id for p in whole}
        self._wanted = set(inbox.wanted(tx, connection, stream, 100_000))
        mark = checkpoints.get(tx, connection, stream, "live")
        self._read_to = utc_parse(mark.high_water) - OVERLAP if mark.high_water else None

    def problem(self, external_id: str) -> str:
        """Name the open problem of an id; empty where there is none."""
        found = self._problems.get(external_id)
        return f"problem {found}" if found else ""

    def missing_here(self, external_id: str, there: Found) -> Difference:
        """Tell why the hub does not have an order."""
        if parked := self.problem(external_id):
            return Difference(external_id, there.number, Reason.PARKED, parked)
        if self._is_news(external_id, there):
            return Difference(external_id, there.number, Reason.NOT_YET_READ)
        return Difference(external_id, there.number, Reason.MISSING_HERE)

    def differs(self, external_id: str, there: Found, mine: LinkedRecord, fields: list[str]) -> Difference:
        """Tell why an order is worth something else here."""
        seen = there.digest == mine.document_hash
        if not seen and (parked := self.problem(external_id)):
            return Difference(external_id, there.number, Reason.PARKED, parked)
        if not seen and self._is_news(external_id, there):
            return Difference(external_id, there.number, Reason.NOT_YET_READ, ", ".join(fields))
        return Difference(external_id, there.number, Reason.DIFFERS, ", ".join(fields))

    def _is_news(self, external_id: str, there: Found) -> bool:
        if external_id in self._wanted or self._read_to is None:
            return True
        return there.updated_at is not None and utc_parse(there.updated_at) >= self._read_to


def _later(before: ClosedDay, now: Mapping[str, Worth]) -> Iterator[Difference]:
    """Tell what the remote shows otherwise than when the day was signed off."""
    for external_id, texts in before.orders.items():
        if external_id not in now:
            yield Difference(external_id, None, Reason.CHANGED, "it is no longer among the day's orders")
            continue
        old, new = texts, now[external_id].texts()
        fields = ("currency", "gross", "tax", "refunded")
        said = [f"{name} {a} -> {b}" for name, a, b in zip(fields, old, new, strict=True) if a != b]
        if said:
            yield Difference(external_id, None, Reason.CHANGED, ", ".join(said))
    for external_id in sorted(now.keys() - before.orders.keys()):
        yield Difference(external_id, None, Reason.CHANGED, "it was not among the day's orders then")
