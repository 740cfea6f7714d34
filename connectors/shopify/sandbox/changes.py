"""Mutations of orders, fulfillments, products and stock."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.shopify.sandbox import orders
from connectors.shopify.sandbox.customers import Answer, error
from connectors.shopify.sandbox.store import Store, find, hook_body, number_of
from hub.api import Document


def order_update(store: Store, args: Document) -> Answer:
    """Change what of an order may be changed; tags come back sorted and without doubles."""
    given = dict(args["input"])
    order = store.get(given.pop("id"))
    if order is None:
        return None, error("Order does not exist", "id")
    if len(given.get("note") or "") > 5000:
        return None, error("Note is too long (maximum is 5000 characters)", "note")
    if "tags" in given:
        given["tags"] = sorted({tag.strip() for tag in given["tags"] or []})
    order |= given
    store.touch(order, "orders/updated")
    return {"order": order}, []


def order_close(store: Store, args: Document) -> Answer:
    """Archive an order."""
    order = store.get(args["input"]["id"])
    if order is None:
        return None, error("Order does not exist", "id")
    orders.close(store, order)
    return {"order": order}, []


def order_open(store: Store, args: Document) -> Answer:
    """Take an order out of the archive."""
    order = store.get(args["input"]["id"])
    if order is None or order["cancelledAt"]:
        return None, error("Order cannot be opened", "id")
    order |= {"closed": False, "closedAt": None}
    store.touch(order, "orders/updated")
    return {"order": order}, []


def order_cancel(store: Store, args: Document) -> Answer:
    """Cancel an order: a job does it, and is done when it is asked for."""
    order = store.get(args["orderId"])
    if order is None:
        return None, error("Order does not exist", "orderId", code="NOT_FOUND")
    if order["cancelledAt"] or any(store.nodes[gid]["status"] == "SUCCESS" for gid in order["fulfillments"]):
        return None, error("Cannot cancel a fulfilled or cancelled order", "orderId", code="INVALID")
    orders.cancel(store, order, args["reason"])
    job = store.add("Job", {"done": True})
    return {"job": {**job, "done": False}}, []


def fulfillment_create(store: Store, args: Document) -> Answer:
    """Fulfill parts of fulfillment orders; more than is left is refused."""
    given, taken = args["fulfillment"], []
    for group in given["lineItemsByFulfillmentOrder"]:
        node = store.get(group["fulfillmentOrderId"])
        if node is None or node["status"] not in ("OPEN", "IN_PROGRESS"):
            return None, error("Fulfillment order is not open", "fulfillment")
        rows = [store.nodes[gid] for gid in node["lineItems"]]
        asked = group.get("fulfillmentOrderLineItems")
        asked = asked or [{"id": row["id"], "quantity": row["remainingQuantity"]} for row in rows]
        for one in asked:
            row = find(rows, one["id"])
            if row is None or not 0 < one["quantity"] <= row["remainingQuantity"]:
                return None, error("Invalid fulfillment order line item quantity requested.", "fulfillment")
            taken.append((node, row, one["quantity"]))
    return {"fulfillment": _fulfill(store, taken, given.get("trackingInfo") or {})}, []


def _fulfill(store: Store, taken: list[tuple[Document, Document, int]], tracking: Document) -> Document:
    order = store.nodes[taken[0][0]["order"]]
    lines = [
        store.add("FulfillmentLineItem", {"quantity": quantity, "lineItem": row["lineItem"]})["id"]
        for _, row, quantity in taken
    ]
    body: Document = {"status": "SUCCESS", "events": [], "fulfillmentLineItems": lines, "order": order["id"]}
    body |= {"name": f"{order['name']}-F{len(order['fulfillments']) + 1}", "createdAt": store.now()}
    body |= {"location": taken[0][0]["assignedLocation"]["location"], "trackingInfo": _tracking(tracking)}
    made = store.add("Fulfillment", {**body, "taken": [(row["id"], n) for _, row, n in taken]})
    order["fulfillments"].append(made["id"])
    for _, row, quantity in taken:
        row["remainingQuantity"] -= quantity
    _progress(store, order)
    _moved(store, made, "fulfillments/create")
    return made


def _progress(store: Store, order: Document) -> None:
    left = 0
    for gid in order["fulfillmentOrders"]:
        node = store.nodes[gid]
        rest = sum(store.nodes[row]["remainingQuantity"] for row in node["lineItems"])
        node["status"] = "CLOSED" if not rest else "OPEN"
        left += rest
    alive = any(store.nodes[gid]["status"] == "SUCCESS" for gid in order["fulfillments"])
    order["displayFulfillmentStatus"] = "UNFULFILLED" if not alive else "PARTIALLY_FULFILLED" if left else "FULFILLED"


def _tracking(given: Document) -> list[Document]:
    numbers = given.get("numbers") or ([given["number"]] if given.get("number") else [])
    urls = given.get("urls") or ([given["url"]] if given.get("url") else [])
    return [
        {"company": given.get("company"), "number": number, "url": urls[place] if place < len(urls) else None}
        for place, number in enumerate(numbers)
    ]


def tracking_update(store: Store, args: Document) -> Answer:
    """Change a fulfillment's tracking."""
    node = store.get(args["fulfillmentId"])
    if node is None or node["status"] == "CANCELLED":
        return None, error("Fulfillment does not exist", "fulfillmentId")
    node["trackingInfo"] = _tracking(args["trackingInfoInput"])
    _moved(store, node)
    return {"fulfillment": node}, []


