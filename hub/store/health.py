"""How often a connection has failed in a row, and when it may be asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from hub.clock import utc_text
from hub.store.tables import connection

RESTING = frozenset({"paused", "needs_reauth"})
"""The states in which nothing is done by itself."""


@dataclass(frozen=True, slots=True)
class Health:
    """Failures in a row; `retry_at` is when the next try is due, None where nothing bars it."""

    failures: int = 0
    retry_at: str | None = None


def get(tx: Connection, name: str) -> Health:
    """Tell how a connection has fared."""
    c = connection.c
    row = tx.execute(select(c.failures, c.retry_at).where(c.name == name)).one_or_none()
    return Health(row.failures, row.retry_at) if row else Health()


def put(tx: Connection, name: str, new: Health) -> None:
    """Keep how a connection has fared."""
    c = connection.c
    here = (c.name == name, (c.failures != new.failures) | c.retry_at.is_distinct_from(new.retry_at))
    tx.execute(update(connection).where(*here).values(failures=new.failures, retry_at=new.retry_at))


def every(tx: Connection) -> dict[str, Health]:
    """Tell how each connection has fared."""
    c = connection.c
    return {row.name: Health(row.failures, row.retry_at) for row in tx.execute(select(c.name, c.failures, c.retry_at))}


def left_alone(tx: Connection, now: datetime) -> set[str]:
    """Name the connections that nothing is done with by itself now: resting, or waiting before they are tried again."""
    c = connection.c
    query = select(c.name).where(c.state.in_(RESTING) | (c.retry_at > utc_text(now)))
    return set(tx.execute(query).scalars())


def to_probe(tx: Connection, now: datetime) -> list[str]:
    """Name the connections that refuse our credentials and may be asked whether they still do."""
    c = connection.c
    due = c.retry_at.is_(None) | (c.retry_at <= utc_text(now))
    return list(tx.execute(select(c.name).where(c.state == "needs_reauth", due).order_by(c.name)).scalars())
