"""Amounts as Shopify writes them: in the shop's currency and in the buyer's."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hub.api import Document

WHOLE = frozenset(["JPY", "KRW", "VND", "CLP", "ISK"])
THREE = frozenset(["KWD", "BHD", "JOD", "OMR", "TND"])


@dataclass(frozen=True, slots=True)
class Till:
    """The two currencies of a sale: what one unit of the shop's is in the buyer's."""

    shop: str = "EUR"
    paid: str = "EUR"
    rate: Decimal = Decimal(1)

    def round(self, amount: Decimal) -> Decimal:
        """Round to the shop currency's smallest unit."""
        return rounded(amount, self.shop)

    def bag(self, amount: Decimal) -> Document:
        """Write an amount in both currencies."""
        return {
            "shopMoney": money(rounded(amount, self.shop), self.shop),
            "presentmentMoney": money(rounded(amount * self.rate, self.paid), self.paid),
        }


def digits(currency: str) -> int:
    """Tell how many decimals a currency has."""
    return 0 if currency in WHOLE else 3 if currency in THREE else 2


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the smallest unit."""
    return amount.quantize(Decimal(1).scaleb(-digits(currency)), ROUND_HALF_UP)


def money(amount: Decimal, currency: str) -> Document:
    """Write an amount as Shopify does: at least one decimal, no zeros behind it."""
    text = format(amount.normalize(), "f")
    return {"amount": text if "." in text else f"{text}.0", "currencyCode": currency}


def shop(bag: Any) -> Decimal:
    """Read an amount in the shop's currency."""
    return Decimal(bag["shopMoney"]["amount"])


def split(total: Decimal, weights: list[Decimal], currency: str) -> list[Decimal]:
    """Share an amount out over weights by largest remainder; equal ones go to the earlier."""
    unit = Decimal(1).scaleb(-digits(currency))
    whole = sum(weights)
    if not whole:
        return [Decimal(0) for _ in weights]
    exact = [total * weight / whole / unit for weight in weights]
    parts = [value.to_integral_value("ROUND_FLOOR") for value in exact]
    left = int(total / unit - sum(parts))
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    return [(part + (1 if i in order[:left] else 0)) * unit for i, part in enumerate(parts)]
