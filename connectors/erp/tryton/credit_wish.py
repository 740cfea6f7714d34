"""What a refund asks for in Tryton's terms: the lines of a credit, each after the line of the sale that it takes back.

Tryton is not asked to guess taxes: a credit's line has those of the line that was sold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.erp.tryton.directory import Directory, Item
from connectors.erp.tryton.reading import Row
from connectors.erp.tryton.sale_lines import PRICE_DIGITS, Line, read_reference
from connectors.erp.tryton.sale_stop import is_stopped
from connectors.erp.tryton.settings import Codes
from hub.api import Document, InvalidRecordError, RejectedError

ZERO, ONE = Decimal(0), Decimal(1)
MOVED = frozenset({"goods", "assets"})
RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Books:
    """What Tryton has of a sale: its row, what is still open of it, and how much may be taken for rounding."""

    sale: Row
    open: Decimal
    unit: Decimal
    limit: int

    def tolerance(self, lines: int) -> Decimal:
        """Tell by how much amounts of so many lines may differ."""
        return self.unit * self.limit * max(1, lines)


@dataclass(frozen=True, slots=True)
class Credit:
    """The lines of a credit, what they come to with tax, and the warehouse that takes goods back."""

    lines: Sequence[Line]
    total: Decimal
    warehouse: int | None


def wish(document: Document, books: Books, directory: Directory, codes: Codes) -> Credit:
    """Work out a credit; raises what stands in its way, before anything is written.

    It comes to what the lines say, or to what the buyer got where that is more. A refund of less than its lines, as in
    an exchange, has no line that balances it: the rest is owed, or pays for another sale.
    """
    listed = _without_rounding(document, books)
    lines = [*_goods(listed, books.sale, directory, codes), *_charges(listed, books.sale, directory, codes)]
    given, said, worth = Decimal(document.get("total") or 0), _said(document), _said(listed)
    tolerance = books.tolerance(len(lines))
    if given > said + tolerance:
        lines.append(_line("fee", {"id": "rest"}, directory.item(codes.discount), given - said, ()))
        worth += given - said
    total = said if given < said - tolerance else given
    if total > books.open + tolerance:
        raise _too_much(total, books)
    taken = _shortened(lines, worth - books.open, books.sale) if worth > books.open else lines
    return Credit(taken, total, _warehouse(document, books, directory))


def _without_rounding(document: Document, books: Books) -> Document:
    """Leave out adjustments that are no more than rounding: they end in the line that says so."""
    kept = [one for one in document.get("adjustments") or () if abs(_worth(one)) > books.tolerance(1)]
    return {**document, "adjustments": kept}


def _said(document: Document) -> Decimal:
    parts = [part for name in ("lines", "shipping", "adjustments") for part in document.get(name) or ()]
    return sum((_worth(part) for part in parts), ZERO)


def _worth(part: Document) -> Decimal:
    return Decimal(part["amount"]) + Decimal(part.get("tax") or 0)


def _too_much(total: Decimal, books: Books) -> RejectedError:
    currency = books.sale["currency."]["code"]
    return RejectedError(
        f"the refund is {total} {currency}, of sale {books.sale['number']} {books.open} {currency} are open",
        code="open",
        hint="Compare the sale and its credits in Tryton; book what is right there by hand, then discard this.",
    )


def _goods(document: Document, sale: Row, directory: Directory, codes: Codes) -> Iterator[Line]:
    sold = {read_reference(row["note"]): row for row in sale["lines."]}
    for line in document.get("lines") or ():
        key = str(line.get("order_line"))
        row = sold.get(("line", key)) or sold.get(("removed", key))
        quantity, amount = Decimal(line["quantity"]), Decimal(line["amount"])
        item = _returned(line, row, sale) if quantity else None
        if not (item or amount):
            continue
        taxes = _taxes(row) if amount else ()
        yield _line("line", line, item or directory.item(codes.discount), amount, taxes, quantity or ONE)
        if row is not None and any(r["note"] == f"line-tax:{line['order_line']}" for r in sale["lines."]):
            yield from _collected(line, amount * _rate(row), directory, codes)


def _returned(line: Document, row: Row | None, sale: Row) -> Item | None:
    """Give the goods that come back to the shelf; None for money alone, and for goods that never left."""
    if line.get("restock") != RETURNED or is_stopped(sale):
        return None
    if row is None:
        hint = "Take the goods back in Tryton by hand, then discard this."
        raise InvalidRecordError(f"sale {sale['number']} has no such line", path="lines", hint=hint)
    return Item(row["product"], row["unit"]) if row["product."]["type"] in MOVED else None


def _collected(line: Document, own: Decimal, directory: Directory, codes: Codes) -> Iterator[Line]:
    """Give back tax that the marketplace owes, which is no tax of the merchant's own."""
    if (amount := Decimal(line.get("tax") or 0) - own) > 0:
        yield _line("line-tax", line, directory.item(codes.collected), amount, ())


