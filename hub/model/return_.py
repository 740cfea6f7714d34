"""Goods that a buyer sends back, and what the merchant sends instead. The money that follows is in refunds."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from hub.model.field import Amount, Currency, Custom, Instant, LinkTag, Model, Quantity
from hub.model.order import Fee, OrderRefund


class ReturnStatus(StrEnum):
    """How far a return has come."""

    REQUESTED = "requested"
    OPEN = "open"
    CLOSED = "closed"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class DispositionKind(StrEnum):
    """What became of goods that were to come back."""

    RESTOCKED = "restocked"
    NOT_RESTOCKED = "not_restocked"
    MISSING = "missing"
    TO_PROCESS = "to_process"


class ReturnLine(Model):
    """How much of one order line comes back; without an order line nobody has verified what was sold.

    `unit_price` is as the shop shows its prices. `reason` is the shop's code, `note` what was said to it, and
    `customer_note` the buyer's own words. `restocking_fee` is positive: the merchant keeps it.
    """

    id: str
    order_line: str | None = None
    variant: Annotated[str | None, LinkTag("variant")] = None
    sku: str | None = None
    title: str | None = None
    quantity: Quantity
    processed_quantity: Quantity | None = None
    refundable_quantity: Quantity | None = None
    refunded_quantity: Quantity | None = None
    unit_price: Quantity | None = None
    reason: str | None = None
    note: str | None = None
    customer_note: str | None = None
    restocking_fee: Amount | None = None
    custom: Custom = Field(default_factory=dict)


class ExchangeLine(Model):
    """What is sent instead. `order_lines` are what it became in the order; until then it has no price.

    `total` is after discounts and net of `tax`, as in an order line; `current_quantity` is what later edits left of it.
    """

    id: str
    order_lines: list[str] = Field(default_factory=list)
    variant: Annotated[str | None, LinkTag("variant")] = None
    sku: str | None = None
    title: str | None = None
    quantity: Quantity
    current_quantity: Quantity | None = None
    processed_quantity: Quantity | None = None
    unit_price: Quantity | None = None
    total: Amount | None = None
    tax: Amount | None = None
    custom: Custom = Field(default_factory=dict)


class ReturnParcel(Model):
    """One box on its way back."""

    id: str
    carrier_name: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    label_url: str | None = None


class Disposition(Model):
    """What was done with some pieces of an order line when they came, or did not."""

    id: str
    order_line: str | None = None
    kind: DispositionKind
    quantity: Quantity
    location: str | None = None
    at: Instant | None = None


class Decline(Model):
    """Why a return was refused, and what the buyer was told."""

    reason: str | None = None
    note: str | None = None


class Return(Model):
    """One return of an order; with `exchange_lines` it is an exchange. `fees` are what the merchant charges for it."""

    order: Annotated[str, LinkTag("order")]
    number: str | None = None
    status: ReturnStatus
    currency: Currency | None = None
    lines: list[ReturnLine] = Field(default_factory=list)
    exchange_lines: list[ExchangeLine] = Field(default_factory=list)
    fees: list[Fee] = Field(default_factory=list)
    refunds: list[OrderRefund] = Field(default_factory=list)
    parcels: list[ReturnParcel] = Field(default_factory=list)
    dispositions: list[Disposition] = Field(default_factory=list)
    decline: Decline | None = None
    created_at: Instant | None = None
    approved_at: Instant | None = None
    closed_at: Instant | None = None
    updated_at: Instant | None = None
    custom: Custom = Field(default_factory=dict)
