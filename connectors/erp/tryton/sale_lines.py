"""The lines of a sale: goods, shipping, fees, and a rounding line where Tryton computes another total.

Amounts in documents are net and after discounts. Tryton multiplies unit prices of four decimals itself.
What was taken out of an order before anybody confirmed its sale is money without goods, so that nobody sends it: the
buyer's total still has it, and the refund that the shop makes of it takes it back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.erp.tryton.directory import Directory, Item
from connectors.erp.tryton.reading import Row
from connectors.erp.tryton.settings import Codes
from connectors.erp.tryton.text import one_line
from hub.api import Document, InvalidRecordError

ZERO = Decimal(0)
PRICE_DIGITS = Decimal("0.0001")
NOTED = frozenset({"line", "removed", "shipping", "fee", "rounding"})
KINDS = {"gift_card": "gift_card", "tip": "tip", "duty": "duty", "product": "missing", "custom": "missing"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line as Tryton takes it; `reference` is the shop's own id of it."""

    item: Item
    quantity: Decimal
    unit_price: Decimal
    description: str | None
    taxes: tuple[int, ...]
    reference: str

    def values(self, sequence: int) -> dict[str, Any]:
        """Make the values of a new sale line."""
        return {
            "type": "line",
            "sequence": sequence,
            "product": self.item.id,
            "unit": self.item.unit,
            "quantity": float(self.quantity),
            "unit_price": self.unit_price,
            "description": self.description,
            "note": self.reference,
            "taxes": [["add", list(self.taxes)]] if self.taxes else None,
        }

    def is_written(self, row: Row) -> bool:
        """Tell whether a line that was read says the same."""
        return (
            row["product"] == self.item.id
            and Decimal(str(row["quantity"])) == self.quantity
            and Decimal(row["unit_price"]) == self.unit_price
            and {tax["id"] for tax in row["taxes."]} == set(self.taxes)
            and (row["note"] or "") == self.reference
            and (row["description"] or None) == self.description
        )


def sale_lines(
    document: Document, out: Mapping[str, Decimal], directory: Directory, codes: Codes, units: Mapping[int, int]
) -> list[Line]:
    """Make the lines of a sale document.

    `out` says how much was taken out of each line by its id, `units` gives the sale unit of each product id.
    """
    return [
        *_goods(document.get("lines") or [], out, directory, codes, units),
        *_charges("shipping", document.get("shipping") or [], directory, codes),
        *_charges("fee", document.get("fees") or [], directory, codes),
    ]


def taken_out(document: Document) -> dict[str, Decimal]:
    """Tell by line how much nobody wants any more; what the shop has sent itself already has left all the same."""
    sent: defaultdict[str, Decimal] = defaultdict(Decimal)
    for source in document.get("sources") or ():
        if source.get("left") is not None:
            sent[str(source["order_line"])] += Decimal(source["quantity"]) - Decimal(source["left"])
    return {
        line["id"]: max(ZERO, Decimal(line["quantity"]) - max(Decimal(line["current"]), sent[line["id"]]))
        for line in document.get("lines") or ()
        if line.get("current") is not None
    }


def _goods(
    lines: list[Document],
    out: Mapping[str, Decimal],
    directory: Directory,
    codes: Codes,
    units: Mapping[int, int],
) -> Iterator[Line]:
    for line in lines:
        quantity, amount = Decimal(line["quantity"]), Decimal(line["amount"])
        if not quantity and not amount:
            continue
        sold = _line("line", line, _item(line, directory, codes, units), quantity or Decimal(1), amount, directory)
        yield from _split(sold, out.get(line["id"], ZERO), line["id"], directory.item(codes.discount))
        yield from _collected("line", line, directory, codes)


def _split(sold: Line, out: Decimal, line_id: str, money: Item) -> Iterator[Line]:
    if out < sold.quantity:
        yield replace(sold, quantity=sold.quantity - out)
    if out:
        yield replace(sold, item=money, quantity=out, reference=f"removed:{line_id}")


