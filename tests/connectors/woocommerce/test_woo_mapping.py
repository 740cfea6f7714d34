"""What the shipped mappings make of the store's documents, case by case."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from connectors.woocommerce import SPEC
from connectors.woocommerce.sandbox import WooSandbox
from hub.api import UnknownValueError, Window
from hub.mapping.engine import Pairs
from hub.model import Order
from hub.model.total import discrepancies
from hub.testing.subject import compile_shipped

ORDERS, CUSTOMERS, PRODUCTS = (compile_shipped(SPEC, name) for name in ("orders", "customers", "products"))
STOCK, REFUNDS = (compile_shipped(SPEC, name) for name in ("stock", "refunds"))


def linked(stream: str, external_id: str) -> str:
    return f"{stream}/{external_id}"


def decode(document: dict[str, Any], **tables: dict[str, str]) -> dict[str, Any]:
    return ORDERS.decode(document, tables, linked)


def test_a_coupon_of_4_and_a_fee_without_amount_are_money_like_any_other(capture: Any) -> None:
    """T061: JPY with two decimals in the store has none with us; what is finer is kept and named."""
    record = decode(capture("order_fee_and_coupon").answer)
    assert record["discounts"] == [{"id": "sock2", "kind": "fixed_product", "amount": "4", "tax": "0.76"}]
    (fee,) = record["fees"]
    assert (fee["title"], fee["total"], fee["tax"]) == ("Loyalty discount", "-3", "-0.57")
    assert record["shipping_total"] == "0"
    assert [line["discounts"] for line in record["lines"]] == [[{"amount": "2"}], [{"amount": "2"}]]
    found = discrepancies(record)
    assert [item.path for item in found] == ["total (finer than JPY)", "tax_total (finer than JPY)"]


def test_names_lose_their_escapes_and_unit_prices_their_binary_noise(capture: Any) -> None:
    record = decode(capture("order_single_full").answer)
    assert record["lines"][0]["title"] == "Knit & Purl Needle Set"
    document = capture("order_single_full").answer
    document["line_items"][0]["price"] = 39.949999999999996
    assert decode(document)["lines"][0]["unit_price"] == "39.95"


def test_lines_carry_the_code_and_percent_of_their_taxes(capture: Any) -> None:
    """T058: two taxes on one line, one of them on top of the other, each kept."""
    order = next(o for o in capture("orders_page_first").answer if any(t["compound"] for t in o["tax_lines"]))
    record = decode(order)
    (taxes,) = {tuple((t["id"], t["rate"]) for t in line["taxes"]) for line in record["lines"]}
    assert taxes == (("CA-QC-GST-1", "5"), ("CA-QC-QST-2", "9.975"))
    total = sum(Decimal(t["amount"]) for line in record["lines"] for t in line["taxes"])
    assert total + sum(Decimal(t["amount"]) for fee in record["fees"] for t in fee["taxes"]) == Decimal(
        record["tax_total"]
    )
    named = decode(order, taxes={"CA-QC-QST-2": "QST"})
    assert [t["id"] for t in named["taxes"]] == ["CA-QC-GST-1", "QST"]
    assert [t["id"] for t in named["lines"][0]["taxes"]] == ["CA-QC-GST-1", "QST"]


def test_guests_have_no_customer_and_empty_fields_are_null(capture: Any) -> None:
    """T048, T066: an order without a session, an e-mail or an address."""
    record = decode(capture("order_create_empty").answer)
    assert record["customer"] is record["email"] is record["phone"] is record["note"] is None
    assert record["billing_address"] is record["shipping_address"] is record["payment_method"] is None
    assert (record["lines"], record["transactions"], record["payment_status"]) == ([], [], "pending")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_deleted_product_leaves_its_line_wherever_it_stands(capture: Any, place: int) -> None:
    """T044: the first, a middle and the last line."""
    order = next(o for o in capture("orders_page_first").answer if len(o["line_items"]) == 3)
    before = decode(order)["lines"]
    order["line_items"][place] |= {"product_id": 0, "variation_id": 0, "sku": None, "global_unique_id": None}
    after = decode(order)["lines"]
    assert after == [{**line, "variant": None, "sku": None} if n == place else line for n, line in enumerate(before)]


def test_a_free_order_stays_at_nothing(shop: WooSandbox, connect: Any) -> None:
    """T045: a discount of 100 %."""
    orders = [row for one in connect(shop).read("orders", Window()) for row in one.documents]
    free = next(o for o in orders if any(c["code"] == "onthehouse" for c in o["coupon_lines"]))
    record = decode(free)
    assert Decimal(record["total"]) == 0
    assert {Decimal(line["total"]) for line in record["lines"]} == {Decimal(0)}
    assert Decimal(record["discount_total"]) == sum(Decimal(line["subtotal"]) for line in record["lines"]) > 0


@pytest.mark.parametrize("note", ["🎁 <b>gift</b>", "الرجاء الاتصال ☎️", "x" * 5000, "a &amp; b\n\tc"])
def test_a_note_goes_both_ways_exactly(capture: Any, note: str) -> None:
    """T046."""
    order = {**capture("order_single_full").answer, "customer_note": note}
    record = decode(order)
    assert record["note"] == note
    assert ORDERS.encode({"note": note}, {}, Pairs().external, base=order) == {"customer_note": note}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "pending"}, "pending"),
        ({"status": "on-hold", "date_paid_gmt": None}, "pending"),
        ({"status": "processing", "date_paid_gmt": "2026-08-18T01:23:56"}, "paid"),
        ({"status": "cancelled", "date_paid_gmt": None}, "voided"),
        ({"status": "refunded"}, "refunded"),
        ({"status": "processing", "refunds": [{"id": 1, "reason": "", "total": "-4.99"}]}, "partially_refunded"),
        ({"status": "completed", "refunds": [{"id": 1, "reason": "", "total": "-24.99"}]}, "refunded"),
    ],
)
def test_how_far_the_money_has_come_is_read_from_four_fields(capture: Any, changes: Any, status: str) -> None:
    order = capture("order_single_full").answer | {"date_paid_gmt": None} | changes
    assert decode(order)["payment_status"] == status


def test_a_status_of_a_plugin_is_named_and_not_guessed(capture: Any) -> None:
    order = {**capture("order_single_full").answer, "status": "wc-awaiting-pickup"}
    with pytest.raises(UnknownValueError) as caught:
        decode(order)
    assert caught.value.value == "wc-awaiting-pickup"


def test_an_order_is_written_back_in_status_note_tags_and_nothing_else(capture: Any) -> None:
    order = capture("order_single_full").answer
    record = decode(order) | {"status": "cancelled", "note": "late", "tags": ["rush"]}
    written = {"status": "cancelled", "customer_note": "late", "tags": ["rush"]}
    assert ORDERS.encode(record, {}, Pairs().external, base=order) == written
    assert set(ORDERS.writable) == {"status", "note", "tags"}


def test_both_addresses_of_an_account_go_both_ways(capture: Any) -> None:
    """T072: a company with markup in its name, a customer without a last name, text of every script."""
    account = capture("customer_single").answer
    record = CUSTOMERS.decode(account, {}, linked)
    billing, shipping = record["addresses"]
    assert (billing["id"], billing["company"], billing["country"]) == ("billing", "Weft & Co. <Ltd>", "ES")
    assert (shipping["id"], shipping["line2"]) == ("shipping", "Apt 4")
    moved = record | {"addresses": [{**billing, "line1": "北京市 1", "region": None}]}
    patch = CUSTOMERS.encode(moved, {}, Pairs().external, base=account)
    assert patch["billing"] == account["billing"] | {"address_1": "北京市 1", "state": ""}
    assert set(patch["shipping"].values()) == {""}


def test_a_country_that_is_none_is_kept_as_text() -> None:
    """T072: no invented country."""
    account = {"id": 1, "billing": {"country": "Kosovo", "city": "X"}, "shipping": {"country": ""}}
    (address,) = CUSTOMERS.decode(account, {}, linked)["addresses"]
    assert (address["country"], address["country_text"]) == (None, "Kosovo")
    patch = CUSTOMERS.encode({"addresses": [address]}, {}, Pairs().external, base=account)
    assert patch["billing"]["country"] == "Kosovo"


def test_a_sku_is_kept_as_it_is_written() -> None:
    """T076: a space at its end, or another case, makes it another one."""
    product = {"id": 5, "name": "A", "variations": [{"id": 5, "sku": "Ab-1 "}, {"id": 6, "sku": ""}]}
    assert [v["sku"] for v in PRODUCTS.decode(product, {}, linked)["variants"]] == ["Ab-1 ", None]


def test_a_product_without_variations_is_its_own_variant(capture: Any) -> None:
    (product,) = capture("product_html_name").answer
    record = PRODUCTS.decode({**product, "variations": [product]}, {}, linked)
    (variant,) = record["variants"]
    assert (record["name"], variant["id"], variant["sku"]) == ("Knit & Purl Needle Set", "variants/12", "NEEDLE-SET")
    assert record["categories"] == ['Tools "Pro"']


def test_something_on_sale_is_compared_with_its_regular_price() -> None:
    row = {"id": 5, "price": "8.00", "sale_price": "8.00", "regular_price": "10.00"}
    (variant,) = PRODUCTS.decode({"id": 5, "name": "A", "variations": [row]}, {}, linked)["variants"]
    assert (variant["price"], variant["compare_at_price"]) == ("8.00", "10.00")


def test_shared_stock_is_tracked_and_stays_shared_when_it_is_written() -> None:
    level = {"id": 9, "parent_id": 5, "type": "variation", "manage_stock": "parent", "stock_quantity": 4}
    record = STOCK.decode(level, {}, linked)
    assert (record["variant"], record["available"], record["tracked"]) == ("variants/9", "4", True)
    assert STOCK.encode({"tracked": True}, {}, Pairs().external, base=level) == {"manage_stock": "parent"}
    assert STOCK.encode({"available": "7"}, {}, Pairs().external, base=level) == {"stock_quantity": 7}


def test_refunds_are_positive_and_name_the_lines_they_take_back(shop: WooSandbox, connect: Any) -> None:
    """T100: each refund by its own id, each line by the order line that it refunds."""
    rows = [row for one in connect(shop).read("refunds", Window()) for row in one.documents]
    row = next(r for r in rows if r["line_items"] and r["line_items"][0]["taxes"])
    record = REFUNDS.decode(row, {}, linked)
    order = shop.store.orders[row["parent_id"]]
    (line,) = record["lines"]
    assert record["order"] == f"orders/{order['id']}"
    assert record["currency"] == order["currency"]
    assert line["order_line"] in {str(item["id"]) for item in order["line_items"]}
    assert Decimal(line["quantity"]) > 0
    assert Decimal(record["total"]) == Decimal(line["total"]) + Decimal(line["tax"])
    assert sum(Decimal(tax["amount"]) for tax in line["taxes"]) == Decimal(line["tax"])
    assert all(tax["rate"] for tax in line["taxes"])


def test_an_order_tells_its_refunds_as_positive_amounts(capture: Any) -> None:
    """T100: two partial refunds and the rest, each by its own id; the order's total stays."""
    record = decode(capture("refund_order_after_full").answer)
    assert [(r["id"], r["amount"], r["reason"]) for r in record["refunds"]] == [
        ("391", "10.02", None), ("390", "0.50", "r"), ("379", "5.26", "Damaged in transit"),
    ]  # fmt: skip
    assert record["total"] == "15.78"
    assert (record["status"], record["payment_status"]) == ("refunded", "refunded")


def test_payments_and_carriers_take_the_names_that_the_tables_give_them(capture: Any) -> None:
    order = capture("order_fee_and_coupon").answer
    record = decode(order, payments={"bacs": "bank_transfer"}, carriers={"flat_rate": "dhl"})
    assert record["payment_method"] == record["transactions"][0]["gateway"] == "bank_transfer"
    assert record["shipping_lines"][0]["carrier"] == "dhl"
    assert decode(order)["payment_method"] == "bacs"
    assert decode(order)["shipping_lines"][0]["carrier"] is None


def test_every_seeded_order_adds_up(shop: WooSandbox, connect: Any) -> None:
    for one in connect(shop).read("orders", Window()):
        for document in one.documents:
            order = decode(document)
            Order.model_validate_json(orjson.dumps(order))
            assert discrepancies(order) == []
