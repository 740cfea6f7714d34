"""Goods that come back: what is read of a return, how it is noticed, and what an exchange leaves behind everywhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parent))

from shopify_house import ShopifyHouse, open_settled

from connectors.shopify.sandbox import Cart, Item, ShopifySandbox, Till, changes, orders, returns
from connectors.shopify.sandbox.money import shop as shop_amount
from connectors.shopify.sandbox.returns import Back
from connectors.shopify.sandbox.store import number_of
from connectors.shopify.webhooks import receive
from hub.api import Entity, Stream, Window
from hub.cli.page import render_page
from hub.model import Return
from hub.model.total import discrepancies
from hub.queries.record import one_record, record_page
from hub.store import links, records
from hub.testing import ManualClock

VAT = ("MwSt", Decimal("0.19"))
TILLS = [Till(), Till("JPY", "JPY"), Till("KWD", "KWD"), Till("EUR", "JPY", Decimal("161.23"))]
CREDITS = """
entity: refund
stream: credits
id: id
reference: ref
fields:
  order: {path: sale, as: id, link: sales}
  currency: currency
  total: {path: total, as: [amount, negate]}
  lines: {path: lines, each: line, by: id}
  adjustments: {path: differences, each: difference, by: id}
parts:
  line:
    id: id
    order_line: sold
    quantity: {path: quantity, as: decimal}
    total: {path: total, as: [amount, negate]}
  difference:
    id: id
    total: {path: total, as: [amount, negate]}
"""
COMEBACKS = """
entity: return
stream: comebacks
id: id
reference: ref
fields:
  order: {path: sale, as: id, link: sales}
  number: number
  status: status
  lines: {path: lines, each: line, by: id}
  exchange_lines: {path: instead, each: instead, by: id}
parts:
  line:
    id: id
    order_line: sold
    quantity: {path: quantity, as: decimal}
  instead:
    id: id
    order_lines: {path: sold, as: list_of_text}
    quantity: {path: quantity, as: decimal}
