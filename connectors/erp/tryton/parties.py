"""Parties: the customers, with their addresses and contacts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from connectors.erp.tryton.addresses import address_document, nested, new_address, phone_type, places, same_place
from connectors.erp.tryton.batch import Refusals, gone, halving, outcomes
from connectors.erp.tryton.directory import Directory
from connectors.erp.tryton.reading import Row, changed, pages, some
from connectors.erp.tryton.reference import read_reference, reference
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.text import one_line
from hub.api import Document, Page, RecordError, Refused, Window, Write, Written

MODEL = "party.party"
FIELDS = [
    "name",
    "code",
    "active",
    "create_date",
    "last_modified_at",
    "lang",
    "lang.code",
    "identifiers.type",
    "identifiers.code",
    "categories.name",
    "contact_mechanisms.type",
    "contact_mechanisms.value",
    "contact_mechanisms.address",
    "contact_mechanisms.active",
    *nested("addresses"),
]
NAMES = ("name", "first_name", "last_name", "company")
EU_VAT = re.compile(r"[A-Z]{2}[0-9A-Z]{8,12}")


class Parties:
    """Reads and writes parties."""

    def __init__(self, rpc: Rpc, directory: Directory, page_size: int) -> None:
        self._rpc = rpc
        self._directory = directory
        self._size = page_size

    def read(self, window: Window) -> Iterator[Page]:
        """Page through parties of which something changed; the company itself and the carriers are no customers."""
        ours = [row["party"] for row in self._all("company.company") + self._all("carrier")]
        domain = [["id", "not in", ours], changed(window, "addresses", "contact_mechanisms", "identifiers")]
        return pages(self._rpc, MODEL, domain, FIELDS, describe, window=window, size=self._size)

    def fetch(self, ids: Sequence[str]) -> list[Document]:
        """Read parties by id."""
        return describe(some(self._rpc, MODEL, ids, FIELDS))

    def search(self, text: str) -> list[Document]:
        """Find parties by name, code, e-mail or phone."""
        found = self._rpc.call(
            f"model.{MODEL}.search",
            ["OR", ["rec_name", "ilike", f"%{text}%"], ["contact_mechanisms.value", "ilike", f"%{text}%"]],
            0,
            10,
        )
        return self.fetch([str(i) for i in found])

    def find(self, write: Write) -> str | None:
        """Find the party that carries our reference."""
        domain = [["identifiers.code", "=", reference(write.record_id)]]
        found = self._rpc.call(f"model.{MODEL}.search", domain, 0, 1, [["id", "ASC"]], active_test=False)
        return str(found[0]) if found else None

    def upsert(self, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Create and change parties, all new ones in one call and all changed ones in another."""
        ids: dict[Write, int] = {w: int(w.external_id) for w in writes if w.external_id}
        refused: Refusals = {}
        self._create([w for w in writes if not w.external_id], ids, refused)
        halving([w for w in writes if w.external_id], self._change, refused.__setitem__)
        return outcomes(writes, ids, refused, self.fetch)

    def _all(self, model: str) -> list[Row]:
        return self._rpc.search_read(model, [], ["party"], active_test=False)

    def _create(self, writes: list[Write], ids: dict[Write, int], refused: Refusals) -> None:
        def create(some_writes: Sequence[Write], **how: bool) -> None:
            values = [self._new(write, **how) for write in some_writes]
            ids.update(zip(some_writes, self._rpc.call(f"model.{MODEL}.create", values), strict=True))

        def without_checks(write: Write, error: RecordError) -> None:
            # Tryton checks VAT numbers, e-mails and phones; one that does not pass must not keep an order out.
            halving([write], lambda one: create(one, checked=False), refused.__setitem__)

        halving(writes, create, without_checks)

    def _new(self, write: Write, *, checked: bool = True) -> dict[str, Any]:
        document = write.document
        mechanisms = [
            {"type": _mechanism_type(kind, document[kind], checked), "value": one_line(document[kind])}
            for kind in ("email", "phone")
            if one_line(document.get(kind))
        ]
        identifiers = [{"type": None, "code": reference(write.record_id)}, *_tax_identifiers(document, checked)]
        held = places(document.get("addresses") or [], self._directory)
        return {
            "name": _name(document),
            "active": document.get("active") is not False,
            "lang": self._directory.language(document.get("language")),
            "identifiers": [["create", identifiers]],
            "contact_mechanisms": [["create", mechanisms]] if mechanisms else None,
            "addresses": [["create", [new_address(place) for place in held]]],
        }

    def _change(self, writes: Sequence[Write]) -> None:
        rows = some(self._rpc, MODEL, [w.external_id for w in writes if w.external_id], FIELDS)
        present = {str(row["id"]): row for row in rows}
        calls: list[Any] = []
        for write in writes:
            row = present.get(write.external_id or "")
            if row is None:
                raise gone(write.external_id)
            if values := self._changes(write.document, row):
                calls += [[row["id"]], values]
        if calls:
            self._rpc.call(f"model.{MODEL}.write", *calls)

    def _changes(self, document: Document, row: Row) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if (name := _new_name(document, row["name"])) != row["name"]:
            values["name"] = name
        if "language" in document and (lang := self._directory.language(document["language"])) != row["lang"]:
            values["lang"] = lang
        if mechanisms := _mechanism_changes(document, row):
            values["contact_mechanisms"] = mechanisms
        if document.get("tax_identifier") and document["tax_identifier"] != _tax_number(row):
            values["identifiers"] = [["create", _tax_identifiers(document, checked=True)]]
        if "addresses" in document and (moves := self._moves(document["addresses"] or [], row)):
            values["addresses"] = moves
        return values

    def _moves(self, documents: list[Document], row: Row) -> list[Any]:
        # An address is never rewritten: orders point to it and keep what they were given.
        active = [address for address in row["addresses."] if address["active"]]
        left = list(active)
        new = []
        for place in places(documents, self._directory):
            twin = next((a for a in left if _same_use(a, place)), None)
            if twin is None:
                new.append(place)
            else:
                left.remove(twin)
        written = [address["id"] for address in left if address["invoice"] or address["delivery"]]
        retired = [["write", written, {"active": False}]] if written else []
        return [*retired, *([["create", [new_address(place) for place in new]]] if new else [])]


