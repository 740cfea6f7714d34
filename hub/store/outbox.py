"""What is owed to remote systems.

A record has at most one pending row, which has no payload and so coalesces edits, and one in flight, whose bytes and
key are frozen until its outcome is known. What is in bulk waits until nothing live is owed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
    text,
    update,
)

from hub.clock import utc_text
from hub.store.among import among
from hub.store.hot import Upsert
from hub.store.tables import link, outbox

PENDING = "pending"
IN_FLIGHT = "in_flight"

IS_LIVE, IS_FLYING = text("outbox.bulk = 0"), text("outbox.slot = 'in_flight'")
"""Written out, for the databases to see that a partial index answers."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One thing owed.

    In flight: `body` (JSON patch), `fields` (those of the record that it writes, as a JSON list; None: all), `key` and
    `version` (of the record) say what was sent.
    """

    connection: str
    stream: str
    record: str
    slot: str
    key: str | None = None
    external_id: str | None = None
    body: str | None = None
    fields: str | None = None
    version: int = 0
    attempts: int = 0
    not_before: str | None = None
    waits_stream: str | None = None
    waits_record: str | None = None
    created_at: str = ""
    run: str | None = None
    bulk: int = 0


class Awaited(NamedTuple):
    """A record, or a part of one, for which `writes` of a stream wait until it is linked as one of `waits_stream`."""

    connection: str
    stream: str
    waits_stream: str
    record: str
    writes: int


NAMES = OutboxRow.__slots__
PUT = Upsert(outbox, NAMES, NAMES[:4], NAMES[4:])
ONE_WAITS = (
    select(outbox.c.record)
    .where(outbox.c.waits_record.is_not(None), outbox.c.connection == bindparam("connection"))
    .limit(1)
)
OWE_BULK = Upsert(outbox, NAMES, NAMES[:4], ["not_before", "waits_stream", "waits_record", "attempts"])
OWE = Upsert(outbox, NAMES, NAMES[:4], ["not_before", "waits_stream", "waits_record", "attempts", "bulk"])


def owe(tx: Connection, rows: Sequence[tuple[str, str, str]], now: datetime, *, bulk: bool = False) -> None:
    """Note that records (connection, stream, record id) may have to be written; edits of one record coalesce.

    What is owed in bulk becomes live as soon as somebody edits it.
    """
    last = (PENDING, None, None, None, None, 0, 0, None, None, None, utc_text(now), None, int(bulk))
    (OWE_BULK if bulk else OWE).many(tx, [(*row, *last) for row in sorted(set(rows))])


def due(
    tx: Connection, connection: str, stream: str, now: datetime, limit: int, *, live: bool = False
) -> list[OutboxRow]:
    """List pending rows that may be written now, what is live first, then the oldest; with `live` only that.

    A record with a write in flight is not among them. Each half follows an index: a pile of bulk costs nothing.
    """
    c = outbox.c
    ready = _mine(connection, stream).where(*_ready(now), ~_flies())
    first = ready.where(IS_LIVE).order_by(c.created_at, c.record).limit(limit)
    found = [OutboxRow(*row) for row in tx.execute(first)]
    if live or len(found) == limit:
        return found
    rest = ready.where(c.bulk == 1).order_by(c.record).limit(limit - len(found))
    return found + [OutboxRow(*row) for row in tx.execute(rest)]


def lanes(tx: Connection, connection: str, now: datetime) -> set[tuple[str, bool]]:
    """Tell which streams of a connection have something to write now: (stream, whether it is live)."""
    found, c = set(), outbox.c
    for stream in _streams(tx, connection):
        ready = _mine(connection, stream).with_only_columns(c.record).where(*_ready(now), ~_flies()).limit(1)
        for live, which in ((True, IS_LIVE), (False, c.bulk == 1)):
            if tx.execute(ready.where(which)).first() is not None:
                found.add((stream, live))
    return found


def _streams(tx: Connection, connection: str) -> Iterator[str]:
    """Name the streams of a connection to which something is owed, by hops over the key."""
    last, c = "", outbox.c
    while True:
        hop = select(c.stream).where(c.connection == connection, c.stream > last).order_by(c.stream).limit(1)
        found: str | None = tx.execute(hop).scalar()
        if found is None:
            return
        yield found
        last = found


def due_changes(tx: Connection, connection: str, stream: str, now: datetime) -> list[str]:
    """List the records that may be written now and that the remote has already."""
    there = select(link.c.record).where(
        link.c.connection == connection, link.c.stream == stream, link.c.state == "active", link.c.version > 0
    )
    query = _mine(connection, stream).with_only_columns(outbox.c.record)
    query = query.where(outbox.c.slot == PENDING, outbox.c.waits_record.is_(None), outbox.c.record.in_(there))
    not_later = outbox.c.not_before.is_(None) | (outbox.c.not_before <= utc_text(now))
    return list(tx.execute(query.where(not_later)).scalars())


def records(tx: Connection, connection: str, stream: str) -> set[str]:
    """Name the records of which something is owed to a stream, or on its way there."""
    return set(tx.execute(_mine(connection, stream).with_only_columns(outbox.c.record)).scalars())


def in_flight(tx: Connection, connection: str, stream: str) -> list[OutboxRow]:
    """List the writes whose outcome is not known."""
    query = _mine(connection, stream).where(IS_FLYING).order_by(outbox.c.created_at, outbox.c.record)
    return [OutboxRow(*row) for row in tx.execute(query)]


def launch(tx: Connection, rows: Sequence[OutboxRow]) -> None:
    """Freeze what is about to be sent; the pending rows are used up."""
    PUT.many(tx, [tuple(getattr(row, name) for name in NAMES) for row in rows])
    for row in rows:
        drop(tx, row.connection, row.stream, row.record, PENDING)


def drop(tx: Connection, connection: str, stream: str, record: str, slot: str) -> None:
    """Take a row out: nothing is owed, or its outcome is known."""
    c = outbox.c
    tx.execute(delete(outbox).where(c.connection == connection, c.stream == stream, c.record == record, c.slot == slot))


def wait(tx: Connection, row: OutboxRow, waits_stream: str, waits_record: str) -> None:
    """Park a pending row until another record is linked in the same connection."""
    tx.execute(_this(row).values(waits_stream=waits_stream, waits_record=waits_record))


def postpone(tx: Connection, row: OutboxRow, until: datetime) -> None:
    """Try a row again, but not before a time."""
    tx.execute(_this(row).values(not_before=utc_text(until), attempts=outbox.c.attempts + 1))


def recall(tx: Connection, flight: OutboxRow) -> None:
    """Carry over to what is owed how often its write has failed, so that the next wait is longer."""
    tx.execute(_this(replace(flight, slot=PENDING)).values(attempts=flight.attempts))


def wake(tx: Connection, connection: str, record_ids: Collection[str]) -> int:
    """Free the rows of a connection that waited for these records or parts; tell how many."""
    if not _anything_waits(tx, connection):
        return 0
    freed = update(outbox).where(
        outbox.c.connection == connection, outbox.c.slot == PENDING, among(outbox.c.waits_record, record_ids)
    )
    return tx.execute(freed.values(waits_stream=None, waits_record=None)).rowcount


def _anything_waits(tx: Connection, connection: str) -> bool:
    return tx.execute(ONE_WAITS, {"connection": connection}).first() is not None


def waiting(tx: Connection, connection: str | None = None) -> list[OutboxRow]:
    """List the parked rows: those that wait for another record."""
    parked = (outbox.c.slot == PENDING, outbox.c.waits_record.is_not(None))
    query = select(outbox).where(*parked).order_by(outbox.c.created_at)
    if connection is not None:
        query = query.where(outbox.c.connection == connection)
    return [OutboxRow(*row) for row in tx.execute(query)]


def awaited(tx: Connection) -> list[Awaited]:
    """List what is waited for, each with how many writes wait for it."""
    c = outbox.c
    here = (c.connection, c.stream, c.waits_stream, c.waits_record)
    query = select(*here, func.count()).where(c.slot == PENDING, c.waits_record.is_not(None)).group_by(*here)
    return [Awaited(*row) for row in tx.execute(query)]


def of_record(tx: Connection, record: str) -> list[OutboxRow]:
    """List what is owed of one record, to every connection."""
    return [OutboxRow(*row) for row in tx.execute(select(outbox).where(outbox.c.record == record))]


def backlog(tx: Connection) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Count what is owed by (connection, stream): ready, waiting for another record, in flight."""
    flying = outbox.c.slot == IN_FLIGHT
    waits = func.sum(case((outbox.c.waits_record.is_not(None) & ~flying, 1), else_=0))
    flies = func.sum(case((flying, 1), else_=0))
    query = select(outbox.c.connection, outbox.c.stream, func.count(), waits, flies)
    rows = tx.execute(query.group_by(outbox.c.connection, outbox.c.stream))
    return {(r[0], r[1]): (r[2] - r[3] - r[4], r[3], r[4]) for r in rows}


def _flies() -> ColumnElement[bool]:
    """The record of a row has a write in flight in the same stream."""
    c, other = outbox.c, outbox.alias()
    same = (other.c.connection == c.connection, other.c.stream == c.stream, other.c.record == c.record)
    return exists().where(*same, other.c.slot == IN_FLIGHT)


def _ready(now: datetime) -> tuple[ColumnElement[bool], ...]:
    c = outbox.c
    in_time = c.not_before.is_(None) | (c.not_before <= utc_text(now))
    return c.slot == PENDING, c.waits_record.is_(None), in_time


def _mine(connection: str, stream: str) -> Select[Any]:
    return select(outbox).where(outbox.c.connection == connection, outbox.c.stream == stream)


def _this(row: OutboxRow) -> Update:
    c = outbox.c
    return update(outbox).where(
        c.connection == row.connection, c.stream == row.stream, c.record == row.record, c.slot == row.slot
    )
