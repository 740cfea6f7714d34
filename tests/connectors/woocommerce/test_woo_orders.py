"""What orders and refunds of the store mean, case by case, read from the sandbox through the mapping."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.woocommerce import SPEC
from connectors.woocommerce.restock import with_restock
from connectors.woocommerce.sandbox import WooSandbox
from hub.api import Window
from hub.mapping.engine import Pairs
from hub.model.total import discrepancies
from hub.testing.subject import compile_shipped

ORDERS, REFUNDS = compile_shipped(SPEC, "orders"), compile_shipped(SPEC, "refunds")


def orders(shop: WooSandbox, connect: Any) -> list[dict[str, Any]]:
    return [row for page in connect(shop).read("orders", Window()) for row in page.documents]


def decode(order: dict[str, Any]) -> dict[str, Any]:
    return ORDERS.decode(order, {}, Pairs().record)


@pytest.mark.parametrize(
    ("via", "kind"),
    [("checkout", "online"), ("store-api", "online"), ("pos-rest-api", "pos"), ("admin", "manual"),
     ("subscription", "subscription"), ("a-plugin", None)],
)  # fmt: skip
def test_the_kind_of_an_order_is_how_it_was_made(shop: WooSandbox, connect: Any, via: str, kind: str | None) -> None:
    """T042, T048: sold over the counter, by hand, to a company, or renewed without anybody at a screen."""
    order = orders(shop, connect)[0] | {"created_via": via, "shipping_lines": []}
    empty = dict.fromkeys(order["shipping"], "")
    company = {**order["billing"], "company": "Weft & Co."}
    record = decode(order | {"shipping": empty, "billing": company, "customer_ip_address": ""})
    assert (record["kind"], record["channel"]) == (kind, via)
    assert (record["shipping_address"], record["shipping_lines"]) == (None, [])
    assert record["company"] == "Weft & Co."


def test_free_shipping_costs_nothing_and_its_tax_lines_stay(shop: WooSandbox, connect: Any) -> None:
    """T057: not negative, and nothing is made up for it."""
    free = [o for o in orders(shop, connect) if any(c["code"] == "freeship" for c in o["coupon_lines"])]
    assert free
    for order in free:
        record = decode(order)
        assert Decimal(record["shipping_total"]) == 0
        assert [Decimal(line["total"]) for line in record["shipping_lines"]] == [0]
        assert all(Decimal(tax["amount"]) == 0 for line in record["shipping_lines"] for tax in line["taxes"])
        assert len(record["taxes"]) == len(order["tax_lines"])
        if record["currency"] != "JPY":
            assert discrepancies(record) == []


def test_a_refund_is_in_the_currency_that_the_buyer_paid_in(shop: WooSandbox, connect: Any) -> None:
    """T060: the shop's own currency is dollars."""
    paid = {order["id"]: order["currency"] for order in orders(shop, connect)}
    refunds = [row for page in connect(shop).read("refunds", Window()) for row in page.documents]
    told = {(paid[row["parent_id"]], REFUNDS.decode(row, {}, Pairs().record)["currency"]) for row in refunds}
    assert {theirs == ours for theirs, ours in told} == {True}
    assert len(told) > 2


def test_of_two_lines_with_one_sku_the_refunded_one_is_known_by_its_id(
    shop: WooSandbox, connect: Any, ask: Any
) -> None:
    """T082, T100: one of them is free, and of the other one piece of three comes back, and then another."""
    wool = next(row["id"] for row in shop.store.products.values() if row["sku"] == "WOOL-100")
    lines = [
        {"product_id": wool, "quantity": 3},
        {"product_id": wool, "quantity": 1, "subtotal": "12.50", "total": "0.00"},
    ]
    order = ask(shop, "POST", "/orders", json={"status": "processing", "line_items": lines}).json()
    paid, free = order["line_items"]
    for _ in range(2):
        part = {"id": paid["id"], "quantity": 1, "refund_total": "12.50"}
        body = {"amount": "12.50", "api_refund": False, "line_items": [part]}
        assert ask(shop, "POST", f"/orders/{order['id']}/refunds", json=body).status_code == 201
    record = decode(ask(shop, "GET", f"/orders/{order['id']}").json())
    assert {line["sku"] for line in record["lines"]} == {"WOOL-100"}
    assert [Decimal(line["total"]) for line in record["lines"]] == [Decimal("37.50"), 0]
    rows = [row for page in connect(shop).read("refunds", Window()) for row in page.documents]
    refunds = [REFUNDS.decode(row, {}, Pairs().record) for row in rows if row["parent_id"] == order["id"]]
    assert [[line["order_line"] for line in refund["lines"]] for refund in refunds] == [[str(paid["id"])]] * 2
    assert str(free["id"]) not in {line["order_line"] for refund in refunds for line in refund["lines"]}
    left = Decimal(paid["quantity"]) - sum(Decimal(line["quantity"]) for r in refunds for line in r["lines"])
    assert left == 1


