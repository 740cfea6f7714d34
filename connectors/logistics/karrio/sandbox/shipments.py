"""Shipments of the double: drafts with rates, labels, cancellation."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from connectors.logistics.karrio.sandbox import trackers
from connectors.logistics.karrio.sandbox.error import carrier_refuses, invalid, not_found, refuse
from connectors.logistics.karrio.sandbox.state import Carrier, State
from hub.api import Document

NULLS = [
    "tracking_url",
    "return_address",
    "billing_address",
    "customs",
    "reference",
    "order_id",
    "tracker_id",
    "archived_at",
    "carrier_name",
    "carrier_id",
    "tracking_number",
    "shipment_identifier",
    "selected_rate",
    "return_shipment",
    "service",
    "selected_rate_id",
    "label_url",
    "invoice_url",
]
ADDRESS = [
    "postal_code",
    "city",
    "federal_tax_id",
    "state_tax_id",
    "person_name",
    "company_name",
    "email",
    "phone_number",
    "state_code",
    "street_number",
    "address_line1",
    "address_line2",
    "validation",
]
PARCEL = ["width", "height", "length", "packaging_type", "dimension_unit", "reference_number", "description"]
LONGEST = {"city": 50, "postal_code": 20, "person_name": 100, "company_name": 100, "address_line1": 100}
TAKEN = frozenset(
    {"recipient", "shipper", "return_address", "billing_address", "parcels", "customs", "is_return", "service"}
    | {"services", "carrier_ids", "label_type", "payment", "options", "reference", "order_id", "metadata"}
)
CHANGEABLE = frozenset({"label_type", "payment", "options", "reference", "order_id", "metadata"})
UNITS = {"KG": 1.0, "G": 0.001, "LB": 0.45359237, "OZ": 0.028349523125}


def create(state: State, body: Document) -> Document:
    """Make a draft and ask every carrier for rates; with `service` in the body it is bought at once."""
    _check(body)
    external_id = state.new_id("shp")
    given = {key: copy.deepcopy(value) for key, value in body.items() if key in TAKEN}
    shipment = dict.fromkeys(NULLS) | {
        "id": external_id,
        "object_type": "shipment",
        "services": [],
        "options": {},
        "payment": {"paid_by": "sender", "currency": None, "account_number": None},
        "label_type": "PDF",
        "carrier_ids": [],
        "metadata": {},
        "is_return": False,
        **given,
        "created_at": state.stamp(external_id),
        "meta": {},
        "status": "draft",
        "test_mode": True,
        "is_archived": False,
        "shipping_documents": [],
        "shipper": _address(state, given["shipper"]),
        "recipient": _address(state, given["recipient"]),
        "parcels": [_parcel(state, parcel) for parcel in given["parcels"]],
    }
    service = shipment.pop("service", None)
    shipment["service"] = None
    shipment |= _rated(state, shipment)
    state.shipments[external_id] = shipment
    if service:
        return purchase(state, external_id, {"service": service})
    return shipment


def read(state: State, external_id: str) -> Document:
    """Find a shipment by its id."""
    if external_id not in state.shipments:
        raise not_found("Shipment")
    return state.shipments[external_id]


def listed(state: State, params: Mapping[str, str]) -> list[Document]:
    """Find shipments, newest first; unknown filters are ignored, text filters look inside the text."""
    found = trackers.created_between(state, state.shipments.values(), params)
    for name in ("reference", "order_id", "tracking_number"):
        if name in params:
            found = [s for s in found if params[name].lower() in (s[name] or "").lower()]
    if "status" in params:
        found = [s for s in found if s["status"] in params["status"].split(",")]
    if "metadata_key" in params:
        found = [s for s in found if params["metadata_key"] in s["metadata"]]
    return found


def update(state: State, external_id: str, body: Document) -> Document:
    """Change what may be changed: a draft's options, and anybody's metadata."""
    shipment = read(state, external_id)
    if set(body) != {"metadata"} and shipment["status"] != "draft":
        raise refuse(409, "state_error", f"Shipment is {shipment['status']} and cannot be updated anymore...")
    shipment.update(
        {key: value for key, value in body.items() if key in CHANGEABLE and key not in {"metadata", "options"}}
    )
    for key in {"metadata", "options"} & set(body):
        shipment[key] = shipment[key] | body[key]
    return shipment


def purchase(state: State, external_id: str, body: Document) -> Document:
    """Buy a label by rate or by service; the carrier's tracker is made along with it."""
    shipment = read(state, external_id)
    if shipment["status"] != "draft":
        raise refuse(409, "state_error", f"The shipment is '{shipment['status']}' and cannot be purchased again")
    rate = _chosen(shipment, body)
    number = f"{'1Z' if rate['carrier_name'] == 'ups' else '00'}{len(state.trackers) + 34043000000001:014d}"
    tracker = trackers.create(state, {"tracking_number": number, "carrier_name": rate["carrier_name"]})
    place = f"/v1/shipments/{external_id}/label.{shipment['label_type'].lower()}"
    shipment |= {key: rate[key] for key in ("carrier_name", "carrier_id", "service")}
    shipment |= {
        "status": "created",
        "selected_rate": rate,
        "selected_rate_id": rate["id"],
        "tracking_number": number,
        "shipment_identifier": number,
        "tracker_id": tracker["id"],
        "tracking_url": f"https://track.example/{rate['carrier_name']}/{number}",
        "label_url": f"https://karrio.example{place}",
    }
    tracker["info"]["carrier_tracking_link"] = shipment["tracking_url"]
    return shipment


