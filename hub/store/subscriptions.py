"""What the remotes promised to call us for, as it was last seen there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from hub.clock import utc_text
from hub.store.hot import Upsert
from hub.store.tables import subscription


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription of ours. `secret` is the number of the one it signs with; `checked_at`: then it was alive.

    `repair` says why it was last made anew. What changed since `gap_since` nobody has told us.
    """

    connection: str
    topic: str
    external_id: str
    address: str
    secret: int
    made_at: str
    checked_at: str
    repaired_at: str | None = None
    repair: str | None = None
    gap_since: str | None = None


NAMES = tuple(SubscriptionRow.__slots__)
PUT = Upsert(subscription, NAMES, NAMES[:2], NAMES[2:])


def put(tx: Connection, row: SubscriptionRow) -> None:
    """Keep a subscription."""
    PUT.many(tx, [tuple(getattr(row, name) for name in NAMES)])


def of_connection(tx: Connection, connection: str) -> dict[str, SubscriptionRow]:
    """Give a connection's subscriptions by topic."""
    query = select(subscription).where(subscription.c.connection == connection)
    return {row.topic: SubscriptionRow(*row) for row in tx.execute(query.order_by(subscription.c.topic))}


def checked(tx: Connection, connection: str, now: datetime) -> None:
    """Note that all of a connection's subscriptions are alive."""
    here = subscription.c.connection == connection
    tx.execute(update(subscription).where(here).values(checked_at=utc_text(now)))


def filled(tx: Connection, connection: str, newest: str) -> None:
    """Note that gaps up to the newest of them have been read; one that opened later stays."""
    here = (subscription.c.connection == connection, subscription.c.gap_since <= newest)
    tx.execute(update(subscription).where(*here).values(gap_since=None))


def remove(tx: Connection, connection: str, topic: str) -> None:
    """Forget a subscription."""
    tx.execute(delete(subscription).where(subscription.c.connection == connection, subscription.c.topic == topic))
