"""Runs, whose numbers add up, and the events that tell what happened to a record and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from hub.clock import utc_text
from hub.store.hot import Upsert
from hub.store.tables import event, run


class RunState(StrEnum):
    """How a run ended; one that read records it had to park is partial, one that a person ended early is stopped."""

    RUNNING = "running"
    OK = "ok"
    PARTIAL = "partial"
    STOPPED = "stopped"
    FAILED = "failed"
    CRASHED = "crashed"


@dataclass(slots=True)
class Counts:
    """What a run did: read = written + unchanged + skipped + parked."""

    read: int = 0
    written: int = 0
    unchanged: int = 0
    skipped: int = 0
    parked: int = 0

    def add_up(self) -> bool:
        """Tell whether every record that was read is accounted for."""
        return self.read == self.written + self.unchanged + self.skipped + self.parked

    def plus(self, more: Counts) -> Counts:
        """Add two counts up."""
        return Counts(*(getattr(self, name) + getattr(more, name) for name in Counts.__slots__))


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of a stream."""

    id: str
    connection: str
    stream: str
    kind: str
    lane: str
    state: str
    started_at: str
    ended_at: str | None
    read: int
    written: int
    unchanged: int
    skipped: int
    parked: int
    message: str | None
    mapping: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a record, for the operator; `detail` holds ids and reasons, no personal data."""

    id: str
    run: str | None
    at: str
    kind: str
    connection: str
    stream: str
    record: str | None = None
    external_id: str | None = None
    detail: Mapping[str, Any] | None = None


PROGRESS = update(run).where(run.c.id == bindparam("this")).values({name: bindparam(name) for name in Counts.__slots__})
EVENT_NAMES = Event.__slots__
ADD_EVENT = Upsert(event, EVENT_NAMES, ["id"], [])


def start(tx: Connection, run_id: str, connection: str, stream: str, kind: str, lane: str, now: datetime) -> None:
    """Note that a run began."""
    row = {"id": run_id, "connection": connection, "stream": stream, "kind": kind, "lane": lane}
    tx.execute(insert(run).values(**row, state=RunState.RUNNING, started_at=utc_text(now)))


def progress(tx: Connection, run_id: str, counts: Counts) -> None:
    """Note what a run has done so far, in the transaction that does it."""
    tx.execute(PROGRESS, {"this": run_id, **_numbers(counts)})


def finish(
    tx: Connection,
    run_id: str,
    state: RunState,
    counts: Counts,
    now: datetime,
    message: str | None = None,
    mapping: str | None = None,
) -> None:
    """Note how a run ended."""
    ended = {"state": state, "ended_at": utc_text(now), "message": message, "mapping": mapping}
    tx.execute(update(run).where(run.c.id == run_id).values(**ended, **_numbers(counts)))


def abandon(tx: Connection, connection: str, now: datetime) -> int:
    """Mark runs of a connection that never ended, because their process died, as crashed."""
    stale = (
        update(run)
        .where(run.c.connection == connection, run.c.state == RunState.RUNNING)
        .values(
            state=RunState.CRASHED,
            ended_at=utc_text(now),
            message="The process ended in the middle; the next run went on.",
        )
    )
    return tx.execute(stale).rowcount


def listing(
    tx: Connection, *, connection: str | None = None, stream: str | None = None, limit: int = 50
) -> list[RunRow]:
    """List runs, newest first."""
    query = select(run).order_by(run.c.id.desc()).limit(limit)
    for column, wanted in ((run.c.connection, connection), (run.c.stream, stream)):
        if wanted is not None:
            query = query.where(column == wanted)
    return [RunRow(*row) for row in tx.execute(query)]


def get(tx: Connection, run_id: str) -> RunRow | None:
    """Find a run by id."""
    row = tx.execute(select(run).where(run.c.id == run_id)).one_or_none()
    return RunRow(*row) if row else None


def newest(tx: Connection) -> dict[tuple[str, str, str], RunRow]:
    """Give the newest run of each (connection, stream, kind)."""
    ids = select(func.max(run.c.id)).group_by(run.c.connection, run.c.stream, run.c.kind)
    rows = (RunRow(*row) for row in tx.execute(select(run).where(run.c.id.in_(ids))))
    return {(row.connection, row.stream, row.kind): row for row in rows}


def add_events(tx: Connection, events: Sequence[Event]) -> None:
    """Keep events."""
    ADD_EVENT.many(tx, [(*(getattr(e, n) for n in EVENT_NAMES[:-1]), json.dumps(e.detail or {})) for e in events])


def events(
    tx: Connection, *, record: str | None = None, run_id: str | None = None, kind: str | None = None, limit: int = 200
) -> list[Event]:
    """List events, oldest first."""
    query = select(event).order_by(event.c.id.desc()).limit(limit)
    for column, wanted in ((event.c.record, record), (event.c.run, run_id), (event.c.kind, kind)):
        if wanted is not None:
            query = query.where(column == wanted)
    rows = [Event(**{**row._asdict(), "detail": json.loads(row.detail)}) for row in tx.execute(query)]
    return rows[::-1]


def purge(tx: Connection, connections: Collection[str], before: datetime, limit: int = 1000) -> int:
    """Forget runs that ended before a time, a part at a time; tell how many."""
    old = select(run.c.id).where(run.c.connection.in_(connections), run.c.ended_at < utc_text(before)).limit(limit)
    return tx.execute(delete(run).where(run.c.id.in_(old))).rowcount


def purge_events(tx: Connection, connections: Collection[str], before: datetime, limit: int = 1000) -> int:
    """Forget events from before a time, a part at a time; tell how many."""
    old = select(event.c.id).where(event.c.connection.in_(connections), event.c.at < utc_text(before)).limit(limit)
    return tx.execute(delete(event).where(event.c.id.in_(old))).rowcount


def tally(tx: Connection, run_id: str, kind: str, name: str) -> Counter[str]:
    """Count the events of a kind in a run by one of the values in their detail."""
    query = select(event.c.detail).where(event.c.run == run_id, event.c.kind == kind)
    return Counter(str(json.loads(detail).get(name, "")) for detail in tx.execute(query).scalars())


def count_records(tx: Connection, run_id: str, kind: str) -> int:
    """Count the records to which something of a kind happened in a run."""
    query = select(func.count(event.c.record.distinct())).where(event.c.run == run_id, event.c.kind == kind)
    return int(tx.execute(query).scalar() or 0)


def _numbers(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in Counts.__slots__}
