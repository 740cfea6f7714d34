"""Shipments: what people fulfill in the store is read, what the hub ships comes back as its own."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from shopify_house import KilledError
from shopify_writes import place, sent, upsert, write

from connectors.shopify.sandbox import Cart, Item, ShopifySandbox, changes, fulfillments, orders
from connectors.shopify.sandbox.store import number_of
from hub.api import ConflictError, Window


def parcel(order: Any, number: str | None = "JD1", status: str = "IN_TRANSIT", lines: Any = None, **more: Any) -> Any:
    rows = [{"id": "1", "tracking_number": number, "tracking_url": None}] if number else []
    taken = [
        {"id": str(n), "order_line": str(number_of(line["id"])), "quantity": str(q)}
        for n, (line, q) in enumerate(lines or [])
    ]
    return {"order_id": str(number_of(order["id"])), "status": status, "parcels": rows, "lines": taken, **more}


def spread_out(shop: ShopifySandbox) -> Any:
    """An order of which one piece is to be sent from the north and one, of the same line, from the south."""
    north, south = (shop.store.add("Location", {"name": n, "isActive": True})["id"] for n in ("North", "South"))
    order = place(shop, 2, location=north)
    fulfillments.split(shop.store, order, order["lineItems"][0], 1, south)
    return order


def read(store: Any, **window: Any) -> list[Any]:
    return [row for page in store.read("shipments", Window(**window)) for row in page.documents]


def number(node: Any) -> str:
    return str(number_of(node["id"]))


# What the hub ships


def test_a_shipment_is_fulfilled_once_it_is_on_its_way(empty: ShopifySandbox, connect: Any) -> None:
    """A label alone is not told as shipped."""
    order, store = place(empty, 2), connect(empty)
    (first,) = upsert(store, "shipments", write(parcel(order, None, "PACKED")))
    assert order["fulfillments"] == []
    upsert(store, "shipments", write(parcel(order, "JD1", "CARRIER_PICKED_UP"), first.external_id))
    (gid,) = order["fulfillments"]
    node = empty.store.nodes[gid]
    assert [row["number"] for row in node["trackingInfo"]] == ["JD1"]
    assert [empty.store.nodes[event]["status"] for event in node["events"]] == ["CARRIER_PICKED_UP"]
    assert order["displayFulfillmentStatus"] == "FULFILLED"


def test_a_status_is_told_once_however_often_it_is_written(empty: ShopifySandbox, connect: Any) -> None:
    order, store = place(empty), connect(empty)
    (first,) = upsert(store, "shipments", write(parcel(order)))
    for status in ("IN_TRANSIT", "OUT_FOR_DELIVERY", "OUT_FOR_DELIVERY", "DELIVERED"):
        upsert(store, "shipments", write(parcel(order, status=status), first.external_id))
    (gid,) = order["fulfillments"]
    told = [empty.store.nodes[event]["status"] for event in empty.store.nodes[gid]["events"]]
    assert told == ["IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"]
    assert len(sent(empty, "SetTracking")) == 0


def test_a_line_in_two_shipments_is_two_fulfillments(empty: ShopifySandbox, connect: Any) -> None:
    """T084: two shipments, one line, and not one piece more."""
    order, store = place(empty, 3), connect(empty)
    (line,) = order["lineItems"]
    for record, quantity in (("a", 1), ("b", 2)):
        upsert(store, "shipments", write(parcel(order, f"JD-{record}", lines=[(line, quantity)]), record=record))
    assert len(order["fulfillments"]) == 2
    (refused,) = upsert(store, "shipments", write(parcel(order, "JD-c", lines=[(line, 1)]), record="c"))
    assert refused.error.context["code"] == "over_shipment"


def test_of_two_lines_with_one_sku_the_one_that_was_sent_is_fulfilled(empty: ShopifySandbox, connect: Any) -> None:
    """T082: one of them is free, and goes in a parcel of its own."""
    goods = [Item(title="Sock", price=Decimal(10), sku="SOCK", off=off) for off in (Decimal(0), Decimal(10))]
    order, store = orders.place(empty.store, Cart(items=goods)), connect(empty)
    _, free = order["lineItems"]
    (done,) = upsert(store, "shipments", write(parcel(order, lines=[(free, 1)])))
    assert [(row["order_line"], row["quantity"]) for row in done.document["lines"]] == [(number(free), "1")]
    (node,) = (empty.store.nodes[gid] for gid in order["fulfillments"])
    assert [(empty.store.nodes[gid]["lineItem"]) for gid in node["fulfillmentLineItems"]] == [free["id"]]
    (refused,) = upsert(store, "shipments", write(parcel(order, "JD2", lines=[(free, 1)]), record="again"))
    assert refused.error.context["code"] == "over_shipment"


def test_a_tracking_number_that_changes_is_no_second_fulfillment(empty: ShopifySandbox, connect: Any) -> None:
    """T086: added later, changed, two of them, a carrier that nobody knows."""
    order, store = place(empty), connect(empty)
    (first,) = upsert(store, "shipments", write(parcel(order, None)))
    two = [{"id": n, "tracking_number": f"X{n}", "tracking_url": f"https://t.test/{n}"} for n in ("1", "2")]
    for change in (
        parcel(order, "JD1"),
        parcel(order, "JD2"),
        parcel(order, None, parcels=two, carrier_name="Ochs & Co."),
    ):
        upsert(store, "shipments", write(change, first.external_id))
    (gid,) = order["fulfillments"]
    shown = [(row["company"], row["number"], row["url"]) for row in empty.store.nodes[gid]["trackingInfo"]]
    assert shown == [("Ochs & Co.", "X1", "https://t.test/1"), ("Ochs & Co.", "X2", "https://t.test/2")]


def test_a_shipment_that_is_cancelled_is_taken_back(empty: ShopifySandbox, connect: Any) -> None:
    """T085."""
    order, store = place(empty), connect(empty)
    (first,) = upsert(store, "shipments", write(parcel(order)))
    upsert(store, "shipments", write({"status": "CANCELED"}, first.external_id))
    assert empty.store.nodes[order["fulfillments"][0]]["status"] == "CANCELLED"
    assert order["displayFulfillmentStatus"] == "UNFULFILLED"


def test_an_order_in_two_places_is_a_fulfillment_each(empty: ShopifySandbox, connect: Any) -> None:
    order = spread_out(empty)
    (done,) = upsert(connect(empty), "shipments", write(parcel(order)))
    assert len(order["fulfillments"]) == 2
    assert done.document["fulfillments"] == order["fulfillments"]
    assert read(connect(empty)) == [done.document]


def test_an_order_on_hold_is_not_fulfilled(empty: ShopifySandbox, connect: Any) -> None:
    order = place(empty)
    orders.hold(empty.store, order)
    line = (order["lineItems"][0], 1)
    (refused,) = upsert(connect(empty), "shipments", write(parcel(order, lines=[line])))
    assert refused.error.context["code"] == "on_hold"


def test_a_shipment_that_others_keep_meanwhile_is_not_overwritten(empty: ShopifySandbox, connect: Any) -> None:
    """Two shipments of one order share a metafield: who comes second with an old digest tries again."""
    order, store = place(empty, 1, 1), connect(empty)
    first, second = order["lineItems"]
    upsert(store, "shipments", write(parcel(order, "A", lines=[(first, 1)]), record="a"))
    upsert(store, "shipments", write(parcel(order, "B", lines=[(second, 1)]), record="b"))
    number = number_of(order["id"])
    kept = list(store.fetch("shipments", [f"{number}:a", f"{number}:b", f"{number}:c"]))
    assert [row["id"] for row in kept] == [f"{number}:a", f"{number}:b"]


def dies_after(shop: ShopifySandbox, operation: str, nth: int = 1) -> Any:
    """Answer until the nth request of an operation is done."""
    left = [nth]

    def answer(request: Any) -> Any:
        response = shop(request)
        if shop.asked[-1][0].startswith(f"mutation {operation}("):
            left[0] -= 1
            if left[0] == 0:
                raise KilledError
        return response

    return answer


STEPS = [
    ("SetMetafields", 1),
    ("CreateFulfillment", 1),
    ("CreateFulfillment", 2),
    ("CreateEvent", 1),
    ("CreateEvent", 2),
]
STEPS += [("SetMetafields", 2)]


@pytest.mark.parametrize(("operation", "nth"), STEPS)
@pytest.mark.parametrize("tracking", ["JD1", None])
@pytest.mark.parametrize("says_lines", [True, False])
def test_whoever_dies_at_whichever_step_makes_nothing_twice(
    empty: ShopifySandbox, connect: Any, operation: str, nth: int, tracking: str | None, says_lines: bool
) -> None:
    """T018: what is read in between is the hub's own shipment or nothing, never a second one."""
    order = spread_out(empty)
    wanted = write(parcel(order, tracking, lines=[(order["lineItems"][0], 2)] if says_lines else None))
    with pytest.raises(KilledError):
        upsert(connect(dies_after(empty, operation, nth)), "shipments", wanted)
    store = connect(empty)
    assert {row["id"] for row in read(store)} <= {f"{number(order)}:r1"}
    (done,) = upsert(store, "shipments", wanted)
    assert done.document["fulfillments"] == order["fulfillments"]
    assert [empty.store.nodes[gid]["status"] for gid in order["fulfillments"]] == ["SUCCESS", "SUCCESS"]
    events = [[empty.store.nodes[event]["status"] for event in empty.store.nodes[gid]["events"]] for gid in
              order["fulfillments"]]  # fmt: skip
    assert events == [["IN_TRANSIT"], ["IN_TRANSIT"]]
    assert read(store) == [done.document]