"""
MORE = (
    (Stream(name="credits", entity=Entity.REFUND, writes=True, after=("sales",)), CREDITS, "refunds"),
    (Stream(name="comebacks", entity=Entity.RETURN, writes=True, after=("sales",)), COMEBACKS, "returns"),
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShopifyHouse]:
    """A store and an ERP that takes credits and returns, too; everything of the seed is in both."""
    yield from open_settled(tmp_path, MORE)


@pytest.fixture
def see(empty: ShopifySandbox, connect: Any, decode: Any) -> Callable[..., Any]:
    """Reads a return as the hub knows it; it must be valid."""

    def run(made: Any, **tables: dict[str, str]) -> Any:
        (document,) = connect(empty).fetch("returns", [str(number_of(made["id"]))])
        record = decode("returns", document, **tables)
        Return.model_validate_json(orjson.dumps(record))
        return record

    return run


def item(price: str = "10", **more: Any) -> Item:
    return Item(**{"title": "Sock", "price": Decimal(price), "sku": "SOCK", **more})


def sent(shop: ShopifySandbox, *items: Item, **cart: Any) -> Any:
    """Place an order, let it be paid and sent."""
    order = orders.place(shop.store, Cart(items=items or (item(),), **cart), place(shop))
    orders.pay(shop.store, order)
    groups = [{"fulfillmentOrderId": gid} for gid in order["fulfillmentOrders"]]
    changes.fulfillment_create(shop.store, {"fulfillment": {"lineItemsByFulfillmentOrder": groups}})
    return order


def place(shop: ShopifySandbox) -> str:
    known = shop.store.kinds.get("Location")
    return known[0] if known else str(shop.store.add("Location", {"name": "Lager", "isActive": True})["id"])


def request(shop: ShopifySandbox, order: Any, *back: Back, **more: Any) -> Any:
    """Ask for a return, of all of the first line by default."""
    return returns.request(shop.store, order, back or (Back(line=order["lineItems"][0]),), **more)


def read(store: Any, **window: Any) -> list[Any]:
    return [row for page in store.read("returns", Window(**window)) for row in page.documents]


def test_an_exchange_is_a_credit_and_a_sale_all_along_the_road(house: ShopifyHouse) -> None:
    """T102: back 100, new 250, refund 0: the ERP has a credit of -100, a sale of 250, and 150 are owed."""
    shop = house.shop
    order = sent(shop, item("100"))
    made = request(shop, order, instead=Cart(items=[item("250", title="Coat")]))
    returns.approve(shop.store, made)
    house.sync()
    assert house.theirs("comebacks", made)["status"] == "open"
    assert known(house, "orders", order)["outstanding"] == "0.00", "nothing is sold before the goods are there"

    house.at += timedelta(hours=1)
    refund = returns.process(shop.store, made, place(shop))
    house.sync()
    credit, sale = house.theirs("credits", refund), house.theirs("sales", order)
    assert (credit["total"], [line["total"] for line in credit["lines"]]) == ("0.00", ["-100.00"])
    assert credit.get("differences", []) == [], "nothing balances the two"
    assert [line["total"] for line in sale["lines"]] == ["100.00", "250.00"]
    assert known(house, "orders", order)["outstanding"] == "150.00"
    comeback = house.theirs("comebacks", made)
    assert [row["sold"] for row in comeback["lines"]] == [sale["lines"][0]["id"]]
    assert [row["sold"] for row in comeback["instead"]] == [[sale["lines"][1]["id"]]]

    orders.pay(shop.store, order)
    returns.close(shop.store, made)
    house.sync()
    paid = known(house, "orders", order)
    assert (paid["outstanding"], paid["payment_status"]) == ("0.00", "paid")
    assert house.theirs("comebacks", made)["status"] == "closed"
    assert house.quiet() == []

    house.erp.put("deliveries", {"id": "D9", "order": sale["id"], "status": "in_transit", "tracking": "JD9"})
    house.sync()
    assert [shop.store.nodes[gid]["trackingInfo"][0]["number"] for gid in order["fulfillments"][1:]] == ["JD9"]
    assert order["displayFulfillmentStatus"] == "FULFILLED"


def test_one_order_line_in_two_lines_of_a_return_arrives_as_two(house: ShopifyHouse) -> None:
    """T101: two pieces for one reason and one for another; the refund has two lines as well."""
    shop = house.shop
    order = sent(shop, item(quantity=3))
    line = order["lineItems"][0]
    made = request(shop, order, Back(line=line, quantity=2), Back(line=line, reason="damaged"))
    returns.approve(shop.store, made)
    refund = returns.process(shop.store, made, place(shop))
    house.sync()
    sold = str(number_of(line["id"]))
    for document in (house.theirs("comebacks", made), house.theirs("credits", refund)):
        assert [(row["sold"], row["quantity"]) for row in document["lines"]] == [(sold, "2"), (sold, "1")]
        assert len({row["id"] for row in document["lines"]}) == 2
    assert house.quiet() == []


def test_the_page_of_an_exchange_shows_what_came_back_why_and_what_was_sent_instead(house: ShopifyHouse) -> None:
    order = sent(house.shop, item("100"))
    back = Back(line=order["lineItems"][0], reason="too-small")
    made = request(house.shop, order, back, instead=Cart(items=[item("250", title="Coat", sku="COAT-1")]))
    returns.approve(house.shop.store, made)
    returns.process(house.shop.store, made, place(house.shop))
    house.sync()
    hit = one_record(house.hub.database, made["name"])
    assert hit is not None
    page = record_page(house.hub.database, house.hub.plugins, hit.id, now=house.at)
    told = Console(width=100)
    with told.capture() as capture:
        told.print(*render_page(page), sep="\n")
    text = capture.get()
    assert f"Return {order['name']}-R1 · open" in text
    before, _, after = text.partition("Sent instead")
    assert re.search(r"1\s+SOCK\s+Sock\s+too-small", before)
    assert re.search(r"1\s+COAT-1\s+Coat\s+250.00", after)


def known(house: ShopifyHouse, stream: str, node: Any) -> Any:
    """Give the hub's record of a node of the store."""
    number = str(number_of(node["id"]))
    with house.hub.database.read() as tx:
        record = links.resolve(tx, "shop", [(stream, number)])[stream, number]
        return orjson.loads(records.by_ids(tx, [record])[record].data)


