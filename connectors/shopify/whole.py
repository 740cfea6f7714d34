"""Proves that an order came whole, by its own totals."""

from __future__ import annotations

from decimal import Decimal

from hub.api import Document


def is_whole(order: Document) -> bool:
    """Tell whether the lines of an order are all there: as many pieces, and as much money, as it says itself."""
    lines = order["lineItems"]
    if sum(line["quantity"] for line in lines) < order["subtotalLineItemsQuantity"]:
        return False
    return sum((line_total(line) for line in lines), Decimal(0)) == shop(order["subtotalPriceSet"])


def line_total(line: Document) -> Decimal:
    """Give what a line costs after every discount, as the shop writes prices."""
    taken = sum((shop(row["allocatedAmountSet"]) for row in line["discountAllocations"]), Decimal(0))
    return shop(line["originalTotalSet"]) - taken


def shop(bag: Document | None) -> Decimal:
    """Read an amount in the shop's currency; nothing is zero."""
    return Decimal(bag["shopMoney"]["amount"]) if bag else Decimal(0)


def paid(bag: Document | None) -> Decimal:
    """Read an amount in the currency that the buyer paid in; nothing is zero."""
    return Decimal(bag["presentmentMoney"]["amount"]) if bag else Decimal(0)
