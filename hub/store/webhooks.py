"""What webhooks told, to recognize what comes again, and how many calls ended how."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select

from hub.clock import utc_text
from hub.store.hot import Upsert
from hub.store.tables import delivery, hook_count

DELIVERIES = ["connection", "digest", "last_at", "times"]
NOTE = Upsert(delivery, DELIVERIES, DELIVERIES[:2], ["last_at"], add=["times"])
COUNTS = ["connection", "day", "outcome", "count"]
COUNT = Upsert(hook_count, COUNTS, COUNTS[:3], [], add=["count"])
KNOWN = select(delivery.c.digest).where(
    delivery.c.connection == bindparam("connection"), delivery.c.digest.in_(bindparam("digests", expanding=True))
)
DAY = len("2026-03-01")


@dataclass(frozen=True, slots=True)
class HookCount:
    """How many calls to a connection ended in one way; no connection: there is none of the name that was called."""

    connection: str
    outcome: str
    count: int


def known(tx: Connection, connection: str, digests: Collection[bytes]) -> set[bytes]:
    """Tell which of these were delivered before."""
    return set(tx.execute(KNOWN, {"connection": connection, "digests": list(digests)}).scalars())


def note(tx: Connection, delivered: Collection[tuple[str, bytes]], now: datetime) -> None:
    """Remember what was delivered: (connection, digest)."""
    NOTE.many(tx, [(connection, digest, utc_text(now), 1) for connection, digest in delivered])


def forget(tx: Connection, before: datetime) -> None:
    """Forget what was delivered last before a time."""
    tx.execute(delete(delivery).where(delivery.c.last_at < utc_text(before)))


def count(tx: Connection, ended: Mapping[tuple[str, str], int], now: datetime) -> None:
    """Count calls by (connection, outcome)."""
    day = utc_text(now)[:DAY]
    COUNT.many(tx, [(connection, day, outcome, number) for (connection, outcome), number in ended.items()])


def counts(tx: Connection, since: datetime) -> list[HookCount]:
    """Sum the calls up since a day."""
    c = hook_count.c
    query = select(c.connection, c.outcome, func.sum(c.count)).where(c.day >= utc_text(since)[:DAY])
    rows = tx.execute(query.group_by(c.connection, c.outcome).order_by(c.connection, c.outcome))
    return [HookCount(row[0], row[1], int(row[2])) for row in rows]
