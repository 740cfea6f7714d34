"""What the mappings cannot say: addresses in Tryton's form, taxes by table, states of a sale."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from hub.api import Codec, UnknownValueError

Tables: TypeAlias = Mapping[str, Mapping[str, str]]

STATES = {
    "draft": "draft",
    "pending": "quotation",
    "on_hold": "quotation",
    "open": "processing",
    "completed": "processing",
    "refunded": "processing",
    "cancelled": "cancelled",
    "failed": "cancelled",
    "trashed": "cancelled",
}
STATUSES = {
    "draft": "draft",
    "quotation": "pending",
    "confirmed": "open",
    "processing": "open",
    "done": "completed",
    "cancelled": "cancelled",
}


def decode_address(value: dict[str, Any], tables: Tables) -> dict[str, Any]:
    """Read an address: a name for the attention of somebody else is a company's."""
    party, person = value.get("party_name"), value.get("attn")
    street = [line for line in (value.get("street") or "").split("\n") if line]
    country = value.get("country")
    region = value.get("subdivision")
    return {
        "name": person or party,
        "company": party if person else None,
        "line1": street[0] if street else None,
        "line2": street[1] if len(street) > 1 else None,
        "line3": ", ".join(street[2:]) or None,
        "city": value.get("city"),
        "region": region.removeprefix(f"{country}-") if region else None,
        "postcode": value.get("postal_code"),
        "country": country,
        "country_text": value.get("country_text"),
        "phone": value.get("phone"),
    }


def encode_address(value: dict[str, Any], tables: Tables, base: Any) -> dict[str, Any]:
    """Write an address: a company first, the person for its attention; a person alone takes its place."""
    person = value.get("name") or " ".join(p for p in (value.get("first_name"), value.get("last_name")) if p) or None
    company = value.get("company")
    street = [value[line] for line in ("line1", "line2", "line3") if value.get(line)]
    return {
        "party_name": company or person,
        "attn": person if company else None,
        "street": "\n".join(street) or None,
        "postal_code": value.get("postcode"),
        "city": value.get("city"),
        "country": value.get("country"),
        "country_text": value.get("country_text"),
        "subdivision": value.get("region"),
        "phone": value.get("phone"),
    }


def decode_addresses(value: list[dict[str, Any]], tables: Tables) -> list[dict[str, Any]]:
    """Read a party's addresses; one for a use has that use as its identity."""
    return [
        {"id": item.get("kind") or item["id"], "kind": item.get("kind") or "other", **decode_address(item, tables)}
        for item in value
    ]


def encode_addresses(value: list[dict[str, Any]], tables: Tables, base: Any) -> list[dict[str, Any]]:
    """Write a customer's addresses with what each is used for."""
    kinds = {"billing", "shipping"}
    return [
        {
            **encode_address(item, tables, None),
            "id": item.get("id") or "",
            "kind": item["kind"] if item.get("kind") in kinds else None,
        }
        for item in value
    ]


def encode_taxes(value: list[dict[str, Any]], tables: Tables, base: Any) -> list[Any]:
    """Write tax lines as [names of Tryton's taxes, what a marketplace collected and owes itself].

    The table `taxes` is asked for the shop's code of the tax, then for its title, then for its rate in percent.
    """
    known = {ours: theirs for theirs, ours in reversed(list(tables.get("taxes", {}).items()))}
    owed = [tax for tax in value if not tax.get("collected")]
    collected = [
        {"title": tax.get("title"), "amount": tax["amount"]}
        for tax in value
        if tax.get("collected") and Decimal(tax.get("amount") or 0)
    ]
    return [list(dict.fromkeys(_tax_name(tax, known) for tax in owed)), collected]


def _tax_name(tax: dict[str, Any], known: Mapping[str, str]) -> str:
    rate = _shortest(tax["rate"]) if tax.get("rate") is not None else None
    keys = [key for key in (tax.get("id"), tax.get("title"), rate) if key is not None]
    found = next((known[key] for key in keys if key in known), None)
    if found is None:
        value = rate or (keys[0] if keys else "")
        raise UnknownValueError(
            f"taxes: {' / '.join(keys)} is not in the table taxes",
            path="taxes",
            value=value,
            table="taxes",
            hint=f"Name Tryton's tax for it: hub table set CONNECTION taxes 'NAME IN TRYTON' '{value}'.",
        )
    return found


def _shortest(number: str) -> str:
    text = format(Decimal(number), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def decode_state(value: str, tables: Tables) -> str:
    """Read the state of a sale."""
    if value not in STATUSES:
        raise UnknownValueError(f"Tryton's state {value!r} is not known", path="state", value=value)
    return STATUSES[value]


def encode_state(value: str, tables: Tables, base: Any) -> str:
    """Write how far a sale shall go."""
    return STATES[value]


def encode_day(value: str, tables: Tables, base: Any) -> str:
    """Write the day of a time, in UTC."""
    return value[:10]


def decode_language(value: str, tables: Tables) -> str:
    """Read a language code: zh_CN is zh-CN."""
    return value.replace("_", "-")


def encode_language(value: str, tables: Tables, base: Any) -> str:
    """Write a language code."""
    return value.replace("-", "_")


def decode_product_status(value: list[bool], tables: Tables) -> str:
    """Read [active, salable] as the product's status."""
    active, salable = value
    return "archived" if active is False else "active" if salable else "draft"


def decode_carrier(value: str, tables: Tables) -> str | None:
    """Read a carrier by the table `carriers`; one that is not in it is kept in `carrier_name` only."""
    return tables.get("carriers", {}).get(value)


def encode_carrier(value: str, tables: Tables, base: Any) -> str:
    """Write a carrier by the table `carriers`."""
    known = {ours: theirs for theirs, ours in reversed(list(tables.get("carriers", {}).items()))}
    if value not in known:
        hint = f"Name Tryton's carrier for it: hub table set CONNECTION carriers 'NAME IN TRYTON' '{value}'."
        raise UnknownValueError(
            f"carrier: {value!r} is not in the table carriers", path="carrier", value=value, table="carriers", hint=hint
        )
    return known[value]


def decode_location(value: str, tables: Tables) -> str:
    """Read a warehouse by the table `locations`, or by its own name where that is the canonical one."""
    return tables.get("locations", {}).get(value, value)


def encode_location(value: str, tables: Tables, base: Any) -> str:
    """Write a warehouse by the name that the table `locations` has for it, else by its own."""
    return next((theirs for theirs, ours in tables.get("locations", {}).items() if ours == value), value)


NAMES_JOINED = "first and last name become one; e-mail and VAT number stay with the customer"
CODECS = (
    Codec("tryton_address", decode_address, encode_address, loses=NAMES_JOINED),
    Codec("tryton_addresses", decode_addresses, encode_addresses, loses=NAMES_JOINED),
    Codec("tryton_taxes", None, encode_taxes, loses="amounts: Tryton computes them from its own rates"),
    Codec("tryton_state", decode_state, encode_state, loses="what Tryton has no state for: on hold, refunded, failed"),
    Codec("tryton_day", None, encode_day, loses="the time of day"),
    Codec("tryton_language", decode_language, encode_language),
    Codec("tryton_product_status", decode_product_status),
    Codec("tryton_carrier", decode_carrier, encode_carrier, loses="carriers without a row in the table"),
    Codec("tryton_location", decode_location, encode_location),
)
