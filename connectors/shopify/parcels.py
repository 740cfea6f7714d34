"""What a shipment says of its parcels, in Shopify's words: tracking, events, and the lines that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.shopify.flat import number
from hub.api import Document, RejectedError

EVENTS = {
    "label_created": "LABEL_PURCHASED",
    "picked_up": "CARRIER_PICKED_UP",
    "in_transit": "IN_TRANSIT",
    "delayed": "DELAYED",
    "on_hold": "DELAYED",
    "out_for_delivery": "OUT_FOR_DELIVERY",
    "attempt_failed": "ATTEMPTED_DELIVERY",
    "ready_for_pickup": "READY_FOR_PICKUP",
    "delivered": "DELIVERED",
    "return_to_sender": "FAILURE",
    "lost": "FAILURE",
}
ON_THE_WAY = frozenset(EVENTS) - {"label_created", "return_to_sender", "lost"}
OPEN = ("OPEN", "IN_PROGRESS", "SCHEDULED")


def tracking(shipment: Document) -> Document:
    """Give the tracking input: the carrier as it is called, and every number with its link."""
    parcels = [row for row in shipment.get("parcels") or [] if row.get("tracking_number")]
    parcels = parcels or ([shipment] if shipment.get("tracking_number") else [])
    if not parcels:
        return {}
    company = shipment.get("carrier_name") or shipment.get("carrier")
    given: Document = {"company": company} if company else {}
    given["numbers"] = [row["tracking_number"] for row in parcels]
    urls = [row["tracking_url"] for row in parcels if row.get("tracking_url")]
    return {**given, "urls": urls} if len(urls) == len(parcels) else given


def is_tracked(fulfillment: Document, wanted: Document) -> bool:
    """Tell whether a fulfillment shows the tracking already."""
    shown = fulfillment["trackingInfo"]
    if [row["number"] for row in shown] != wanted.get("numbers", []):
        return False
    same = all(row["company"] == wanted["company"] for row in shown) if wanted.get("company") else True
    return same and ("urls" not in wanted or [row["url"] for row in shown] == wanted["urls"])


def event(shipment: Document, fulfillment: Document) -> Document | None:
    """Give the event that says where the shipment is; None where the fulfillment says so already."""
    status = EVENTS.get(shipment.get("status") or "")
    newest = next(iter(fulfillment["events"]), None)
    if status is None or (newest is not None and newest["status"] == status):
        return None
    at = shipment.get("delivered_at") if status == "DELIVERED" else None
    return {"fulfillmentId": fulfillment["id"], "status": status, **({"happenedAt": at} if at else {})}


def portions(shipment: Document, order: Document) -> list[list[Document]]:
    """Share a shipment out over the order's fulfillment orders: one list of them a location, which travels together."""
    wanted = _wanted(shipment)
    places: dict[str, list[Document]] = {}
    for group in order["fulfillmentOrders"]:
        taken = list(_take(group, wanted)) if group["status"] in OPEN else []
        if taken:
            place = ((group.get("assignedLocation") or {}).get("location") or {}).get("id") or ""
            row = {"fulfillmentOrderId": group["id"], "fulfillmentOrderLineItems": taken}
            places.setdefault(place, []).append(row)
    if wanted is not None and any(wanted.values()):
        raise _too_much(order)
    return list(places.values())


def is_same(fulfillment: Document, shipment: Document) -> bool:
    """Tell whether a fulfillment holds the lines of a shipment, no more and no less."""
    held = {number(row["lineItem"]["id"]): row["quantity"] for row in fulfillment["fulfillmentLineItems"]}
    return held == _wanted(shipment)


def _wanted(shipment: Document) -> dict[str, int] | None:
    """Add up what a shipment takes of each order line; None where it does not say: everything."""
    rows = [row for row in shipment.get("lines") or [] if row.get("order_line")]
    if not rows:
        return None
    wanted: dict[str, int] = {}
    for row in rows:
        wanted[str(row["order_line"])] = wanted.get(str(row["order_line"]), 0) + int(float(row["quantity"]))
    return wanted


def _take(group: Document, wanted: dict[str, int] | None) -> Iterator[Document]:
    for row in group["lineItems"]:
        line, left = number(row["lineItem"]["id"]), row["remainingQuantity"]
        quantity: Any = left if wanted is None else min(left, wanted.get(line, 0))
        if quantity <= 0:
            continue
        if wanted is not None:
            wanted[line] -= quantity
        yield {"id": row["id"], "quantity": quantity}


def _too_much(order: Document) -> RejectedError:
    held = any(group["status"] == "ON_HOLD" for group in order["fulfillmentOrders"])
    hint = "Release the hold in the store." if held else "See what was fulfilled there already, or cancelled."
    code = "on_hold" if held else "over_shipment"
    return RejectedError("the store has less left to fulfill than this shipment holds", code=code, hint=hint)
