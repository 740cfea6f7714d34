"""Fulfillments as people make them in the store's pages, and what Shopify shows of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.shopify.sandbox import changes
from connectors.shopify.sandbox.store import Store
from hub.api import Document

Taken = Sequence[tuple[Document, int]]
"""Order lines, and how many pieces of each."""


def fulfill(store: Store, order: Document, lines: Taken | None = None, **tracking: Any) -> Document:
    """Fulfill some pieces of an order, or all that is left, with `company`, `number(s)` and `url(s)`."""
    groups = [_group(store, store.nodes[gid], lines) for gid in order["fulfillmentOrders"]]
    given: Document = {"lineItemsByFulfillmentOrder": [group for group in groups if group["fulfillmentOrderLineItems"]]}
    made, faults = changes.fulfillment_create(store, {"fulfillment": {**given, "trackingInfo": tracking}})
    assert made is not None, faults
    fulfillment: Document = made["fulfillment"]
    return fulfillment


def retrack(store: Store, fulfillment: Document, **tracking: Any) -> None:
    """Edit the tracking of a fulfillment."""
    changes.tracking_update(store, {"fulfillmentId": fulfillment["id"], "trackingInfoInput": tracking})


def call_back(store: Store, fulfillment: Document) -> None:
    """Cancel a fulfillment."""
    changes.fulfillment_cancel(store, {"id": fulfillment["id"]})


def scan(store: Store, fulfillment: Document, status: str, **more: Any) -> Document:
    """Add an event to a fulfillment, as a carrier's app does."""
    event: Document = {"fulfillmentId": fulfillment["id"], "status": status, **more}
    made, faults = changes.event_create(store, {"fulfillmentEvent": event})
    assert made is not None, faults
    added: Document = made["fulfillmentEvent"]
    return added


def split(store: Store, order: Document, line: Document, quantity: int, location: str) -> None:
    """Have some pieces of a line sent from another place: a fulfillment order of its own."""
    row = next(
        store.nodes[row]
        for gid in order["fulfillmentOrders"]
        for row in store.nodes[gid]["lineItems"]
        if store.nodes[row]["lineItem"] == line["id"]
    )
    row["remainingQuantity"] -= quantity
    row["totalQuantity"] -= quantity
    counts = {"remainingQuantity": quantity, "totalQuantity": quantity}
    moved = store.add("FulfillmentOrderLineItem", {**counts, "lineItem": line["id"]})
    place = {"assignedLocation": {"location": location}, "order": order["id"], "fulfillAt": None}
    made = store.add(
        "FulfillmentOrder", {"status": "OPEN", "fulfillmentHolds": [], "lineItems": [moved["id"]], **place}
    )
    order["fulfillmentOrders"].append(made["id"])
    store.touch(order, "orders/updated")


def move(store: Store, order: Document, location: str) -> None:
    """Have all that is left sent from another place; the order itself does not move."""
    for gid in order["fulfillmentOrders"]:
        store.nodes[gid]["assignedLocation"] = {"location": location}
        moved = {"original_fulfillment_order": {"id": gid}, "moved_fulfillment_order": {"id": gid}}
        store.told("fulfillment_orders/moved", moved)


def _group(store: Store, group: Document, lines: Taken | None) -> Document:
    wanted = None if lines is None else {line["id"]: quantity for line, quantity in lines}
    rows = [store.nodes[gid] for gid in group["lineItems"]] if group["status"] != "CLOSED" else []
    taken = [
        {"id": row["id"], "quantity": row["remainingQuantity"] if wanted is None else wanted[row["lineItem"]]}
        for row in rows
        if row["remainingQuantity"] and (wanted is None or row["lineItem"] in wanted)
    ]
    return {"fulfillmentOrderId": group["id"], "fulfillmentOrderLineItems": taken}


def listed(store: Store, order: Document, args: Document) -> list[str]:
    """List an order's fulfillments from a time on; the list is cut without a word, as Shopify's is."""
    query = str(args.get("query") or "")
    since = query.removeprefix("created_at:>=").strip("'")
    rows = [gid for gid in order["fulfillments"] if store.nodes[gid]["createdAt"] >= since]
    return rows[: args.get("first") or None]


def display(store: Store, fulfillment: Document, args: Document) -> str:
    """Say where a fulfillment is, by its newest event."""
    if fulfillment["status"] == "CANCELLED":
        return "CANCELED"
    newest = next(reversed(events(store, fulfillment, args)), None)
    return str(newest["status"]) if newest else str(fulfillment.get("shown") or "FULFILLED")


def moment(status: str) -> Any:
    """Make what tells when the first event of a kind happened."""

    def tell(store: Store, fulfillment: Document, args: Document) -> str | None:
        times = [event["happenedAt"] for event in events(store, fulfillment, args) if event["status"] == status]
        return min(times, default=None)

    return tell


def estimate(store: Store, fulfillment: Document, args: Document) -> str | None:
    """Give what the newest event says of the day of delivery."""
    said = [event["estimatedDeliveryAt"] for event in events(store, fulfillment, args) if event["estimatedDeliveryAt"]]
    return said[-1] if said else None


def events(store: Store, fulfillment: Document, args: Document) -> list[Document]:
    """List events as they happened."""
    return sorted((store.nodes[gid] for gid in fulfillment["events"]), key=lambda event: str(event["happenedAt"]))