def test_a_return_tells_what_comes_back_and_why(empty: ShopifySandbox, see: Any) -> None:
    order = sent(empty, item("12.50", quantity=3, choice="L / Rød"))
    back = Back(line=order["lineItems"][0], quantity=2, reason="too-small", note="2 sizes", words="Zu klein 😕")
    made = request(empty, order, back)
    record = see(made)
    (line,) = record["lines"]
    assert (record["number"], record["status"]) == (f"{order['name']}-R1", "requested")
    assert record["order"] == f"orders/{number_of(order['id'])}"
    assert line | {"id": ""} == {
        "id": "",
        "order_line": str(number_of(order["lineItems"][0]["id"])),
        "variant": None,
        "sku": "SOCK",
        "title": "Sock - L / Rød",
        "quantity": "2",
        "processed_quantity": "0",
        "refundable_quantity": "2",
        "refunded_quantity": "0",
        "unit_price": "12.5",
        "reason": "too-small",
        "note": "2 sizes",
        "customer_note": "Zu klein 😕",
        "restocking_fee": None,
    }


def test_a_return_goes_through_its_states(empty: ShopifySandbox, see: Any, clock: ManualClock) -> None:
    order = sent(empty, item(quantity=3))
    made = request(empty, order)
    assert (see(made)["status"], see(made)["approved_at"]) == ("requested", None)
    returns.approve(empty.store, made)
    assert (see(made)["status"], see(made)["approved_at"]) == ("open", empty.store.now())
    clock.advance(60)
    returns.close(empty.store, made)
    assert (see(made)["status"], see(made)["closed_at"]) == ("closed", empty.store.now())
    returns.reopen(empty.store, made)
    assert (see(made)["status"], see(made)["closed_at"]) == ("open", None)
    returns.cancel(empty.store, made)
    assert see(made)["status"] == "cancelled"
    refused = request(empty, order)
    returns.decline(empty.store, refused, "FINAL_SALE", "Worn.")
    assert (see(refused)["status"], see(refused)["decline"]) == ("declined", {"reason": "final_sale", "note": "Worn."})


def test_what_is_sent_instead_has_a_price_once_it_is_sold(empty: ShopifySandbox, see: Any) -> None:
    """Net of tax and after discounts, as a line of the order; what an edit takes out again stays, with nothing left."""
    order = sent(empty, item("100", rates=[VAT]), included=True)
    new = item("119", title="Coat", sku="COAT", choice="M", rates=[VAT], off=Decimal("11.90"), quantity=2)
    made = request(empty, order, instead=Cart(items=[new], included=True))
    returns.approve(empty.store, made)
    (line,) = see(made)["exchange_lines"]
    assert (line["order_lines"], line["title"], line["sku"], line["quantity"]) == ([], "Coat - M", "COAT", "2")
    assert "total" not in line
    returns.process(empty.store, made, place(empty))
    (line,) = see(made)["exchange_lines"]
    sold = order["lineItems"][1]
    assert line["order_lines"] == [str(number_of(sold["id"]))]
    assert (line["total"], line["tax"], line["unit_price"]) == ("190.00", "36.10", "119")
    assert (line["current_quantity"], line["processed_quantity"]) == ("2", "2")
    sold["currentQuantity"] = 0
    assert [row["current_quantity"] for row in see(made)["exchange_lines"]] == ["0"]


