"""What the routes should have carried of a day's orders to each target, and what the target has of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from hub.store import links, outbox, problems, settings
from hub.store.database import Transaction
from hub.store.days import LinkedRecord
from hub.store.links import LinkRow, LinkState
from hub.store.outbox import IN_FLIGHT
from hub.store.records import RecordRow, chunks
from hub.sync.agreeing.shadow import older_versions, unfold
from hub.sync.day import worth_of
from hub.sync.hub import Hub
from hub.sync.routing import Leg, barred, legs

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Missing:
    """An order that the target does not have as the route should have carried it, and why."""

    external_id: str
    number: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Sum:
    """The orders of one currency: how many and how much the route should have carried, and what the target has."""

    currency: str
    due: int
    there: int
    due_gross: Decimal
    there_gross: Decimal


@dataclass(frozen=True, slots=True)
class TargetDay:
    """A day's orders in one target. `skipped` counts those that a rule of the route keeps out, by rule."""

    route: str
    connection: str
    stream: str
    sums: tuple[Sum, ...]
    missing: tuple[Missing, ...]
    skipped: Mapping[str, int]

    @property
    def agrees(self) -> bool:
        """Tell whether the target has everything that the route should have carried."""
        return not self.missing


@dataclass(slots=True)
class _Tally:
    due: Counter[str]
    there: Counter[str]
    due_gross: dict[str, Decimal]
    there_gross: dict[str, Decimal]
    missing: list[Missing]
    skipped: Counter[str]


def target_days(
    tx: Transaction, hub: Hub, connection: str, stream: str, orders: Sequence[LinkedRecord]
) -> Iterator[TargetDay]:
    """Look at each live route that carries the orders of a stream away."""
    row = settings.connection(tx, connection)
    routes = settings.routes(tx, row.merchant if row else None)
    for leg in legs(routes):
        if (leg.route.entity, leg.source, leg.route.source_stream) == ("order", connection, stream):
            yield _target_day(tx, hub, leg, orders)


def _target_day(tx: Transaction, hub: Hub, leg: Leg, orders: Sequence[LinkedRecord]) -> TargetDay:
    tally = _Tally(Counter(), Counter(), {}, {}, [], Counter())
    by_record = {one.record.id: one for one in orders}
    for part in chunks(list(by_record)):
        current = {record_id: by_record[record_id].record for record_id in part}
        linked = links.of_records(tx, part)
        mine = {i: link for i in part for link in linked.get(i, ()) if _is_there(link, leg)}
        older = older_versions(tx, mine.values(), current)
        for record_id in part:
            link = mine.get(record_id)
            _, theirs = unfold(link, current[record_id], older)
            _count(tx, tally, leg, by_record[record_id], link, theirs)
    currencies = sorted(tally.due | tally.there)
    sums = tuple(
        Sum(
            currency,
            tally.due[currency],
            tally.there[currency],
            tally.due_gross.get(currency, Decimal(0)),
            tally.there_gross.get(currency, Decimal(0)),
        )
        for currency in currencies
    )
    return TargetDay(leg.route.name, leg.target, leg.target_stream, sums, tuple(tally.missing), dict(tally.skipped))


def _is_there(link: LinkRow, leg: Leg) -> bool:
    is_active = link.state == LinkState.ACTIVE and link.version > 0
    return (link.connection, link.stream) == (leg.target, leg.target_stream) and is_active


def _count(tx: Transaction, tally: _Tally, leg: Leg, one: LinkedRecord, link: LinkRow | None, theirs: Data) -> None:
    data: Data = orjson.loads(one.record.data)
    rule = barred(leg, data, one.record.occurred_at, exists=link is not None)
    if rule is not None:
        tally.skipped[rule] += 1
        return
    due = worth_of(data)
    tally.due[due.currency] += 1
    tally.due_gross[due.currency] = tally.due_gross.get(due.currency, Decimal(0)) + due.gross
    if link is None:
        tally.missing.append(Missing(one.external_id, one.record.number, _why(tx, leg, one.record)))
        return
    there = worth_of({**data, **theirs})
    tally.there[there.currency] += 1
    tally.there_gross[there.currency] = tally.there_gross.get(there.currency, Decimal(0)) + there.gross
    if (there.currency, there.gross) != (due.currency, due.gross):
        said = f"differs in gross: {due.gross} {due.currency} here, {there.gross} {there.currency} there"
        tally.missing.append(Missing(one.external_id, one.record.number, said))


def _why(tx: Transaction, leg: Leg, record: RecordRow) -> str:
    """Tell why a target does not have a record that a route should have carried."""
    here = [p for p in problems.listing(tx, connection=leg.target, subject=record.id) if p.stream == leg.target_stream]
    if here:
        return f"parked as problem {here[0].id}"
    owed = [
        row
        for row in outbox.of_record(tx, record.id)
        if (row.connection, row.stream) == (leg.target, leg.target_stream)
    ]
    if any(row.slot == IN_FLIGHT for row in owed):
        return "being written"
    if any(row.waits_record for row in owed):
        return f"waits for {owed[0].waits_stream}"
    return "not yet written" if owed else "missing there"
