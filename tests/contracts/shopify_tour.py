"""A tour through everything that the connector can do, on a seeded sandbox that writes down what it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx

from connectors.shopify import SPEC
from connectors.shopify.connector import Shopify
from connectors.shopify.sandbox import (
    Cart,
    Item,
    ShopifySandbox,
    changes,
    checkouts,
    fulfillments,
    orders,
    returns,
    seed,
)
from connectors.shopify.sandbox.store import number_of
from hub.api import Document, Lane, Limit, Window, Write
from hub.clock import World
from hub.http import open_client

NOW = datetime(2026, 11, 21, 22, 44, tzinfo=UTC)
THEN = datetime(2026, 10, 20, tzinfo=UTC)


def tour() -> Sequence[tuple[str, Document]]:
    """Do everything once; give every document with its variables."""
    sandbox = ShopifySandbox(lambda: NOW)
    seed(sandbox, orders=40)
    _crowd(sandbox)
    world = World(sleep=lambda seconds: None)
    with open_client(limit=Limit(9999, 9999), world=world, transport=httpx.MockTransport(sandbox)) as client:
        settings = {"shop": "sandbox", "access_token": "shpat_sandbox", "lines": 5, "page_size": 5}
        store = Shopify(SPEC.settings.model_validate(settings), client)
        _read(store)
        for stream, write in _writes(sandbox):
            list(store.upsert(stream, [write]))
        store.find("customers", Write("record-1", "key", None, {"email": "first@example.test"}))
        group = sandbox.store.all("FulfillmentOrder")[0]
        list(store.fetch("orders", [f"FulfillmentOrder:{number_of(group['id'])}"]))
        _subscribe(store)
    return sandbox.asked


def _crowd(sandbox: ShopifySandbox) -> None:
    """Let every list inside a document have more than its first page."""
    store = sandbox.store
    item = store.all("InventoryItem")[-1]
    for number in range(12):
        place = store.add("Location", {"name": f"Store {number}", "isActive": True})
        changes.level(store, item, place["id"], number)
    order = next(row for row in store.all("Order") if row["shippingLines"])
    order["shippingLines"] = [store.add("ShippingLine", dict(order["shippingLines"][0])) for _ in range(7)]
    for copy in order["shippingLines"]:
        store.nodes[copy["id"]] = copy
    held = {"status": "OPEN", "fulfillmentHolds": [], "assignedLocation": {"location": None}, "lineItems": []}
    order["fulfillmentOrders"] = [store.add("FulfillmentOrder", dict(held))["id"] for _ in range(7)]
    _ship(sandbox)
    _crowd_a_return(sandbox)
    _crowd_a_checkout(sandbox)


def _crowd_a_return(sandbox: ShopifySandbox) -> None:
    store = sandbox.store
    item = Item(title="Sock", price=Decimal(4))
    order = orders.place(store, Cart(items=[item] * 13))
    groups = [{"fulfillmentOrderId": gid} for gid in order["fulfillmentOrders"]]
    changes.fulfillment_create(store, {"fulfillment": {"lineItemsByFulfillmentOrder": groups}})
    back = [returns.Back(line=line) for line in order["lineItems"]]
    made = returns.request(store, order, back, instead=Cart(items=[item] * 7))
    for _ in range(3):
        returns.approve(store, made)
    for number in range(3):
        returns.send(store, made, "DHL", f"JD{number}")
    for _ in range(6):
        made["refunds"].append(orders.refund(store, order, [], more=Decimal("0.01"))["id"])
        returns.request(store, order, back[:1])


def _crowd_a_checkout(sandbox: ShopifySandbox) -> None:
    store = sandbox.store
    made = checkouts.abandon(store, Cart(items=[Item(title="Sock", price=Decimal(4))] * 7, off=Decimal(1)))
    made["createdAt"] = "2026-11-20T10:00:00Z"
    line = store.nodes[made["lineItems"][0]]
    line["discountAllocations"] = [{**line["discountAllocations"][0], "id": str(n)} for n in range(7)]


def _ship(sandbox: ShopifySandbox) -> None:
    """Send an order off in more parcels than are listed at once, one of them with many lines and a long way."""
    items = [Item(title=f"Thing {n}", price=Decimal(1), quantity=20) for n in range(8)]
    order = orders.place(sandbox.store, Cart(items=items))
    whole = fulfillments.fulfill(sandbox.store, order, [(line, 1) for line in order["lineItems"]])
    for _ in range(12):
        fulfillments.scan(sandbox.store, whole, "IN_TRANSIT")
        fulfillments.fulfill(sandbox.store, order, [(order["lineItems"][0], 1)])


def _read(store: Shopify) -> None:
    store.check()
    for stream in SPEC.streams:
        if not stream.reads:
            continue
        documents = [row for page in store.read(stream.name, Window()) for row in page.documents]
        ids = [str(row["id"]).rsplit("/", 1)[-1] for row in documents]
        list(store.fetch(stream.name, ids))
        for lane in (Lane.LIVE, Lane.BACKFILL):
            list(store.read(stream.name, Window(since=THEN, until=NOW, lane=lane)))
        list(store.read(stream.name, Window(lane=Lane.BACKFILL)))
        list(store.search(stream.name, "e"))


def _writes(sandbox: ShopifySandbox) -> Iterator[tuple[str, Write]]:
    yield from _of_customers(sandbox)
    yield from _of_orders(sandbox)
    yield from _of_refunds(sandbox)
    yield from _of_goods(sandbox)


def _of_customers(sandbox: ShopifySandbox) -> Iterator[tuple[str, Write]]:
    new: Document = {"email": "first@example.test", "phone": "+4930123", "note": "n", "locale": "de", "tags": ["a"]}
    new["addresses"] = [{"address1": "1 Road", "countryCode": "DE", "zip": "10115", "city": "Berlin"}]
    yield "customers", Write("record-1", "key-1", None, new)
    known = next(row for row in sandbox.store.all("Customer") if len(row["addresses"]) > 1)
    rows = [{"id": gid, "city": "Huế", "countryCode": "VN"} for gid in known["addresses"]]
    base = {"addresses": rows, "tags": known["tags"]}
    changed = {"lastName": "Nguyễn", "tags": ["b"], "addresses": rows[:1]}
    yield "customers", Write("record-2", "key-2", str(number_of(known["id"])), changed, base)


def _of_orders(sandbox: ShopifySandbox) -> Iterator[tuple[str, Write]]:
    free = [row for row in sandbox.store.all("Order") if not row["closed"] and not row["fulfillments"]]
    ids = [str(number_of(row["id"])) for row in free if row["displayFulfillmentStatus"] == "UNFULFILLED"]
    attributes = [{"key": "gift", "value": "für Oma 💝"}]
    said: Document = {"note": "Ring twice", "tags": ["x", "y"], "customAttributes": attributes}
    yield "orders", Write("o1", "k1", ids[0], {**said, "state": "CLOSED"})
    yield "orders", Write("o2", "k2", ids[0], {"state": "OPEN"})
    yield "orders", Write("o3", "k3", ids[1], {"state": "CANCELLED"})
    parcel = {"tracking_number": "JD1", "tracking_url": "https://track.test/JD1", "id": "1"}
    sent: Document = {"order_id": ids[2], "status": "IN_TRANSIT", "carrier": "dhl", "parcels": [parcel], "lines": []}
    yield "shipments", Write("s1", "k4", None, sent)
    other = {**sent, "status": "DELIVERED", "delivered_at": "2026-11-20T10:00:00Z", "parcels": [{**parcel, "id": "2"}]}
    other["parcels"][0]["tracking_number"] = "JD2"
    yield "shipments", Write("s1", "k5", f"{ids[2]}:s1", other)
    yield "shipments", Write("s1", "k6", f"{ids[2]}:s1", {"status": "CANCELED"})


def _of_refunds(sandbox: ShopifySandbox) -> Iterator[tuple[str, Write]]:
    rows = [
        row for row in sandbox.store.all("Order") if row["displayFinancialStatus"] == "PAID" and row["shippingLines"]
    ]
    for number, order in enumerate(rows[:2]):
        line = str(number_of(order["lineItems"][0]["id"]))
        where = {"id": sandbox.store.all("Location")[0]["id"]}
        back: Document = {"order_line": line, "quantity": "1", "restock": "RETURN", "location": where}
        wanted: Document = {"orderId": str(number_of(order["id"])), "note": "Damaged", "lines": [back]}
        wanted["shipping"] = [{"total": "1.00", "tax": "0.19"}] if number else []
        yield "refunds", Write(f"f{number}", f"kf{number}", None, wanted)


def _of_goods(sandbox: ShopifySandbox) -> Iterator[tuple[str, Write]]:
    product = next(row for row in sandbox.store.all("Product") if len(row["variants"]) > 1)
    variants = [{"id": gid, "price": "9.95", "compareAtPrice": None} for gid in product["variants"]]
    yield "products", Write("p1", "k7", str(number_of(product["id"])), {"variants": variants})
    level = sandbox.store.all("InventoryLevel")[0]
    external_id = f"{number_of(level['item'])}:{number_of(level['location'])}"
    yield "stock", Write("l1", "k8", external_id, {"available": 7})
    item = next(row for row in sandbox.store.all("InventoryItem") if len(row["inventoryLevels"]) == 1)
    place: Any = sandbox.store.all("Location")[1]
    wanted = {"variant": {"id": item["variants"][0]}, "location": {"id": place["id"]}, "available": 3}
    yield "stock", Write("l2", "k9", None, wanted)


def _subscribe(store: Shopify) -> None:
    made = [store.subscribe(topic, "https://hub.example.test/hooks/shop", "") for topic in SPEC.webhooks.topics]  # type: ignore[union-attr]
    assert len(list(store.subscriptions())) == len(made)
    for subscription in made:
        store.unsubscribe(subscription)
