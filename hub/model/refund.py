"""Money given back, and goods taken back."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from hub.model.field import Amount, Currency, Custom, Instant, LinkTag, Model, Quantity
from hub.model.order import Presentment, TaxLine, Transaction


class Restock(StrEnum):
    """What happened to the goods of a refunded line."""

    NONE = "none"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class RefundLine(Model):
    """What was refunded of one order line; amounts are positive and net of tax."""

    id: str
    order_line: str | None = None
    variant: Annotated[str | None, LinkTag("variant")] = None
    sku: str | None = None
    title: str | None = None
    quantity: Quantity
    total: Amount
    tax: Amount | None = None
    taxes: list[TaxLine] = Field(default_factory=list)
    restock: Restock | None = None
    location: str | None = None
    custom: Custom = Field(default_factory=dict)


class Adjustment(Model):
    """A part of a refund that belongs to no line: shipping, a fee, a goodwill amount, a difference."""

    id: str
    kind: str | None = None
    title: str | None = None
    total: Amount
    tax: Amount | None = None


class Refund(Model):
    """One refund of an order; `total` is what the buyer got back, positive, tax included."""

    order: Annotated[str, LinkTag("order")]
    number: str | None = None
    currency: Currency | None = None
    presentment: Presentment | None = None
    total: Amount
    tax: Amount | None = None
    reason: str | None = None
    lines: list[RefundLine] = Field(default_factory=list)
    shipping: list[Adjustment] = Field(default_factory=list)
    adjustments: list[Adjustment] = Field(default_factory=list)
    transactions: list[Transaction] = Field(default_factory=list)
    created_at: Instant | None = None
    updated_at: Instant | None = None
    custom: Custom = Field(default_factory=dict)
