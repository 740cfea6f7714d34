"""What is written to a store: nothing twice, nothing that was not meant, and what is refused is told."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from shopify_writes import place, sent, upsert, write

from connectors.shopify.sandbox import Cart, Item, ShopifySandbox, Till, changes, customers, orders
from connectors.shopify.sandbox.store import number_of
from hub.api import ConflictError, Refused, UnavailableError, Window, Written


@pytest.fixture
def known(empty: ShopifySandbox) -> Any:
    """A customer with two addresses and two tags."""
    rows = [customers.address(empty.store, address1=f"{n} Road", city="Leeds")["id"] for n in (1, 2)]
    mail = customers.mail("ada@example.test")
    return customers.blank(
        empty.store, firstName="Ada", defaultEmailAddress=mail, addresses=rows, tags=["a", "b"], note="kept"
    )


# Customers


def test_what_a_write_leaves_out_of_a_customer_stays(empty: ShopifySandbox, connect: Any, known: Any) -> None:
    """`customerSet` deletes what is missing in a list that it is given."""
    store, number = connect(empty), str(number_of(known["id"]))
    (base,) = store.fetch("customers", [number])
    known["tags"].append("added meanwhile")
    added = customers.address(empty.store, address1="3 Road")
    known["addresses"].append(added["id"])
    changed = [{**base["addresses"][0], "city": "York"}, base["addresses"][1]]
    (done,) = upsert(store, "customers", write({"tags": ["b", "c"], "addresses": changed}, number, base))
    assert isinstance(done, Written)
    assert known["tags"] == ["added meanwhile", "b", "c"]
    assert [empty.store.nodes[gid]["city"] for gid in known["addresses"]] == ["York", "Leeds", None]
    assert (known["note"], known["defaultEmailAddress"]["emailAddress"]) == ("kept", "ada@example.test")
    (given,) = sent(empty, "SetCustomer")
    assert given["input"] == {"tags": ["b", "c", "added meanwhile"]}


def test_an_address_that_was_taken_out_is_deleted_and_no_other(empty: ShopifySandbox, connect: Any, known: Any) -> None:
    store, number = connect(empty), str(number_of(known["id"]))
    (base,) = store.fetch("customers", [number])
    upsert(store, "customers", write({"addresses": base["addresses"][1:]}, number, base))
    assert [empty.store.nodes[gid]["address1"] for gid in known["addresses"]] == ["2 Road"]


def test_a_write_that_changes_nothing_sends_nothing(empty: ShopifySandbox, connect: Any, known: Any) -> None:
    store, number = connect(empty), str(number_of(known["id"]))
    (base,) = store.fetch("customers", [number])
    again = {"firstName": "Ada", "email": "ada@example.test", "addresses": base["addresses"], "tags": base["tags"]}
    upsert(store, "customers", write(again, number, base))
    assert not any(text.startswith("mutation") for text, _ in empty.asked)


def test_a_change_whose_answer_was_lost_is_not_sent_again(empty: ShopifySandbox, connect: Any, known: Any) -> None:
    """Somebody may have changed the same field since: the hub reads the customer first."""

    def losing(request: httpx.Request) -> httpx.Response:
        answer = empty(request)
        if b"mutation" in request.content:
            raise httpx.ReadError("gone", request=request)
        return answer

    with pytest.raises(UnavailableError):
        upsert(connect(losing), "customers", write({"firstName": "Grace"}, str(number_of(known["id"]))))
    assert known["firstName"] == "Grace"
    assert len(sent(empty, "SetCustomer")) == 1


def test_an_e_mail_that_somebody_else_has_merges_nobody(empty: ShopifySandbox, connect: Any, known: Any) -> None:
    """T069, T065: the write is refused, and both stay as they are."""
    (refused,) = upsert(connect(empty), "customers", write({"email": "ADA@example.test", "firstName": "Eve"}))
    assert isinstance(refused, Refused)
    assert refused.error.context["code"] == "TAKEN"
    assert known["firstName"] == "Ada"
    assert len(empty.store.all("Customer")) == 1


def test_a_customer_that_somebody_else_made_is_not_taken_for_ours(empty: ShopifySandbox, connect: Any) -> None:
    store, mine = connect(empty), write({"email": "new@example.test"})
    upsert(store, "customers", mine)
    assert store.find("customers", mine) is not None
    assert store.find("customers", write({"email": "new@example.test"}, record="another")) is None


def test_customers_that_were_merged_lead_to_the_one_that_is_left(
    empty: ShopifySandbox, connect: Any, decode: Any, known: Any
) -> None:
    """T068: orders follow, the other one is gone by id."""
    gone = customers.blank(empty.store, firstName="A.")
    order = place(empty)
    order["customer"] = gone["id"]
    customers.merge(empty.store, known, gone)
    store = connect(empty)
    assert list(store.fetch("customers", [str(number_of(gone["id"]))])) == []
    (document,) = store.fetch("orders", [order["id"]])
    assert decode("orders", document)["customer"] == f"customers/{number_of(known['id'])}"


# Orders


def test_closing_opening_and_cancelling_are_steps(empty: ShopifySandbox, connect: Any) -> None:
    order, store = place(empty), connect(empty)
    number = str(number_of(order["id"]))
    for state in ("CLOSED", "OPEN", "CANCELLED", "CANCELLED"):
        (done,) = upsert(store, "orders", write({"state": state}, number))
        assert done.document["state"] == state
    assert len(sent(empty, "CancelOrder")) == 1
    (refused,) = upsert(store, "orders", write({"state": "OPEN"}, number))
    assert "cancelled" in refused.error.message


def test_cancelling_gives_no_money_back_and_restores_no_stock_by_itself(empty: ShopifySandbox, connect: Any) -> None:
    """T113: stock is restored once, by the system that counts it."""
    number = str(number_of(place(empty)["id"]))
    upsert(connect(empty), "orders", write({"state": "CANCELLED"}, number))
    upsert(
        connect(empty, restock=True, notify=False),
        "orders",
        write({"state": "CANCELLED"}, str(number_of(place(empty)["id"]))),
    )
    first, second = sent(empty, "CancelOrder")
    assert (first["restock"], first["refundMethod"]) == (False, {"originalPaymentMethodsRefund": False})
    assert (second["restock"], second["notifyCustomer"]) == (True, False)


def test_what_has_left_cannot_be_cancelled(empty: ShopifySandbox, connect: Any) -> None:
    """Who ships first wins; the refusal says why."""
    order = place(empty)
    groups = [{"fulfillmentOrderId": gid} for gid in order["fulfillmentOrders"]]
    changes.fulfillment_create(empty.store, {"fulfillment": {"lineItemsByFulfillmentOrder": groups}})
    (refused,) = upsert(connect(empty), "orders", write({"state": "CANCELLED"}, str(number_of(order["id"]))))
    assert isinstance(refused, Refused)
    assert order["cancelledAt"] is None


def test_a_note_that_is_too_long_is_refused_and_not_cut(empty: ShopifySandbox, connect: Any) -> None:
    """T046."""
    (refused,) = upsert(connect(empty), "orders", write({"note": "x" * 5001}, str(number_of(place(empty)["id"]))))
    assert "too long" in refused.error.message


# Stock and prices


@pytest.fixture
def levels(shop: ShopifySandbox, connect: Any) -> list[Any]:
    """Every level of a seeded store."""
    return [row for page in connect(shop).read("stock", Window()) for row in page.documents]


def test_stock_that_moved_meanwhile_is_a_conflict_and_spares_the_others(
    shop: ShopifySandbox, connect: Any, levels: list[Any]
) -> None:
    """T108: compare-and-set, never forced; T109: only what failed is tried again."""
    sold = find_level(shop, levels[1]["id"])
    changes.set_available(shop.store, sold, levels[1]["available"] - 1)
    writes = [write({"available": 40 + n}, levels[n]["id"], levels[n], f"r{n}", f"k{n}") for n in range(3)]
    one, two, three = upsert(connect(shop), "stock", *writes)
    assert [type(outcome) for outcome in (one, two, three)] == [Written, Refused, Written]
    assert isinstance(two.error, ConflictError)
    assert sold["quantities"]["available"]["quantity"] == levels[1]["available"] - 1
    assert find_level(shop, levels[2]["id"])["quantities"]["available"]["quantity"] == 42
    assert (three.document["available"], three.document["on_hand"]) == (42, 42 + levels[2]["committed"])


def test_an_older_quantity_never_lands_after_a_newer_one(shop: ShopifySandbox, connect: Any, levels: list[Any]) -> None:
    """T110: the delayed push saw an older level."""
    store, level = connect(shop), levels[0]
    upsert(store, "stock", write({"available": 90}, level["id"], level, key="newer"))
    (late,) = upsert(store, "stock", write({"available": 50}, level["id"], level, key="older"))
    assert isinstance(late.error, ConflictError)
    assert find_level(shop, level["id"])["quantities"]["available"]["quantity"] == 90


def test_a_repeated_write_of_stock_is_answered_as_the_first(
    shop: ShopifySandbox, connect: Any, levels: list[Any]
) -> None:
    """The key is the same, so the store does it once."""
    store, wanted = connect(shop), write({"available": 77}, levels[0]["id"], levels[0])
    assert isinstance(upsert(store, "stock", wanted)[0], Written)
    assert isinstance(upsert(store, "stock", wanted)[0], Written)
    assert len({variables["key"] for variables in sent(shop, "SetStock")}) == 1


def test_a_location_that_is_gone_refuses_its_levels_only(shop: ShopifySandbox, connect: Any, levels: list[Any]) -> None:
    """T112."""
    find_level(shop, levels[0]["id"])["isActive"] = False
    writes = [write({"available": 5}, level["id"], level, level["id"], level["id"]) for level in levels[:2]]
    gone, there = upsert(connect(shop), "stock", *writes)
    assert gone.error.context["code"] == "gone"
    assert isinstance(there, Written)


def test_a_hundred_levels_are_one_request(shop: ShopifySandbox, connect: Any, levels: list[Any]) -> None:
    writes = [write({"available": 5}, level["id"], level, level["id"], level["id"]) for level in levels]
    upsert(connect(shop), "stock", *writes)
    assert len(sent(shop, "SetStock")) == 1


def test_a_bundle_in_a_batch_is_left_out_with_the_reason(shop: ShopifySandbox, connect: Any, levels: list[Any]) -> None:
    """T080: its stock follows from its parts; all others are set."""
    item = shop.store.nodes[find_level(shop, levels[7]["id"])["item"]]
    shop.store.nodes[item["variants"][0]]["requiresComponents"] = True
    bundle = [level["id"] for level in levels if level["variant"]["id"] == item["variants"][0]]
    writes = [write({"available": 9}, level["id"], level, level["id"], level["id"]) for level in levels]
    outcomes = upsert(connect(shop), "stock", *writes)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert [one.write.external_id for one in refused] == bundle
    assert all(one.error.context["code"] == "bundle" and "parts" in one.error.hint for one in refused)
    assert sum(isinstance(outcome, Written) for outcome in outcomes) == len(levels) - len(bundle)


@pytest.mark.parametrize("quantity", ["1.5", "NaN", None, "x"])
def test_what_is_no_whole_number_of_pieces_is_refused(
    shop: ShopifySandbox, connect: Any, levels: list[Any], quantity: Any
) -> None:
    """T081: never rounded by itself."""
    (refused,) = upsert(connect(shop), "stock", write({"available": quantity}, levels[0]["id"], levels[0]))
    assert refused.error.context["code"] == "fraction"


def test_an_item_is_counted_at_a_new_location_once_its_level_is_written(shop: ShopifySandbox, connect: Any) -> None:
    item = next(row for row in shop.store.all("InventoryItem") if len(row["inventoryLevels"]) == 1)
    place_id = shop.store.all("Location")[1]["id"]
    wanted = {"variant": {"id": item["variants"][0]}, "location": {"id": place_id}, "available": 3}
    (done,) = upsert(connect(shop), "stock", write(wanted))
    assert done.external_id == f"{number_of(item['id'])}:{number_of(place_id)}"
    assert find_level(shop, done.external_id)["quantities"]["available"]["quantity"] == 3


def test_only_the_prices_that_changed_are_sent(shop: ShopifySandbox, connect: Any) -> None:
    store = connect(shop)
    rows = [row for page in store.read("products", Window()) for row in page.documents]
    base = next(row for row in rows if len(row["variants"]) > 2)
    variants = [{**base["variants"][0], "price": "77.70"}, *base["variants"][1:]]
    upsert(store, "products", write({"variants": variants}, str(number_of(base["id"])), base))
    (given,) = sent(shop, "SetPrices")
    assert given["variants"] == [{"id": base["variants"][0]["id"], "price": "77.70"}]


def find_level(shop: ShopifySandbox, external_id: str) -> Any:
    item, _, place_number = external_id.partition(":")
    rows = shop.store.all("InventoryLevel")
    return next(r for r in rows if (number_of(r["item"]), number_of(r["location"])) == (int(item), int(place_number)))


# Refunds


@pytest.fixture
def paid(empty: ShopifySandbox) -> Any:
    """An order of three pieces that was paid in pounds, in a shop of euros."""
    till = Till("EUR", "GBP", Decimal("0.85"))
    item = Item(title="Sock", price=Decimal(10), quantity=3, rates=[("VAT", Decimal("0.2"))])
    order = orders.place(empty.store, Cart(items=[item], till=till))
    orders.pay(empty.store, order)
    return order


def back(order: Any, quantity: int = 1, amount: str | None = "12.00", **more: Any) -> Any:
    line = {"order_line": str(number_of(order["lineItems"][0]["id"])), "quantity": str(quantity), **more}
    return {"orderId": str(number_of(order["id"])), "note": "Damaged", "lines": [line], "amount": amount}


def test_a_refund_is_made_once_in_the_currency_that_was_paid(
    empty: ShopifySandbox, connect: Any, decode: Any, paid: Any
) -> None:
    """T060: the buyer gets pounds back; the same key gives nothing twice."""
    store, wanted = connect(empty), write(back(paid, restock="RETURN"))
    (first,) = upsert(store, "refunds", wanted)
    (again,) = upsert(store, "refunds", wanted)
    assert first.external_id == again.external_id
    assert len(empty.store.all("Refund")) == 1
    given = sent(empty, "CreateRefund")[0]["input"]
    assert (given["currency"], given["transactions"][0]["amount"]) == ("GBP", "10.2")
    record = decode("refunds", first.document)
    assert (record["total"], record["currency"], record["presentment"]["total"]) == ("12.00", "EUR", "10.20")


def test_goods_go_back_on_the_shelf_only_where_they_are_said_to(empty: ShopifySandbox, connect: Any, paid: Any) -> None:
    """T098."""
    where = {"id": empty.store.add("Location", {"name": "Lager", "isActive": True})["id"]}
    store = connect(empty)
    upsert(store, "refunds", write(back(paid, restock="RETURN", location=where), key="a"))
    upsert(store, "refunds", write(back(paid, restock="NO_RESTOCK", location=where), key="b"))
    rows = [row for refund in empty.store.all("Refund") for row in refund["refundLineItems"]]
    assert [(row["restockType"], row["location"]) for row in rows] == [("RETURN", where["id"]), ("NO_RESTOCK", None)]


def test_a_refund_that_the_store_works_out_otherwise_is_not_guessed(
    empty: ShopifySandbox, connect: Any, paid: Any
) -> None:
    (refused,) = upsert(connect(empty), "refunds", write(back(paid, amount="12.50")))
    assert refused.error.context["code"] == "differs"
    assert empty.store.all("Refund") == []


def test_more_than_is_left_is_not_given_back(empty: ShopifySandbox, connect: Any, paid: Any) -> None:
    store = connect(empty)
    upsert(store, "refunds", write(back(paid, 2, None), key="a"))
    (refused,) = upsert(store, "refunds", write(back(paid, 2, None), key="b"))
    assert isinstance(refused, Refused)
    (changed,) = upsert(store, "refunds", write({"note": "x"}, "5"))
    assert changed.error.context["code"] == "made"
