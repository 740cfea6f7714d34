"""The dirty set: records of a connection to fetch by id, because somebody said that they changed or are needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection, bindparam, delete, func, select

from hub.clock import utc_text
from hub.store.among import among
from hub.store.hot import Upsert
from hub.store.tables import inbox

NAMES = ["connection", "stream", "external_id", "reason", "added_at", "times"]
ADD = Upsert(inbox, NAMES, NAMES[:3], ["added_at"], add=["times"])
CLEAR = delete(inbox).where(
    inbox.c.connection == bindparam("our_connection"),
    inbox.c.stream == bindparam("our_stream"),
    inbox.c.external_id == bindparam("our_id"),
    inbox.c.added_at == bindparam("our_time"),
    inbox.c.times == bindparam("our_times"),
)
Ticket: TypeAlias = tuple[str, int]
"""When a row was last added and how often: another one says that somebody has added it again. No clock is compared."""


def add(tx: Connection, rows: Sequence[tuple[str, str, str]], reason: str, now: datetime) -> None:
    """Note that (connection, stream, external id) must be fetched."""
    ADD.many(tx, [(*row, reason, utc_text(now), 1) for row in sorted(set(rows))])


def wanted(tx: Connection, connection: str, stream: str, limit: int = 500) -> list[str]:
    """List the external ids to fetch, oldest first."""
    query = select(inbox.c.external_id).where(inbox.c.connection == connection, inbox.c.stream == stream)
    return list(tx.execute(query.order_by(inbox.c.added_at, inbox.c.external_id).limit(limit)).scalars())


def tickets(tx: Connection, connection: str, stream: str, external_ids: Collection[str]) -> dict[str, Ticket]:
    """Give the tickets of ids as they are now, before they are asked for; those that nobody wants are left out."""
    query = select(inbox.c.external_id, inbox.c.added_at, inbox.c.times).where(
        inbox.c.connection == connection, inbox.c.stream == stream, among(inbox.c.external_id, external_ids)
    )
    return {row[0]: (row[1], row[2]) for row in tx.execute(query)}


def clear(tx: Connection, connection: str, stream: str, fetched: Mapping[str, Ticket]) -> None:
    """Forget what has been fetched, unless it was added again since its ticket was taken."""
    place = {"our_connection": connection, "our_stream": stream}
    rows = [{**place, "our_id": one, "our_time": at, "our_times": times} for one, (at, times) in fetched.items()]
    if rows:
        tx.execute(CLEAR, rows)


def forget(tx: Connection, connection: str, stream: str) -> None:
    """Forget everything that is wanted of a stream."""
    tx.execute(delete(inbox).where(inbox.c.connection == connection, inbox.c.stream == stream))


def backlog(tx: Connection) -> dict[tuple[str, str], int]:
    """Count what must be fetched by (connection, stream)."""
    query = select(inbox.c.connection, inbox.c.stream, func.count()).group_by(inbox.c.connection, inbox.c.stream)
    return {(row[0], row[1]): row[2] for row in tx.execute(query)}