@pytest.mark.parametrize("included", [True, False])
@pytest.mark.parametrize(
    "till", [Till(), Till("JPY", "JPY"), Till("KWD", "KWD"), Till("EUR", "JPY", Decimal("161.23"))]
)
@pytest.mark.parametrize("new", ["3", "17", "260"])
def test_after_an_exchange_order_refund_and_return_add_up(
    empty: ShopifySandbox, connect: Any, decode: Any, see: Any, included: bool, till: Till, new: str
) -> None:
    """To the smallest unit: what was paid, less what was given back, and what is owed are what the goods kept cost."""
    cart = {"included": included, "till": till}
    order = sent(empty, item("99", quantity=3, rates=[VAT], off=Decimal(7)), item("17", rates=[VAT]), **cart)
    paid = shop_amount(order["totalPriceSet"])
    sold = item(new, quantity=2, rates=[VAT])
    made = request(empty, order, Back(line=order["lineItems"][0], quantity=2), instead=Cart(items=[sold], **cart))
    returns.approve(empty.store, made)
    returns.process(empty.store, made, place(empty))
    store = connect(empty)
    (document,) = store.fetch("orders", [order["id"]])
    (refund,) = store.fetch("refunds", order["refunds"])
    record, credit = decode("orders", document), decode("refunds", refund)
    assert discrepancies(record) == []
    assert [row["amount"] for row in see(made)["refunds"]] == [credit["total"]]
    back = sum(Decimal(line["total"]) + Decimal(line["tax"]) for line in credit["lines"])
    assert Decimal(record["total"]) - back == paid - Decimal(credit["total"]) + Decimal(record["outstanding"])
    exchange = see(made)["exchange_lines"][0]
    line = next(one for one in record["lines"] if one["id"] in exchange["order_lines"])
    assert (exchange["total"], exchange["tax"]) == (line["total"], line["tax"])


def test_fees_stay_with_the_shop_and_the_rest_is_given_back(empty: ShopifySandbox, see: Any) -> None:
    """A cheaper exchange: 100 back, 30 new, 5 for handling and 4.90 for shipping: 60.10 are given back."""
    order = sent(empty, item("100"))
    back = Back(line=order["lineItems"][0], fee=Decimal(5))
    made = request(empty, order, back, instead=Cart(items=[item("30")]), fee=Decimal("4.9"))
    returns.approve(empty.store, made)
    returns.process(empty.store, made, place(empty))
    record = see(made)
    assert [line["restocking_fee"] for line in record["lines"]] == ["5.00"]
    assert [fee["total"] for fee in record["fees"]] == ["4.90"]
    assert [refund["amount"] for refund in record["refunds"]] == ["60.10"]
    assert [refund["id"] for refund in record["refunds"]] == [str(number_of(gid)) for gid in order["refunds"]]


def test_a_currency_without_decimals_keeps_its_fees_whole(empty: ShopifySandbox, see: Any) -> None:
    order = sent(empty, item("1200"), till=Till("JPY", "JPY"))
    made = request(empty, order, Back(line=order["lineItems"][0], fee=Decimal(120)))
    assert (see(made)["currency"], see(made)["lines"][0]["restocking_fee"]) == ("JPY", "120")


def test_goods_that_nobody_has_verified_have_no_order_line(empty: ShopifySandbox, see: Any) -> None:
    order = sent(empty)
    (line,) = see(request(empty, order, Back(price=Decimal("9.99"), reason="wrong-item")))["lines"]
    assert (line.get("order_line"), line["unit_price"], line["reason"]) == (None, "9.99", "wrong-item")


def test_parcels_and_what_became_of_the_goods_are_told(empty: ShopifySandbox, see: Any) -> None:
    order = sent(empty, item(quantity=2))
    made = request(empty, order, Back(line=order["lineItems"][0], quantity=2))
    returns.approve(empty.store, made)
    returns.send(empty.store, made, "DHL", "RT1")
    returns.dispose(empty.store, made, place(empty), "MISSING")
    record = see(made, locations={"Lager": "main"})
    (parcel,), (step,) = record["parcels"], record["dispositions"]
    assert (parcel["carrier_name"], parcel["tracking_number"]) == ("DHL", "RT1")
    assert parcel["label_url"].endswith("RT1.pdf")
    assert (step["kind"], step["quantity"], step["location"]) == ("missing", "2", "main")
    assert step["order_line"] == str(number_of(order["lineItems"][0]["id"]))


