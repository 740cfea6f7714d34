"""A thousand made-up orders: what the storefront says they cost is what the hub's record adds up to."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors.shopify.sandbox import Cart, Item, ShopifySandbox, Till, orders
from connectors.shopify.sandbox.money import digits, rounded
from hub.model import Order, Refund
from hub.model.total import discrepancies

CURRENCIES = {"EUR": Decimal(1), "USD": Decimal("1.0842"), "JPY": Decimal("161.23"), "KWD": Decimal("0.3331")}
RATES = (
    (),
    (("MwSt", Decimal("0.19")),),
    (("MwSt", Decimal("0.07")),),
    (("GST", Decimal("0.05")), ("QST", Decimal("0.09975"))),
    (("State", Decimal("0.04")), ("County", Decimal("0.04875"))),
    (("消費税", Decimal("0.1")),),
)
ORDERS = 1000


@st.composite
def carts(draw: st.DrawFn) -> Cart:
    shop, paid = draw(st.sampled_from(list(CURRENCIES))), draw(st.sampled_from(list(CURRENCIES)))
    unit = Decimal(1).scaleb(-digits(shop))
    till = Till(shop, paid, rounded(CURRENCIES[paid] / CURRENCIES[shop], "KWD") if shop != paid else Decimal(1))
    included = draw(st.booleans())
    items = []
    for _ in range(draw(st.integers(1, 5))):
        price, quantity = draw(st.integers(0, 20_000)) * unit, draw(st.integers(1, 4))
        off = draw(st.integers(0, int(price * quantity / unit))) * unit if draw(st.booleans()) else Decimal(0)
        rates = draw(st.sampled_from(RATES))
        items.append(Item(title="Thing", price=price, quantity=quantity, rates=rates, off=off))
    left = sum((item.price * item.quantity - item.off for item in items), Decimal(0))
    shipping = draw(st.one_of(st.none(), st.integers(0, 3000).map(lambda n: n * unit)))
    free = shipping is not None and draw(st.booleans())
    return Cart(
        items=items,
        included=included,
        off=draw(st.integers(0, int(left / unit))) * unit if draw(st.booleans()) else Decimal(0),
        shipping=shipping,
        shipping_off=shipping or Decimal(0) if free else Decimal(0),
        shipping_rates=draw(st.sampled_from(RATES)),
        stale_shipping_tax=unit * 7 if free and draw(st.booleans()) else Decimal(0),
        tip=draw(st.integers(0, 300)) * unit,
        fee=draw(st.integers(0, 300)) * unit,
        till=till,
        taxed=draw(st.sampled_from(["line", "order"])),
    )


@cache
def made() -> list[tuple[Cart, list[tuple[int, int]]]]:
    """Make up carts, with what is given back of each: a line's place, and how many pieces."""
    found: list[tuple[Cart, list[tuple[int, int]]]] = []
    some = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 2)), min_size=1, max_size=3)
    backs: st.SearchStrategy[list[tuple[int, int]]] = st.one_of(st.just([]), st.just([]), some)

    @settings(
        max_examples=ORDERS, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(carts(), backs)
    def collect(cart: Cart, back: list[tuple[int, int]]) -> None:
        found.append((cart, back))

    collect()
    return found


@pytest.fixture
def store(empty: ShopifySandbox) -> ShopifySandbox:
    """A store in which all the carts were bought, and parts of them given back."""
    for cart, back in made():
        order = orders.place(empty.store, cart)
        orders.pay(empty.store, order)
        for place, quantity in back:
            line = order["lineItems"][place % len(order["lineItems"])]
            if line["currentQuantity"] >= quantity:
                orders.refund(empty.store, order, [(line, quantity, "NO_RESTOCK")])
    return empty


def test_a_thousand_orders_and_their_refunds_equal_the_storefronts(
    store: ShopifySandbox, connect: Any, decode: Any
) -> None:
    """T052, T053, T054, T056, T057, T061, T100: total, tax, shipping, discounts and refunds to the smallest unit."""
    from hub.api import Lane, Window

    shop = connect(store)
    records = [
        decode("orders", row) for page in shop.read("orders", Window(lane=Lane.BACKFILL)) for row in page.documents
    ]
    assert len(records) >= ORDERS
    wrong = [(record["number"], [str(one) for one in found]) for record in records if (found := discrepancies(record))]
    assert wrong == []
    for record, order in zip(sorted(records, key=lambda r: r["number"]), ordered(store), strict=True):
        Order.model_validate_json(orjson.dumps(record))
        check_order(record, order)
    for page in shop.read("refunds", Window()):
        for row in page.documents:
            check_refund(decode("refunds", row), row)


def ordered(store: ShopifySandbox) -> list[Any]:
    return sorted(store.store.all("Order"), key=lambda row: str(row["name"]))


def check_order(record: Any, order: Any) -> None:
    unit = Decimal(1).scaleb(-digits(order["currencyCode"]))
    said = {name: Decimal(order[name]["shopMoney"]["amount"]) for name in ("totalPriceSet", "totalTaxSet")}
    assert Decimal(record["total"]) == said["totalPriceSet"]
    assert Decimal(record["tax_total"]) == said["totalTaxSet"]
    assert all(Decimal(line["total"]) % unit == 0 for line in record["lines"])
    assert all(Decimal(row["total"]) >= 0 for row in record["shipping_lines"]), "never negative"
    if not order["taxesIncluded"]:
        given = Decimal(order["totalDiscountsSet"]["shopMoney"]["amount"])
        assert Decimal(record["discount_total"]) == given == sum(Decimal(one["amount"]) for one in record["discounts"])
    if record["presentment"]:
        assert Decimal(record["presentment"]["total"]) == Decimal(order["totalPriceSet"]["presentmentMoney"]["amount"])
    rounding = sum(abs(Decimal(fee["tax"])) for fee in record["fees"] if fee["id"] == "rounding")
    assert rounding <= unit * (len(record["lines"]) + 1)


def check_refund(record: Any, row: Any) -> None:
    Refund.model_validate_json(orjson.dumps(record))
    assert Decimal(record["total"]) == Decimal(row["totalRefundedSet"]["shopMoney"]["amount"])
    parts = [part for name in ("lines", "shipping", "adjustments") for part in record[name]]
    assert sum(Decimal(part["total"]) + Decimal(part["tax"]) for part in parts) == Decimal(record["total"])
