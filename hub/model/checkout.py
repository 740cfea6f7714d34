"""A purchase that was begun: an order that was not placed, or not yet. It is no order, and nothing is owed for it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.model.address import Address
from hub.model.field import Amount, Attribute, Currency, Custom, Instant, LinkTag, Model, Quantity
from hub.model.order import Discount, DiscountAllocation, Presentment, TaxLine


class CheckoutLine(Model):
    """What somebody was about to buy; `subtotal` before and `total` after discounts, as the shop shows its prices."""

    id: str
    variant: Annotated[str | None, LinkTag("variant")] = None
    sku: str | None = None
    title: str | None = None
    quantity: Quantity
    unit_price: Quantity | None = None
    subtotal: Amount | None = None
    total: Amount
    discounts: list[DiscountAllocation] = Field(default_factory=list)
    attributes: list[Attribute] = Field(default_factory=list)
    custom: Custom = Field(default_factory=dict)


class Checkout(Model):
    """A purchase that was begun at `created_at`; `completed_at` is when an order came of it, else None.

    Unlike an order it has no tax by the line: whether prices have tax in them, `prices_include_tax` says. At
    `recovery_url` the buyer can go on.
    """

    number: str | None = None
    currency: Currency
    presentment: Presentment | None = None
    prices_include_tax: bool | None = None
    customer: Annotated[str | None, LinkTag("customer")] = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    lines: list[CheckoutLine] = Field(default_factory=list)
    taxes: list[TaxLine] = Field(default_factory=list)
    discounts: list[Discount] = Field(default_factory=list)
    subtotal: Amount | None = None
    discount_total: Amount | None = None
    duty_total: Amount | None = None
    tax_total: Amount | None = None
    total: Amount
    note: str | None = None
    attributes: list[Attribute] = Field(default_factory=list)
    recovery_url: str | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    completed_at: Instant | None = None
    custom: Custom = Field(default_factory=dict)