def test_a_return_of_120_lines_comes_whole(empty: ShopifySandbox, connect: Any, decode: Any) -> None:
    """So do 7 returns of one order, each with its own lines."""
    order = sent(empty, *[item(str(n + 1)) for n in range(120)])
    for count in (120, 1, 1, 1, 1, 1, 1):
        request(empty, order, *[Back(line=line) for line in order["lineItems"][:count]])
    rows = read(connect(empty, lines=15))
    assert sorted(len(row["returnLineItems"]) for row in rows) == [1, 1, 1, 1, 1, 1, 120]
    assert len({line["id"] for row in rows for line in decode("returns", row)["lines"]}) == 126


def test_a_return_is_found_through_its_order_which_it_moves(
    empty: ShopifySandbox, connect: Any, clock: ManualClock
) -> None:
    """The window's end is left open: an order that moved past it meanwhile is read all the same."""
    old, other = sent(empty), sent(empty)
    request(empty, other)
    clock.advance(3600)
    since = clock.now()
    made = request(empty, old)
    clock.advance(60)
    store = connect(empty)
    assert [row["id"] for row in read(store, since=since, until=since)] == [made["id"]]
    returns.approve(empty.store, made)
    assert [row["id"] for row in read(store, since=since, until=since + timedelta(seconds=30))] == [made["id"]]


def test_orders_without_returns_cost_next_to_nothing(shop: ShopifySandbox, connect: Any) -> None:
    """Their ids are asked for 50 at once; only returns that are there are asked for whole."""
    rows = read(connect(shop))
    asked = [text.split("(")[0] for text, _ in shop.asked]
    assert len(rows) == 5
    assert asked.count("query Returns") == -(-len(shop.store.all("Order")) // 50)
    assert asked.count("query ReturnsById") == 1


def test_pages_can_be_resumed_in_the_middle(empty: ShopifySandbox, connect: Any) -> None:
    made = [request(empty, sent(empty))["id"] for _ in range(120)]
    pages = list(connect(empty).read("returns", Window()))
    assert [len(page.documents) for page in pages] == [50, 50, 20]
    rest = read(connect(empty), resume=pages[0].resume)
    assert [row["id"] for row in (*pages[0].documents, *rest)] == made


def test_each_step_of_a_return_calls_and_names_its_order(empty: ShopifySandbox) -> None:
    order = sent(empty)
    empty.hooks.deliver()
    made = request(empty, order)
    returns.approve(empty.store, made)
    returns.process(empty.store, made, place(empty))
    returns.close(empty.store, made)
    hooks = [h for h in empty.hooks.deliver() if h.headers["x-shopify-topic"].startswith("returns/")]
    steps = [h.headers["x-shopify-topic"] for h in hooks]
    assert steps == ["returns/request", "returns/approve", "returns/process", "returns/close"]
    wanted = {("returns", str(number_of(made["id"]))), ("orders", str(number_of(order["id"])))}
    assert all({(one.stream, one.external_id) for one in receive(h, ["hush"])} == wanted for h in hooks)


def test_what_no_call_and_no_window_shows_is_read_again_each_day(house: ShopifyHouse) -> None:
    """A parcel neither moves the order nor names its return in a call: the hub reads the returns whole."""
    shop = house.shop
    made = request(shop, sent(shop))
    returns.approve(shop.store, made)
    for _ in range(2):
        house.sync()
    returns.send(shop.store, made, "DHL", "RT9")
    house.sync()
    assert known(house, "returns", made)["parcels"] == []
    house.at += timedelta(days=1)
    house.sync()
    assert [row["tracking_number"] for row in known(house, "returns", made)["parcels"]] == ["RT9"]
    with house.hub.database.read() as tx:
        assert [row.entity for row in records.search(tx, "RT9")] == ["return"]