def describe(rows: list[Row]) -> list[Document]:
    """Describe parties that were read with `FIELDS`."""
    return [_describe(row) for row in rows]


def _describe(row: Row) -> Document:
    return {
        "id": str(row["id"]),
        "code": row["code"],
        "name": row["name"],
        "active": bool(row["active"]),
        "reference": next((r for i in row["identifiers."] if (r := read_reference(i["code"]))), None),
        "language": (row.get("lang.") or {}).get("code"),
        "email": _contact(row, "email"),
        "phone": _contact(row, "phone", "mobile", "other"),
        "tax_identifier": _tax_number(row),
        "categories": [category["name"] for category in row["categories."]],
        "addresses": [address_document(address) for address in row["addresses."] if address["active"]],
        "created": row["create_date"],
        "modified": row["last_modified_at"],
    }


def _name(document: Document) -> str:
    halves = (one_line(document.get("first_name")), one_line(document.get("last_name")))
    person = " ".join(half for half in halves if half)
    options = (document.get("name"), person, document.get("company"), document.get("email"), document.get("phone"))
    return next((name for option in options if (name := one_line(option))), "Customer without a name")


def _new_name(document: Document, now: str) -> str:
    """Work out a party's name after a change; where only half of a person's name changes, the other half stays."""
    if not any(document.get(key) for key in NAMES):
        return now
    halves = {key: document[key] for key in ("first_name", "last_name") if document.get(key)}
    if document.get("name") or len(halves) != 1:
        return _name(document)
    first, _, last = now.partition(" ")
    return _name({"first_name": first, "last_name": last or first, **halves})


def _mechanism_type(kind: str, value: str, checked: bool) -> str:
    if not checked:
        return "other"
    return "email" if kind == "email" else phone_type(value)


def _mechanism_changes(document: Document, row: Row) -> list[Any]:
    changes: list[Any] = []
    for kind, types in (("email", ("email",)), ("phone", ("phone", "mobile", "other"))):
        value = one_line(document.get(kind))
        if kind not in document or value == _contact(row, *types):
            continue
        held = next((m["id"] for m in _mechanisms(row) if m["type"] in types), None)
        if held and value:
            changes.append(["write", [held], {"type": _mechanism_type(kind, value, checked=True), "value": value}])
        elif held:
            changes.append(["delete", [held]])
        elif value:
            changes.append(["create", [{"type": _mechanism_type(kind, value, checked=True), "value": value}]])
    return changes


def _mechanisms(row: Row) -> list[Row]:
    """Give a party's own contacts; those of an address belong to an order."""
    return [m for m in row["contact_mechanisms."] if m["active"] and not m["address"]]


def _contact(row: Row, *types: str) -> str | None:
    return next((m["value"] for m in _mechanisms(row) if m["type"] in types), None)


def _tax_identifiers(document: Document, checked: bool) -> list[dict[str, Any]]:
    number = one_line(document.get("tax_identifier"))
    if not number:
        return []
    return [{"type": "eu_vat" if checked and EU_VAT.fullmatch(number) else None, "code": number}]


def _tax_number(row: Row) -> str | None:
    return next((i["code"] for i in row["identifiers."] if not read_reference(i["code"])), None)


def _same_use(row: Row, place: dict[str, Any]) -> bool:
    used = (bool(row["invoice"]), bool(row["delivery"])) == (place["invoice"], place["delivery"])
    return used and same_place(row, place)