def test_an_order_that_waits_for_its_money_is_not_booked_as_paid(shop: WooSandbox, connect: Any) -> None:
    waiting = [o for o in orders(shop, connect) if o["status"] in ("on-hold", "pending") and not o["date_paid_gmt"]]
    assert waiting
    assert {decode(order)["payment_status"] for order in waiting} == {"pending"}
    assert all(decode(order)["transactions"] == [] for order in waiting)


def refunded(shop: WooSandbox, connect: Any, ask: Any, *parts: tuple[int, bool], counted: bool = True) -> list[Any]:
    """Refund pieces of one line of six, each part with or without putting it back; give each part's restock."""
    wool = next(row["id"] for row in shop.store.products.values() if row["sku"] == "WOOL-100")
    shop.store.products[wool]["manage_stock"] = counted
    body = {"status": "processing", "line_items": [{"product_id": wool, "quantity": 6}]}
    order = ask(shop, "POST", "/orders", json=body).json()
    for quantity, restock in parts:
        part = {"id": order["line_items"][0]["id"], "quantity": quantity, "refund_total": "1.00"}
        wanted = {"amount": "1.00", "api_refund": False, "api_restock": restock, "line_items": [part]}
        assert ask(shop, "POST", f"/orders/{order['id']}/refunds", json=wanted).status_code == 201
    rows = [row for page in connect(shop).read("refunds", Window()) for row in page.documents]
    records = [REFUNDS.decode(row, {}, Pairs().record) for row in rows if row["parent_id"] == order["id"]]
    return [line["restock"] for record in records for line in record["lines"]]


@pytest.mark.parametrize(
    ("parts", "restock"),
    [
        ([(6, True)], ["returned"]),
        ([(6, False)], ["none"]),
        ([(2, True), (1, True)], ["returned", "returned"]),
        ([(2, False), (1, False)], ["none", "none"]),
        ([(2, True), (1, False)], ["unknown", "unknown"]),
    ],
)
def test_whether_goods_went_back_on_the_shelf_is_told_by_the_line_of_the_order(
    shop: WooSandbox, connect: Any, ask: Any, parts: Any, restock: list[str]
) -> None:
    """T098: the line keeps one tally of what was put back, so parts that differ cannot be told apart."""
    assert refunded(shop, connect, ask, *parts) == restock


def test_goods_that_nobody_counts_go_back_nowhere(shop: WooSandbox, connect: Any, ask: Any) -> None:
    """T098."""
    assert refunded(shop, connect, ask, (6, True), counted=False) == [None]


def test_a_recorded_line_that_was_put_back_says_so(capture: Any) -> None:
    """T098: one piece of two, as a real store keeps it."""
    order = next(row for row in capture("orders_page_last").answer if row["id"] == 60)
    line = {"quantity": -1, "meta_data": [{"key": "_refunded_item_id", "value": "62"}]}
    ((told,),) = (refund["line_items"] for refund in with_restock([{"id": 372, "line_items": [line]}], order))
    assert told["restock"] == "returned"


def test_one_order_line_in_two_lines_of_a_refund_stays_two(shop: WooSandbox, connect: Any, ask: Any) -> None:
    """T101: one piece as it was, another one damaged."""
    wool = next(row["id"] for row in shop.store.products.values() if row["sku"] == "WOOL-100")
    body = {"status": "processing", "line_items": [{"product_id": wool, "quantity": 3}]}
    order = ask(shop, "POST", "/orders", json=body).json()
    number = order["line_items"][0]["id"]
    parts = [{"id": number, "quantity": 1, "refund_total": total} for total in ("12.50", "5.00")]
    wanted = {"amount": "17.50", "api_refund": False, "line_items": parts}
    made = ask(shop, "POST", f"/orders/{order['id']}/refunds", json=wanted).json()["id"]
    (document,) = connect(shop).fetch("refunds", [str(made)])
    lines = REFUNDS.decode(document, {}, Pairs().record)["lines"]
    assert [(line["order_line"], line["total"]) for line in lines] == [(str(number), "12.50"), (str(number), "5.00")]
    assert len({line["id"] for line in lines}) == 2


@pytest.mark.parametrize("phone", ["030 123 ext. 4", "0171/5551234"])
def test_a_phone_that_is_not_sure_is_kept_as_it_was_written(shop: WooSandbox, connect: Any, phone: str) -> None:
    """T073: neither a country nor a number is made up."""
    order = orders(shop, connect)[0]
    record = decode(order | {"billing": {**order["billing"], "phone": phone}})
    assert (record["phone"], record["billing_address"]["phone"]) == (phone, phone)
