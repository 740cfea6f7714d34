"""Proves that an order's totals add up, and names what does not; nothing is ever spread to make them fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from hub.model.money import exponent
from hub.model.order import Fee, Order, OrderLine, ShippingLine

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A total that is not the sum of its parts: what it says, and what the parts give."""

    path: str
    stated: Decimal
    computed: Decimal

    def __str__(self) -> str:
        return f"{self.path} says {self.stated}, its parts give {self.computed}"


def discrepancies(order: Order) -> list[Discrepancy]:
    """Name every total of an order that its parts do not give, and every amount finer than its currency allows."""
    return [*_sums(order), *_too_fine(order), *_negative(order)]


def gross(parts: Iterable[OrderLine | ShippingLine | Fee]) -> Decimal:
    """Add up lines with their tax."""
    return sum((part.total + (part.tax or ZERO) for part in parts), ZERO)


def _sums(order: Order) -> Iterator[Discrepancy]:
    parts: list[OrderLine | ShippingLine | Fee] = [*order.lines, *order.shipping_lines, *order.fees]
    stated_and_computed = [
        ("total", order.total, gross(parts)),
        ("tax_total", order.tax_total, sum((p.tax or ZERO for p in parts), ZERO)),
        ("shipping_total", order.shipping_total, sum((p.total for p in order.shipping_lines), ZERO)),
    ]
    for path, stated, computed in stated_and_computed:
        if stated is not None and stated != computed:
            yield Discrepancy(path, stated, computed)


def _too_fine(order: Order) -> Iterator[Discrepancy]:
    digits = exponent(order.currency)
    amounts = {"total": order.total, "tax_total": order.tax_total, "shipping_total": order.shipping_total}
    for path, amount in amounts.items():
        if amount is not None and amount != round(amount, digits):
            yield Discrepancy(f"{path} (finer than {order.currency})", amount, round(amount, digits))


def _negative(order: Order) -> Iterator[Discrepancy]:
    if order.total < 0:
        yield Discrepancy("total (negative)", order.total, ZERO)
