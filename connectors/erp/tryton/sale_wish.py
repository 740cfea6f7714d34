"""What a batch of sale documents asks for, in Tryton's terms: lines, addresses, header, and the buyer's total."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.erp.tryton.addresses import Copies
from connectors.erp.tryton.counter import mark
from connectors.erp.tryton.credit_follow import SOLD
from connectors.erp.tryton.directory import Directory
from connectors.erp.tryton.reading import Row
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sale_lines import Line, counted, plain, read_reference, rounding_line, sale_lines, taken_out
from connectors.erp.tryton.settings import TrytonSettings
from hub.api import Document, InvalidRecordError, RejectedError, Write

LAST = 9999  # the sequence of the rounding line: below all others


class Wishes:
    """The documents of a batch, each completed by what the sale says already."""

    def __init__(self, rpc: Rpc, directory: Directory, settings: TrytonSettings, writes: Sequence[Write]) -> None:
        self._rpc = rpc
        self._directory = directory
        self._settings = settings
        # A change carries only the fields that changed; a sale's lines and total make sense together only.
        self.documents = {w: {"lines": (w.base or {}).get("goods"), **(w.base or {}), **w.document} for w in writes}
        self._copies = Copies(rpc, directory)
        self._units = self._sale_units()
        self._parties = self._known_parties()
        self._lines: dict[Write, list[Line]] = {}

    def state(self, write: Write) -> str:
        """Tell how far a sale shall go; empty where the write does not say."""
        return str(write.document.get("state") or "")

    def stage(self, write: Write) -> str:
        """Tell how far a sale shall go, or had come as it was last seen: a quotation that is rewritten stays one."""
        return str(self.documents[write].get("state") or "")

    def understand(self, write: Write, row: Row | None) -> None:
        """Work out the lines of a sale, which is `row` where there is one; raises what is wrong with them.

        Of a sale that is confirmed no more can be taken out than was when it was.
        """
        document = self.documents[write]
        self._party(write)
        out = counted(row["lines."], "removed") if row and row["state"] in SOLD else taken_out(document)
        self._lines[write] = sale_lines(document, out, self._directory, self._settings.codes, self._units)

    def place(self, writes: Sequence[Write]) -> None:
        """See to it that the addresses of sales exist."""
        self._copies.prepare((self._party(w), place) for w in writes for place in self._places(w))

    def header(self, write: Write) -> dict[str, Any]:
        """Make the values of a sale without its lines."""
        document = self.documents[write]
        return {
            "web_shop": self._directory.shop(),
            "web_id": write.record_id,
            "party": self._party(write),
            "reference": document.get("reference"),
            "currency": self._directory.currency(document["currency"])["id"],
            "sale_date": date.fromisoformat(document["sale_date"]) if document.get("sale_date") else None,
            "comment": document.get("comment"),
            **self._addresses(write),
            "warehouse": self._directory.warehouse(),
            "carrier": self._directory.carrier(_carrier(document)),
            "shipment_cost_method": None,
            **mark(document),
        }

    def lines(self, write: Write) -> list[Any]:
        """Make the values of a sale's lines."""
        return [line.values(place) for place, line in enumerate(self._lines[write], start=1)]

    def is_met(self, write: Write, row: Row) -> bool:
        """Tell whether a sale has the lines and addresses that the document asks for."""
        held = [line for line in row["lines."] if read_reference(line["note"])[0] != "rounding"]
        held.sort(key=lambda line: int(line["id"]))
        lines = self._lines[write]
        same = len(held) == len(lines) and all(a.is_written(b) for a, b in zip(lines, held, strict=True))
        return same and all(row[name] == number for name, number in self._addresses(write).items())

    def is_marked(self, write: Write, row: Row) -> bool:
        """Tell whether a sale says of itself that it was made over the counter, where it was."""
        return all(row[name] == text for name, text in mark(self.documents[write]).items())

    def unwanted(self, write: Write, row: Row) -> list[str]:
        """Name the lines of which less is wanted by now than was sold, as far as the write speaks of lines."""
        sold = counted(row["lines."], "line")
        return [
            f"{line.get('title') or line['id']} ({line['current']} of {plain(sold[line['id']])})"
            for line in write.document.get("lines") or ()
            if line.get("current") is not None and Decimal(line["current"]) < sold.get(line["id"], Decimal(0))
        ]

    def rounding(self, write: Write, computed: Decimal) -> Decimal:
        """Tell by how much Tryton's total misses what the buyer paid; a difference that is no rounding is refused."""
        document = self.documents[write]
        if document.get("total") is None:
            return Decimal(0)
        currency = self._directory.currency(document["currency"])
        unit = Decimal(1).scaleb(-int(currency["digits"]))
        paid = Decimal(document["total"]).quantize(unit, ROUND_HALF_UP)
        if abs(paid - computed) > unit * self._settings.rounding_limit * max(1, len(self._lines.get(write, ()))):
            raise RejectedError(
                f"the buyer's total is {paid} {currency['code']}, Tryton computes {computed}",
                code="total",
                hint="Compare the order's taxes with the table `taxes`, or raise `rounding_limit` of the connection.",
            )
        return paid - computed

    def rounding_line(self, difference: Decimal) -> dict[str, Any]:
        """Make the values that add a rounding line to a sale."""
        line = rounding_line(difference, self._directory, self._settings.codes)
        return {"lines": [["create", [line.values(LAST)]]]}

    def _addresses(self, write: Write) -> dict[str, int]:
        invoice, shipment = self._places(write)
        party = self._party(write)
        return {
            "invoice_address": self._copies.find(party, invoice),
            "shipment_address": self._copies.find(party, shipment),
        }

    def _places(self, write: Write) -> tuple[Document, Document]:
        """Give the addresses for the invoice and for the goods; one stands for the other where it is missing."""
        document = self.documents[write]
        invoice, shipment = document.get("invoice_address"), document.get("shipment_address")
        return invoice or shipment or {}, shipment or invoice or {}

    def _party(self, write: Write) -> int:
        party = self.documents[write].get("party")
        if party is None:
            hint = "Tryton sells to a party only: give the order a customer."
            raise InvalidRecordError("the order has no customer", path="customer", hint=hint)
        if int(party) not in self._parties:  # on SQLite, Tryton would take a party that does not exist
            hint = "`hub record unlink CUSTOMER CONNECTION`, `hub record push CUSTOMER CONNECTION`, then replay."
            raise InvalidRecordError(f"Tryton has no party {party} any more", path="customer", hint=hint)
        return int(party)

    def _known_parties(self) -> set[int]:
        ids = sorted({int(document["party"]) for document in self.documents.values() if document.get("party")})
        found = self._rpc.search_read("party.party", [["id", "in", ids]], ["id"], active_test=False) if ids else []
        return {row["id"] for row in found}

    def _sale_units(self) -> dict[int, int]:
        lines = [line for document in self.documents.values() for line in document.get("lines") or []]
        ids = sorted({int(line["product"]) for line in lines if line.get("product") is not None})
        domain = [["id", "in", ids]]
        rows = self._rpc.search_read("product.product", domain, ["sale_uom"], active_test=False) if ids else []
        return {row["id"]: row["sale_uom"] for row in rows}


def _carrier(document: Document) -> str | None:
    """Give the carrier that the first way of shipping names."""
    return next((str(line["carrier"]) for line in document.get("shipping") or [] if line.get("carrier")), None)