def cancel(state: State, external_id: str) -> Document:
    """Void a label that has not been scanned yet."""
    shipment = read(state, external_id)
    if shipment["status"] not in {"draft", "created", "cancelled"}:
        raise refuse(409, "state_error", f"The shipment is '{shipment['status']}' and can not be cancelled anymore...")
    shipment["status"] = "cancelled"
    return shipment


def _check(body: Document) -> None:
    missing = {name: "This field is required." for name in ("shipper", "recipient", "parcels") if not body.get(name)}
    if missing:
        raise invalid(**missing)
    for name in ("shipper", "recipient"):
        if not body[name].get("country_code"):
            raise invalid(**{f"{name}.country_code": "This field is required."})
        for key, most in LONGEST.items():
            if len(body[name].get(key) or "") > most:
                raise invalid(**{f"{name}.{key}": f"Ensure this field has no more than {most} characters."})
    for parcel in body["parcels"]:
        if not isinstance(parcel.get("weight"), int | float) or parcel.get("weight_unit") not in UNITS:
            raise invalid(parcels="weight and weight_unit are required.")
    if len(body.get("reference") or "") > 100 or len(body.get("order_id") or "") > 50:
        raise invalid(reference="Ensure this field has no more than 100 characters.")


def _address(state: State, given: Document) -> Document:
    empty = dict.fromkeys(ADDRESS)
    return {"id": state.new_id("adr"), "object_type": "address", **empty, "residential": False, **given}


def _parcel(state: State, given: Document) -> Document:
    empty = dict.fromkeys(PARCEL)
    return {"id": state.new_id("pcl"), "object_type": "parcel", **empty, "items": [], "options": {}, **given}


def _rated(state: State, shipment: Document) -> Document:
    wanted = shipment["carrier_ids"] or [carrier.carrier_id for carrier in state.carriers]
    asked = [carrier for carrier in state.carriers if carrier.active and carrier.carrier_id in wanted]
    rates = [rate for carrier in asked for rate in _rates(state, carrier, shipment)]
    if not asked:
        raise carrier_refuses("", "", "not_found", "No active carrier connection found to process the request")
    messages = [] if rates else [_no_rate(carrier) for carrier in asked]
    return {"rates": rates, "messages": messages}


def _no_rate(carrier: Carrier) -> Document:
    words = {"carrier_id": carrier.carrier_id, "carrier_name": carrier.carrier_name, "level": "error"}
    return words | {"code": "SHIPMENT_TOO_HEAVY", "message": "The parcel is heavier than 31.5 kg."}


def _rates(state: State, carrier: Carrier, shipment: Document) -> list[Document]:
    weight = sum(parcel["weight"] * UNITS[parcel["weight_unit"]] for parcel in shipment["parcels"])
    wanted = shipment["services"] or list(carrier.services)
    if weight > 31.5:
        return []
    return [
        {
            "id": state.new_id("rat"),
            "object_type": "rate",
            "carrier_name": carrier.carrier_name,
            "carrier_id": carrier.carrier_id,
            "currency": carrier.currency,
            "service": service,
            "total_charge": round(parcel * len(shipment["parcels"]) + kilogram * weight, 2),
            "transit_days": days,
            "extra_charges": [],
            "estimated_delivery": None,
            "meta": {"service_name": service.replace("_", " ").upper(), "rate_provider": carrier.carrier_name},
            "test_mode": True,
        }
        for service, (parcel, kilogram, days) in carrier.services.items()
        if service in wanted
    ]


def _chosen(shipment: Document, body: Document) -> Document:
    for rate in shipment["rates"]:
        if rate["id"] == body.get("selected_rate_id") or rate["service"] == body.get("service"):
            return dict(rate)
    raise invalid(selected_rate_id="Select a rate of this shipment.")