def test_what_is_half_done_does_not_pass_for_done(empty: ShopifySandbox, connect: Any) -> None:
    """Until all of it stands, the shipment shows what it was: so the rest is still owed."""
    order = spread_out(empty)
    (packed,) = upsert(connect(empty), "shipments", write(parcel(order, "JD1", "PACKED")))
    on_its_way = write(parcel(order, "JD1"), packed.external_id, packed.document)
    with pytest.raises(KilledError):
        upsert(connect(dies_after(empty, "CreateFulfillment")), "shipments", on_its_way)
    (between,) = read(connect(empty))
    assert (between["id"], between["status"]) == (packed.external_id, "PACKED")
    assert connect(empty).find("shipments", write(parcel(order, "JD1"))) is None
    upsert(connect(empty), "shipments", on_its_way)
    assert [row["status"] for row in read(connect(empty))] == ["IN_TRANSIT"]
    assert connect(empty).find("shipments", write(parcel(order, "JD1"))) == packed.external_id


def test_a_fulfillment_that_was_there_before_is_not_taken_for_a_lost_answer(
    empty: ShopifySandbox, connect: Any
) -> None:
    """T084: one piece was sent by hand, and one of the same line by the hub, which dies meanwhile."""
    order = place(empty, 2)
    (line,) = order["lineItems"]
    by_hand = fulfillments.fulfill(empty.store, order, [(line, 1)])
    wanted = write(parcel(order, None, lines=[(line, 1)]))
    with pytest.raises(KilledError):
        upsert(connect(dies_after(empty, "SetMetafields")), "shipments", wanted)
    (done,) = upsert(connect(empty), "shipments", wanted)
    assert len(order["fulfillments"]) == 2
    assert by_hand["id"] not in done.document["fulfillments"]
    assert {row["id"] for row in read(connect(empty))} == {done.external_id, number(by_hand)}


