"""Trackers of the double, and the events that move parcels along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.logistics.karrio.sandbox.error import invalid, not_found
from connectors.logistics.karrio.sandbox.state import State
from hub.api import Document

STATUSES = frozenset(
    [
        "pending",
        "picked_up",
        "unknown",
        "on_hold",
        "cancelled",
        "delivered",
        "in_transit",
        "delivery_delayed",
        "out_for_delivery",
        "ready_for_pickup",
        "delivery_failed",
        "return_to_sender",
    ]
)
ON_THE_LABEL = {
    "delivered": "delivered",
    "out_for_delivery": "out_for_delivery",
    "delivery_failed": "delivery_failed",
    "on_hold": "needs_attention",
    "cancelled": "cancelled",
}
WORDS = {
    "picked_up": "The parcel has been picked up",
    "in_transit": "Processed at the parcel center",
    "out_for_delivery": "Loaded into the delivery vehicle",
    "delivered": "Delivered to the recipient",
    "delivery_failed": "The recipient was not at home",
    "ready_for_pickup": "Waiting at the parcel shop",
    "return_to_sender": "On its way back to the sender",
}


def create(state: State, body: Document) -> Document:
    """Watch a tracking number; a number that is watched already gives its tracker."""
    for name in ("tracking_number", "carrier_name"):
        if not body.get(name):
            raise invalid(**{name: "This field is required."})
    known = next((t for t in state.trackers.values() if t["tracking_number"] == body["tracking_number"]), None)
    if known is not None:
        return known
    external_id = state.new_id("trk")
    state.stamp(external_id)
    accounts = {carrier.carrier_name: carrier.carrier_id for carrier in state.carriers}
    state.trackers[external_id] = {
        "id": external_id,
        "object_type": "tracker",
        "carrier_name": body["carrier_name"],
        "carrier_id": accounts.get(body["carrier_name"], body["carrier_name"]),
        "tracking_number": body["tracking_number"],
        "info": {"carrier_tracking_link": None, **(body.get("info") or {})},
        "events": [],
        "delivered": False,
        "test_mode": True,
        "status": "pending",
        "meta": {},
        "metadata": body.get("metadata") or {},
        "messages": [],
        "is_archived": False,
        "archived_at": None,
        "delivery_image_url": None,
        "signature_image_url": None,
    }
    return state.trackers[external_id]


def read(state: State, identifier: str) -> Document:
    """Find a tracker by its id or by its number."""
    for tracker in state.trackers.values():
        if identifier in (tracker["id"], tracker["tracking_number"]):
            return tracker
    raise not_found("Tracker")


def listed(state: State, params: Mapping[str, str]) -> list[Document]:
    """Find trackers, newest first; unknown filters are ignored."""
    found = created_between(state, state.trackers.values(), params)
    if "tracking_number" in params:
        found = [t for t in found if params["tracking_number"].lower() in t["tracking_number"].lower()]
    for name in ("status", "carrier_name"):
        if name in params:
            found = [t for t in found if t[name] in params[name].split(",")]
    return found


def inject(state: State, identifier: str, body: Document) -> Document:
    """Set a status by hand; an event that is there already is not added again."""
    tracker = read(state, identifier)
    status = body.get("status")
    if status is not None and status not in STATUSES:
        raise invalid(status=f'"{status}" is not a valid choice.')
    for event in body.get("events") or []:
        if event not in tracker["events"]:
            tracker["events"].insert(0, event)
    tracker["status"] = status or tracker["status"]
    tracker["delivered"] = tracker["status"] == "delivered" or bool(body.get("delivered"))
    if body.get("estimated_delivery"):
        tracker["estimated_delivery"] = body["estimated_delivery"]
    for shipment in state.shipments.values():
        if shipment["tracker_id"] == tracker["id"] and tracker["status"] != "pending":
            shipment["status"] = ON_THE_LABEL.get(tracker["status"], "in_transit")
    return {"operation": "Inject tracker events", "success": True}


def scan(status: str, moment: datetime, zone: ZoneInfo, place: str, code: str | None, words: str | None) -> Document:
    """Make an event as carriers send it: local time without an offset, `15:04 PM`, and no timestamp."""
    local = moment.astimezone(zone)
    return {
        "date": local.strftime("%Y-%m-%d"),
        "time": local.strftime("%H:%M %p"),
        "timestamp": None,
        "status": status,
        "code": code or status.upper(),
        "reason": None,
        "description": words or WORDS.get(status, status),
        "location": place,
        "latitude": None,
        "longitude": None,
    }


def created_between(state: State, rows: Iterable[Document], params: Mapping[str, str]) -> list[Document]:
    """Sort newest first and keep what was created in the asked time, both ends included."""
    found = sorted(rows, key=lambda row: state.created[row["id"]], reverse=True)
    if "created_after" in params:
        found = [row for row in found if state.created[row["id"]] >= _time(params, "created_after")]
    if "created_before" in params:
        found = [row for row in found if state.created[row["id"]] <= _time(params, "created_before")]
    return found


def _time(params: Mapping[str, str], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(params[name])
    except ValueError:
        raise invalid(**{name: "Enter a valid date/time."}) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("UTC"))
