"""Proves that an order's totals add up, and names what does not; nothing is ever spread to make them fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub.model.money import exponent

ZERO = Decimal(0)
TOTALS = ("total", "tax_total", "shipping_total")


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A total that is not the sum of its parts: what it says, and what the parts give."""

    path: str
    stated: Decimal
    computed: Decimal

    def __str__(self) -> str:
        return f"{self.path} says {self.stated}, its parts give {self.computed}"


def discrepancies(order: Mapping[str, Any]) -> list[Discrepancy]:
    """Name every total of an order, as canonical JSON, that its parts do not give or that its currency cannot hold."""
    stated = {path: number(order[path]) for path in TOTALS if order.get(path) is not None}
    return [*_sums(order, stated), *_too_fine(order["currency"], stated), *_negative(stated["total"])]


def _sums(order: Mapping[str, Any], stated: Mapping[str, Decimal]) -> Iterator[Discrepancy]:
    net, tax = _added(*order.get("lines", ()), *order.get("fees", ()))
    shipping, shipping_tax = _added(*order.get("shipping_lines", ()))
    tax += shipping_tax
    for path, computed in zip(TOTALS, (net + shipping + tax, tax, shipping), strict=True):
        if stated.get(path, computed) != computed:
            yield Discrepancy(path, stated[path], computed)


def _added(*parts: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    net = tax = ZERO
    for part in parts:
        net += number(part["total"])
        tax += number(part.get("tax"))
    return net, tax


def _too_fine(currency: str, stated: Mapping[str, Decimal]) -> Iterator[Discrepancy]:
    digits = exponent(currency)
    for path, amount in stated.items():
        if amount != round(amount, digits):
            yield Discrepancy(f"{path} (finer than {currency})", amount, round(amount, digits))


def _negative(total: Decimal) -> Iterator[Discrepancy]:
    if total < 0:
        yield Discrepancy("total (negative)", total, ZERO)


def number(value: str | float | None) -> Decimal:
    """Read an amount of canonical JSON; null counts as nothing."""
    if value is None:
        return ZERO
    return Decimal(value if isinstance(value, str) else str(value))
