"""What a shipment says of its parcels, in Shopify's words: tracking, events, and the lines that it takes."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.shopify.flat import number
from hub.api import Document, RejectedError

EVENTS = {
    "LABEL_PURCHASED": "LABEL_PURCHASED",
    "CARRIER_PICKED_UP": "CARRIER_PICKED_UP",
    "IN_TRANSIT": "IN_TRANSIT",
    "DELAYED": "DELAYED",
    "ON_HOLD": "DELAYED",
    "OUT_FOR_DELIVERY": "OUT_FOR_DELIVERY",
    "ATTEMPTED_DELIVERY": "ATTEMPTED_DELIVERY",
    "READY_FOR_PICKUP": "READY_FOR_PICKUP",
    "DELIVERED": "DELIVERED",
    "RETURN_TO_SENDER": "FAILURE",
    "LOST": "FAILURE",
}
"""The event that tells of a status, which Shopify has not always a word of its own for."""
ON_THE_WAY = frozenset(EVENTS) - {"LABEL_PURCHASED", "RETURN_TO_SENDER", "LOST"}
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
    shown = [row for row in fulfillment["trackingInfo"] if row["number"]]
    if [row["number"] for row in shown] != wanted.get("numbers", []):
        return False
    same = all(row["company"] == wanted["company"] for row in shown) if wanted.get("company") else True
    return same and ("urls" not in wanted or [row["url"] for row in shown] == wanted["urls"])


def event(status: str, at: str | None, fulfillment: Document) -> Document | None:
    """Give the event that says where a shipment is; None where the fulfillment says so already."""
    told = EVENTS.get(status)
    newest = next(reversed(fulfillment["events"]), None)
    if told is None or (newest is not None and newest["status"] == told):
        return None
    happened = {"happenedAt": at} if at and told == "DELIVERED" else {}
    return {"fulfillmentId": fulfillment["id"], "status": told, **happened}


def plan(shipment: Document, order: Document) -> list[Document]:
    """Share a shipment out over the order's places: `lines`, how much of each, at every `place` that has some."""
    wanted, places = _wanted(shipment), dict[str, dict[str, int]]()
    for group in _open(order):
        taken = places.setdefault(_place(group), {})
        for row in group["lines"]:
            line, left = number(row["lineItem"]["id"]), row["remainingQuantity"]
            quantity = left if wanted is None else min(left, wanted.get(line, 0))
            if quantity > 0:
                taken[line] = taken.get(line, 0) + quantity
                if wanted is not None:
                    wanted[line] -= quantity
    portions = [{"place": place, "lines": lines} for place, lines in places.items() if lines]
    if not portions or (wanted is not None and any(wanted.values())):
        raise _too_much(order)
    return portions


def rows(portion: Document, order: Document) -> list[Document]:
    """Name the fulfillment orders of a place, and how much of each, that a portion is fulfilled from."""
    wanted, found = dict(portion["lines"]), list[Document]()
    for group in _open(order):
        taken = list(_take(group, wanted)) if _place(group) == portion["place"] else []
        if taken:
            found.append({"fulfillmentOrderId": group["id"], "fulfillmentOrderLineItems": taken})
    if any(wanted.values()):
        raise _too_much(order)
    return found


def _open(order: Document) -> list[Document]:
    return [group for group in order["fulfillmentOrders"] if group["status"] in OPEN]


def _place(group: Document) -> str:
    return str((group["assignedLocation"]["location"] or {}).get("id") or "")


def _wanted(shipment: Document) -> dict[str, int] | None:
    """Add up what a shipment takes of each order line; None where it does not say: everything."""
    lines = [row for row in shipment.get("lines") or [] if row.get("order_line")]
    if not lines:
        return None
    wanted: dict[str, int] = {}
    for row in lines:
        wanted[str(row["order_line"])] = wanted.get(str(row["order_line"]), 0) + int(float(row["quantity"]))
    return wanted


def _take(group: Document, wanted: dict[str, int]) -> Iterator[Document]:
    for row in group["lines"]:
        line = number(row["lineItem"]["id"])
        quantity = min(row["remainingQuantity"], wanted.get(line, 0))
        if quantity > 0:
            wanted[line] -= quantity
            yield {"id": row["id"], "quantity": quantity}


def _too_much(order: Document) -> RejectedError:
    held = any(group["status"] == "ON_HOLD" for group in order["fulfillmentOrders"])
    hint = "Release the hold in the store." if held else "See what was fulfilled there already, or cancelled."
    code = "on_hold" if held else "over_shipment"
    return RejectedError("the store has less left to fulfill than this shipment holds", code=code, hint=hint)
