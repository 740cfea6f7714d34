"""Brings a batch of sales to what their documents say, in as few calls as there are steps.

Every step reads where the sales stand and moves only those that are behind, so a batch that was cut off anywhere is
simply sent again: a sale is known by its web shop and web id, which Tryton keeps unique.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import Any

from connectors.erp.tryton.addresses import Copies
from connectors.erp.tryton.batch import Refusals, halving, outcomes
from connectors.erp.tryton.directory import Directory
from connectors.erp.tryton.reading import Row
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sale_lines import Line, read_reference, rounding_line, sale_lines
from connectors.erp.tryton.sale_stop import stop
from connectors.erp.tryton.settings import TrytonSettings
from hub.api import (
    ConflictError,
    Document,
    InvalidRecordError,
    RecordError,
    Refused,
    RejectedError,
    Write,
    Written,
)

MODEL = "sale.sale"
STAND = ["web_id", "state", "total_amount", "comment"]
WHOLE = [
    *STAND,
    "lines.type",
    "lines.product",
    "lines.description",
    "lines.note",
    "lines.quantity",
    "lines.unit_price",
    "lines.taxes.id",
]
OPEN = frozenset({"draft", "quotation", "cancelled"})
LAST = 9999  # the sequence of the rounding line: below all others


class SalePush:
    """One batch on its way."""

    def __init__(self, rpc: Rpc, directory: Directory, settings: TrytonSettings, writes: Sequence[Write]) -> None:
        self._rpc = rpc
        self._directory = directory
        self._settings = settings
        self._writes = writes
        self._copies = Copies(rpc, directory)
        self._ids: dict[Write, int] = {}
        self._rows: dict[int, Row] = {}
        self._lines: dict[Write, list[Line]] = {}
        self._new: set[Write] = set()
        self._refused: Refusals = {}

    def run(self, fetch: Callable[[Sequence[str]], list[Document]]) -> Iterator[Written | Refused]:
        """Take every step and give one outcome for each write."""
        self._recognize()
        self._prepare()
        self._each(lambda w: w not in self._ids, self._create)
        self._each(self._is_rewritten, self._rewrite)
        self._look(STAND)
        self._compare([w for w in self._alive() if self._state(w) not in OPEN])
        self._round([w for w in self._alive() if self._state(w) == "draft"])
        self._move("quote", {"draft"}, {"quotation", "processing"})
        self._move("confirm", {"quotation"}, {"processing"})
        self._move("process", {"confirmed"}, {"processing"})
        self._move("cancel", {"draft", "quotation"}, {"cancelled"})
        self._each(lambda w: _goal(w) == "cancelled" and self._state(w) not in OPEN, self._stop)
        return outcomes(self._writes, self._ids, self._refused, fetch)

    def _each(self, wanted: Callable[[Write], bool], act: Callable[[Sequence[Write]], None]) -> None:
        halving([w for w in self._writes if w not in self._refused and wanted(w)], act, self._refused.__setitem__)

    def _move(self, step: str, states: set[str], goals: set[str]) -> None:
        def act(writes: Sequence[Write]) -> None:
            self._call(step, [self._ids[w] for w in writes])

        behind = [w for w in self._alive() if self._state(w) in states and _goal(w) in goals]
        if behind:
            halving(behind, act, self._refused.__setitem__)
            self._look(["state"])

    def _alive(self) -> list[Write]:
        return [w for w in self._writes if w in self._ids and w not in self._refused]

    def _state(self, write: Write) -> str:
        return str(self._rows[self._ids[write]]["state"])

    def _call(self, method: str, *params: Any) -> Any:
        return self._rpc.call(f"model.{MODEL}.{method}", *params)

    # Where they stand

    def _recognize(self) -> None:
        """Find the sales that exist already: those that are linked, and those of an earlier, interrupted attempt."""
        linked = [int(w.external_id) for w in self._writes if w.external_id]
        ours = [["web_shop", "=", self._directory.shop()], ["web_id", "in", [w.record_id for w in self._writes]]]
        rows = self._rpc.search_read(MODEL, ["OR", ours, ["id", "in", linked]], WHOLE)
        self._rows = {row["id"]: row for row in rows}
        by_key = {row["web_id"]: row["id"] for row in rows}
        for write in self._writes:
            number = int(write.external_id) if write.external_id else by_key.get(write.record_id)
            if number in self._rows:
                self._ids[write] = number
            elif write.external_id:
                self._refused[write] = RejectedError(
                    f"Tryton has no sale {number} any more", code="missing", hint="Unlink the order, then replay."
                )

    def _look(self, fields: Sequence[str]) -> None:
        ids = [self._ids[w] for w in self._alive()]
        rows = self._rpc.search_read(MODEL, [["id", "in", ids]], fields) if ids else []
        self._rows = {row["id"]: {**self._rows.get(row["id"], {}), **row} for row in rows}

    # What they shall say

    def _prepare(self) -> None:
        units = self._units()
        for write in self._writes:
            try:
                if write not in self._refused and (write not in self._ids or "lines" in write.document):
                    self._lines[write] = sale_lines(write.document, self._directory, self._settings.codes, units)
                    _party(write.document)
            except RecordError as error:
                self._refused[write] = error
        self._each(lambda w: w in self._lines, self._prepare_places)

    def _prepare_places(self, writes: Sequence[Write]) -> None:
        self._copies.prepare((_party(w.document), place) for w in writes for place in _places(w.document))

    def _units(self) -> dict[int, int]:
        ids = {
            int(line["product"])
            for write in self._writes
            for line in write.document.get("lines") or []
            if line.get("product") is not None
        }
        if not ids:
            return {}
        domain = [["id", "in", sorted(ids)]]
        rows = self._rpc.search_read("product.product", domain, ["sale_uom"], active_test=False)
        return {row["id"]: row["sale_uom"] for row in rows}

    def _create(self, writes: Sequence[Write]) -> None:
        values = [{**self._header(w), "lines": [["create", self._line_values(w)]]} for w in writes]
        self._ids.update(zip(writes, self._call("create", values), strict=True))
        self._new.update(writes)

    def _header(self, write: Write) -> dict[str, Any]:
        document = write.document
        invoice, shipment = _places(document)
        party = _party(document)
        return {
            "web_shop": self._directory.shop(),
            "web_id": write.record_id,
            "party": party,
            "reference": document.get("reference"),
            "currency": self._directory.currency(document["currency"])["id"],
            "sale_date": date.fromisoformat(document["sale_date"]) if document.get("sale_date") else None,
            "comment": document.get("comment"),
            "invoice_address": self._copies.find(party, invoice),
            "shipment_address": self._copies.find(party, shipment),
            "carrier": self._directory.carrier(_carrier(document)),
            "shipment_cost_method": None,
        }

    def _line_values(self, write: Write) -> list[dict[str, Any]]:
        return [line.values(place) for place, line in enumerate(self._lines[write], start=1)]

    def _is_rewritten(self, write: Write) -> bool:
        if write in self._new or write not in self._lines or self._state(write) not in OPEN:
            return False
        if self._state(write) == "cancelled" and _goal(write) == "cancelled":
            return False
        held = [row for row in self._row(write)["lines."] if read_reference(row["note"])[0] != "rounding"]
        held.sort(key=lambda row: int(row["id"]))
        lines = self._lines[write]
        same = len(held) == len(lines) and all(line.is_written(row) for line, row in zip(lines, held, strict=True))
        return not same or self._state(write) == "cancelled"

    def _row(self, write: Write) -> Row:
        return self._rows[self._ids[write]]

    def _rewrite(self, writes: Sequence[Write]) -> None:
        """Give open sales new lines and a new header, as long as nobody has confirmed them."""
        self._call("draft", [self._ids[w] for w in writes])
        calls: list[Any] = []
        for write in writes:
            old = [row["id"] for row in self._row(write)["lines."]]
            lines = [["delete", old], ["create", self._line_values(write)]]
            calls += [[self._ids[write]], {**self._header(write), "lines": lines}]
        self._call("write", *calls)

    def _compare(self, writes: Sequence[Write]) -> None:
        """Leave confirmed sales as they are, except for their note; a different total is for a person to settle."""
        for write in writes:
            row, total = self._row(write), write.document.get("total")
            if total is not None and Decimal(total) != Decimal(row["total_amount"]) and _goal(write) != "cancelled":
                self._refused[write] = ConflictError(
                    f"the order is now {total}, the confirmed sale in Tryton {row['total_amount']}",
                    hint="Correct the sale in Tryton with a credit or an additional sale, then discard this.",
                )
        noted = [w for w in writes if w not in self._refused and self._is_noted_differently(w)]
        halving(noted, self._note, self._refused.__setitem__)

    def _is_noted_differently(self, write: Write) -> bool:
        held = self._row(write)["comment"]
        return (write.document.get("comment", held) or None) != (held or None)

    def _note(self, writes: Sequence[Write]) -> None:
        values = [([self._ids[w]], {"comment": w.document["comment"]}) for w in writes]
        self._call("write", *chain.from_iterable(values))

    # The buyer's total

    def _round(self, writes: Sequence[Write]) -> None:
        differences: dict[Write, Decimal] = {}
        for write in writes:
            try:
                differences[write] = self._difference(write)
            except RecordError as error:
                self._refused[write] = error
        if wrong := [self._ids[w] for w in writes if w in self._refused and w in self._new]:
            self._call("delete", wrong)

        def add_line(some_writes: Sequence[Write]) -> None:
            values = [([self._ids[w]], self._rounding(differences[w])) for w in some_writes]
            self._call("write", *chain.from_iterable(values))

        halving([w for w, difference in differences.items() if difference], add_line, self._refused.__setitem__)

    def _rounding(self, difference: Decimal) -> dict[str, Any]:
        line = rounding_line(difference, self._directory, self._settings.codes)
        return {"lines": [["create", [line.values(LAST)]]]}

    def _difference(self, write: Write) -> Decimal:
        """Tell by how much Tryton's total misses what the buyer paid; a difference that is no rounding is refused."""
        if write.document.get("total") is None:
            return Decimal(0)
        currency = self._directory.currency(write.document["currency"])
        unit = Decimal(1).scaleb(-int(currency["digits"]))
        paid = Decimal(write.document["total"]).quantize(unit, ROUND_HALF_UP)
        computed = Decimal(self._row(write)["total_amount"])
        limit = unit * self._settings.rounding_limit * max(1, len(self._lines.get(write, ())))
        if abs(paid - computed) > limit:
            raise RejectedError(
                f"the buyer's total is {paid} {currency['code']}, Tryton computes {computed}",
                code="total",
                hint="Compare the order's taxes with the table `taxes`, or raise `rounding_limit` of the connection.",
            )
        return paid - computed

    def _stop(self, writes: Sequence[Write]) -> None:
        for write in writes:
            stop(self._rpc, self._ids[write])


def _goal(write: Write) -> str:
    return str(write.document.get("state") or "")


def _party(document: Document) -> int:
    party = document.get("party")
    if party is None:
        hint = "Tryton sells to a party only: give the order a customer."
        raise InvalidRecordError("the order has no customer", path="customer", hint=hint)
    return int(party)


def _places(document: Document) -> tuple[Document, Document]:
    """Give the addresses for the invoice and for the goods; one stands for the other where it is missing."""
    invoice, shipment = document.get("invoice_address"), document.get("shipment_address")
    return invoice or shipment or {}, shipment or invoice or {}


def _carrier(document: Document) -> str | None:
    """Give the carrier that the first way of shipping names."""
    return next((str(line["carrier"]) for line in document.get("shipping") or [] if line.get("carrier")), None)
