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
    "returns": "read_returns",
    "shipments": "read_merchant_managed_fulfillment_orders",
}
CALLS = {
    "calls about fulfillments": "read_fulfillments",
    "calls about merged customers": "read_customer_merge",
    "calls about disputes": "read_shopify_payments_disputes",
}
"""What webhooks need beside what reading needs: without it the store lets nobody subscribe to their topics."""
WRITES = {
    "customers": "write_customers",
    "prices of products": "write_products",
    "stock": "write_inventory",
    "orders": "write_orders",
    "shipments": "write_merchant_managed_fulfillment_orders",
}
HISTORY = "read_all_orders"


def check(graph: Graph) -> None:
    """Raise what keeps the connection from working at all; what keeps single streams from it is a caution."""
    answer = graph.ask("check")
    if not any(_may(scope, _scopes(answer)) for scope in READS.values()):
        hint = f"Give the app the access scopes {', '.join(READS.values())}, and install it in the store again."
        raise ConfigError("the app may read nothing of the store", hint=hint)
    if not _is_served(answer):
        hint = "Update the hub: a newer one speaks a newer version."
        raise ConfigError(f"the store does not serve version {VERSION} of its API any more", hint=hint)


def cautions(answer: Document, settings: ShopifySettings, now: datetime | None) -> Iterator[str]:
    """Say what works and still limits the connection."""
    missing = [f"{scope} (for {what})" for what, scope in _missing(settings, _scopes(answer))]
    if missing:
        yield f"The app lacks {', '.join(missing)}: add these access scopes, and install it in the store again."
    if settings.history and HISTORY not in _scopes(answer):
        yield (
            f"Only orders of the last 60 days are visible: the app lacks {HISTORY}. A back-fill from earlier stays "
            "incomplete; ask Shopify for the scope, or set history = false."
        )
    left = days_left(now.date()) if now else None
    if left is not None:
        yield f"Version {VERSION} of the store's API ends on {SUNSET}, in {left} days: update the hub before."


def wanted_scopes(settings: ShopifySettings) -> list[str]:
    """List the scopes to ask for, so that the check finds none missing."""
    more = settings.more_scopes.replace(",", " ").split()
    return list(dict.fromkeys([*(scope for _, scope in _wanted(settings)), *more]))


def _missing(settings: ShopifySettings, granted: set[str]) -> Iterator[tuple[str, str]]:
    return ((what, scope) for what, scope in _wanted(settings) if not _may(scope, granted))


def _wanted(settings: ShopifySettings) -> Iterator[tuple[str, str]]:
    """Give what each scope is for, and the scope."""
    yield from (*READS.items(), *CALLS.items())
    if settings.writes:
        yield from WRITES.items()


def _may(scope: str, granted: set[str]) -> bool:
    """Tell whether a scope is granted; who may write may read, too."""
    return scope in granted or scope.replace("read_", "write_", 1) in granted


def _scopes(answer: Document) -> set[str]:
    return {row["handle"] for row in answer["currentAppInstallation"]["accessScopes"]}


def _is_served(answer: Document) -> bool:
    served = {row["handle"]: row["supported"] for row in answer["publicApiVersions"]}
    return bool(served.get(VERSION, True))
