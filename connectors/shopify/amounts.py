"""What the amounts of an order are net of tax: Shopify writes prices as the shop shows them, with tax or without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.shopify.whole import line_total, paid, shop
from hub.api import Document

ZERO = Decimal(0)
Tables = Mapping[str, Mapping[str, str]]
FINEST = 8
WHOLE = frozenset(
    [
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
        *("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
    ]
)
"""Currencies without decimals (ISO 4217)."""


@dataclass(frozen=True, slots=True)
class Priced:
    """Something with a price: net of tax after discounts, its tax, and what each discount took off it, net and tax."""

    net: Decimal
    tax: Decimal
    taken: tuple[tuple[Document, Decimal, Decimal], ...] = ()


def price_line(line: Document, *, included: bool) -> Priced:
    """Price an order line."""
    return _priced(line_total(line), line["taxLines"], line["discountAllocations"], included)


def price_shipping(order: Document) -> list[Priced]:
    """Price the shipping lines; free shipping keeps its tax lines, and they count only if the order counts them."""
    included = order["taxesIncluded"]
    lines = order["shippingLines"]
    left = shop(order["totalTaxSet"]) - sum((taxed(row["taxLines"]) for row in _taxed(order)), ZERO)
    priced = []
    for row in lines:
        gross, tax = shop(row["discountedPriceSet"]), taxed(row["taxLines"])
        counts = gross != 0 or (not included and left >= tax)
        priced.append(_priced(gross, row["taxLines"] if counts else [], row["discountAllocations"], included))
        left -= tax if counts else ZERO
    return priced


def taxed(rows: Iterable[Document]) -> Decimal:
    """Add up tax lines."""
    return sum((shop(row["priceSet"]) for row in rows), ZERO)


def extras(order: Document) -> Iterator[tuple[str, str, Decimal, list[Document], str]]:
    """Give what is charged beside goods: kind, id, net amount, tax lines, title."""
    for line in order["lineItems"]:
        for duty in line["duties"]:
            yield "duty", duty["id"], shop(duty["price"]), duty["taxLines"], f"Duty on {line['title']}"
    tip = shop(order["totalTipReceivedSet"])
    if tip:
        yield "tip", "tip", tip, [], "Tip"


def rounding(order: Document) -> tuple[Decimal, Decimal] | None:
    """Give what the order's totals have beyond its parts, net and tax, if that is rounding and not a missing part.

    A shop that rounds tax once an order, and not once a line, differs by some of the smallest units.
    """
    included = order["taxesIncluded"]
    goods = [price_line(line, included=included) for line in order["lineItems"]]
    others = [(amount, taxed(rows)) for _, _, amount, rows, _ in extras(order)]
    others += [(shop(fee["price"]), taxed(fee["taxLines"])) for fee in order["additionalFees"]]
    parts = [(one.net, one.tax) for one in [*goods, *price_shipping(order)]] + others
    tax = shop(order["totalTaxSet"]) - sum((part[1] for part in parts), ZERO)
    total = shop(order["totalPriceSet"]) - sum((part[0] + part[1] for part in parts), ZERO)
    most = len(parts) * unit(order["currencyCode"])
    if (tax or total) and abs(tax) <= most and abs(total) <= most:
        return total - tax, tax
    return None


def unit(currency: str) -> Decimal:
    """Give what rounding may move at once: the smallest unit, or a hundredth where that is finer still."""
    return Decimal(1) if currency in WHOLE else Decimal("0.01")


def rate(rows: Iterable[Document]) -> Decimal:
    """Add up the rates of tax lines, as a share."""
    return sum((Decimal(str(row["rate"] or 0)) for row in rows), ZERO)


def exchange(bag: Document | None) -> str | None:
    """Give what one unit of the buyer's currency was in the shop's, from an amount in both."""
    if not bag or not paid(bag):
        return None
    return text((shop(bag) / paid(bag)).quantize(Decimal(1).scaleb(-FINEST)))


def text(amount: Decimal) -> str:
    """Write a decimal without an exponent and without zeros at its end."""
    plain = format(amount, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _priced(gross: Decimal, taxes: list[Document], allocations: list[Document], included: bool) -> Priced:
    tax, share = taxed(taxes), rate(taxes)
    amounts = [(row["discountApplication"], shop(row["allocatedAmountSet"])) for row in allocations]
    taken = tuple((found, *_split(amount, share, included)) for found, amount in amounts)
    return Priced(gross - tax if included else gross, tax, taken)


def _split(amount: Decimal, share: Decimal, included: bool) -> tuple[Decimal, Decimal]:
    digits = amount.as_tuple().exponent
    step = Decimal(1).scaleb(min(digits if isinstance(digits, int) else 0, -2))
    if included:
        net = (amount / (1 + share)).quantize(step, ROUND_HALF_UP)
        return net, amount - net
    return amount, (amount * share).quantize(step, ROUND_HALF_UP)


def _taxed(order: Document) -> Iterator[Document]:
    """Everything with tax lines that is not shipping."""
    yield from order["lineItems"]
    yield from (duty for line in order["lineItems"] for duty in line["duties"])
    yield from order["additionalFees"]


def application(found: Document) -> str:
    """Name a discount by its code, else its title, else its place."""
    return str(found.get("code") or found.get("title") or f"discount-{found['index']}")


def tax_lines(rows: Iterable[Document], tables: Tables) -> list[Document]:
    """Give taxes with the name that the table `taxes` has for them: by "title rate%", else by title."""
    known = tables.get("taxes", {})
    return [_tax(row, known) for row in rows]


def _tax(row: Document, known: Mapping[str, str]) -> Document:
    percent: Any = None if row["rate"] is None else text(Decimal(str(row["rate"])) * 100)
    code = row["title"] if percent is None else f"{row['title']} {percent}%"
    return {
        "id": known.get(code) or known.get(row["title"]) or code,
        "title": row["title"],
        "rate": percent,
        "amount": row["priceSet"]["shopMoney"]["amount"],
        "jurisdiction": row["title"],
        "collected": row["channelLiable"],
    }