def test_a_shipment_that_was_broken_off_does_not_take_what_another_one_made(
    empty: ShopifySandbox, connect: Any
) -> None:
    """T084: the same goods twice; the first write dies before its fulfillment, the second one comes through."""
    order = place(empty, 2)
    first, second = (
        write(parcel(order, f"JD-{name}", lines=[(order["lineItems"][0], 1)]), record=name) for name in ("a", "b")
    )
    with pytest.raises(KilledError):
        upsert(connect(dies_after(empty, "SetMetafields")), "shipments", first)
    (other,) = upsert(connect(empty), "shipments", second)
    (late,) = upsert(connect(empty), "shipments", first)
    assert [late.document["fulfillments"], other.document["fulfillments"]] == [[gid] for gid in
            reversed(order["fulfillments"])]  # fmt: skip
    numbers = [empty.store.nodes[gid]["trackingInfo"][0]["number"] for gid in order["fulfillments"]]
    assert numbers == ["JD-b", "JD-a"]


def test_a_parcel_that_was_fulfilled_by_hand_with_the_same_number_is_that_parcel(
    empty: ShopifySandbox, connect: Any
) -> None:
    order, store = place(empty, 1), connect(empty)
    by_hand = fulfillments.fulfill(empty.store, order, company="DHL", number="JD1")
    (done,) = upsert(store, "shipments", write(parcel(order, "JD1", "OUT_FOR_DELIVERY")))
    assert order["fulfillments"] == done.document["fulfillments"] == [by_hand["id"]]
    assert [row["id"] for row in read(store)] == [done.external_id]