def _item(line: Document, directory: Directory, codes: Codes, units: Mapping[int, int]) -> Item:
    product = line.get("product")
    if product is None:
        return directory.item(getattr(codes, KINDS.get(line.get("kind") or "product", "missing")))
    if int(product) not in units:
        hint = "`hub record unlink PRODUCT CONNECTION`, `hub record push PRODUCT CONNECTION`, then replay."
        raise InvalidRecordError(f"Tryton has no product {product} any more", path="lines", hint=hint)
    return Item(int(product), units[int(product)])


def _charges(kind: str, charges: list[Document], directory: Directory, codes: Codes) -> Iterator[Line]:
    for charge in charges:
        amount = Decimal(charge["amount"])
        if amount or kind == "shipping":
            code = codes.shipping if kind == "shipping" else codes.fee if amount >= 0 else codes.discount
            yield _line(kind, charge, directory.item(code), Decimal(1), amount, directory)
        yield from _collected(kind, charge, directory, codes)


def _line(kind: str, line: Document, item: Item, quantity: Decimal, amount: Decimal, directory: Directory) -> Line:
    return Line(
        item=item,
        quantity=quantity,
        unit_price=(amount / quantity).quantize(PRICE_DIGITS, ROUND_HALF_UP),
        description=line.get("title") or None,
        taxes=tuple(sorted({directory.tax(name) for name in line.get("taxes") or []})) if amount else (),
        reference=f"{kind}:{line['id']}",
    )


def _collected(kind: str, line: Document, directory: Directory, codes: Codes) -> Iterator[Line]:
    """Charge tax that the marketplace owes as what it is to the merchant: no tax of his."""
    for tax in line.get("collected") or []:
        title = one_line(tax.get("title"))
        yield Line(
            directory.item(codes.collected), Decimal(1), Decimal(tax["amount"]), title, (), f"{kind}-tax:{line['id']}"
        )


def rounding_line(difference: Decimal, directory: Directory, codes: Codes) -> Line:
    """Make the line that brings Tryton's total to what the buyer paid."""
    return Line(directory.item(codes.rounding), Decimal(1), difference, "Rounding difference", (), "rounding:")


def read_reference(note: str | None) -> tuple[str, str]:
    """Read a line's kind and the shop's id of it; both empty for a line made in Tryton."""
    kind, colon, line_id = (note or "").partition(":")
    return (kind, line_id) if colon and kind in NOTED else ("", "")


def described(rows: Iterable[Row], wanted: str) -> list[Document]:
    """Describe the lines of one kind among those that were read."""
    return [_document(row) for row in rows if row["type"] == "line" and read_reference(row["note"])[0] == wanted]


def ordered(rows: Iterable[Row]) -> list[Document]:
    """Describe goods as they were ordered; `current` is what is left of those of which something was taken out."""
    rows = list(rows)
    out = {line["id"]: line for line in described(rows, "removed")}
    found = [_whole(line, out.pop(line["id"], None)) for line in described(rows, "line")]
    found += [{**line, "current": "0"} for line in out.values()]
    return sorted(found, key=lambda line: int(line["line"]))


def _whole(line: Document, out: Document | None) -> Document:
    if out is None:
        return line
    sums = {name: format(Decimal(line[name]) + Decimal(out[name]), "f") for name in ("quantity", "amount")}
    return {**line, **sums, "current": line["quantity"]}


def counted(rows: Iterable[Row], wanted: str) -> dict[str, Decimal]:
    """Count the pieces in lines of one kind, by the shop's id of the line."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        kind, line_id = read_reference(row["note"])
        if kind == wanted:
            found[line_id] += Decimal(str(row["quantity"]))
    return dict(found)


def _document(row: Row) -> Document:
    return {
        "id": read_reference(row["note"])[1] or str(row["id"]),
        "line": str(row["id"]),
        "product": str(row["product"]) if row["product"] else None,
        "code": (row["product."] or {}).get("code") if row.get("product.") else None,
        "title": row["description"] or None,
        "quantity": plain(Decimal(str(row["quantity"]))),
        "unit_price": row["unit_price"],
        "amount": row["amount"],
        "taxes": [tax["name"] for tax in row["taxes."]],
    }


def plain(quantity: Decimal) -> str:
    """Write a quantity without zeros that say nothing."""
    return format(quantity.normalize(), "f")
