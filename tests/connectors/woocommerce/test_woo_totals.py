"""A thousand orders of every kind: what the buyer paid, what the store shows and what the hub reads are one amount."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

import httpx
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.woocommerce import SPEC
from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.sandbox import Key, WooSandbox
from connectors.woocommerce.sandbox.store import Rate
from connectors.woocommerce.settings import WooSettings
from hub.api import Window
from hub.mapping.engine import Pairs
from hub.model import Order, Refund
from hub.model.total import discrepancies
from hub.testing.subject import compile_shipped

ORDERS, REFUNDS = compile_shipped(SPEC, "orders"), compile_shipped(SPEC, "refunds")
CURRENCIES = {0: "JPY", 2: "EUR", 3: "KWD"}
PERCENTS = ["0", "2.1", "5", "7", "8.875", "9.975", "10", "12", "19", "20", "21", "25.5"]
AMOUNTS = ("total", "tax_total", "discount_total", "shipping_total")
SHOWN = ("total", "total_tax", "discount_total", "shipping_total")


@dataclass(frozen=True)
class Basket:
    """What a buyer orders: prices in smallest units with their quantities, and what comes on top or off."""

    decimals: int
    inclusive: bool
    rates: tuple[Rate, ...]
    goods: tuple[tuple[int, int], ...]
    coupon: tuple[str, int] | None
    own_discount: int
    freight: int
    fee: int
    refunds: tuple[tuple[int, int], ...]

    def amount(self, units: int) -> str:
        return str(Decimal(units).scaleb(-self.decimals))


@st.composite
def baskets(draw: st.DrawFn) -> Basket:
    kinds = st.lists(st.sampled_from(PERCENTS), min_size=1, max_size=2)
    percents, second_compound = draw(kinds), draw(st.booleans())
    rates = tuple(
        Rate(n + 1, "DE", "", f"T{n}", Decimal(p), compound=n == 1 and second_compound) for n, p in enumerate(percents)
    )
    coupon = st.tuples(st.sampled_from(["percent", "fixed_cart", "fixed_product"]), st.integers(1, 100))
    return Basket(
        draw(st.sampled_from([0, 2, 3])),
        draw(st.booleans()),
        rates,
        tuple(draw(st.lists(st.tuples(st.integers(1, 30_000), st.integers(1, 12)), min_size=1, max_size=5))),
        draw(st.none() | coupon),
        draw(st.integers(0, 3)),
        draw(st.integers(0, 2_000)),
        draw(st.integers(-1, 500)),
        tuple(draw(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3)), max_size=3))),
    )


class Till:
    """A store that sells one basket, over REST."""

    def __init__(self, basket: Basket) -> None:
        self.basket = basket
        self.shop = WooSandbox(
            keys=[Key("ck", "cs")],
            currency=CURRENCIES[basket.decimals],
            prices_include_tax=basket.inclusive,
            decimals=basket.decimals,
        )
        self.shop.store.rates, self.shop.store.base = basket.rates, ("DE", "")
        if basket.coupon:
            kind, amount = basket.coupon
            worth = str(amount) if kind == "percent" else basket.amount(amount * 10)
            coupon = {"id": 1, "code": "c", "discount_type": kind, "amount": worth, "free_shipping": False}
            self.shop.store.coupons["c"] = coupon
        transport = httpx.MockTransport(self.shop)
        self.client = httpx.Client(transport=transport, base_url="https://s.test/wp-json/wc/v3/", auth=("ck", "cs"))
        given = {"url": "https://s.test", "key": "ck", "secret": "cs"}
        self.woo = WooCommerce(WooSettings.model_validate(given), self.client)

    def ask(self, method: str, path: str, body: Any) -> Any:
        answer = self.client.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def sell(self) -> Any:
        basket, lines = self.basket, []
        for place, (price, quantity) in enumerate(basket.goods):
            made = self.ask("POST", "products", {"name": f"P{place}", "regular_price": basket.amount(price)})
            lines.append({"product_id": made["id"], "quantity": quantity})
        if basket.own_discount and not basket.inclusive:  # the merchant takes something off one line
            price, quantity = basket.goods[0]
            off = min(basket.own_discount, price * quantity)
            whole = {"subtotal": basket.amount(price * quantity), "total": basket.amount(price * quantity - off)}
            lines[0] |= whole
        body: dict[str, Any] = {"status": "processing", "line_items": lines}
        body["shipping_lines"] = [{"method_id": "flat", "method_title": "Flat", "total": basket.amount(basket.freight)}]
        if basket.fee >= 0:
            body["fee_lines"] = [{"name": "Wrap", "total": basket.amount(basket.fee)}]
        if basket.coupon:
            body["coupon_lines"] = [{"code": "c"}]
        return self.ask("POST", "orders", body)

    def refund(self, order: Any, place: int, quantity: int) -> Decimal:
        """Refund some pieces of a line, or what is left of the order if that is less; tells how much."""
        line = order["line_items"][place % len(order["line_items"])]
        part = Decimal(min(quantity, line["quantity"])) / line["quantity"]
        unit = Decimal(1).scaleb(-self.basket.decimals)
        net = (Decimal(line["total"]) * part).quantize(unit, ROUND_HALF_UP)
        taxes = [(t["id"], (Decimal(t["total"]) * part).quantize(unit, ROUND_HALF_UP)) for t in line["taxes"]]
        amount = net + sum((tax for _, tax in taxes), Decimal(0))
        if not 0 < amount <= self.left(order):
            return Decimal(0)
        wanted = {
            "id": line["id"],
            "quantity": min(quantity, line["quantity"]),
            "refund_total": str(net),
            "refund_tax": [{"id": number, "refund_total": str(tax)} for number, tax in taxes],
        }
        body = {"amount": str(amount), "api_refund": False, "line_items": [wanted]}
        self.ask("POST", f"orders/{order['id']}/refunds", body)
        return amount

    def left(self, order: Any) -> Decimal:
        rows = self.shop.store.refunds.values()
        return Decimal(order["total"]) - sum((Decimal(row["amount"]) for row in rows), Decimal(0))

    def read(self, stream: str) -> list[Any]:
        return [row for page in self.woo.read(stream, Window()) for row in page.documents]


def summed(rows: Any, *names: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows for name in names), Decimal(0))


def off_what_the_buyer_sees(basket: Basket) -> Decimal:
    """Work out, in smallest units, what a coupon is worth on a whole basket."""
    assert basket.coupon
    kind, amount = basket.coupon
    prices = [price * quantity for price, quantity in basket.goods]
    if kind == "percent":
        return (Decimal(sum(prices)) * amount / 100).to_integral_value(ROUND_HALF_DOWN)
    if kind == "fixed_cart":
        return Decimal(min(sum(prices), amount * 10))
    return Decimal(sum(min(p, amount * 10 * q) for p, (_, q) in zip(prices, basket.goods, strict=True)))


@settings(max_examples=1000)
@given(baskets())
def test_the_totals_of_the_storefront_are_the_hubs_to_the_smallest_unit(basket: Basket) -> None:
    """T053, T056, T061, T100: every kind of tax, discount, currency and partial refund."""
    till = Till(basket)
    order = till.sell()
    holds_the_stores_own_sums(basket, order)
    refunded = [amount for place, count in basket.refunds if (amount := till.refund(order, place, count))]
    (document,) = till.read("orders")
    record = ORDERS.decode(document, {}, Pairs().record)
    Order.model_validate_json(orjson.dumps(record))
    assert [Decimal(record[name]) for name in AMOUNTS] == [Decimal(order[name]) for name in SHOWN]
    assert discrepancies(record) == []
    assert summed(record["taxes"], "amount") == Decimal(order["total_tax"])
    assert sum((summed(line["discounts"], "amount") for line in record["lines"]), Decimal(0)) == Decimal(
        order["discount_total"]
    )
    refunds = [REFUNDS.decode(row, {}, Pairs().record) for row in till.read("refunds")]
    for refund in refunds:
        Refund.model_validate_json(orjson.dumps(refund))
        assert summed(refund["lines"], "total", "tax") == Decimal(refund["total"])
    assert sorted(Decimal(refund["total"]) for refund in refunds) == sorted(refunded)
    assert summed(record["refunds"], "amount") == sum(refunded, Decimal(0)) <= Decimal(record["total"])


def holds_the_stores_own_sums(basket: Basket, order: Any) -> None:
    """Hold the sandbox against what a buyer would work out by hand."""
    unit = Decimal(1).scaleb(-basket.decimals)
    lines, prices = order["line_items"], sum(price * quantity for price, quantity in basket.goods)
    assert Decimal(order["total"]) == summed(
        [*lines, *order["fee_lines"], *order["shipping_lines"]], "total", "total_tax"
    )
    exact = basket.inclusive and len(basket.rates) == 1
    if exact:
        assert summed(lines, "subtotal", "subtotal_tax") == prices * unit
    if not basket.inclusive:
        assert summed(lines, "subtotal") == prices * unit
    if basket.coupon and not basket.own_discount:
        off = off_what_the_buyer_sees(basket) * unit
        if exact:
            assert summed(lines, "total", "total_tax") == prices * unit - off
        if not basket.inclusive:
            assert Decimal(order["discount_total"]) == off == Decimal(order["coupon_lines"][0]["discount"])
            if len(basket.rates) == 1:
                taxes = (Decimal(line["total"]) * basket.rates[0].percent / 100 for line in lines)
                assert summed(lines, "total_tax") == sum((t.quantize(unit, ROUND_HALF_UP) for t in taxes), Decimal(0))
