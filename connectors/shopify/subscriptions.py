"""Keeps the store's promises to call us."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.shopify.graph import Graph
from hub.api import Subscription


def listed(graph: Graph) -> Iterator[Subscription]:
    """List every subscription of this app; Shopify takes away those that fail for long, so those it lists are alive."""
    after: str | None = None
    while True:
        rows = graph.ask("subscriptions", {"after": after})["webhookSubscriptions"]
        for row in rows["nodes"]:
            yield Subscription(row["id"], row["topic"], row["uri"])
        if not rows["pageInfo"]["hasNextPage"]:
            return
        after = rows["pageInfo"]["endCursor"]


def subscribe(graph: Graph, topic: str, address: str) -> Subscription:
    """Ask to be called; the calls are signed with the app's client secret."""
    given = {"topic": topic, "subscription": {"uri": address, "format": "JSON"}}
    made = graph.mutate("subscribe", given, repeat=True)["webhookSubscription"]
    return Subscription(made["id"], made["topic"], made["uri"])


def unsubscribe(graph: Graph, subscription: Subscription) -> None:
    """Ask not to be called any more."""
    graph.mutate("unsubscribe", {"id": subscription.external_id}, repeat=True)
