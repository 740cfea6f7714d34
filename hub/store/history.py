"""What was received and sent before: documents that newer ones replaced, and what was written, compressed.

The current document of a record stands in `document`; only what it replaces comes here.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from hub.clock import utc_text
from hub.store.hot import Upsert
from hub.store.tables import history

LEVEL = 1
"""Of zlib: a document shrinks to a quarter already, in a third of the time."""
CHUNK = 1000


class Way(StrEnum):
    """Which way the bytes of an entry went, and how that ended."""

    RECEIVED = "received"
    SENT = "sent"
    REFUSED = "refused"


class Entry(NamedTuple):
    """One document of a record: the body, compressed, and `event`, by which people name it: its hash or its key."""

    id: str
    record: str
    connection: str
    stream: str
    external_id: str | None
    way: str
    event: str
    at: str
    run: str | None
    body: bytes


ADD = Upsert(history, Entry._fields, ["id"], [])


def pack(body: bytes) -> bytes:
    """Compress a body."""
    return zlib.compress(body, LEVEL)


def unpack(entry: Entry) -> bytes:
    """Give the body of an entry as it went over the wire."""
    return zlib.decompress(entry.body)


def add(tx: Connection, entries: Sequence[Entry]) -> None:
    """Keep entries."""
    ADD.many(tx, entries)


def of_record(tx: Connection, record: str, limit: int = 200) -> list[Entry]:
    """List what is kept of a record, newest first."""
    query = select(history).where(history.c.record == record).order_by(history.c.at.desc(), history.c.id.desc())
    return [Entry(*row) for row in tx.execute(query.limit(limit))]


def purge(tx: Connection, connections: Collection[str], before: datetime, limit: int = CHUNK) -> int:
    """Forget what some connections received and sent before a time, a part at a time; tell how much."""
    old = select(history.c.id).where(history.c.connection.in_(connections), history.c.at < utc_text(before))
    return tx.execute(delete(history).where(history.c.id.in_(old.limit(limit)))).rowcount
