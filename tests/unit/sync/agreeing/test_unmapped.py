"""Variants of a shop that the ERP, whose articles are kept by people, does not know: told before anybody buys one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from house import House, order

from hub.store import settings
from hub.store.settings import RouteRow


def product(*skus: str, side: str = "v") -> dict[str, Any]:
    rows = [{"id": f"{side}{sku}", "sku": sku, "title": sku, "price": "5.00"} for sku in skus]
    return {"id": "p1", "name": "Sock", "status": "publish", "variants": rows}


@pytest.fixture
def mapped(open_house: Callable[[], House]) -> House:
    """A shop and an ERP that have one product with one variant in common; from now on no route carries products."""
    house = open_house()
    for entity in ("customer", "product", "order"):
        house.route(entity)
    house.shop.put("products", product("a"))
    house.erp.normalize = numbered
    house.sync_well()
    house.sync_well()
    with house.hub.database.write() as tx:
        row = next(row for row in settings.routes(tx) if row.entity == "product")
        settings.put_route(tx, RouteRow(**{**values(row), "state": "matched"}))
    return house


def values(row: RouteRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in RouteRow.__dataclass_fields__}


def numbered(document: dict[str, Any]) -> dict[str, Any]:
    rows = [{**row, "id": row.get("id") or f"e{row['sku']}"} for row in document.get("variants") or ()]
    return {**document, "variants": rows} if rows else document


def test_a_variant_that_is_added_after_the_mapping_is_a_problem_before_anybody_orders_it(mapped: House) -> None:
    """T077: it names what is missing, where, and what to do."""
    mapped.shop.put("products", product("a", "b", "c"))
    mapped.sync_well()
    (problem,) = mapped.problems()
    assert (problem.connection, problem.stream, problem.kind) == ("erp", "products", "repair")
    assert problem.message == "erp has no variant for b, c: orders of it will wait."
    assert "same SKU" in problem.hint
    mapped.sync_well()
    assert len(mapped.problems()) == 1


def test_it_is_over_once_the_variant_is_there_and_the_order_goes_through(mapped: House) -> None:
    """T077: the order that came meanwhile has waited for it."""
    mapped.shop.put("products", product("a", "b"))
    mapped.shop.put("orders", order("1", variant="vb"))
    mapped.sync_well()
    assert mapped.owed()["erp", "orders"] == (0, 1, 0)
    (article,) = mapped.erp.tables["products"].values()
    mapped.erp.put("products", {**article, "variants": [*article["variants"], {"id": "eb", "sku": "b", "title": "b"}]})
    mapped.sync_well()
    mapped.sync_well()
    assert (mapped.problems(), mapped.owed()) == ([], {})
    (sale,) = mapped.erp.tables["orders"].values()
    assert [line["variant"] for line in sale["lines"]] == ["eb"]


def test_where_a_route_carries_products_nothing_is_told(open_house: Callable[[], House]) -> None:
    house = open_house()
    for entity in ("customer", "product", "order"):
        house.route(entity)
    house.erp.normalize = numbered
    house.shop.put("products", product("a"))
    house.sync_well()
    house.shop.put("products", product("a", "b"))
    house.sync("shop")
    assert house.problems() == []


def test_a_product_that_the_erp_never_had_is_not_told_of(mapped: House) -> None:
    """It may not be meant for it; whoever orders it learns."""
    mapped.shop.put("products", {**product("z"), "id": "p2"})
    mapped.sync_well()
    assert mapped.problems() == []
