"""What an operator sees of webhooks: which subscriptions there are, and how calls ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.clock import utc_parse
from hub.plugins import Plugins
from hub.store import settings, subscriptions, webhooks
from hub.store.database import Database
from hub.store.subscriptions import SubscriptionRow

SPAN = timedelta(days=6)
"""Today and the six days before."""


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """One subscription: when it was last seen alive, and when and why it was last made anew."""

    topic: str
    checked_at: datetime
    repaired_at: datetime | None
    repair: str | None
    gap_since: datetime | None


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A connection whose remote may call. `address` needs `public_url`; `calls` are those of seven days by outcome."""

    connection: str
    address: str | None
    subscriptions: list[SubscriptionView]
    calls: dict[str, int]


@dataclass(frozen=True, slots=True)
class WebhookList:
    """All connections that may be called, and how many calls came for none of them."""

    connections: list[WebhookView]
    unknown: int


def webhook_list(database: Database, plugins: Plugins, public_url: str | None, now: datetime) -> WebhookList:
    """List the connections whose remotes may call."""
    with database.read() as tx:
        counts = webhooks.counts(tx, now - SPAN)
        specs = {row.name: plugins.connectors.get(row.connector) for row in settings.connections(tx)}
        calling = [name for name, spec in specs.items() if spec and spec.webhooks]
        rows = {name: subscriptions.of_connection(tx, name) for name in calling}
    found = [
        WebhookView(
            name,
            f"{public_url}/webhooks/{name}" if public_url else None,
            [_view(row) for row in rows[name].values()],
            {one.outcome: one.count for one in counts if one.connection == name},
        )
        for name in calling
    ]
    return WebhookList(found, sum(one.count for one in counts if not one.connection))


def _view(row: SubscriptionRow) -> SubscriptionView:
    return SubscriptionView(
        row.topic,
        utc_parse(row.checked_at),
        utc_parse(row.repaired_at) if row.repaired_at else None,
        row.repair,
        utc_parse(row.gap_since) if row.gap_since else None,
    )
