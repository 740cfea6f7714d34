"""How far each lane of a stream has been read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from hub.clock import utc_text
from hub.store.hot import Upsert
from hub.store.tables import checkpoint


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything before `high_water` (the remote's time) is stored. `window` is under way: since, until, resume.

    `skew` is by how many seconds the remote's clock was ahead of ours when last measured. `asked` is the connection's
    request counter at the beginning of the last window that was read to its end.
    """

    high_water: str | None = None
    window: dict[str, Any] | None = None
    skew: int = 0
    asked: int = 0


NAMES = ["connection", "stream", "lane", "high_water", "window", "skew", "asked", "changed_at"]
PUT = Upsert(checkpoint, NAMES, NAMES[:3], NAMES[3:])


def get(tx: Connection, connection: str, stream: str, lane: str) -> Checkpoint:
    """Give a lane's checkpoint; an empty one before the first page."""
    c = checkpoint.c
    row = tx.execute(
        select(checkpoint).where(c.connection == connection, c.stream == stream, c.lane == lane)
    ).one_or_none()
    return _checkpoint(row) if row else Checkpoint()


def put(tx: Connection, connection: str, stream: str, lane: str, new: Checkpoint, now: datetime) -> None:
    """Keep a lane's checkpoint."""
    window = json.dumps(new.window) if new.window is not None else None
    PUT.many(tx, [(connection, stream, lane, new.high_water, window, new.skew, new.asked, utc_text(now))])


def read_since(tx: Connection, connection: str, stream: str, lane: str, moment: datetime) -> bool:
    """Tell whether a lane has been read to the end of a window since a moment."""
    c = checkpoint.c
    here = (c.connection == connection, c.stream == stream, c.lane == lane)
    query = select(c.stream).where(*here, c.changed_at >= utc_text(moment), c.window.is_(None))
    return tx.execute(query).first() is not None


def begin_again(tx: Connection, live: str, sweep: str) -> None:
    """Read the windows under way in one lane from their beginnings, and have all sweeps of another come due."""
    tx.execute(update(checkpoint).where(checkpoint.c.lane == live).values(window=None))
    tx.execute(delete(checkpoint).where(checkpoint.c.lane == sweep))


def every(tx: Connection) -> dict[tuple[str, str, str], Checkpoint]:
    """Give all checkpoints by (connection, stream, lane)."""
    return {(row.connection, row.stream, row.lane): _checkpoint(row) for row in tx.execute(select(checkpoint))}


def _checkpoint(row: Row[Any]) -> Checkpoint:
    return Checkpoint(row.high_water, json.loads(row.window) if row.window else None, row.skew, row.asked)
