"""Postal addresses: between the hub's documents and Tryton's, and an order's own copies of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from connectors.erp.tryton.directory import Directory
from connectors.erp.tryton.rpc import Rpc, Value
from connectors.erp.tryton.text import lines, one_line
from hub.api import Document

Values: TypeAlias = dict[str, Value]
Key: TypeAlias = tuple[Value, ...]

PARTS = ("party_name", "attn", "street", "postal_code", "city", "country", "subdivision")
FIELDS = (
    "id",
    "active",
    "party",
    "party_name",
    "attn",
    "street",
    "postal_code",
    "city",
    "country",
    "country.code",
    "subdivision",
    "subdivision.code",
    "invoice",
    "delivery",
    "contact_mechanisms.type",
    "contact_mechanisms.value",
)
DIALED = re.compile(r"\+?[0-9 ()./-]{5,}")


def nested(name: str) -> list[str]:
    """List the fields that read an address through another record's field."""
    return [f"{name}.{field}" for field in FIELDS if field != "id"]


def address_values(document: Document, directory: Directory) -> Values:
    """Make Tryton's values of an address document; a region that Tryton does not know becomes a line of the street."""
    country = directory.country(document["country"]) if document.get("country") else None
    region = one_line(document.get("subdivision"))
    subdivision = directory.subdivision(document["country"], region) if country and region else None
    foreign = None if country else document.get("country_text") or document.get("country")
    street = (document.get("street") or "").splitlines()
    return {
        "party_name": one_line(document.get("party_name")),
        "attn": one_line(document.get("attn")),
        "street": lines(*street, None if subdivision else region, foreign),
        "postal_code": one_line(document.get("postal_code")),
        "city": one_line(document.get("city")),
        "country": country,
        "subdivision": subdivision,
    }


def address_document(row: Values) -> Document:
    """Describe an address that was read with `FIELDS`."""
    return {
        "id": str(row["id"]),
        "party_name": row["party_name"] or None,
        "attn": row["attn"] or None,
        "street": row["street"] or None,
        "postal_code": row["postal_code"] or None,
        "city": row["city"] or None,
        "country": (row.get("country.") or {}).get("code"),
        "subdivision": (row.get("subdivision.") or {}).get("code"),
        "phone": next((m["value"] for m in row.get("contact_mechanisms.") or () if m["type"] != "email"), None),
        "kind": "billing" if row["invoice"] else "shipping" if row["delivery"] else None,
    }


def new_address(values: Values) -> Values:
    """Make the values that create an address; given as `street`, Tryton would save each address a second time."""
    others = {name: value for name, value in values.items() if name != "street"}
    return {**others, "street_unstructured": values["street"]}


def phone_type(number: str) -> str:
    """Tell which kind of contact a number is; Tryton may check phones, so what is not sure to be one is `other`."""
    return "phone" if DIALED.fullmatch(number) else "other"


class Copies:
    """The addresses of orders: each order points to an address that says what the buyer wrote then.

    An identical address of the party is used again. A new one is made inactive, so that the party's own list of
    addresses stays as the party wants it.
    """

    def __init__(self, rpc: Rpc, directory: Directory) -> None:
        self._rpc = rpc
        self._directory = directory
        self._ids: dict[tuple[int, Key], int] = {}

    def prepare(self, wanted: Iterable[tuple[int, Document]]) -> None:
        """Find or create an address for each (party, address document); all are created, or the error is raised."""
        needed = {(party, self._key(document)): (party, document) for party, document in wanted}
        parties = sorted({party for party, _ in needed})
        if parties:
            domain = [["party", "in", parties]]
            rows = self._rpc.search_read("party.address", domain, FIELDS, order="DESC", active_test=False)
            self._ids.update({(row["party"], _row_key(row)): row["id"] for row in rows})
        missing = [key for key in needed if key not in self._ids]
        if missing:
            values = [self._values(*needed[key]) for key in missing]
            created = self._rpc.call("model.party.address.create", values)
            self._rpc.call("model.party.address.write", created, {"active": False})  # not at once: then it is read-only
            self._ids.update(zip(missing, created, strict=True))

    def find(self, party: int, document: Document) -> int:
        """Give the id of an address that was prepared."""
        return self._ids[party, self._key(document)]

    def _key(self, document: Document) -> Key:
        values = address_values(document, self._directory)
        return (*(values[part] for part in PARTS), one_line(document.get("phone")))

    def _values(self, party: int, document: Document) -> Values:
        phone = one_line(document.get("phone"))
        contact = [["create", [{"type": phone_type(phone), "value": phone, "party": party}]]] if phone else None
        return {
            **new_address(address_values(document, self._directory)),
            "party": party,
            "contact_mechanisms": contact,
        }


def _row_key(row: Values) -> Key:
    return (*(row[part] or None for part in PARTS), address_document(row)["phone"])


def same_place(row: Values, values: Values) -> bool:
    """Tell whether an address that was read says what these values say."""
    return all((row[part] or None) == values[part] for part in PARTS)


def places(documents: Sequence[Document], directory: Directory) -> list[Values]:
    """Make the values of a party's own addresses, with what each is used for."""
    return [
        {
            **address_values(document, directory),
            "invoice": document.get("kind") == "billing",
            "delivery": document.get("kind") == "shipping",
        }
        for document in documents
    ]