def test_what_was_fulfilled_by_hand_is_not_shipped_twice(empty: ShopifySandbox, connect: Any) -> None:
    order = place(empty, 1)
    fulfillments.fulfill(empty.store, order, company="DHL", number="JD9")
    (refused,) = upsert(connect(empty), "shipments", write(parcel(order, "JD1")))
    assert refused.error.context["code"] == "over_shipment"
    assert len(order["fulfillments"]) == 1


# What people do to a shipment of the hub's


@pytest.fixture
def shipped(empty: ShopifySandbox, connect: Any) -> Any:
    """An order of two pieces that the hub has shipped; the write that did it, and the fulfillment."""
    order = place(empty, 2)
    taken = [(order["lineItems"][0], 2)]
    first = parcel(order, "JD1", "CARRIER_PICKED_UP", lines=taken, carrier="dhl", shipped_at="2026-11-20T10:00:00Z")
    (done,) = upsert(connect(empty), "shipments", write(first))
    return order, done, empty.store.nodes[order["fulfillments"][0]]


def test_what_the_hub_wrote_is_read_as_it_was_answered(shipped: Any, empty: ShopifySandbox, connect: Any) -> None:
    """Byte for byte, by whatever road: through the order's window, by its own id, by the fulfillment's number."""
    _, done, node = shipped
    for name in ("status", "carrier", "parcels", "lines", "shipped_at"):
        assert done.document[name] == done.write.document[name]
    assert read(connect(empty)) == [done.document]
    for external_id in (done.external_id, number(node)):
        assert list(connect(empty).fetch("shipments", [external_id])) == [done.document]
    assert "events" not in done.document


def test_a_number_that_a_person_changes_is_the_shipments(shipped: Any, empty: ShopifySandbox, connect: Any) -> None:
    """T086: and the next write about something else leaves it alone."""
    _, done, node = shipped
    fulfillments.retrack(empty.store, node, company="UPS", number="1Z9", url="https://ups.test/1Z9")
    (now,) = read(connect(empty))
    assert (now["id"], now["tracking_number"], now["carrier"]) == (done.external_id, "1Z9", "UPS")
    assert now["parcels"] == [{"id": "1", "tracking_number": "1Z9", "tracking_url": "https://ups.test/1Z9"}]
    (after,) = upsert(connect(empty), "shipments", write({"status": "IN_TRANSIT"}, done.external_id, now))
    assert (after.document["status"], after.document["tracking_number"]) == ("IN_TRANSIT", "1Z9")
    assert [row["number"] for row in node["trackingInfo"]] == ["1Z9"]
    (again,) = upsert(connect(empty), "shipments", write({"tracking_number": "1Z10"}, done.external_id, now))
    assert [row["number"] for row in node["trackingInfo"]] == ["1Z10"]
    assert again.document["parcels"][0]["tracking_number"] == "1Z10"
    assert node["trackingInfo"][0]["company"] == "UPS"


