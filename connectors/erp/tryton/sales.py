"""Sales: the orders of the web shop, and what Tryton has made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from connectors.erp.tryton import sale_key
from connectors.erp.tryton.addresses import address_document, nested
from connectors.erp.tryton.counter import kind
from connectors.erp.tryton.directory import Directory
from connectors.erp.tryton.reading import Row, changed, pages, some
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sale_key import IS_SALE
from connectors.erp.tryton.sale_lines import described, ordered
from connectors.erp.tryton.sale_push import SalePush
from connectors.erp.tryton.sale_stop import is_stopped
from connectors.erp.tryton.settings import TrytonSettings
from hub.api import Document, Page, Refused, Window, Write, Written

MODEL = "sale.sale"
FIELDS = [
    "number",
    "reference",
    "web_shop",
    "web_id",
    "state",
    "shipment_state",
    "invoice_state",
    "party",
    "currency.code",
    "sale_date",
    "comment",
    "description",
    "carrier.party.rec_name",
    "untaxed_amount",
    "tax_amount",
    "total_amount",
    "create_date",
    "last_modified_at",
    "shipments.state",
    "invoices.state",
    "lines.type",
    "lines.product",
    "lines.product.code",
    "lines.description",
    "lines.note",
    "lines.quantity",
    "lines.unit_price",
    "lines.amount",
    "lines.taxes.name",
    *nested("invoice_address"),
    *nested("shipment_address"),
]


class Sales:
    """Reads and writes sales."""

    def __init__(self, rpc: Rpc, directory: Directory, settings: TrytonSettings) -> None:
        self._rpc = rpc
        self._directory = directory
        self._settings = settings

    def read(self, window: Window) -> Iterator[Page]:
        """Page through sales of which something changed."""
        size = min(self._settings.page_size, 100)
        domain = [IS_SALE, changed(window, "lines")]
        return pages(self._rpc, MODEL, domain, FIELDS, self._describe, window=window, size=size)

    def fetch(self, ids: Sequence[str]) -> list[Document]:
        """Read sales by id."""
        return self._describe(some(self._rpc, MODEL, ids, FIELDS))

    def search(self, text: str) -> list[Document]:
        """Find sales by number, by the shop's number or by the customer's name."""
        found = self._rpc.call(f"model.{MODEL}.search", [IS_SALE, ["rec_name", "ilike", f"%{text}%"]], 0, 10)
        return self.fetch([str(i) for i in found])

    def find(self, write: Write) -> str | None:
        """Find the sale that was made for a record: unique by web shop and our id."""
        found = sale_key.find(self._rpc, self._directory.shop(), write.record_id)
        return str(found) if found else None

    def upsert(self, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Bring sales to what the documents say: created, quoted, confirmed or cancelled, as far as they may."""
        return SalePush(self._rpc, self._directory, self._settings, writes).run(self.fetch)

    def _describe(self, rows: list[Row]) -> list[Document]:
        shop = self._directory.shop()
        return [_describe(row, shop) for row in rows]


def _describe(row: Row, shop: int) -> Document:
    lines = sorted(row["lines."], key=lambda line: int(line["id"]))
    rounding = sum((Decimal(line["amount"]) for line in described(lines, "rounding")), Decimal(0))
    document = {
        "id": str(row["id"]),
        "number": row["number"],
        "reference": row["reference"] or row["number"] or str(row["id"]),
        "kind": kind(row["description"]),
        "web_id": row["web_id"] if row["web_shop"] == shop else None,
        "state": "cancelled" if is_stopped(row) else row["state"],
        "shipment_state": row["shipment_state"],
        "invoice_state": row["invoice_state"],
        "party": str(row["party"]),
        "currency": row["currency."]["code"],
        "sale_date": row["sale_date"],
        "comment": row["comment"] or None,
        "carrier": ((row.get("carrier.") or {}).get("party.") or {}).get("rec_name"),
        "untaxed": row["untaxed_amount"],
        "tax": row["tax_amount"],
        "total": row["total_amount"],
        "rounding": format(rounding, "f"),
        "shipping": described(lines, "shipping"),
        "fees": described(lines, "fee"),
        "invoice_address": _address(row, "invoice_address"),
        "shipment_address": _address(row, "shipment_address"),
        "created": row["create_date"],
        "modified": row["last_modified_at"],
    }
    # Lines that the hub wrote are not read back as the order's: Tryton knows less of them than the shop.
    name = "goods" if row["web_shop"] == shop else "lines"
    document[name] = [*ordered(lines), *described(lines, "")]
    return document


def _address(row: Row, name: str) -> Document | None:
    return address_document(row[f"{name}."]) if row.get(f"{name}.") else None