def _charges(document: Document, sale: Row, directory: Directory, codes: Codes) -> Iterator[Line]:
    for kind, name in (("shipping", "shipping"), ("fee", "adjustments")):
        for charge in document.get(name) or ():
            amount = Decimal(charge["amount"])
            taxes = _taxes(_alike(kind, charge, sale)) if Decimal(charge.get("tax") or 0) else ()
            if amount < 0:  # what the shop keeps for itself, such as a fee for the restocking
                yield replace(_line(kind, charge, directory.item(codes.fee), -amount, taxes), quantity=ONE)
            elif amount:
                code = codes.shipping if kind == "shipping" else codes.discount
                yield _line(kind, charge, directory.item(code), amount, taxes)


def _alike(kind: str, charge: Document, sale: Row) -> Row | None:
    """Find what was charged under the same title, else anything of the kind, else a line of goods."""
    rows = [row for row in sale["lines."] if row["type"] == "line"]
    same = [row for row in rows if read_reference(row["note"])[0] == kind]
    titled = [row for row in same if row["description"] == charge.get("title")]
    return next(iter([*titled, *same, *rows]), None)


def _taxes(row: Row | None) -> tuple[int, ...]:
    return tuple(sorted(tax["id"] for tax in row["taxes."])) if row else ()


def _rate(row: Row) -> Decimal:
    return sum((Decimal(tax["rate"] or 0) for tax in row["taxes."]), ZERO)


def _line(
    kind: str, part: Document, item: Item, amount: Decimal, taxes: tuple[int, ...], quantity: Decimal = ONE
) -> Line:
    price = (amount / quantity).quantize(PRICE_DIGITS, ROUND_HALF_UP)
    return Line(item, -quantity, price, part.get("title") or None, taxes, f"{kind}:{part['id']}")


def _shortened(lines: Sequence[Line], over: Decimal, sale: Row) -> list[Line]:
    """Take what is over off the largest line: no more is taken back than was sold, the rest is rounding."""
    largest = max(lines, key=lambda line: -line.quantity * line.unit_price)
    rates = {tax["id"]: Decimal(tax["rate"] or 0) for row in sale["lines."] for tax in row["taxes."]}
    net = over / (1 + sum((rates.get(tax, ZERO) for tax in largest.taxes), ZERO))
    price = (largest.unit_price + net / largest.quantity).quantize(PRICE_DIGITS, ROUND_HALF_UP)
    return [replace(line, unit_price=price) if line is largest else line for line in lines]


def _warehouse(document: Document, books: Books, directory: Directory) -> int | None:
    """Find where goods go back: one place a credit, that of the sale where the shop names none."""
    back = [line for line in document.get("lines") or () if line.get("restock") == RETURNED]
    names = {line.get("location") for line in back}
    usual = books.sale["warehouse"]
    places = {directory.sure_warehouse(name) if name else usual for name in names}
    if len(places) > 1:
        named = ", ".join(sorted(str(name or "that of the sale") for name in names))
        hint = "Credit it in Tryton by hand, in a sale for each warehouse, then discard this."
        raise RejectedError(
            f"the goods of this refund go back to several warehouses: {named}", code="warehouse", hint=hint
        )
    place: Any = places.pop() if places else usual
    return int(place) if place is not None else None
