"""Shipments to customers: Tryton makes them from sales; the hub reads them and writes tracking back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from connectors.erp.tryton.addresses import address_document, nested
from connectors.erp.tryton.batch import Refusals, gone, halving, outcomes
from connectors.erp.tryton.counter import IS_FOR_WAREHOUSE, TAKEN_ALONG
from connectors.erp.tryton.directory import Directory
from connectors.erp.tryton.reading import Row, changed, pages, some
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sale_lines import read_reference
from connectors.erp.tryton.text import one_line
from hub.api import Document, Page, Refused, RejectedError, Window, Write, Written

MODEL = "stock.shipment.out"
PACKAGE = "stock.package"
ENDED = frozenset({"done", "cancelled"})  # then Tryton lets nobody change the carrier
FIELDS = [
    "number",
    "state",
    "customer",
    "warehouse.name",
    "carrier.party.rec_name",
    "shipping_reference",
    "effective_date",
    "create_date",
    "last_modified_at",
    "packages.number",
    "packages.parent",
    "packages.shipping_reference",
    "outgoing_moves.product",
    "outgoing_moves.product.code",
    "outgoing_moves.quantity",
    "outgoing_moves.origin",
    *nested("delivery_address"),
]


class Shipments:
    """Reads customer shipments and writes their tracking."""

    def __init__(self, rpc: Rpc, directory: Directory, page_size: int) -> None:
        self._rpc = rpc
        self._directory = directory
        self._size = page_size

    def read(self, window: Window) -> Iterator[Page]:
        """Page through shipments of which something changed; what was taken along over the counter is none."""
        domain = changed(window, "packages", "moves")
        counted = [IS_FOR_WAREHOUSE, domain] if window.since is None else None  # a full pass needs to know it
        show = self._describe_for_warehouse
        return pages(self._rpc, MODEL, domain, FIELDS, show, window=window, size=self._size, counted=counted)

    def fetch(self, ids: Sequence[str]) -> list[Document]:
        """Read shipments by id."""
        return self._describe(some(self._rpc, MODEL, ids, FIELDS))

    def search(self, text: str) -> list[Document]:
        """Find shipments by number, tracking number or their sale's number."""
        named = ["OR", ["rec_name", "ilike", f"%{text}%"], ["packages.shipping_reference", "=", text]]
        found = self._rpc.call(f"model.{MODEL}.search", [IS_FOR_WAREHOUSE, named], 0, 10)
        return self.fetch([str(i) for i in found])

    def find(self, write: Write) -> str | None:
        """Find nothing: a shipment is never made by the hub."""
        return None

    def upsert(self, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Write carrier and tracking numbers to shipments that Tryton has."""
        refused: Refusals = {w: _not_ours() for w in writes if not w.external_id}
        ids = {w: int(w.external_id) for w in writes if w.external_id}
        halving(list(ids), self._change, refused.__setitem__)
        return outcomes(writes, ids, refused, self.fetch)

    def _change(self, writes: Sequence[Write]) -> None:
        rows = some(self._rpc, MODEL, [w.external_id for w in writes if w.external_id], FIELDS)
        present = {str(row["id"]): row for row in rows}
        shipments: list[tuple[list[int], dict[str, Any]]] = []
        packages: list[tuple[list[int], dict[str, Any]]] = []
        for write in writes:
            row = present.get(write.external_id or "")
            if row is None:
                raise gone(write.external_id)
            if values := self._header(write.document, row):
                shipments.append(([row["id"]], values))
            packages += [([number], {"shipping_reference": text}) for number, text in _labels(write.document, row)]
        if packages:
            self._rpc.call(f"model.{PACKAGE}.write", *chain.from_iterable(packages))
        if shipments:
            self._rpc.call(f"model.{MODEL}.write", *chain.from_iterable(shipments))

    def _header(self, document: Document, row: Row) -> dict[str, Any]:
        values: dict[str, Any] = {}
        number = one_line(document.get("shipping_reference"))
        if number and number != row["shipping_reference"]:
            values["shipping_reference"] = number
        carrier = document.get("carrier")
        if carrier and carrier != _carrier(row) and row["state"] not in ENDED:
            values["carrier"] = self._directory.sure_carrier(carrier)
        return values

    def _describe(self, rows: list[Row]) -> list[Document]:
        lines = self._sold(rows)
        return [_describe(row, lines) for row in rows]

    def _describe_for_warehouse(self, rows: list[Row]) -> list[Document]:
        # Asked as a domain of each page, this takes Tryton longer than reading the page.
        lines = self._sold(rows)
        return [_describe(row, lines) for row in rows if not _is_taken_along(row, lines)]

    def _sold(self, rows: list[Row]) -> dict[int, Row]:
        """Read the lines of sales that shipments were made from, by id."""
        origins = {_sale_line(move) for row in rows for move in row["outgoing_moves."]} - {None}
        if not origins:
            return {}
        fields = ["sale", "note", "description", "sale.description"]
        return {line["id"]: line for line in self._rpc.call("model.sale.line.read", sorted(origins), fields)}


def _describe(row: Row, lines: dict[int, Row]) -> Document:
    moves = sorted(row["outgoing_moves."], key=lambda move: int(move["id"]))
    sales = [lines[line]["sale"] for move in moves if (line := _sale_line(move)) in lines]
    return {
        "id": str(row["id"]),
        "number": row["number"],
        "state": row["state"],
        "sale": str(sales[0]) if sales else None,
        "sales": [str(sale) for sale in dict.fromkeys(sales)],
        "carrier": _carrier(row),
        "shipping_reference": row["shipping_reference"] or _only(row),
        "effective_date": row["effective_date"],
        "warehouse": row["warehouse."]["name"],
        "delivery_address": address_document(row["delivery_address."]) if row.get("delivery_address.") else None,
        "packages": [
            {"id": str(p["id"]), "number": p["number"], "shipping_reference": p["shipping_reference"] or None}
            for p in sorted(row["packages."], key=lambda p: int(p["id"]))
        ],
        "lines": [_describe_move(move, lines.get(_sale_line(move) or 0)) for move in moves],
        "created": row["create_date"],
        "modified": row["last_modified_at"],
    }


def _is_taken_along(row: Row, lines: dict[int, Row]) -> bool:
    sold = (lines.get(_sale_line(move) or 0) for move in row["outgoing_moves."])
    return any(line["sale."]["description"] == TAKEN_ALONG for line in sold if line)


def _describe_move(move: Row, line: Row | None) -> Document:
    return {
        "id": str(move["id"]),
        "order_line": read_reference(line["note"])[1] or str(line["id"]) if line else None,
        "product": str(move["product"]),
        "code": move["product."]["code"] or None,
        "title": line["description"] if line else None,
        "quantity": format(Decimal(str(move["quantity"])).normalize(), "f"),
    }


def _sale_line(move: Row) -> int | None:
    model, _, number = (move["origin"] or "").partition(",")
    return int(number) if model == "sale.line" else None


def _carrier(row: Row) -> str | None:
    return ((row.get("carrier.") or {}).get("party.") or {}).get("rec_name")


def _only(row: Row) -> str | None:
    """Give the tracking number of the packages, where there is just one."""
    numbers = {p["shipping_reference"] for p in row["packages."] if p["shipping_reference"]}
    return str(numbers.pop()) if len(numbers) == 1 else None


def _labels(document: Document, row: Row) -> Iterator[tuple[int, str]]:
    """Give the packages whose tracking number changes: those that the document names, or the only one there is."""
    held = {str(p["id"]): p for p in row["packages."]}
    given = {p["id"]: p.get("shipping_reference") for p in document.get("packages") or [] if p.get("id") in held}
    roots = [key for key, p in held.items() if not p["parent"]]
    if len(roots) == 1 and not given.get(roots[0]) and document.get("shipping_reference"):
        given[roots[0]] = document["shipping_reference"]
    for key, number in given.items():
        text = one_line(number)
        if text and text != held[key]["shipping_reference"]:
            yield int(held[key]["id"]), text


def _not_ours() -> RejectedError:
    return RejectedError(
        "Tryton makes shipments itself, from sales",
        code="shipment",
        hint="Route only shipments that came from Tryton back to it.",
    )
