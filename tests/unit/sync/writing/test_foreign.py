"""Two shops beside one ERP: what the ERP says of one shop's orders and goods is no business of the other's."""

from __future__ import annotations

from typing import Any

import pytest
from house import House

from hub.store import outbox, settings

SOCK = {"id": "52", "sku": "S-2"}


@pytest.fixture
def stocked(house: House) -> House:
    """The ERP counts goods that the shop does not sell, and a route takes stock to the shop."""
    house.route("inventory", "erp", "shop", mask={"write": ["available"]})
    house.erp.put("products", {"id": "5", "name": "Sock", "variants": [SOCK]})
    house.erp.put("stock", {"id": "52", "variant": "52", "place": "default", "quantity": "3"})
    return house


def counts(house: House) -> tuple[int, int]:
    """Count what a sync skips and parks on its way to the shop's stock."""
    results = [one.counts for one in house.sync_well().results if (one.connection, one.stream) == ("shop", "stock")]
    return sum(one.skipped for one in results), sum(one.parked for one in results)


def waiting(house: House) -> list[str]:
    with house.hub.database.read() as tx:
        return [row.stream for row in outbox.waiting(tx, "shop")]


def test_goods_that_a_shop_does_not_sell_have_no_stock_there_and_are_nobodys_problem(stocked: House) -> None:
    assert counts(stocked) == (1, 0)
    assert stocked.writes(stocked.shop) == []
    assert stocked.events("skipped")[0].detail == {"rule": "its variants are not of shop"}
    stocked.clock.forward(hours=2)
    stocked.sync_well()
    assert stocked.problems() == []


def test_goods_that_a_route_brings_there_are_waited_for(stocked: House) -> None:
    """A product that the shop refuses keeps its stock parked, and a person is told after an hour."""
    stocked.route("product", "erp", "shop", rules={"only": [{"field": "name", "is": "Shoe"}]})
    stocked.sync_well()
    stocked.clock.forward(hours=2)
    stocked.sync_well()
    [problem] = stocked.problems()
    assert (problem.connection, problem.stream, problem.error) == ("shop", "stock", "LinkMissingError")


def test_stock_follows_by_itself_once_the_goods_are_linked_there(stocked: House) -> None:
    stocked.sync_well()
    assert waiting(stocked) == ["stock"]
    stocked.shop.normalize = lambda d: {**d, "variants": [{**SOCK, "id": "9"}]} if d.get("variants") else d
    stocked.route("product", "erp", "shop")
    stocked.erp.put("products", {"id": "5", "name": "Sock of wool", "variants": [SOCK]})
    stocked.sync_well()
    stocked.sync_well()
    written: list[dict[str, Any]] = [document for stream, document in stocked.writes(stocked.shop) if stream == "stock"]
    assert [document["quantity"] for document in written] == ["3"]
    assert waiting(stocked) == []


def test_the_order_of_another_shop_is_not_waited_for(house: House) -> None:
    """The customer of an order that is the ERP's own has no route into the shop."""
    house.route("order", "erp", "shop")
    with house.hub.database.write() as tx:
        for row in settings.routes(tx, "default"):
            if row.entity == "customer":
                settings.remove(tx, settings.tables.route, name=row.name)
    house.erp.put("customers", {"id": "7", "email": "a@example.com"})
    house.erp.put("orders", {"id": "1", "number": "1", "status": "processing", "currency": "EUR", "customer": "7",
                             "total": "1.00", "lines": []})  # fmt: skip
    house.sync_well()
    house.clock.forward(hours=2)
    house.sync_well()
    assert (house.problems(), house.writes(house.shop)) == ([], [])
