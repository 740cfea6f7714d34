"""A shop that sells what an ERP counts: orders go there, stock comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from house import House, order

from hub.api import Refused, Write, Written
from hub.testing.memory import MemoryConnector, MemoryRemote


@pytest.fixture
def counted(open_house: Callable[[], House]) -> House:
    """A shop that sells three variants of which the ERP has ten each; orders go to the ERP, stock to the shop."""
    house = open_house()
    for entity in ("customer", "product", "order"):
        house.route(entity)
    house.route("inventory", "erp", "shop", buffer=0)
    house.erp.normalize = with_variant_ids
    house.swap("erp", writing(posting))
    for name in ("a", "b", "c"):
        sell(house, name)
    house.sync_well()
    for row in list(house.erp.tables["products"].values()):
        variant = row["variants"][0]["id"]
        house.erp.put("stock", {"id": f"L{variant}", "variant": variant, "place": None, "quantity": "10"})
    house.sync_well()
    house.sync_well()
    return house


def with_variant_ids(document: dict[str, Any]) -> dict[str, Any]:
    rows = [{**row, "id": row.get("id") or f"e{row['sku']}"} for row in document.get("variants") or ()]
    return {**document, "variants": rows} if rows else document


Make = Callable[[MemoryConnector, str, list[Write]], Iterator[Written | Refused]]


def writing(how: Make) -> Callable[[Any], MemoryConnector]:
    """Make a connector that writes in another way."""

    class Altered(MemoryConnector):
        def upsert(self, stream: str, writes: Any) -> Iterator[Written | Refused]:
            return how(MemoryConnector(self._remote), stream, list(writes))

    return Altered


def posting(inner: MemoryConnector, stream: str, writes: list[Write]) -> Iterator[Written | Refused]:
    """Take what an order sells off the figure when the order is written, as an ERP does."""
    orders = inner._remote.tables.setdefault("orders", {})
    for write in writes:
        before = dict(orders.get(write.external_id or "", {}))
        outcome = next(inner.upsert(stream, [write]))
        if stream == "orders" and isinstance(outcome, Written):
            for variant, pieces in (taken(outcome.document or {}) - taken(before)).items():
                book(inner._remote, variant, pieces)
            for variant, pieces in (taken(before) - taken(outcome.document or {})).items():
                book(inner._remote, variant, -pieces)
        yield outcome


def taken(order: dict[str, Any]) -> Counter[str]:
    held = [] if order.get("status") == "cancelled" else order.get("lines") or []
    return Counter({line["variant"]: int(line["quantity"]) for line in held})


def book(erp: MemoryRemote, variant: str, pieces: int) -> None:
    level = erp.tables["stock"][f"L{variant}"]
    erp.put("stock", {**level, "quantity": str(int(level["quantity"]) - pieces)})


def sell(house: House, name: str) -> None:
    variant = {"id": f"v{name}", "sku": name, "title": name, "price": "5.00"}
    house.shop.put("products", {"id": f"p{name}", "name": name, "status": "publish", "variants": [variant]})
    house.shop.put("stock", {"id": f"s{name}", "variant": f"v{name}", "place": None, "quantity": "0"})


def sale(house: House, number: str, name: str = "a", pieces: int = 1, **more: Any) -> None:
    """Sell something in the shop, which takes it off its own stock."""
    made = order(number, variant=f"v{name}", **more)
    made["lines"][0]["quantity"] = pieces
    house.shop.put("orders", made)
    level = house.shop.tables["stock"][f"s{name}"]
    house.shop.put("stock", {**level, "quantity": str(int(level["quantity"]) - pieces)})


def shown(house: House) -> dict[str, int]:
    return {row["id"][1:]: int(row["quantity"]) for row in house.shop.tables["stock"].values()}


def stock_writes(house: House) -> list[tuple[str, str]]:
    return [(w.external_id or "", w.document["quantity"]) for stream, w in house.shop.writes if stream == "stock"]
