"""A sale: what was bought, by whom, at which price, and how far it has come.

Line, shipping and fee amounts are net of tax; tax stands beside them. So in `currency`
total = sum(lines: total + tax) + sum(shipping_lines) + sum(fees), whatever the shop shows its buyers.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from hub.model.address import Address
from hub.model.field import Amount, Attribute, Currency, Custom, Instant, LinkTag, Model, Percent, Quantity


class OrderStatus(StrEnum):
    """How far the order itself has come."""

    DRAFT = "draft"
    PENDING = "pending"
    OPEN = "open"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    FAILED = "failed"
    TRASHED = "trashed"


class PaymentStatus(StrEnum):
    """How far the money has come."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"
    EXPIRED = "expired"


class FulfillmentStatus(StrEnum):
    """How far the goods have come."""

    UNFULFILLED = "unfulfilled"
    PARTIAL = "partial"
    FULFILLED = "fulfilled"
    RESTOCKED = "restocked"
    ON_HOLD = "on_hold"
    SCHEDULED = "scheduled"


class OrderKind(StrEnum):
    """Where and how the order came to be."""

    ONLINE = "online"
    POS = "pos"
    B2B = "b2b"
    MANUAL = "manual"
    SUBSCRIPTION = "subscription"
    EXCHANGE = "exchange"
    MARKETPLACE = "marketplace"


class LineKind(StrEnum):
    """What an order line sells."""

    PRODUCT = "product"
    GIFT_CARD = "gift_card"
    TIP = "tip"
    DUTY = "duty"
    CUSTOM = "custom"


class TransactionKind(StrEnum):
    """What a movement of money did."""

    AUTHORIZATION = "authorization"
    CAPTURE = "capture"
    SALE = "sale"
    REFUND = "refund"
    VOID = "void"
    CHARGEBACK = "chargeback"


class TransactionStatus(StrEnum):
    """Whether a movement of money succeeded."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"


class TaxLine(Model):
    """One tax: `rate` in percent, `id` the shop's code; what is `collected` the marketplace owes, not the merchant."""

    id: str | None = None
    title: str | None = None
    rate: Percent | None = None
    amount: Amount | None = None
    jurisdiction: str | None = None
    collected: bool | None = None


class Discount(Model):
    """A discount on the whole order, with how much it took off (positive, net of tax); `id` is its code or name."""

    id: str
    title: str | None = None
    amount: Amount | None = None
    tax: Amount | None = None
    kind: str | None = None


class DiscountAllocation(Model):
    """The part of a discount that falls on a line."""

    id: str | None = None
    amount: Amount


class OrderLine(Model):
    """One line. `subtotal` is before and `total` after discounts, both net of `tax`; `current_quantity` after edits."""

    id: str
    kind: LineKind | None = None
    variant: Annotated[str | None, LinkTag("variant")] = None
    sku: str | None = None
    title: str | None = None
    quantity: Quantity
    current_quantity: Quantity | None = None
    unit_price: Quantity | None = None
    subtotal: Amount | None = None
    subtotal_tax: Amount | None = None
    total: Amount
    tax: Amount | None = None
    taxes: list[TaxLine] = Field(default_factory=list)
    discounts: list[DiscountAllocation] = Field(default_factory=list)
    presentment_total: Quantity | None = None
    requires_shipping: bool | None = None
    attributes: list[Attribute] = Field(default_factory=list)
    custom: Custom = Field(default_factory=dict)


class ShippingLine(Model):
    """What the buyer pays for one way of shipping; `carrier` and `code` name the shop's method."""

    id: str
    title: str | None = None
    code: str | None = None
    carrier: str | None = None
    total: Amount
    tax: Amount | None = None
    taxes: list[TaxLine] = Field(default_factory=list)
    custom: Custom = Field(default_factory=dict)


class Fee(Model):
    """A charge beside the goods; negative for a deduction."""

    id: str
    title: str | None = None
    total: Amount
    tax: Amount | None = None
    taxes: list[TaxLine] = Field(default_factory=list)
    custom: Custom = Field(default_factory=dict)


class Transaction(Model):
    """One movement of money, in the currency in which it moved."""

    id: str
    kind: TransactionKind
    status: TransactionStatus
    gateway: str | None = None
    amount: Amount
    currency: Currency
    reference: str | None = None
    at: Instant | None = None
    expires_at: Instant | None = None


class Presentment(Model):
    """The totals in the currency that the buyer saw and paid; `rate` is one unit of it in shop currency."""

    currency: Currency
    rate: Quantity | None = None
    subtotal: Amount | None = None
    discount_total: Amount | None = None
    shipping_total: Amount | None = None
    tax_total: Amount | None = None
    total: Amount | None = None


class Cancellation(Model):
    """When and why an order was cancelled."""

    at: Instant | None = None
    reason: str | None = None
    note: str | None = None


class Hold(Model):
    """A reason why an order must wait."""

    id: str
    reason: str | None = None
    at: Instant | None = None
    released_at: Instant | None = None


class LineSource(Model):
    """From where some pieces of a line are to be sent: of `quantity`, `left` have not been sent yet.

    `scheduled_at` is the day before which they shall not be.
    """

    id: str
    order_line: str | None = None
    location: str | None = None
    quantity: Quantity
    left: Quantity | None = None
    status: FulfillmentStatus | None = None
    scheduled_at: Instant | None = None


class DisputeKind(StrEnum):
    """How a buyer's bank asks for money back."""

    CHARGEBACK = "chargeback"
    INQUIRY = "inquiry"


class Dispute(Model):
    """A buyer's bank doubts a payment; `status` is the shop's word. No refund, even when it is lost."""

    id: str
    kind: DisputeKind | None = None
    status: str | None = None


class OrderRefund(Model):
    """What the order itself tells of a refund; the refund is a record of its own."""

    id: str
    amount: Amount
    reason: str | None = None


class Order(Model):
    """A sale, with the buyer's own copy of the addresses as they were then."""

    number: str
    kind: OrderKind | None = None
    status: OrderStatus
    payment_status: PaymentStatus | None = None
    fulfillment_status: FulfillmentStatus | None = None
    currency: Currency
    presentment: Presentment | None = None
    prices_include_tax: bool | None = None
    customer: Annotated[str | None, LinkTag("customer")] = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    company: str | None = None
    purchase_order: str | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    lines: list[OrderLine] = Field(default_factory=list)
    shipping_lines: list[ShippingLine] = Field(default_factory=list)
    fees: list[Fee] = Field(default_factory=list)
    taxes: list[TaxLine] = Field(default_factory=list)
    discounts: list[Discount] = Field(default_factory=list)
    refunds: list[OrderRefund] = Field(default_factory=list)
    transactions: list[Transaction] = Field(default_factory=list)
    disputes: list[Dispute] = Field(default_factory=list)
    subtotal: Amount | None = None
    discount_total: Amount | None = None
    shipping_total: Amount | None = None
    tax_total: Amount | None = None
    total: Amount
    outstanding: Amount | None = None
    payment_method: str | None = None
    payment_title: str | None = None
    payment_reference: str | None = None
    cancellation: Cancellation | None = None
    holds: list[Hold] = Field(default_factory=list)
    sources: list[LineSource] = Field(default_factory=list)
    note: str | None = None
    staff_note: str | None = None
    attributes: list[Attribute] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    channel: str | None = None
    test: bool | None = None
    placed_at: Instant | None = None
    paid_at: Instant | None = None
    completed_at: Instant | None = None
    updated_at: Instant | None = None
    custom: Custom = Field(default_factory=dict)
