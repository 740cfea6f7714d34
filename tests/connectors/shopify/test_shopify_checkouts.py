"""Purchases that were begun and not finished: what is read of them, and what they become."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from shopify_house import ShopifyHouse, open_settled

from connectors.shopify.sandbox import Cart, Item, ShopifySandbox, Till, checkouts, customers
from connectors.shopify.sandbox.store import number_of
from connectors.shopify.webhooks import receive
from hub.api import Entity, Stream, Window
from hub.model import Checkout
from hub.operations.record import ask_remotes
from hub.store import links, overview, records
from hub.testing import ManualClock

BASKETS = """
entity: checkout
stream: baskets
id: id
reference: ref
fields:
  number: number
  email: email
  currency: currency
  total: {path: total, as: amount}
  completed_at: {path: completed, as: utc}
"""
MORE = ((Stream(name="baskets", entity=Entity.CHECKOUT, writes=True), BASKETS, "checkouts"),)
VAT = ("MwSt", Decimal("0.19"))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShopifyHouse]:
    """A store and an ERP that wants to know of checkouts, too; everything of the seed is in both."""
    yield from open_settled(tmp_path, MORE)


@pytest.fixture
def see(empty: ShopifySandbox, connect: Any, decode: Any, clock: ManualClock) -> Callable[..., Any]:
    """Reads a checkout as the hub knows it, once it counts as abandoned; it must be valid."""

    def run(made: Any, **tables: dict[str, str]) -> Any:
        clock.advance(600)
        (document,) = connect(empty).fetch("checkouts", [str(number_of(made["id"]))])
        record = decode("checkouts", document, **tables)
        Checkout.model_validate_json(orjson.dumps(record))
        return record

    return run


def item(price: str = "10", **more: Any) -> Item:
    return Item(**{"title": "Sock", "price": Decimal(price), "sku": "SOCK", **more})


def abandon(shop: ShopifySandbox, *items: Item, cart: dict[str, Any] | None = None, **given: Any) -> Any:
    return checkouts.abandon(shop.store, Cart(items=items or (item(),), **(cart or {})), **given)


def read(store: Any, **window: Any) -> list[Any]:
    return [row for page in store.read("checkouts", Window(**window)) for row in page.documents]


def test_a_checkout_that_is_left_and_finished_later_becomes_one_order(house: ShopifyHouse) -> None:
    """It is no order before, and none beside its order afterwards: `completed_at` is all that changes in it."""
    shop, person = house.shop, house.shop.store.all("Customer")[0]
    before = counts(house)
    made = abandon(shop, item("40"), customer=person["id"], billingAddress=person["defaultAddress"])
    for _ in range(2):
        house.sync()
    assert counts(house) == before | {"checkout": before["checkout"] + 1}
    basket = house.theirs("baskets", made)
    assert (basket["total"], basket["completed"], basket["email"]) == ("40.00", None, "customer00@example.test")

    order = checkouts.buy(shop.store, made, shop.store.kinds["Location"][0])
    for _ in range(2):
        house.sync()
    assert counts(house) == before | {"checkout": before["checkout"] + 1, "order": before["order"] + 1}
    assert house.theirs("baskets", made)["completed"] == made["completedAt"]
    assert house.theirs("sales", order)["total"] == "40.00"
    assert house.quiet() == []


def counts(house: ShopifyHouse) -> dict[str, int]:
    with house.hub.database.read() as tx:
        return overview.count_records(tx)


def test_a_checkout_that_is_shown_later_than_it_was_left_is_not_missed(house: ShopifyHouse) -> None:
    """T016: the store waits some minutes whether the buyer goes on; by then the window of that time is read."""
    before = counts(house)
    abandon(house.shop)
    house.at += timedelta(minutes=5)
    house.sync()
    assert counts(house) == before
    house.sync()
    assert counts(house) == before | {"checkout": before["checkout"] + 1}


def test_a_checkout_is_found_by_the_buyers_e_mail(house: ShopifyHouse) -> None:
    """In the hub by its own number and the e-mail; in the store, too, before it is here."""
    shop, person = house.shop, house.shop.store.all("Customer")[1]
    made = abandon(shop, customer=person["id"])
    house.at += timedelta(minutes=10)
    asked = ask_remotes(house.hub, made["name"])
    assert [(hit.entity, hit.name, hit.record) for hit in asked.hits] == [("checkout", made["name"], None)]
    assert asked.failures == ()
    house.sync()
    with house.hub.database.read() as tx:
        assert [row.entity for row in records.search(tx, made["name"])] == ["checkout"]
        found = records.search(tx, "Customer01@Example.test")
        assert {row.entity for row in found} >= {"checkout", "customer"}
        assert links.resolve(tx, "shop", [("checkouts", str(number_of(made["id"])))])


def test_a_checkout_tells_who_and_what(empty: ShopifySandbox, see: Any) -> None:
    person = customers.blank(
        empty.store,
        firstName="Ada",
        locale="de",
        defaultEmailAddress=customers.mail("ada@example.test"),
        defaultPhoneNumber=customers.phone("+4930123"),
    )
    where = customers.address(empty.store, firstName="Ada", city="Huế", countryCode="VN")["id"]
    notes = [{"key": "source", "value": "banner 🌟"}]
    goods = item("20", quantity=2, choice="L", attributes=(("Engraving", "für Oma"),), rates=[VAT])
    made = abandon(empty, goods, customer=person["id"], shippingAddress=where, customAttributes=notes, note="Ring")
    record = see(made)
    assert record["customer"] == f"customers/{number_of(person['id'])}"
    assert (record["email"], record["phone"], record["language"]) == ("ada@example.test", "+4930123", "de")
    assert (record["shipping_address"]["country"], record["billing_address"]) == ("VN", None)
    assert (record["note"], record["attributes"]) == ("Ring", notes)
    assert record["recovery_url"].endswith("/recover")
    (line,) = record["lines"]
    assert (line["title"], line["sku"], line["quantity"], line["unit_price"]) == ("Sock - L", "SOCK", "2", "20")
    assert line["attributes"] == [{"key": "Engraving", "value": "für Oma"}]


def test_somebody_unknown_may_leave_a_checkout(empty: ShopifySandbox, see: Any) -> None:
    record = see(abandon(empty))
    assert [record[name] for name in ("customer", "email", "phone", "billing_address", "note")] == [None] * 5


@pytest.mark.parametrize(("included", "tax", "total"), [(False, "2.97", "40.87"), (True, "2.50", "37.90")])
def test_amounts_are_as_the_shop_shows_them(
    empty: ShopifySandbox, see: Any, included: bool, tax: str, total: str
) -> None:
    """20 + 20 less 2 of a line and 5 by a code, 4.90 for shipping; the shop names no tax a line."""
    cart = {"included": included, "off": Decimal(5), "shipping": Decimal("4.9"), "shipping_rates": ()}
    record = see(abandon(empty, item("20", off=Decimal(2), rates=[VAT]), item("20"), cart=cart))
    assert record["prices_include_tax"] is included
    assert (record["subtotal"], record["discount_total"]) == ("33.00", "7.00")
    assert [line["subtotal"] for line in record["lines"]] == ["20.00", "20.00"]
    assert sum(Decimal(line["total"]) for line in record["lines"]) == Decimal("33.00")
    assert ([row["amount"] for row in record["taxes"]], record["tax_total"]) == ([tax], tax)
    assert record["total"] == total


def test_each_discount_has_what_it_takes_off(empty: ShopifySandbox, see: Any) -> None:
    """A code that takes nothing off the goods, as for free shipping, is named without an amount."""
    cart = {"off": Decimal(5), "code": "SAVE5"}
    record = see(abandon(empty, item("20", off=Decimal(2)), item("20"), cart=cart))
    assert {row["id"]: row["amount"] for row in record["discounts"]} == {"SAVE5": "5.00", "Manual": "2.00"}
    assert [[row["id"] for row in line["discounts"]] for line in record["lines"]] == [["Manual", "SAVE5"], ["SAVE5"]]
    free = {"code": "FREESHIP", "shipping": Decimal(4), "shipping_off": Decimal(4)}
    assert see(abandon(empty, cart=free))["discounts"] == [{"id": "FREESHIP"}]


def test_the_buyers_currency_is_kept_beside_the_shops(empty: ShopifySandbox, see: Any) -> None:
    """Yen have no decimals."""
    record = see(abandon(empty, item("10"), cart={"till": Till("EUR", "JPY", Decimal(160))}))
    assert (record["currency"], record["total"]) == ("EUR", "10.00")
    assert (record["presentment"]["currency"], record["presentment"]["total"]) == ("JPY", "1600")
    assert see(abandon(empty))["presentment"] is None


def test_a_checkout_of_40_lines_comes_whole(
    empty: ShopifySandbox, connect: Any, decode: Any, clock: ManualClock
) -> None:
    abandon(empty, *[item(str(n + 1)) for n in range(40)])
    clock.advance(600)
    (row,) = read(connect(empty, lines=15))
    assert len({line["id"] for line in decode("checkouts", row)["lines"]}) == 40


def test_what_changes_later_is_in_the_next_window(empty: ShopifySandbox, connect: Any, clock: ManualClock) -> None:
    first, second = abandon(empty), abandon(empty)
    clock.advance(2 * 3600)
    since = clock.now()
    checkouts.change(empty.store, first, note="Back soon")
    store = connect(empty)
    assert [row["id"] for row in read(store, since=since)] == [first["id"]]
    clock.advance(60)
    checkouts.complete(empty.store, second)
    assert {row["id"] for row in read(store, since=since)} == {first["id"], second["id"]}


def test_checkouts_that_change_while_they_are_read_shift_no_others(
    empty: ShopifySandbox, connect: Any, clock: ManualClock
) -> None:
    """They are read by number, which never changes."""
    made = [abandon(empty) for _ in range(30)]
    clock.advance(600)
    seen: list[str] = []
    for page in connect(empty, page_size=7).read("checkouts", Window()):
        seen += [row["id"] for row in page.documents]
        clock.advance(1)
        checkouts.change(empty.store, made[0], note=str(len(seen)))
    assert seen == [row["id"] for row in made]


def test_a_checkout_calls_and_its_order_names_it(empty: ShopifySandbox) -> None:
    made = abandon(empty)
    order = checkouts.buy(empty.store, made)
    checkouts.forget(empty.store, made)
    checkout, placed = ("checkouts", str(number_of(made["id"]))), ("orders", str(number_of(order["id"])))
    told = [
        (hook.headers["x-shopify-topic"], [(one.stream, one.external_id) for one in receive(hook, ["hush"])])
        for hook in empty.hooks.deliver()
    ]
    assert told == [
        ("checkouts/create", [checkout]),
        ("orders/create", [placed, checkout]),
        ("checkouts/update", [checkout]),
        ("checkouts/delete", [checkout]),
    ]