def fulfillment_cancel(store: Store, args: Document) -> Answer:
    """Cancel a fulfillment: its lines are to be fulfilled again."""
    node = store.get(args["id"])
    if node is None:
        return None, error("Fulfillment does not exist", "id")
    if node["status"] != "CANCELLED":
        node["status"] = "CANCELLED"
        for gid, quantity in node["taken"]:
            store.nodes[gid]["remainingQuantity"] += quantity
        _progress(store, store.nodes[node["order"]])
        _moved(store, node)
    return {"fulfillment": node}, []


def event_create(store: Store, args: Document) -> Answer:
    """Add an event to a fulfillment."""
    given = args["fulfillmentEvent"]
    node = store.get(given["fulfillmentId"])
    if node is None:
        return None, error("Fulfillment does not exist", "fulfillmentId")
    said = {name: given.get(name) for name in ("message", "city", "country", "estimatedDeliveryAt")}
    happened = given.get("happenedAt") or store.now()
    made = store.add("FulfillmentEvent", {"status": given["status"], "happenedAt": happened, **said})
    node["events"].append(made["id"])
    _moved(store, node)
    ids = {"fulfillment_id": number_of(node["id"]), "order_id": number_of(node["order"])}
    store.told("fulfillment_events/create", {"id": number_of(made["id"]), **ids})
    return {"fulfillmentEvent": made}, []


def _moved(store: Store, fulfillment: Document, topic: str = "fulfillments/update") -> None:
    """A fulfillment moves its order."""
    order = store.nodes[fulfillment["order"]]
    fulfillment["updatedAt"] = store.now()
    store.touch(order, "orders/updated")
    store.told(topic, hook_body(fulfillment))


def variants_update(store: Store, args: Document) -> Answer:
    """Set prices of a product's variants; one that is wrong stops all of them."""
    product = store.get(args["productId"])
    if product is None:
        return None, error("Product does not exist", "productId", code="PRODUCT_DOES_NOT_EXIST")
    for place, given in enumerate(args["variants"]):
        if given["id"] not in product["variants"]:
            return None, error("Product variant does not exist", "variants", str(place), "id")
        if given.get("price") is not None and Decimal(given["price"]) < 0:
            return None, error("Price must be greater than or equal to 0", "variants", str(place), "price")
    for given in args["variants"]:
        store.nodes[given["id"]].update({name: given[name] for name in ("price", "compareAtPrice") if name in given})
    store.touch(product, "products/update")
    return {"product": product}, []


