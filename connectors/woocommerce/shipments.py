"""Shipments live in the meta data of their order: the tracking plugin's list, and ours with what each of them holds.

Every step reads the order first and does only what is missing, so that a write may be repeated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx

from connectors.woocommerce.answers import document, documents
from connectors.woocommerce.meta import value_of
from connectors.woocommerce.refusals import explained, is_gone
from connectors.woocommerce.settings import WooSettings
from hub.api import Document, Refused, RejectedError, Write, Written

TRACKING = "_wc_shipment_tracking_items"
"""The list of the plugin "Shipment Tracking", which the store's mails and account pages show."""
OURS = "_entrepot_shipments"
ON_THE_WAY = frozenset(
    [
        "picked_up",
        "in_transit",
        "delayed",
        "on_hold",
        "out_for_delivery",
        "attempt_failed",
        "ready_for_pickup",
        "delivered",
    ]
)


def upsert(http: httpx.Client, settings: WooSettings, writes: Sequence[Write]) -> Iterator[Written | Refused]:
    """Bring each order to show its shipment: tracking, one note to the buyer, completed when all is under way."""
    for write in writes:
        try:
            yield _show(http, settings, write)
        except RejectedError as error:
            yield Refused(write, explained(error))


def fetch(http: httpx.Client, external_id: str) -> Document | None:
    """Read a shipment back by "order:record", None where it is gone."""
    order_id, _, _ = external_id.partition(":")
    try:
        order = document(http.get(f"orders/{order_id}"))
    except RejectedError as error:
        if is_gone(error):
            return None
        raise
    return _stored(order).get(external_id)


def find(http: httpx.Client, write: Write) -> str | None:
    """Tell whether a shipment is in its order already."""
    external_id = _external_id(write)
    return external_id if fetch(http, external_id) is not None else None


def _show(http: httpx.Client, settings: WooSettings, write: Write) -> Written:
    external_id = _external_id(write)
    order = document(http.get(f"orders/{external_id.partition(':')[0]}"))
    if order["status"] == "trash":
        hint = "Restore the order in the store, or drop this write."
        raise RejectedError(f"order {order['id']} is in the trash", code="trashed", hint=hint)
    known = _stored(order)
    shipment = {**known.get(external_id, {}), **write.document, "id": external_id, "order_id": order["id"]}
    shipments = {**known, external_id: shipment}
    changes = _changes(order, shipments, external_id)
    if settings.complete and order["status"] == "processing" and _all_under_way(http, order, shipments.values()):
        changes["status"] = "completed"
    if changes:
        order = document(http.put(f"orders/{order['id']}", json=changes))
    _tell(http, settings, order["id"], shipment)
    return Written(write, external_id, order.get("date_modified_gmt"), _stored(order).get(external_id, shipment))


def _external_id(write: Write) -> str:
    if write.external_id is not None:
        return write.external_id
    order_id = str(write.document.get("order_id") or "")
    if not order_id:
        hint = "Only shipments of orders that came from this store can be shown there."
        raise RejectedError("a shipment needs its order", code="no_order", hint=hint)
    return f"{order_id}:{write.record_id}"


def _stored(order: Document) -> dict[str, Document]:
    return {row["id"]: row for row in value_of(order, OURS) or []}


def _changes(order: Document, shipments: dict[str, Document], external_id: str) -> Document:
    wanted = {
        OURS: list(shipments.values()),
        TRACKING: _tracking(value_of(order, TRACKING) or [], shipments[external_id]),
    }
    rows = [{"key": key, "value": value} for key, value in wanted.items() if value != (value_of(order, key) or [])]
    return {"meta_data": rows} if rows else {}


def _tracking(items: list[Document], shipment: Document) -> list[Document]:
    ours = {_tracking_id(shipment, place): parcel for place, parcel in enumerate(_parcels(shipment))}
    old = {item.get("tracking_id"): item for item in items}
    made = [{**old.get(number, {}), **_item(shipment, number, parcel)} for number, parcel in ours.items()]
    mine = {_tracking_id(shipment, place) for place in range(100)}
    return [item for item in items if item.get("tracking_id") not in mine] + made


def _item(shipment: Document, tracking_id: str, parcel: Document) -> Document:
    shipped = shipment.get("shipped_at")
    return {
        "tracking_provider": "",
        "custom_tracking_provider": _carrier(shipment),
        "custom_tracking_link": parcel.get("tracking_url") or "",
        "tracking_number": parcel["tracking_number"],
        "date_shipped": str(int(datetime.fromisoformat(shipped).timestamp())) if shipped else "",
        "tracking_id": tracking_id,
    }


def _carrier(shipment: Document) -> str:
    return shipment.get("carrier_name") or shipment.get("carrier") or ""


def _parcels(shipment: Document) -> list[Document]:
    if shipment.get("status") == "cancelled":
        return []
    parcels = [parcel for parcel in shipment.get("parcels") or [] if parcel.get("tracking_number")]
    return parcels or ([shipment] if shipment.get("tracking_number") else [])


def _tracking_id(shipment: Document, place: int) -> str:
    return hashlib.sha256(f"{shipment['id']}/{place}".encode()).hexdigest()[:32]


def _all_under_way(http: httpx.Client, order: Document, shipments: Any) -> bool:
    under_way = [shipment for shipment in shipments if shipment.get("status") in ON_THE_WAY]
    if any(not shipment.get("lines") for shipment in under_way):
        return True
    owed = {str(line["id"]): Decimal(str(line["quantity"])) for line in order["line_items"]}
    gone = [(str(line.get("order_line")), line["quantity"]) for shipment in under_way for line in shipment["lines"]]
    if order["refunds"]:
        gone += _refunded(documents(http.get(f"orders/{order['id']}/refunds", params={"per_page": "100"})))
    for line_id, quantity in gone:
        owed[line_id] = owed.get(line_id, Decimal(0)) - Decimal(str(quantity))
    return bool(under_way) and all(left <= 0 for left in owed.values())


def _refunded(refunds: list[Document]) -> list[tuple[str, int]]:
    lines = [line for refund in refunds for line in refund["line_items"]]
    return [(str(value_of(line, "_refunded_item_id")), abs(int(line["quantity"]))) for line in lines]


def _tell(http: httpx.Client, settings: WooSettings, order_id: int, shipment: Document) -> None:
    """Add the note, unless one with the tracking number is there already."""
    number = shipment.get("tracking_number") or next((p["tracking_number"] for p in _parcels(shipment)), "")
    if settings.note == "none" or not number or shipment.get("status") not in ON_THE_WAY:
        return
    if any(number in note["note"] for note in documents(http.get(f"orders/{order_id}/notes"))):
        return
    url = shipment.get("tracking_url") or ""
    text = settings.note_text.format(carrier=_carrier(shipment), number=number, url=url)
    body = {"note": " ".join(text.split()), "customer_note": settings.note == "customer"}
    http.post(f"orders/{order_id}/notes", json=body)
