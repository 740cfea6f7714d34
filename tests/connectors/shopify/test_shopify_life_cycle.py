"""What happens between a Shopify store and an ERP, case by case, through the whole hub.

The ERP does not rewrite what it has invoiced or sent (closed_sales.py).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from closed_sales import Rules
from shopify_house import ShopifyHouse, house  # noqa: F401 - a fixture

from connectors.shopify.sandbox import Cart, Item, orders
from connectors.shopify.sandbox.store import number_of
from hub.store import links, outbox, problems, records
from hub.store.problems import Problem
from hub.sync.execute import sync


@pytest.fixture
def rules(house: ShopifyHouse) -> Rules[ShopifyHouse]:  # noqa: F811
    """The ERP's rules, once both sides agree."""
    for _ in range(3):
        house.sync()
    assert house.quiet() == []
    return Rules(house)


def sold(house: ShopifyHouse) -> Any:  # noqa: F811
    """Sell two socks and a hat, which the ERP hears of."""
    store = house.shop.store
    goods = [Item(title="Sock", price=Decimal(10), quantity=2), Item(title="Hat", price=Decimal(15))]
    order = orders.place(store, Cart(items=goods), store.kinds["Location"][0])
    orders.pay(store, order)
    house.sync()
    house.sync()
    return order


def edit(house: ShopifyHouse, order: Any) -> None:  # noqa: F811
    """Take the socks out of an order and put a scarf in."""
    scarf = Cart(items=[Item(title="Scarf", price=Decimal(30))])
    orders.edit(house.shop.store, order, order["lineItems"][0], scarf)


def told(house: ShopifyHouse) -> list[Problem]:  # noqa: F811
    with house.hub.database.read() as tx:
        return list(problems.listing(tx))


def record(house: ShopifyHouse, order: Any) -> Any:  # noqa: F811
    with house.hub.database.read() as tx:
        ref = ("orders", str(number_of(order["id"])))
        found = links.resolve(tx, "shop", [ref])[ref]
        return orjson.loads(records.by_ids(tx, [found])[found].data)


def wanted(sale: Any) -> list[tuple[str, str]]:
    return [(line["quantity"], line["wanted"]) for line in sale["lines"]]


def test_a_line_removed_and_one_added_are_so_in_the_erp(rules: Rules[ShopifyHouse]) -> None:
    """T036: of the removed line nothing is wanted any more; the new one stands behind the others."""
    order = sold(rules.house)
    edit(rules.house, order)
    rules.house.sync()
    assert wanted(rules.house.theirs("sales", order)) == [("2", "0"), ("1", "1"), ("1", "1")]
    assert told(rules.house) == []
    assert rules.house.quiet() == []


@pytest.mark.parametrize("state", ["sent", "invoiced"])
def test_an_edit_of_what_the_erp_has_sent_or_invoiced_is_for_a_person(rules: Rules[ShopifyHouse], state: str) -> None:
    """T036, T038: nothing is rewritten and nothing dropped: the difference is told, once, with what to do about it."""
    order = sold(rules.house)
    sale = dict(rules.house.theirs("sales", order))
    getattr(rules, state).add(sale["id"])
    edit(rules.house, order)
    rules.house.sync()
    rules.house.sync()
    assert rules.house.theirs("sales", order) == sale
    (problem,) = told(rules.house)
    assert (problem.connection, problem.stream) == ("erp", "sales")
    assert "now 65.00, there 35.00" in problem.message
    assert "Credit" in problem.hint
    assert record(rules.house, order)["total"] == "65.00"


def test_an_order_that_is_cancelled_before_it_is_sent_is_stopped_in_the_erp(rules: Rules[ShopifyHouse]) -> None:
    """T040: picked, and not sent yet."""
    order = sold(rules.house)
    orders.cancel(rules.house.shop.store, order)
    rules.house.sync()
    assert rules.house.theirs("sales", order)["status"] == "cancelled"
    assert told(rules.house) == []
    assert rules.house.quiet() == []


def test_an_order_that_the_erp_does_not_stop_carries_a_warning_in_the_store(rules: Rules[ShopifyHouse]) -> None:
    """T040: the ERP's sale stays open; who looks at the order in the store sees that its goods are on their way."""
    order = sold(rules.house)
    sale = rules.house.theirs("sales", order)["id"]
    rules.sent.add(sale)
    orders.cancel(rules.house.shop.store, order)
    rules.house.sync()
    rules.house.sync()
    assert rules.house.erp.tables["sales"][sale]["status"] == "open"
    assert order["tags"] == ["not stopped: erp"]
    (problem,) = told(rules.house)
    assert "its goods have left" in problem.message
    assert rules.house.quiet() == []
    rules.sent.clear()
    with rules.house.hub.database.write() as tx:
        outbox.owe(tx, [("erp", "sales", problem.subject)], rules.house.at)
    rules.house.sync()
    rules.house.sync()
    assert (rules.house.erp.tables["sales"][sale]["status"], order["tags"]) == ("cancelled", [])
    assert told(rules.house) == []


Arrival = Callable[[ShopifyHouse], None]


@pytest.mark.parametrize("first", ["shop", "erp"])
@pytest.mark.parametrize("status", ["packed", "picked_up"])
def test_whoever_is_heard_first_a_cancellation_and_a_parcel_end_alike(
    rules: Rules[ShopifyHouse], first: str, status: str
) -> None:
    """T041: within one second; a parcel that the carrier has wins, one that is only packed does not."""
    order, erp = sold(rules.house), rules.house.erp
    sale = rules.house.theirs("sales", order)["id"]
    has_left = status == "picked_up"
    erp.put("deliveries", {"id": "D9", "order": sale, "status": status, "tracking": "JD9"})
    if has_left:
        rules.sent.add(sale)
        erp.put("sales", {**erp.tables["sales"][sale], "status": "completed"})
    orders.cancel(rules.house.shop.store, order)
    sync(rules.house.hub, [first])
    for _ in range(3):
        rules.house.sync()
    ended = "completed" if has_left else "cancelled"
    assert (record(rules.house, order)["status"], erp.tables["sales"][sale]["status"]) == (ended, ended)
    assert order["fulfillments"] == []
    assert sorted((one.connection, one.stream) for one in told(rules.house)) == (
        [("shop", "orders"), ("shop", "shipments")] if has_left else []
    )
    assert rules.house.quiet() == []
