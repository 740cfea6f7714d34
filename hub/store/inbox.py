"""The dirty set: records of a connection to fetch by id, because somebody said that they changed or are needed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from hub.clock import utc_text
from hub.store.hot import Upsert
from hub.store.records import chunks
from hub.store.tables import inbox

NAMES = ["connection", "stream", "external_id", "reason", "added_at"]
ADD = Upsert(inbox, NAMES, NAMES[:3], ["added_at"])


def add(tx: Connection, rows: Sequence[tuple[str, str, str]], reason: str, now: datetime) -> None:
    """Note that (connection, stream, external id) must be fetched."""
    ADD.many(tx, [(*row, reason, utc_text(now)) for row in sorted(set(rows))])


def wanted(tx: Connection, connection: str, stream: str, limit: int = 500) -> list[str]:
    """List the external ids to fetch, oldest first."""
    query = select(inbox.c.external_id).where(inbox.c.connection == connection, inbox.c.stream == stream)
    return list(tx.execute(query.order_by(inbox.c.added_at, inbox.c.external_id).limit(limit)).scalars())


def clear(tx: Connection, connection: str, stream: str, external_ids: Collection[str], asked_at: datetime) -> None:
    """Forget what has been fetched since it was added."""
    for part in chunks(external_ids):
        tx.execute(
            delete(inbox).where(
                inbox.c.connection == connection,
                inbox.c.stream == stream,
                inbox.c.external_id.in_(part),
                inbox.c.added_at <= utc_text(asked_at),
            )
        )


def backlog(tx: Connection) -> dict[tuple[str, str], int]:
    """Count what must be fetched by (connection, stream)."""
    query = select(inbox.c.connection, inbox.c.stream, func.count()).group_by(inbox.c.connection, inbox.c.stream)
    return {(row[0], row[1]): row[2] for row in tx.execute(query)}
