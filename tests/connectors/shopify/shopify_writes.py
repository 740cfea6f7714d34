"""Short ways to write to a store in a sandbox, and to see what it was asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.shopify.sandbox import Cart, Item, ShopifySandbox, orders
from hub.api import Write


def upsert(store: Any, stream: str, *writes: Write) -> list[Any]:
    return list(store.upsert(stream, writes))


def write(
    document: Any, external_id: str | None = None, base: Any = None, record: str = "r1", key: str = "k1"
) -> Write:
    return Write(record, key, external_id, document, base)


def sent(shop: ShopifySandbox, operation: str) -> list[Any]:
    return [variables for text, variables in shop.asked if text.startswith(f"mutation {operation}(")]


def place(shop: ShopifySandbox, *quantities: int, location: str | None = None) -> Any:
    items = [Item(title=f"Thing {n}", price=Decimal(10), quantity=q) for n, q in enumerate(quantities or (1,))]
    return orders.place(shop.store, Cart(items=items), location)