def test_a_number_that_was_changed_on_both_sides_is_not_forced(
    shipped: Any, empty: ShopifySandbox, connect: Any
) -> None:
    _, done, node = shipped
    fulfillments.retrack(empty.store, node, company="dhl", number="JD7")
    late = write({"tracking_number": "JD8"}, done.external_id, done.document)
    (refused,) = upsert(connect(empty), "shipments", late)
    assert isinstance(refused.error, ConflictError)
    assert [row["number"] for row in node["trackingInfo"]] == ["JD7"]


def test_a_fulfillment_that_a_person_cancels_cancels_the_shipment(
    shipped: Any, empty: ShopifySandbox, connect: Any
) -> None:
    """T085: and the hub does not fulfill it again behind their back."""
    order, done, node = shipped
    fulfillments.call_back(empty.store, node)
    (now,) = read(connect(empty))
    assert (now["id"], now["status"]) == (done.external_id, "CANCELED")
    (refused,) = upsert(connect(empty), "shipments", write({"status": "IN_TRANSIT"}, done.external_id, now))
    assert refused.error.context["code"] == "taken_back"
    assert order["displayFulfillmentStatus"] == "UNFULFILLED"


def test_a_shipment_that_the_hub_cancelled_may_be_sent_after_all(
    shipped: Any, empty: ShopifySandbox, connect: Any
) -> None:
    order, done, _ = shipped
    (gone,) = upsert(connect(empty), "shipments", write({"status": "CANCELED"}, done.external_id, done.document))
    assert (gone.document["status"], read(connect(empty))) == ("CANCELED", [gone.document])
    (sent_out,) = upsert(connect(empty), "shipments", write({"status": "IN_TRANSIT"}, done.external_id, gone.document))
    assert sent_out.document["status"] == "IN_TRANSIT"
    assert [empty.store.nodes[gid]["status"] for gid in order["fulfillments"]] == ["CANCELLED", "SUCCESS"]
    assert [row["id"] for row in read(connect(empty))] == [done.external_id]


def test_one_of_two_places_that_is_cancelled_leaves_the_rest(empty: ShopifySandbox, connect: Any) -> None:
    order = spread_out(empty)
    (done,) = upsert(connect(empty), "shipments", write(parcel(order, lines=[(order["lineItems"][0], 2)])))
    fulfillments.call_back(empty.store, empty.store.nodes[order["fulfillments"][1]])
    (now,) = read(connect(empty))
    assert (now["id"], now["status"]) == (done.external_id, "IN_TRANSIT")
    assert [(line["id"], line["quantity"]) for line in now["lines"]] == [("0", "1")]


def test_what_others_tell_of_a_shipment_is_news_and_what_the_hub_told_is_not(
    shipped: Any, empty: ShopifySandbox, connect: Any, decode: Any
) -> None:
    _, _, node = shipped
    scan = fulfillments.scan(empty.store, node, "OUT_FOR_DELIVERY", message="On the van", city="Lyon", country="FR")
    (now,) = read(connect(empty))
    record = decode("shipments", now)
    assert record["status"] == "out_for_delivery"
    assert record["events"] == [
        {"id": number(scan), "at": scan["happenedAt"], "status": "out_for_delivery", "code": "OUT_FOR_DELIVERY",
         "description": "On the van", "place": "Lyon, FR"}
    ]  # fmt: skip


# What people fulfill in the store


