"""What a shipment says, in Shopify's words: what its fulfillments show, and what the hub keeps beyond that.

A fulfillment that somebody made in the store is a shipment by its own number. Those that the hub made of one shipment
are that shipment, "order:record": as it was written, until somebody changes in the store what it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.shopify import parcels
from connectors.shopify.flat import number
from connectors.shopify.kept import claims, held, is_alive, kept
from hub.api import Document

WRITTEN = (
    *("number", "status", "carrier", "carrier_name", "tracking_number", "tracking_url", "parcels", "lines"),
    *("shipped_at", "delivered_at"),
)
TRACKING = ("carrier", "carrier_name", "tracking_number", "tracking_url", "parcels")
SILENT = ("FULFILLED", "MARKED_AS_FULFILLED", "CONFIRMED")
"""What a fulfillment shows before anybody has told more of it."""
LABELED = ("SUBMITTED", "CONFIRMED", "LABEL_PURCHASED", "LABEL_PRINTED", "LABEL_VOIDED")
FAILED = ("ERROR", "FAILURE")


def shipments_of(order: Document) -> list[Document]:
    """Give every shipment of an order: those that the hub keeps, then those that were made in the store."""
    rows, mine = kept(order), claims(order)
    taken = {one["id"] for ones in mine.values() for one in ones}
    made = [shipment(order, row, mine[external_id]) for external_id, row in rows.items()]
    free = [one for one in order["fulfillments"] if one["id"] not in taken]
    return made + [shipment(order, {"id": number(one["id"])}, [one]) for one in free]


def shipment(order: Document, row: Document, fulfillments: Sequence[Document]) -> Document:
    """Say of a shipment what a new one would have to say, with what only the store knows of it."""
    alive = [one for one in fulfillments if is_alive(one)]
    shown = alive or list(fulfillments)
    said: Document = {name: row[name] for name in WRITTEN if name in row}
    record = row["id"].partition(":")[2]
    document = {**(_made_here(shown[0]) if shown and not record else {}), **said}
    document |= {"id": row["id"], "order_id": number(order["id"]), "fulfillments": [one["id"] for one in fulfillments]}
    if record:
        document["record"] = record
    if shown:
        document |= _tracking(row, shown)
        document |= {"status": _status(row, fulfillments), "lines": _lines(row, alive, shown)}
        document |= _times(row, shown)
        events = [event for one in shown for event in _events(row, one)]
        document |= {"events": events} if events else {}
    return document


def state(fulfillment: Document) -> str:
    """Tell in one word where a fulfillment is; Shopify says it in two fields."""
    if not is_alive(fulfillment):
        return "CANCELED"
    if fulfillment["status"] in FAILED:
        return "FAILURE"
    return str(fulfillment["displayStatus"] or "FULFILLED")


def _made_here(fulfillment: Document) -> Document:
    return {
        "number": fulfillment["name"],
        "location": fulfillment["location"],
        "created_at": fulfillment["createdAt"],
    }


def _status(row: Document, fulfillments: Sequence[Document]) -> str:
    """Tell where a shipment is: as we wrote it, unless its fulfillments show something that we have not told them."""
    alive = [one for one in fulfillments if is_alive(one)]
    if not alive:
        return "CANCELED"
    slowest = next((one for one in alive if state(one) != "DELIVERED"), alive[0])
    said, shown = row.get("status"), state(slowest)
    if said is None or said == "CANCELED":
        return shown
    newest = next(reversed(slowest["events"]), None)
    is_ours = newest is not None and newest not in _foreign(row, slowest)
    return str(said) if shown in SILENT or shown == parcels.EVENTS.get(said) or is_ours else shown


def _tracking(row: Document, shown: Sequence[Document]) -> Document:
    """Give what the fulfillments show where it is not what we wrote: a number keeps the box that it belongs to."""
    wanted, is_told = parcels.tracking(row), any(name in row for name in TRACKING)
    infos = list({info["number"]: info for one in shown for info in one["trackingInfo"]}.values())
    if all(parcels.is_tracked(one, wanted) for one in shown) if is_told else not infos:
        return {}
    boxes = [box for box in row.get("parcels") or () if box.get("tracking_number")]
    first: Document = infos[0] if infos else {"company": None, "number": None, "url": None}
    found: Document = {"tracking_number": first["number"], "tracking_url": first["url"]}
    if first["company"] != wanted.get("company"):
        found |= {"carrier": first["company"], "carrier_name": first["company"]}
    numbered = [info for info in infos if info["number"]]
    found["parcels"] = [
        {**(boxes[place] if place < len(boxes) else {"id": str(place + 1)}), **_numbered(info)}
        for place, info in enumerate(numbered)
    ]
    return found


def _numbered(info: Document) -> Document:
    return {"tracking_number": info["number"], "tracking_url": info["url"]}


def _lines(row: Document, alive: list[Document], shown: Sequence[Document]) -> list[Document]:
    """Give the lines as they were written, as far as they have not been taken back; else those of the fulfillments."""
    said: list[Document] = row.get("lines") or []
    if not said:
        return [_line(line) for one in shown for line in one["fulfillmentLineItems"]]
    return list(_left(said, held(alive))) if alive else said


def _left(lines: list[Document], total: dict[str, int]) -> Any:
    for line in lines:
        wanted, there = int(float(line["quantity"])), total.get(str(line.get("order_line")), 0)
        if line.get("order_line"):
            total[str(line["order_line"])] = max(there - wanted, 0)
        if not line.get("order_line") or there >= wanted:
            yield line
        elif there:
            yield {**line, "quantity": str(there)}


def _line(line: Document) -> Document:
    sold = line["lineItem"]
    return {
        "id": number(line["id"]),
        "order_line": number(sold["id"]),
        "quantity": str(line["quantity"]),
        "variant": (sold["variant"] or {}).get("id"),
        "sku": sold["sku"] or None,
        "title": sold["title"],
    }


def _times(row: Document, shown: Sequence[Document]) -> Document:
    left = [one["inTransitAt"] or one["createdAt"] for one in shown if state(one) not in LABELED]
    delivered = [one["deliveredAt"] for one in shown]
    found = {
        "shipped_at": row.get("shipped_at") or min(left, default=None),
        "delivered_at": row.get("delivered_at") or (max(delivered) if all(delivered) else None),
        "estimated_at": max((one["estimatedDeliveryAt"] for one in shown if one["estimatedDeliveryAt"]), default=None),
        "updated_at": max(one["updatedAt"] for one in shown),
    }
    return {name: value for name, value in found.items() if value is not None}


def _events(row: Document, fulfillment: Document) -> list[Document]:
    return [
        {**event, "place": ", ".join(filter(None, [event["city"], event["country"]])) or None}
        for event in _foreign(row, fulfillment)
    ]


def _foreign(row: Document, fulfillment: Document) -> list[Document]:
    """Give the events that are not copies of what we told: of each that we told, the first of its kind is ours."""
    told, foreign = list(row.get("told") or ()), []
    for event in fulfillment["events"]:
        if event["status"] in told:
            told.remove(event["status"])
        else:
            foreign.append(event)
    return foreign
