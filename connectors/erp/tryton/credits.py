"""Credits: sales in reverse, which take back what a sale has sold; the hub's come from refunds of the shop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from connectors.erp.tryton.credit_push import CreditPush
from connectors.erp.tryton.credit_wish import MOVED, RETURNED
from connectors.erp.tryton.directory import Directory
from connectors.erp.tryton.reading import Row, changed, pages, some
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sale_key import IS_CREDIT
from connectors.erp.tryton.sale_lines import described
from connectors.erp.tryton.settings import TrytonSettings
from hub.api import Document, Page, Refused, Window, Write, Written

MODEL = "sale.sale"
FIELDS = [
    "number",
    "reference",
    "web_shop",
    "web_id",
    "origin",
    "state",
    "currency.code",
    "sale_date",
    "comment",
    "warehouse.name",
    "total_amount",
    "create_date",
    "last_modified_at",
    "shipment_returns.state",
    "lines.type",
    "lines.product",
    "lines.product.code",
    "lines.product.type",
    "lines.description",
    "lines.note",
    "lines.quantity",
    "lines.unit_price",
    "lines.amount",
    "lines.taxes.name",
]


class Credits:
    """Reads and writes credits."""

    def __init__(self, rpc: Rpc, directory: Directory, settings: TrytonSettings) -> None:
        self._rpc = rpc
        self._directory = directory
        self._settings = settings
        self._push = CreditPush(rpc, directory, settings)

    def read(self, window: Window) -> Iterator[Page]:
        """Page through credits of which something changed."""
        size = min(self._settings.page_size, 100)
        domain = [IS_CREDIT, changed(window, "lines")]
        return pages(self._rpc, MODEL, domain, FIELDS, self._describe, window=window, size=size)

    def fetch(self, ids: Sequence[str]) -> list[Document]:
        """Read credits by id."""
        return self._describe(some(self._rpc, MODEL, ids, FIELDS))

    def search(self, text: str) -> list[Document]:
        """Find credits by number, by the shop's number of the order or by the customer's name."""
        found = self._rpc.call(f"model.{MODEL}.search", [IS_CREDIT, ["rec_name", "ilike", f"%{text}%"]], 0, 10)
        return self.fetch([str(i) for i in found])

    def find(self, write: Write) -> str | None:
        """Find the credit that was made for a record: unique by web shop and our id."""
        found = self._push.find(write)
        return str(found) if found else None

    def upsert(self, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Take back what was sold, as each refund says."""
        return self._push.run(writes, self.fetch)

    def _describe(self, rows: list[Row]) -> list[Document]:
        shop = self._directory.shop()
        return [_describe(row, shop) for row in rows]


def _describe(row: Row, shop: int) -> Document:
    lines = sorted(row["lines."], key=lambda line: int(line["id"]))
    rounding = sum((Decimal(line["amount"]) for line in described(lines, "rounding")), Decimal(0))
    made_here = row["web_shop"] != shop
    document = {
        "id": str(row["id"]),
        "number": row["number"],
        "reference": row["reference"],
        "web_id": None if made_here else row["web_id"],
        "sale": row["origin"].partition(",")[2] if row["origin"] else None,
        "state": row["state"],
        "currency": row["currency."]["code"],
        "date": row["sale_date"],
        "comment": row["comment"] or None,
        "total": _turned(row["total_amount"]),
        "rounding": format(rounding, "f"),
        "returns": [shipment["state"] for shipment in row["shipment_returns."]],
        "created": row["create_date"],
        "modified": row["last_modified_at"],
    }
    # As with sales: of what the hub wrote, the shop knows more than Tryton.
    document["lines" if made_here else "credited"] = _lines(row, lines)
    return document


def _lines(row: Row, lines: list[Row]) -> list[Document]:
    moved = {line["id"] for line in lines if (line.get("product.") or {}).get("type") in MOVED}
    warehouse = (row.get("warehouse.") or {}).get("name")
    shown = [*described(lines, "line"), *described(lines, "shipping"), *described(lines, "fee"), *described(lines, "")]
    return [
        {
            **line,
            "quantity": _turned(line["quantity"]),
            "amount": _turned(line["amount"]),
            "restock": RETURNED if int(line["line"]) in moved else "none",
            "location": warehouse if int(line["line"]) in moved else None,
        }
        for line in shown
    ]


def _turned(number: str) -> str:
    return format(-Decimal(number), "f")