def test_what_is_fulfilled_in_the_store_is_a_shipment(empty: ShopifySandbox, connect: Any, decode: Any) -> None:
    where = empty.store.add("Location", {"name": "Lager Berlin", "isActive": True})["id"]
    order = place(empty, 2, 1, location=where)
    (line, _) = order["lineItems"]
    made = fulfillments.fulfill(
        empty.store, order, [(line, 1)], company="DHL", number="JD1", url="https://dhl.test/JD1"
    )
    (document,) = read(connect(empty))
    record = decode("shipments", document, carriers={"DHL": "dhl"}, locations={"Lager Berlin": "main"})
    (taken,) = made["fulfillmentLineItems"]
    assert record == {
        "order": f"orders/{number(order)}",
        "number": f"{order['name']}-F1",
        "status": "picked_up",
        "carrier": "dhl",
        "carrier_name": "DHL",
        "tracking_number": "JD1",
        "tracking_url": "https://dhl.test/JD1",
        "location": "main",
        "parcels": [{"id": "1", "tracking_number": "JD1", "tracking_url": "https://dhl.test/JD1"}],
        "lines": [
            {"id": str(number_of(taken)), "order_line": number(line), "variant": None, "sku": None, "title": "Thing 0",
             "quantity": "1"}
        ],
        "created_at": empty.store.now(),
        "shipped_at": empty.store.now(),
        "updated_at": empty.store.now(),
    }  # fmt: skip
    assert list(connect(empty).fetch("shipments", [number(made)])) == [document]


