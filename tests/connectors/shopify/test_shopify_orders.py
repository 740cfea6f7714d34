"""What orders and refunds of a store become."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson
import pytest

from connectors.shopify.sandbox import Cart, Item, ShopifySandbox, Till, changes, customers, fulfillments, orders
from connectors.shopify.sandbox.store import number_of
from hub.api import Window
from hub.clock import short_text
from hub.model import Order, Refund
from hub.model.total import discrepancies
from hub.testing import ManualClock

VAT, STATE, COUNTY = ("MwSt", Decimal("0.19")), ("State Tax", Decimal("0.04")), ("County Tax", Decimal("0.04875"))


@pytest.fixture
def see(empty: ShopifySandbox, connect: Any, decode: Any) -> Callable[..., Any]:
    """Reads an order as the hub knows it; it must be valid and add up."""

    def run(order: Any, **tables: dict[str, str]) -> Any:
        (document,) = connect(empty).fetch("orders", [str(number_of(order["id"]))])
        record = decode("orders", document, **tables)
        Order.model_validate_json(orjson.dumps(record))
        assert discrepancies(record) == []
        return record

    return run


@pytest.fixture
def refunds(empty: ShopifySandbox, connect: Any, decode: Any) -> Callable[[], list[Any]]:
    """Reads every refund."""

    def run() -> list[Any]:
        rows = [row for page in connect(empty).read("refunds", Window()) for row in page.documents]
        records = [decode("refunds", row) for row in rows]
        for record in records:
            Refund.model_validate_json(orjson.dumps(record))
        return records

    return run


def item(price: str = "10", **more: Any) -> Item:
    return Item(**{"title": "Sock", "price": Decimal(price), "sku": "SOCK", **more})


def place(shop: ShopifySandbox, *items: Item, cart: dict[str, Any] | None = None, **given: Any) -> Any:
    return orders.place(shop.store, Cart(items=items or (item(),), **(cart or {})), **given)


def test_a_removed_line_stays_with_nothing_left_of_it(empty: ShopifySandbox, see: Any) -> None:
    """T036: quantity 2, current quantity 0; what was added stands behind it."""
    order = place(empty, item(quantity=2), item("5"))
    orders.edit(empty.store, order, order["lineItems"][0], Cart(items=[item("7", title="Added")]))
    lines = [(line["title"], line["quantity"], line["current_quantity"]) for line in see(order)["lines"]]
    assert lines == [("Sock", "2", "0"), ("Sock", "1", "1"), ("Added", "1", "1")]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"sourceName": "web"}, "online"),
        ({"sourceName": "pos"}, "pos"),
        ({"sourceName": "shopify_draft_order"}, "manual"),
        ({"sourceName": "subscription_contract_checkout_one"}, "subscription"),
        ({"sourceName": "580111"}, None),
        ({"sourceName": None}, None),
    ],
)
def test_the_way_of_ordering_is_kept(empty: ShopifySandbox, see: Any, given: Any, kind: str | None) -> None:
    """T042: a completed draft; an order of the till, which ships nothing."""
    record = see(place(empty, **given))
    assert (record["kind"], record["channel"]) == (kind, given["sourceName"])
    assert record["shipping_lines"] == []
    assert record["shipping_address"] is None


def test_an_order_of_a_company_names_it(empty: ShopifySandbox, see: Any) -> None:
    """T042: company and location."""
    company = empty.store.add("Company", {"name": "Weft & Co."})
    where = empty.store.add("CompanyLocation", {"name": "Main"})
    buyer = {"__typename": "PurchasingCompany", "company": company["id"], "location": where["id"]}
    record = see(place(empty, purchasingEntity=buyer, poNumber="PO-7"))
    assert (record["kind"], record["company"], record["purchase_order"]) == ("b2b", "Weft & Co.", "PO-7")


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_deleted_product_leaves_its_line_wherever_it_stands(empty: ShopifySandbox, see: Any, gone: int) -> None:
    """T044: the first, a middle and the last line."""
    variant = empty.store.add("ProductVariant", {})["id"]
    order = place(empty, *(item(str(n + 1), variant=variant) for n in range(3)))
    before = see(order)["lines"]
    order["lineItems"][gone]["variant"] = None
    after = see(order)["lines"]
    assert after == [{**row, "variant": None, "kind": None} if n == gone else row for n, row in enumerate(before)]


def test_every_kind_of_line_stands_by_itself(empty: ShopifySandbox, see: Any) -> None:
    """T045: gift card, tip, duty, a fee of its own, and something free that stays 0.00."""
    goods = [item(duty=Decimal(3)), item("25", gift_card=True, title="Card"), item("9", off=Decimal(9), title="Free")]
    record = see(place(empty, *goods, cart={"tip": Decimal(2), "fee": Decimal("1.5")}))
    lines = {line["title"]: (line["kind"], line["total"]) for line in record["lines"]}
    assert lines["Card"] == ("gift_card", "25.00")
    assert lines["Free"] == (None, "0.00")
    assert lines["Tip"] == ("tip", "2.00")
    assert lines["Duty on Sock"] == ("duty", "3.00")
    assert [(fee["title"], fee["total"]) for fee in record["fees"]] == [("Packaging", "1.50")]


@pytest.mark.parametrize("note", ["🎁 <b>gift</b>", "الرجاء الاتصال ☎️", "x" * 5000, "a &amp; b\n\tc", None])
def test_notes_attributes_and_tags_go_both_ways_exactly(
    empty: ShopifySandbox, see: Any, connect: Any, encode: Any, note: str | None
) -> None:
    """T046: emoji, text from right to left, 5,000 characters, markup."""
    attributes = [{"key": "für wen?", "value": "Oma 💝"}, {"key": "empty", "value": ""}]
    order = place(empty, note=note, tags=["a b", "ü"], customAttributes=attributes)
    record = see(order)
    assert (record["note"], record["tags"], record["attributes"]) == (note, ["a b", "ü"], attributes)
    (document,) = connect(empty).fetch("orders", [order["id"]])
    written = encode("orders", {"note": note, "tags": ["a b", "ü"], "attributes": attributes}, document)
    assert written == {"note": note, "tags": ["a b", "ü"], "customAttributes": attributes}


def test_an_order_without_a_session_has_nulls_and_no_empty_text(empty: ShopifySandbox, see: Any) -> None:
    """T048: the renewal of a subscription; T066: no e-mail, no phone, no customer."""
    record = see(place(empty, item(contract=True), sourceName=None, customerLocale=None))
    assert record["kind"] == "subscription"
    nothing = ("email", "phone", "customer", "language", "note", "billing_address", "shipping_address", "company")
    assert [record[name] for name in nothing] == [None] * len(nothing)


def test_money_that_comes_two_ways_is_kept_apart(empty: ShopifySandbox, see: Any) -> None:
    """T049: gift card 30, card 70 in captures of 50 and 20; what is owed is right at each step."""
    order = place(empty, item("100"))
    owed = [see(order)["outstanding"]]
    for amount, gateway, kind in ((30, "gift_card", "SALE"), (70, "card", "AUTHORIZATION"), (50, "card", "CAPTURE"), (20, "card", "CAPTURE")):  # fmt: skip # noqa: E501
        orders.pay(empty.store, order, Decimal(amount), kind, gateway)
        owed.append(see(order)["outstanding"])
    record = see(order, payments={"gift_card": "voucher"})
    assert owed == ["100.00", "70.00", "70.00", "20.00", "0.00"]
    assert [(row["kind"], row["gateway"], row["amount"]) for row in record["transactions"]] == [
        ("sale", "voucher", "30.00"), ("authorization", "card", "70.00"), ("capture", "card", "50.00"),
        ("capture", "card", "20.00"),
    ]  # fmt: skip
    assert (record["payment_status"], record["payment_method"]) == ("paid", "voucher")
    assert record["payment_title"] == "gift_card, card"


def test_what_is_only_authorized_is_not_paid_and_tells_its_end(empty: ShopifySandbox, see: Any) -> None:
    """T050."""
    order = place(empty)
    orders.pay(empty.store, order, kind="AUTHORIZATION")
    record = see(order)
    assert (record["payment_status"], record["paid_at"], record["outstanding"]) == ("authorized", None, "10.00")
    assert record["transactions"][0]["expires_at"] == "2026-12-01T00:00:00Z"
    order["displayFinancialStatus"] = "EXPIRED"
    assert see(order)["payment_status"] == "expired"


def test_prices_with_tax_in_them_become_net_prices_and_taxes(empty: ShopifySandbox, see: Any) -> None:
    """T052: gross 84.00 + 10.00 + 8.50 at 19 %: 70.59, 8.40, 7.14."""
    cart = {"included": True, "shipping": Decimal("8.50"), "shipping_rates": [VAT]}
    record = see(place(empty, item("84", rates=[VAT]), item("10", rates=[VAT]), cart=cart))
    assert [line["total"] for line in record["lines"]] == ["70.59", "8.40"]
    assert (record["shipping_lines"][0]["total"], record["total"]) == ("7.14", "102.50")
    assert record["lines"][0]["taxes"][0]["id"] == "MwSt 19%"
    assert record["prices_include_tax"] is True


def test_tax_that_is_rounded_once_an_order_stands_as_rounding(empty: ShopifySandbox, see: Any) -> None:
    """T053: 4.66 by the order, 4.67 by the line; the total is what the buyer paid."""
    rates = [("Moms", Decimal("0.12"))]
    cart = {"shipping": Decimal("3.13"), "shipping_rates": rates, "taxed": "order"}
    record = see(place(empty, item("35.71", rates=rates), cart=cart))
    assert (record["tax_total"], record["total"]) == ("4.66", "43.50")
    assert [(fee["id"], fee["total"], fee["tax"]) for fee in record["fees"]] == [("rounding", "0.00", "-0.01")]


def test_a_discount_of_the_order_is_shared_out_to_the_cent(empty: ShopifySandbox, see: Any) -> None:
    """T056: what the storefront gave to each line, whatever the order of the lines."""
    for prices in (("3.33", "3.33", "3.34"), ("3.34", "3.33", "3.33")):
        record = see(place(empty, *(item(price) for price in prices), cart={"off": Decimal("1.00"), "code": "ONE"}))
        assert sum(Decimal(line["discounts"][0]["amount"]) for line in record["lines"]) == 1
        assert [(row["id"], row["amount"]) for row in record["discounts"]] == [("ONE", "1.00")]
        assert record["discount_total"] == "1.00"


@pytest.mark.parametrize("included", [False, True])
def test_free_shipping_with_tax_lines_costs_nothing(empty: ShopifySandbox, see: Any, included: bool) -> None:
    """T057: shipping 0, the tax lines as they are given, and nothing negative."""
    cart = {"included": included, "shipping": Decimal("4.9"), "shipping_off": Decimal("4.9"), "stale_shipping_tax": Decimal("0.78")}  # fmt: skip # noqa: E501
    record = see(place(empty, item("20", rates=[VAT]), cart=cart))
    (line,) = record["shipping_lines"]
    assert (line["total"], line["tax"], record["shipping_total"]) == ("0.00", "0.00", "0.00")
    assert line["taxes"][0]["amount"] == "0.78"


def test_two_taxes_of_a_line_and_who_owes_them_are_kept(empty: ShopifySandbox, see: Any) -> None:
    """T058: state and county; a marketplace owes what it has collected."""
    record = see(place(empty, item("100", rates=[STATE, COUNTY], liable=True)), taxes={"State Tax": "US-NY"})
    taxes = [(t["id"], t["jurisdiction"], t["amount"], t["collected"]) for t in record["lines"][0]["taxes"]]
    assert taxes == [("US-NY", "State Tax", "4.00", True), ("County Tax 4.875%", "County Tax", "4.88", True)]


def test_every_amount_has_its_currency(empty: ShopifySandbox, see: Any, refunds: Any) -> None:
    """T060: a shop in EUR, a buyer who pays GBP."""
    order = place(empty, item("100"), cart={"till": Till("EUR", "GBP", Decimal("0.85"))})
    orders.pay(empty.store, order)
    orders.refund(empty.store, order, [(order["lineItems"][0], 1, "RETURN")], rate=Decimal("0.80"))
    record, (refund,) = see(order), refunds()
    assert (record["currency"], record["total"]) == ("EUR", "100.00")
    assert (record["presentment"]["currency"], record["presentment"]["total"]) == ("GBP", "85.00")
    assert [(t["currency"], t["amount"]) for t in record["transactions"]] == [("GBP", "85.00"), ("GBP", "80.00")]
    assert (refund["currency"], refund["total"]) == ("EUR", "100.00")
    assert (refund["presentment"]["currency"], refund["presentment"]["total"]) == ("GBP", "80.00")


def test_the_rates_of_the_sale_and_of_the_refund_are_both_kept_with_their_times(
    empty: ShopifySandbox, clock: ManualClock, see: Any, refunds: Any
) -> None:
    """T062: what is given back is worth the same to the shop and five pounds less to the buyer."""
    order = place(empty, item("100"), cart={"till": Till("EUR", "GBP", Decimal("0.85"))})
    orders.pay(empty.store, order)
    sold_at = clock.now()
    clock.advance(7 * 24 * 3600)
    orders.refund(empty.store, order, [(order["lineItems"][0], 1, "RETURN")], rate=Decimal("0.80"))
    record, (refund,) = see(order), refunds()
    rates = [Decimal(one["presentment"]["rate"]) for one in (record, refund)]
    assert rates == [Decimal("1.17647059"), Decimal("1.25")]
    assert (record["placed_at"], refund["created_at"]) == (short_text(sold_at), short_text(clock.now()))
    assert (record["total"], refund["total"]) == ("100.00", "100.00")
    paid, back = (Decimal(one["presentment"]["total"]) for one in (record, refund))
    assert paid - back == Decimal("5.00")
    assert [(t["amount"], t["at"]) for t in record["transactions"]] == [
        ("85.00", record["placed_at"]), ("80.00", refund["created_at"]),
    ]  # fmt: skip


@pytest.mark.parametrize(("currency", "price", "total"), [("JPY", "1200", "1200"), ("KWD", "1.255", "1.255")])
def test_amounts_have_the_decimals_of_their_currency(
    empty: ShopifySandbox, see: Any, currency: str, price: str, total: str
) -> None:
    """T061."""
    assert see(place(empty, item(price), cart={"till": Till(currency, currency)}))["total"] == total


def test_an_order_keeps_its_own_copy_of_the_address(empty: ShopifySandbox, see: Any) -> None:
    """T070: only the profile changes when an address is edited; T072: codes as they are, no last name, four lines."""
    where = {"address1": "千代田 1-1", "city": "東京", "provinceCode": "JP-13", "countryCode": "JP", "zip": "N/A"}
    own = customers.address(empty.store, **where, firstName="花子")
    made = customers.blank(empty.store, firstName="花子", addresses=[own["id"]])
    order = place(empty, shippingAddress=own["id"], customer=made["id"])
    moved = {"addressId": own["id"], "customerId": made["id"], "address": {"city": "大阪"}}
    assert customers.address_update(empty.store, moved)[1] == []
    record = see(order)
    address = record["shipping_address"]
    assert (address["country"], address["region"], address["postcode"]) == ("JP", "JP-13", "N/A")
    assert (address["last_name"], address["first_name"], address["city"]) == (None, "花子", "東京")


def test_a_hold_and_a_cancellation_say_why(empty: ShopifySandbox, see: Any) -> None:
    held = place(empty)
    orders.hold(empty.store, held, "AWAITING_PAYMENT")
    record = see(held)
    assert (record["status"], record["fulfillment_status"]) == ("on_hold", "on_hold")
    assert [hold["reason"] for hold in record["holds"]] == ["awaiting_payment"]
    orders.cancel(empty.store, held, "CUSTOMER", "called us")
    cancelled = see(held)
    assert cancelled["status"] == "cancelled"
    assert (cancelled["cancellation"]["reason"], cancelled["cancellation"]["note"]) == ("customer", "called us")


def test_two_lines_of_one_sku_are_told_apart(empty: ShopifySandbox, see: Any, refunds: Any) -> None:
    """T082: one of them is free; each has an id of its own, by which what comes back is known."""
    order = place(empty, item(), item(off=Decimal(10)))
    orders.refund(empty.store, order, [(order["lineItems"][1], 1, "RETURN")])
    paid, free = see(order)["lines"]
    assert (paid["total"], free["total"], paid["sku"] == free["sku"], paid["id"] == free["id"]) == (
        "10.00", "0.00", True, False,
    )  # fmt: skip
    assert [line["order_line"] for line in refunds()[0]["lines"]] == [free["id"]]


def test_a_refund_tells_whether_and_where_goods_went_back(empty: ShopifySandbox, refunds: Any) -> None:
    """T098: with restock at a location, and without."""
    where = empty.store.add("Location", {"name": "Lager", "isActive": True})["id"]
    order = place(empty, item(), item("5"))
    rows = [(order["lineItems"][0], 1, "RETURN"), (order["lineItems"][1], 1, "NO_RESTOCK")]
    orders.refund(empty.store, order, rows, location=where)
    (record,) = refunds()
    assert [(line["restock"], line["location"]) for line in record["lines"]] == [("returned", "Lager"), ("none", None)]
    assert record["total"] == "15.00"


def test_refunds_of_one_line_are_each_their_own(empty: ShopifySandbox, see: Any, refunds: Any) -> None:
    """T100: 1 + 1 of 3, to the cent; 1 is left."""
    order = place(empty, item("3.33", quantity=3, rates=[VAT], off=Decimal("0.01")))
    orders.pay(empty.store, order)
    for _ in range(2):
        orders.refund(empty.store, order, [(order["lineItems"][0], 1, "NO_RESTOCK")])
    first, second = refunds()
    assert first["number"] != second["number"]
    record = see(order)
    assert (record["lines"][0]["current_quantity"], record["payment_status"]) == ("1", "partially_refunded")
    assert {row["id"] for row in record["refunds"]} == {first["number"], second["number"]}
    orders.refund(empty.store, order, [(order["lineItems"][0], 1, "NO_RESTOCK")])
    assert sum(Decimal(one["total"]) for one in refunds()) == Decimal(record["total"])


def test_one_order_line_in_two_lines_of_a_refund_stays_two(empty: ShopifySandbox, refunds: Any) -> None:
    """T101: also where the store gives these lines no id."""
    order = place(empty, item(quantity=3))
    line = order["lineItems"][0]
    made = orders.refund(empty.store, order, [(line, 1, "RETURN"), (line, 2, "NO_RESTOCK")])
    shown = refunds()[0]["lines"]
    assert [row["quantity"] for row in shown] == ["1", "2"]
    assert [row["id"] for row in shown] == [str(number_of(row["id"])) for row in made["refundLineItems"]]
    for row in made["refundLineItems"]:
        row["id"] = None
    assert len({row["id"] for row in refunds()[0]["lines"]}) == 2


def test_an_exchange_is_a_return_and_a_sale(empty: ShopifySandbox, see: Any, refunds: Any) -> None:
    """T102: back 100, new 250, refund 0, and 150 are owed; nothing balances the two."""
    order = place(empty, item("100"))
    orders.pay(empty.store, order)
    orders.edit(empty.store, order, order["lineItems"][0], Cart(items=[item("250", title="New")]))
    (refund,) = refunds()
    record = see(order)
    assert (refund["total"], refund["lines"][0]["total"], refund["adjustments"]) == ("0.00", "100.00", [])
    assert [line["total"] for line in record["lines"]] == ["100.00", "250.00"]
    assert (record["outstanding"], record["refunds"][0]["amount"], record["fees"]) == ("150.00", "0.00", [])


def test_a_difference_of_a_refund_is_an_adjustment(empty: ShopifySandbox, refunds: Any) -> None:
    """A cent more than the lines give."""
    order = place(empty, item("10"))
    orders.refund(empty.store, order, [(order["lineItems"][0], 1, "RETURN")], more=Decimal("0.01"))
    (record,) = refunds()
    assert record["total"] == "10.01"
    assert [(one["kind"], one["total"]) for one in record["adjustments"]] == [("refund_discrepancy", "0.01")]


def test_a_dispute_is_no_refund(empty: ShopifySandbox, see: Any, refunds: Any) -> None:
    """T106."""
    order = place(empty)
    orders.pay(empty.store, order)
    dispute = empty.store.add("OrderDisputeSummary", {"initiatedAs": "CHARGEBACK", "status": "LOST"})
    order["disputes"].append(dispute["id"])
    record = see(order)
    assert [(one["kind"], one["status"]) for one in record["disputes"]] == [("chargeback", "lost")]
    assert (record["payment_status"], refunds()) == ("paid", [])


def test_goods_under_way_show_in_how_far_an_order_is(empty: ShopifySandbox, see: Any) -> None:
    order = place(empty, item(quantity=2))
    (gid,) = order["fulfillmentOrders"]
    row = empty.store.nodes[empty.store.nodes[gid]["lineItems"][0]]
    one = {"fulfillmentOrderId": gid, "fulfillmentOrderLineItems": [{"id": row["id"], "quantity": 1}]}
    changes.fulfillment_create(empty.store, {"fulfillment": {"lineItemsByFulfillmentOrder": [one]}})
    assert see(order)["fulfillment_status"] == "partial"
    changes.fulfillment_create(empty.store, {"fulfillment": {"lineItemsByFulfillmentOrder": [one]}})
    assert see(order)["fulfillment_status"] == "fulfilled"


def test_each_line_says_from_where_it_is_to_be_sent(empty: ShopifySandbox, connect: Any, decode: Any) -> None:
    """T084: what is left at each place, what waits for a day or for a person, and nothing of what was called off."""
    north, south = (empty.store.add("Location", {"name": n, "isActive": True})["id"] for n in ("North", "South"))
    order = orders.place(empty.store, Cart(items=[item(quantity=5), item(quantity=1)]), north)
    line, other = order["lineItems"]
    fulfillments.split(empty.store, order, line, 2, south)
    fulfillments.fulfill(empty.store, order, [(other, 1)])
    first, second = (empty.store.nodes[gid] for gid in order["fulfillmentOrders"])
    second |= {"status": "SCHEDULED", "fulfillAt": "2026-12-01T00:00:00Z"}

    def see() -> Any:
        (document,) = connect(empty).fetch("orders", [str(number_of(order["id"]))])
        sources = decode("orders", document, locations={"South": "south"})["sources"]
        return [{name: value for name, value in source.items() if name != "id"} for source in sources]

    one, two = (str(number_of(node["id"])) for node in (line, other))
    here = {"location": "North", "left": "3", "quantity": "3", "status": "unfulfilled", "scheduled_at": None}
    there = {**here, "order_line": one, "location": "south", "left": "2", "quantity": "2", "status": "scheduled"}
    there["scheduled_at"] = "2026-12-01T00:00:00Z"
    assert see() == [{**here, "order_line": one}, {**here, "order_line": two, "quantity": "1", "left": "0"}, there]
    first["status"] = "CANCELLED"
    assert see() == [there]


def test_customers_tell_what_they_agreed_to(empty: ShopifySandbox, connect: Any, decode: Any) -> None:
    """T074: each channel with its newest state, time and source; T073: a phone as it was written."""
    made = customers.blank(
        empty.store,
        firstName="Ada",
        defaultEmailAddress=customers.mail("ada@example.test", "UNSUBSCRIBED", "2026-11-01T10:00:00Z"),
        defaultPhoneNumber=customers.phone("030 123 ext. 4", "SUBSCRIBED"),
    )
    (document,) = connect(empty).fetch("customers", [made["id"]])
    record = decode("customers", document)
    assert (record["email"], record["phone"], record["last_name"]) == ("ada@example.test", "030 123 ext. 4", None)
    assert [(c["id"], c["state"], c["at"]) for c in record["consents"]] == [
        ("email", "withdrawn", "2026-11-01T10:00:00Z"),
        ("sms", "granted", None),
    ]


def test_skus_are_kept_as_they_are_written(shop: ShopifySandbox, connect: Any, decode: Any) -> None:
    """T076: a space at its end makes it another one; an empty one is none."""
    rows = [row for page in connect(shop).read("products", Window()) for row in page.documents]
    skus = {variant["sku"] for row in rows for variant in decode("products", row)["variants"]}
    assert {"SPACE-1 ", None} <= skus
    assert "" not in skus