def set_quantities(store: Store, args: Document) -> Answer:
    """Set what is available, each where it is still what the caller saw; one that is not stops all of them."""
    rows = []
    for place, given in enumerate(args["input"]["quantities"]):
        path = ("input", "quantities", str(place))
        item, where = store.get(given["inventoryItemId"]), store.get(given["locationId"])
        if item is None:
            return None, error("The inventory item could not be found", *path, code="INVALID_INVENTORY_ITEM")
        if any(store.nodes[gid]["requiresComponents"] for gid in item["variants"]):
            return None, error("The inventory item is a bundle's", *path, code="NON_MUTABLE_INVENTORY_ITEM")
        level = where and _level(store, item, where["id"])
        if not level or not level["isActive"]:
            return None, error("The location could not be found", *path, "locationId", code="INVALID_LOCATION")
        now = level["quantities"]["available"]["quantity"]
        if given.get("changeFromQuantity") is not None and given["changeFromQuantity"] != now:
            said = "The changeFromQuantity argument no longer matches the persisted quantity."
            return None, error(said, *path, "changeFromQuantity", code="CHANGE_FROM_QUANTITY_STALE")
        rows.append((level, given["quantity"]))
    for level, quantity in rows:
        set_available(store, level, quantity)
    return {"inventoryAdjustmentGroup": store.add("InventoryAdjustmentGroup", {})}, []


def set_available(store: Store, level: Document, quantity: int) -> None:
    """Set what is available of a level; what is on hand moves with it."""
    held = level["quantities"]
    held["on_hand"]["quantity"] += quantity - held["available"]["quantity"]
    held["available"]["quantity"] = quantity
    level["updatedAt"] = store.now()
    ids = {"inventory_item_id": number_of(level["item"]), "location_id": number_of(level["location"])}
    store.told("inventory_levels/update", {**ids, "available": quantity, "updated_at": store.now()})


def activate(store: Store, args: Document) -> Answer:
    """Let an item be counted at a location."""
    item, where = store.get(args["inventoryItemId"]), store.get(args["locationId"])
    if item is None or where is None or not where["isActive"]:
        return None, error("The location or the item could not be found", "locationId")
    return {"inventoryLevel": _level(store, item, where["id"]) or level(store, item, where["id"], 0)}, []


def level(store: Store, item: Document, where: str, available: int, committed: int = 0) -> Document:
    """Make a level."""
    counts = {"available": available, "on_hand": available + committed, "committed": committed, "incoming": 0}
    held = {name: store.add("InventoryQuantity", {"name": name, "quantity": n}) for name, n in counts.items()}
    body: Document = {"item": item["id"], "location": where, "isActive": True, "quantities": held}
    made = store.add("InventoryLevel", {**body, "updatedAt": store.now()})
    item["inventoryLevels"].append(made["id"])
    return made


def _level(store: Store, item: Document, where: str) -> Any:
    rows = (store.nodes[gid] for gid in item["inventoryLevels"])
    return next((row for row in rows if row["location"] == where), None)


def subscribe(store: Store, args: Document) -> Answer:
    """Promise to call an address; the same topic and address twice is refused."""
    uri, topic = args["webhookSubscription"]["uri"], args["topic"]
    if any((row["topic"], row["uri"]) == (topic, uri) for row in store.all("WebhookSubscription")):
        return None, error("Address for this topic has already been taken", "webhookSubscription", "uri")
    if not uri.startswith("https://"):
        return None, error("Address protocol http:// is not supported", "webhookSubscription", "uri")
    return {"webhookSubscription": store.add("WebhookSubscription", {"topic": topic, "uri": uri})}, []


def unsubscribe(store: Store, args: Document) -> Answer:
    """Take a promise back."""
    if store.get(args["id"]) is None:
        return None, error("Webhook subscription does not exist", "id")
    store.remove(args["id"])
    return {"deletedWebhookSubscriptionId": args["id"]}, []