def test_a_line_that_is_sent_from_two_places_is_two_shipments(empty: ShopifySandbox, connect: Any, decode: Any) -> None:
    """T084: one line, and together not one piece more than was bought."""
    order = spread_out(empty)
    for gid in order["fulfillmentOrders"]:
        changes.fulfillment_create(
            empty.store, {"fulfillment": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": gid}]}}
        )
    records = [decode("shipments", document) for document in read(connect(empty))]
    taken = [(line["order_line"], line["quantity"]) for record in records for line in record["lines"]]
    assert taken == [(number(order["lineItems"][0]), "1")] * 2
    assert [record["location"] for record in records] == ["North", "South"]


def test_a_fulfillment_that_is_cancelled_after_its_tracking_was_sent(
    empty: ShopifySandbox, connect: Any, decode: Any
) -> None:
    """T085: the same shipment, reversed; it keeps what it held."""
    order = place(empty, 1)
    made = fulfillments.fulfill(empty.store, order, company="DHL", number="JD1")
    (before,) = read(connect(empty))
    fulfillments.call_back(empty.store, made)
    (after,) = read(connect(empty))
    assert (after["id"], decode("shipments", after)["status"]) == (before["id"], "cancelled")
    assert after["lines"] == before["lines"]


def test_tracking_that_is_added_later_and_changed_is_no_second_shipment(
    empty: ShopifySandbox, connect: Any, decode: Any
) -> None:
    """T086: added later, changed, two numbers, a carrier that nobody knows."""
    order, store = place(empty, 1), connect(empty)
    made = fulfillments.fulfill(empty.store, order)
    (bare,) = read(store)
    assert "tracking_number" not in decode("shipments", bare)
    seen = {bare["id"]}
    for tracking in ({"number": "JD1"}, {"number": "JD2"}, {"numbers": ["X1", "X2"], "company": "Ochs & Co."}):
        fulfillments.retrack(empty.store, made, **tracking)
        (now,) = read(store)
        seen.add(now["id"])
        record = decode("shipments", now, carriers={"DHL": "dhl"})
        numbers = tracking.get("numbers") or [tracking["number"]]
        assert [box["tracking_number"] for box in record["parcels"]] == numbers
        assert record["tracking_number"] == numbers[0]
    assert seen == {number(made)}
    assert (record["carrier"], record["carrier_name"]) == ("Ochs & Co.", "Ochs & Co.")


@pytest.mark.parametrize(
    ("shown", "status", "has_left"),
    [
        ("FULFILLED", "picked_up", True),
        ("MARKED_AS_FULFILLED", "picked_up", True),
        ("SUBMITTED", "pending", False),
        ("LABEL_PRINTED", "label_created", False),
        ("CONFIRMED", "label_created", False),
        ("LABEL_VOIDED", "pending", False),
        ("CARRIER_PICKED_UP", "picked_up", True),
        ("PICKED_UP", "delivered", True),
        ("NOT_DELIVERED", "attempt_failed", True),
        ("FAILURE", "unknown", True),
    ],
)
def test_what_the_store_shows_is_said_in_our_words(
    empty: ShopifySandbox, connect: Any, decode: Any, shown: str, status: str, has_left: bool
) -> None:
    """T090: a label alone is not told as shipped."""
    made = fulfillments.fulfill(empty.store, place(empty, 1))
    made["shown"] = shown
    (document,) = read(connect(empty))
    record = decode("shipments", document)
    assert (record["status"], "shipped_at" in record) == (status, has_left)


def test_the_days_of_a_parcel_are_those_of_its_events(empty: ShopifySandbox, connect: Any, decode: Any) -> None:
    made = fulfillments.fulfill(empty.store, place(empty, 1))
    soon = {"estimatedDeliveryAt": "2026-11-23T12:00:00Z"}
    fulfillments.scan(empty.store, made, "IN_TRANSIT", happenedAt="2026-11-21T08:00:00Z", **soon)
    fulfillments.scan(empty.store, made, "DELIVERED", happenedAt="2026-11-22T09:30:00Z")
    (document,) = read(connect(empty))
    record = decode("shipments", document)
    days = [record[name] for name in ("shipped_at", "estimated_at", "delivered_at")]
    assert days == ["2026-11-21T08:00:00Z", "2026-11-23T12:00:00Z", "2026-11-22T09:30:00Z"]
    assert [event["status"] for event in record["events"]] == ["in_transit", "delivered"]


def test_a_shipment_is_read_to_its_end(empty: ShopifySandbox, connect: Any) -> None:
    """More lines and events than come at once, and more fulfillments than Shopify lists without a word."""
    order = place(empty, *[30] * 40)
    whole = fulfillments.fulfill(empty.store, order, [(line, 1) for line in order["lineItems"]])
    for _ in range(25):
        fulfillments.scan(empty.store, whole, "IN_TRANSIT")
    for _ in range(27):
        fulfillments.fulfill(empty.store, order, [(order["lineItems"][0], 1)])
    documents = read(connect(empty, lines=7))
    assert len({row["id"] for row in documents}) == 28
    (large,) = [row for row in documents if row["id"] == number(whole)]
    assert (len(large["lines"]), len(large["events"])) == (40, 25)


def test_what_moves_a_fulfillment_is_in_the_window_of_its_order(
    empty: ShopifySandbox, connect: Any, clock: Any
) -> None:
    order = place(empty, 1)
    made = fulfillments.fulfill(empty.store, order)
    clock.sleep(3600)
    since = clock.now()
    assert read(connect(empty), since=since) == []
    fulfillments.scan(empty.store, made, "DELIVERED")
    assert [row["status"] for row in read(connect(empty), since=since)] == ["DELIVERED"]


def test_the_hub_tracks_a_shipment_that_began_in_the_store(empty: ShopifySandbox, connect: Any) -> None:
    """A carrier tells the hub of it: its events go there, its number stays, and so does its id."""
    made = fulfillments.fulfill(empty.store, place(empty, 1), company="DHL", number="JD1")
    (base,) = read(connect(empty))
    (done,) = upsert(connect(empty), "shipments", write({"status": "OUT_FOR_DELIVERY"}, base["id"], base))
    assert done.external_id == number(made)
    assert [empty.store.nodes[gid]["status"] for gid in made["events"]] == ["OUT_FOR_DELIVERY"]
    assert read(connect(empty)) == [done.document]
    assert "events" not in done.document
    (gone,) = upsert(connect(empty), "shipments", write({"status": "CANCELED"}, base["id"], done.document))
    assert (made["status"], gone.document["status"]) == ("CANCELLED", "CANCELED")
