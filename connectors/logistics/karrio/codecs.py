"""What the mapping files of Karrio cannot say: addresses, parcels, and the times of carriers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hub.api import Codec, Document, InvalidRecordError

Tables = Mapping[str, Mapping[str, str]]
KILOGRAMS = {"KG": "1", "G": "0.001", "LB": "0.45359237", "OZ": "0.028349523125"}
CENTIMETERS = {"CM": "1", "IN": "2.54", None: "1"}
SIDES = ("length", "width", "height")
ADDRESS = {
    "name": "person_name",
    "company": "company_name",
    "line1": "address_line1",
    "line2": "address_line2",
    "city": "city",
    "region": "state_code",
    "postcode": "postal_code",
    "country": "country_code",
    "phone": "phone_number",
    "email": "email",
    "vat_number": "federal_tax_id",
}


def decode_address(value: Document, tables: Tables) -> Document:
    """Read an address; what Karrio leaves empty is absent."""
    return {ours: value[theirs] for ours, theirs in ADDRESS.items() if value.get(theirs)}


def encode_address(value: Document, tables: Tables, base: Any) -> Document:
    """Write an address: first and last name as one, lines two and three as one."""
    name = " ".join(part for part in (value.get("first_name"), value.get("last_name")) if part)
    rest = ", ".join(line for line in (value.get("line2"), value.get("line3")) if line)
    flat = value | {"name": value.get("name") or name, "line2": rest}
    return {theirs: flat[ours] for ours, theirs in ADDRESS.items() if flat.get(ours)}


def decode_parcels(value: Document, tables: Tables) -> list[Document]:
    """Read a shipment's parcels, each with its own tracking number where the carrier gave several."""
    numbers = (value.get("meta") or {}).get("tracking_numbers") or []
    parcels = value.get("parcels") or []
    return [_parcel(parcel, numbers[at] if at < len(numbers) else None) for at, parcel in enumerate(parcels)]


def _parcel(parcel: Document, number: str | None) -> Document:
    found: Document = {"id": parcel.get("reference_number") or parcel["id"]}
    found |= {"tracking_number": number} if number else {}
    measures = {"weight": KILOGRAMS.get(parcel.get("weight_unit", "KG"))}
    measures |= dict.fromkeys(SIDES, CENTIMETERS.get(parcel.get("dimension_unit")))
    for name, factor in measures.items():
        if parcel.get(name) is not None:
            found[name] = _measure(parcel[name], factor, name)
    return found


def _measure(value: float, factor: str | None, name: str) -> str:
    if factor is None:
        raise InvalidRecordError(f"a parcel's {name} has a unit that Karrio does not document", path=f"parcels.{name}")
    return f"{(Decimal(str(value)) * Decimal(factor)).normalize():f}"


def encode_parcels(value: list[Document], tables: Tables, base: Any) -> list[Document]:
    """Write parcels in kilograms and centimeters; our id of each goes along as its reference."""
    return [_parcel_document(parcel) for parcel in value]


def _parcel_document(parcel: Document) -> Document:
    given = {name: float(parcel[name]) for name in ("weight", *SIDES) if parcel.get(name) is not None}
    units = {"weight_unit": "KG"} | ({"dimension_unit": "CM"} if given.keys() & set(SIDES) else {})
    return {"reference_number": parcel["id"], **given, **units}


def decode_event_id(value: Document, tables: Tables) -> str:
    """Name an event by what it says: Karrio gives no ids, and the same event must be the same one next time."""
    words = [str(value.get(key) or "") for key in ("date", "time", "code", "description", "location")]
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:20]


def decode_event_time(value: Document, tables: Tables) -> str | None:
    """Read an event's time as UTC where that is sure, else null.

    Carriers give local times without an offset, and Karrio puts a Z behind them (`timestamp`). So a Z is believed only
    where it says another hour than `time` does; an offset in figures is believed.
    """
    text = value.get("timestamp")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None  # `at_text` keeps what was written
    if moment.tzinfo is None or (text.endswith("Z") and _is_local(moment, value)):
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _is_local(moment: datetime, event: Document) -> bool:
    written = decode_event_text(event, {}) or ""
    return f"{moment:%Y-%m-%d %H:%M}" in written or not event.get("time")


def decode_event_text(value: Document, tables: Tables) -> str | None:
    """Keep an event's date and time as the carrier wrote them, `15:00 PM` included."""
    return " ".join(part for part in (value.get("date"), value.get("time")) if part) or value.get("timestamp")


CODECS = (
    Codec(
        "karrio_address",
        decode_address,
        encode_address,
        loses="first and last name become one name, the third line joins the second",
    ),
    Codec("karrio_parcels", decode_parcels, encode_parcels, loses="packaging, contents and options of parcels"),
    Codec("karrio_event_id", decode_event_id),
    Codec("karrio_event_time", decode_event_time, loses="times without a sure offset, which `at_text` keeps"),
    Codec("karrio_event_text", decode_event_text),
)
