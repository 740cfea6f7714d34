"""Proves that the settings work, and names what the app lacks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.shopify.graph import Graph
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.version import SUNSET, VERSION, days_left
from hub.api import ConfigError, Document

READS = {
    "customers": "read_customers",
    "products": "read_products",
    "stock": "read_inventory",
    "locations": "read_locations",
    "orders": "read_orders",
    "shipments": "read_merchant_managed_fulfillment_orders",
}
WRITES = {
    "customers": "write_customers",
    "prices of products": "write_products",
    "stock": "write_inventory",
    "orders": "write_orders",
    "shipments": "write_merchant_managed_fulfillment_orders",
}
IMPLIED = "write_"
HISTORY = "read_all_orders"


def check(graph: Graph, settings: ShopifySettings) -> None:
    """Raise what keeps the connection from working, every missing scope in one error."""
    answer = graph.ask("check")
    missing = [f"{scope} (for {what})" for what, scope in _missing(settings, _scopes(answer))]
    if missing:
        hint = "Add these access scopes to the app's configuration, and install it in the store again."
        raise ConfigError(f"the app lacks {', '.join(missing)}", hint=hint)
    if not _is_served(answer):
        hint = "Update the hub: a newer one speaks a newer version."
        raise ConfigError(f"the store does not serve version {VERSION} of its API any more", hint=hint)


def cautions(answer: Document, settings: ShopifySettings, now: datetime | None) -> Iterator[str]:
    """Say what works and still limits the connection."""
    if settings.history and HISTORY not in _scopes(answer):
        yield (
            f"Only orders of the last 60 days are visible: the app lacks {HISTORY}. A back-fill from earlier stays "
            "incomplete; ask Shopify for the scope, or set history = false."
        )
    left = days_left(now.date()) if now else None
    if left is not None:
        yield f"Version {VERSION} of the store's API ends on {SUNSET}, in {left} days: update the hub before."


def _missing(settings: ShopifySettings, granted: set[str]) -> Iterator[tuple[str, str]]:
    wanted = [*READS.items(), *(WRITES.items() if settings.writes else ())]
    for what, scope in wanted:
        if scope not in granted and scope.replace("read_", IMPLIED, 1) not in granted:
            yield what, scope


def _scopes(answer: Document) -> set[str]:
    return {row["handle"] for row in answer["currentAppInstallation"]["accessScopes"]}


def _is_served(answer: Document) -> bool:
    served = {row["handle"]: row["supported"] for row in answer["publicApiVersions"]}
    return bool(served.get(VERSION, True))
