"""Brings a batch of sales to what their documents say, in as few calls as there are steps.

Every step reads where the sales stand and moves only those that are behind, so a batch that was cut off anywhere is
simply sent again: a sale is known by its web shop and web id, which Tryton keeps unique.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from connectors.erp.tryton.batch import Refusals, gone, halving, outcomes
from connectors.erp.tryton.counter import hand_over, is_taken_along
from connectors.erp.tryton.credit_follow import follow
from connectors.erp.tryton.directory import Directory
from connectors.erp.tryton.reading import Row
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sale_stop import stop
from connectors.erp.tryton.sale_wish import Wishes
from connectors.erp.tryton.settings import TrytonSettings
from hub.api import ConflictError, Document, RecordError, Refused, Write, Written

MODEL = "sale.sale"
PLACES = ["invoice_address", "shipment_address"]
STAND = ["web_id", "state", "total_amount", "comment", "description", *PLACES, "shipments.state"]
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
ENDED = frozenset({"shipped", "done", "cancelled"})
CONTENT = frozenset({"kind", "lines", "shipping", "fees", "total", "party", "currency", "sale_date", *PLACES})


class SalePush:
    """One batch on its way."""

    def __init__(self, rpc: Rpc, directory: Directory, settings: TrytonSettings, writes: Sequence[Write]) -> None:
        self._rpc = rpc
        self._shop = directory.shop()
        self._writes = writes
        self._wishes = Wishes(rpc, directory, settings, writes)
        self._ids: dict[Write, int] = {}
        self._rows: dict[int, Row] = {}
        self._new: set[Write] = set()
        self._refused: Refusals = {}

    def run(self, fetch: Callable[[Sequence[str]], list[Document]]) -> Iterator[Written | Refused]:
        """Take every step and give one outcome for each write."""
        self._recognize()
        self._one_by_one(
            [w for w in self._writes if self._has_content(w)],
            lambda w: self._wishes.understand(w, self._row(w) if w in self._ids else None),
        )
        self._together(self._has_content, self._wishes.place)
        self._together(lambda w: w not in self._ids, self._create)
        self._together(self._is_behind, self._rewrite)
        self._look(STAND)
        self._one_by_one(self._alive(), self._settle)
        self._together(self._is_noted_differently, self._note)
        self._round([w for w in self._alive() if self._state(w) == "draft"])
        self._move("quote", {"draft"}, {"quotation", "processing"}, self._wishes.stage)
        self._move("confirm", {"quotation"}, {"processing"})
        self._move("process", {"confirmed"}, {"processing"})
        taken = [w for w in self._alive() if self._wishes.state(w) != "cancelled" and is_taken_along(self._row(w))]
        halving(taken, lambda writes: hand_over(self._rpc, [self._ids[w] for w in writes]), self._refused.__setitem__)
        self._move("cancel", {"draft", "quotation"}, {"cancelled"})
        self._one_by_one(
            [w for w in self._alive() if self._is_to_be_stopped(w)], lambda w: stop(self._rpc, self._ids[w])
        )
        follow(self._rpc, [self._ids[w] for w in self._alive()])
        return outcomes(self._writes, self._ids, self._refused, fetch)

    # How steps are taken

    def _together(self, wanted: Callable[[Write], bool], act: Callable[[Sequence[Write]], None]) -> None:
        halving([w for w in self._writes if w not in self._refused and wanted(w)], act, self._refused.__setitem__)

    def _one_by_one(self, writes: Sequence[Write], act: Callable[[Write], None]) -> None:
        for write in writes:
            try:
                act(write)
            except RecordError as error:
                self._refused[write] = error

    def _move(self, step: str, states: set[str], goals: set[str], goal: Callable[[Write], str] | None = None) -> None:
        def act(writes: Sequence[Write]) -> None:
            self._call(step, [self._ids[w] for w in writes])

        goal = goal or self._wishes.state
        behind = [w for w in self._alive() if self._state(w) in states and goal(w) in goals]
        if behind:
            halving(behind, act, self._refused.__setitem__)
            self._look(["state"])

    def _call(self, method: str, *params: Any) -> Any:
        return self._rpc.call(f"model.{MODEL}.{method}", *params)

    # Where the sales stand

    def _recognize(self) -> None:
        """Find the sales that exist already: those that are linked, and those of an earlier, interrupted attempt."""
        linked = [int(w.external_id) for w in self._writes if w.external_id]
        ours = [["web_shop", "=", self._shop], ["web_id", "in", [w.record_id for w in self._writes]]]
        rows = self._rpc.search_read(MODEL, ["OR", ours, ["id", "in", linked]], WHOLE)
        self._rows = {row["id"]: row for row in rows}
        by_key = {row["web_id"]: row["id"] for row in rows}
        for write in self._writes:
            number = int(write.external_id) if write.external_id else by_key.get(write.record_id)
            if number in self._rows:
                self._ids[write] = number
            elif write.external_id:
                self._refused[write] = gone(number)

    def _look(self, fields: Sequence[str]) -> None:
        ids = [self._ids[w] for w in self._alive()]
        rows = self._rpc.search_read(MODEL, [["id", "in", ids]], fields) if ids else []
        self._rows = {row["id"]: {**self._rows.get(row["id"], {}), **row} for row in rows}

    def _alive(self) -> list[Write]:
        return [w for w in self._writes if w in self._ids and w not in self._refused]

    def _row(self, write: Write) -> Row:
        return self._rows[self._ids[write]]

    def _state(self, write: Write) -> str:
        return str(self._row(write)["state"])

    # What is done with them

    def _has_content(self, write: Write) -> bool:
        return write not in self._ids or not CONTENT.isdisjoint(write.document)

    def _create(self, writes: Sequence[Write]) -> None:
        values = [{**self._wishes.header(w), "lines": [["create", self._wishes.lines(w)]]} for w in writes]
        self._ids.update(zip(writes, self._call("create", values), strict=True))
        self._new.update(writes)

    def _is_behind(self, write: Write) -> bool:
        """Tell whether an open sale must be written anew, be it only to be taken up again after a cancellation."""
        if write in self._new or not self._has_content(write) or self._state(write) not in OPEN:
            return False
        if self._state(write) == "cancelled":
            return self._wishes.state(write) not in {"", "cancelled"}
        row = self._row(write)
        return not (self._wishes.is_met(write, row) and self._wishes.is_marked(write, row))

    def _rewrite(self, writes: Sequence[Write]) -> None:
        """Give open sales new lines and a new header, as long as nobody has confirmed them."""
        self._call("draft", [self._ids[w] for w in writes])
        calls: list[Any] = []
        for write in writes:
            old = [row["id"] for row in self._row(write)["lines."]]
            lines = [["delete", old], ["create", self._wishes.lines(write)]]
            calls += [[self._ids[write]], {**self._wishes.header(write), "lines": lines}]
        self._call("write", *calls)

    def _settle(self, write: Write) -> None:
        """Leave confirmed sales as they are; what differs is for a person to settle."""
        row = self._row(write)
        if write in self._new or row["state"] in OPEN or self._wishes.state(write) == "cancelled":
            return
        total = self._wishes.documents[write].get("total")
        differs = total is not None and Decimal(total) != Decimal(row["total_amount"])
        if self._has_content(write) and (differs or not self._wishes.is_met(write, row)):
            now = f"now {total}, there {row['total_amount']}" if differs else "lines or addresses"
            raise ConflictError(
                f"the order has changed since its sale was confirmed in Tryton: {now}",
                hint="Change the sale in Tryton by hand (credit, additional sale, new address), then discard this.",
            )
        _refuse_unwanted(self._wishes.unwanted(write, row), row)

    def _is_noted_differently(self, write: Write) -> bool:
        held = self._row(write)["comment"]
        return (write.document.get("comment", held) or None) != (held or None)

    def _note(self, writes: Sequence[Write]) -> None:
        values = [([self._ids[w]], {"comment": w.document["comment"]}) for w in writes]
        self._call("write", *chain.from_iterable(values))

    def _round(self, writes: Sequence[Write]) -> None:
        """Add a line of its own where Tryton's total is not the buyer's; what cannot be rounding is taken back."""
        differences: dict[Write, Decimal] = {}

        def compare(write: Write) -> None:
            differences[write] = self._wishes.rounding(write, Decimal(self._row(write)["total_amount"]))

        def add_lines(some_writes: Sequence[Write]) -> None:
            values = [([self._ids[w]], self._wishes.rounding_line(differences[w])) for w in some_writes]
            self._call("write", *chain.from_iterable(values))

        self._one_by_one(writes, compare)
        if wrong := [self._ids[w] for w in writes if w in self._refused and w in self._new]:
            self._call("delete", wrong)
        halving([w for w, difference in differences.items() if difference], add_lines, self._refused.__setitem__)

    def _is_to_be_stopped(self, write: Write) -> bool:
        return self._wishes.state(write) == "cancelled" and self._state(write) not in OPEN


def _refuse_unwanted(unwanted: Sequence[str], row: Row) -> None:
    """Have a person take out of a confirmed sale what was taken out of its order, as long as it has not left."""
    if unwanted and any(shipment["state"] not in ENDED for shipment in row["shipments."]):
        raise ConflictError(
            f"less is wanted than Tryton is about to send: {', '.join(unwanted)}",
            hint="Take it out of the sale's shipment in Tryton, credit it if it is invoiced, then discard this.",
        )
