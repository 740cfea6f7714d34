"""Brings a refund to what it says: a sale in reverse, whose origin is the sale that it takes back.

Each step is taken only where it is still to be taken, so a write that was cut off is simply sent again: a credit is
known by its web shop and web id, as a sale is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.erp.tryton import sale_key
from connectors.erp.tryton.batch import gone, outcomes
from connectors.erp.tryton.credit_follow import UNPOSTED, advance
from connectors.erp.tryton.credit_wish import Books, Credit, wish
from connectors.erp.tryton.directory import Directory
from connectors.erp.tryton.reading import Row
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sale_key import origin
from connectors.erp.tryton.sale_lines import rounding_line
from connectors.erp.tryton.sale_wish import LAST
from connectors.erp.tryton.settings import TrytonSettings
from hub.api import ConflictError, Document, InvalidRecordError, RecordError, Refused, RejectedError, Write, Written

MODEL = "sale.sale"
STAND = ["state", "origin", "total_amount", "comment"]
SALE = [
    "number",
    "reference",
    "state",
    "party",
    "warehouse",
    "invoice_address",
    "shipment_address",
    "total_amount",
    "currency.code",
    "currency.digits",
    "shipments.state",
    "invoices.state",
    "lines.type",
    "lines.product",
    "lines.product.type",
    "lines.unit",
    "lines.note",
    "lines.description",
    "lines.taxes.rate",
]


class CreditPush:
    """Refunds on their way, one after the other: what is open of a sale depends on the ones before."""

    def __init__(self, rpc: Rpc, directory: Directory, settings: TrytonSettings) -> None:
        self._rpc = rpc
        self._directory = directory
        self._settings = settings

    def run(
        self, writes: Sequence[Write], fetch: Callable[[Sequence[str]], list[Document]]
    ) -> Iterator[Written | Refused]:
        """Write each refund and give its outcome."""
        ids: dict[Write, int] = {}
        refused: dict[Write, RecordError] = {}
        for write in writes:
            try:
                ids[write] = self._settle(write)
            except RecordError as error:
                refused[write] = error
        return outcomes(writes, ids, refused, fetch)

    def find(self, write: Write) -> int | None:
        """Find the credit that was made for a record."""
        return sale_key.find(self._rpc, self._directory.shop(), write.record_id)

    def _call(self, method: str, *params: Any) -> Any:
        return self._rpc.call(f"model.{MODEL}.{method}", *params)

    def _settle(self, write: Write) -> int:
        if write.external_id is not None:
            return self._change(int(write.external_id), write.document)
        return self._make(write)

    def _make(self, write: Write) -> int:
        """Create a credit, round it, and let it go as far as its sale has come."""
        books = self._books(write)
        credit = wish(write.document, books, self._directory, self._settings.codes)
        number = self.find(write) or self._create(write, books.sale, credit)
        (row,) = self._rpc.search_read(MODEL, [["id", "=", number]], STAND)
        if row["state"] == "draft":
            self._round(row, credit, books)
        if row["state"] in UNPOSTED:
            advance(self._rpc, books.sale["state"], {number: row["state"]})
        return number

    def _books(self, write: Write) -> Books:
        """Look a sale up, and how much of it the credits before have left; raises where there is none."""
        number = int(write.document.get("sale") or 0)
        found = self._rpc.search_read(MODEL, [["id", "=", number]], SALE)
        if not found:
            raise gone(number)
        (sale,) = found
        currency = write.document.get("currency") or sale["currency."]["code"]
        if currency != sale["currency."]["code"]:
            message = f"a refund in {currency} of a sale in {sale['currency.']['code']}"
            raise InvalidRecordError(message, path="currency", hint="Credit it in Tryton by hand, then discard this.")
        others = [["origin", "=", origin(number)], ["state", "!=", "cancelled"], ["web_id", "!=", write.record_id]]
        credited = sum(
            (Decimal(r["total_amount"]) for r in self._rpc.search_read(MODEL, others, ["total_amount"])), Decimal(0)
        )
        unit = Decimal(1).scaleb(-int(sale["currency."]["digits"]))
        return Books(sale, Decimal(sale["total_amount"]) + credited, unit, self._settings.rounding_limit)

    def _create(self, write: Write, sale: Row, credit: Credit) -> int:
        document = write.document
        values = {
            "web_shop": self._directory.shop(),
            "web_id": write.record_id,
            "origin": origin(sale["id"]),
            "party": sale["party"],
            "reference": sale["reference"],
            "currency": self._directory.currency(sale["currency."]["code"])["id"],
            "sale_date": date.fromisoformat(document["date"]) if document.get("date") else None,
            "comment": document.get("comment"),
            "invoice_address": sale["invoice_address"],
            "shipment_address": sale["shipment_address"],
            "warehouse": credit.warehouse,
            "shipment_cost_method": None,
            "lines": [["create", [line.values(place) for place, line in enumerate(credit.lines, start=1)]]],
        }
        return int(self._call("create", [values])[0])

    def _round(self, row: Row, credit: Credit, books: Books) -> None:
        """Add what Tryton's total misses as a line of its own; what cannot be rounding is taken back."""
        difference = -credit.total.quantize(books.unit, ROUND_HALF_UP) - Decimal(row["total_amount"])
        if abs(difference) > books.tolerance(len(credit.lines)):
            self._call("delete", [row["id"]])
            currency = books.sale["currency."]["code"]
            raise RejectedError(
                f"the refund is {credit.total} {currency}, Tryton computes {-Decimal(row['total_amount'])}",
                code="total",
                hint="Compare its taxes with those of the sale; credit it in Tryton by hand, then discard this.",
            )
        if difference:
            line = rounding_line(difference, self._directory, self._settings.codes)
            self._call("write", [row["id"]], {"lines": [["create", [line.values(LAST)]]]})

    def _change(self, number: int, document: Document) -> int:
        """Write the reason; another amount than that which was booked is for a person to settle."""
        found = self._rpc.search_read(MODEL, [["id", "=", number]], STAND)
        if not found:
            raise gone(number)
        (row,) = found
        if document.get("total") is not None and Decimal(document["total"]) != -Decimal(row["total_amount"]):
            raise ConflictError(
                f"the refund is {document['total']} now, its credit in Tryton {-Decimal(row['total_amount'])}",
                hint="Change the credit in Tryton by hand, then discard this.",
            )
        if "comment" in document and (document["comment"] or None) != (row["comment"] or None):
            self._call("write", [number], {"comment": document["comment"]})
        return number
