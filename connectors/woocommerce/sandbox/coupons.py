"""Coupons: what each takes off which line, worked out in cents as WooCommerce does, and written into the order."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_DOWN, Decimal

from connectors.woocommerce.sandbox.errors import WooError
from connectors.woocommerce.sandbox.store import Rate, Store
from connectors.woocommerce.sandbox.totals import (
    ZERO,
    amounts_of,
    exact,
    inside,
    number,
    rates_for,
    rounded,
    tax_mode,
    taxes_on,
    unit_of,
)
from hub.api import Document

ONE = Decimal(1)


@dataclass(slots=True)
class Item:
    """A line that a coupon may take something off: its price and what is off already, both in cents."""

    line: Document
    price: Decimal
    off: Decimal = ZERO

    @property
    def quantity(self) -> int:
        """How many pieces the line sells."""
        return int(self.line["quantity"])

    @property
    def left(self) -> Decimal:
        """What can still be taken off, in whole cents."""
        return _cents(self.price - self.off)


def apply(store: Store, order: Document, code: str) -> None:
    """Take a coupon's discount off the lines and add its line."""
    coupon = store.coupons.get(code.lower())
    if coupon is None:
        message = f"Coupon &quot;{code.lower()}&quot; cannot be applied because it does not exist."
        data = {"status": 400, "new_draft_order_id": order["id"]}
        raise WooError(400, "woocommerce_rest_invalid_coupon", message, data)
    unit, rates = unit_of(store, order), rates_for(store, order)
    items = _items(store, order, unit, rates)
    CUTS[coupon["discount_type"]](items, Decimal(coupon["amount"]), unit)
    discount = tax = ZERO
    for item in items:
        net, off_tax = _take(store, order, item, unit, rates)
        discount, tax = discount + net, tax + off_tax
    order["coupon_lines"].append(_coupon_line(store, coupon, discount, tax))


def _items(store: Store, order: Document, unit: Decimal, rates: list[Rate]) -> list[Item]:
    """List an order's lines with their prices in cents, as the buyer sees them; the dearest pieces first."""
    found = []
    for line in order["line_items"]:
        subtotal, total = exact(store, line)
        if order["prices_include_tax"]:
            subtotal += sum((amount for _, amount in taxes_on(subtotal, rates)), ZERO)
            total += sum((amount for _, amount in taxes_on(total, rates)), ZERO)
        found.append(Item(line, rounded(subtotal, unit / 10_000) / unit, rounded(subtotal - total, unit) / unit))
    return sorted(found, key=lambda item: item.price / (item.quantity or 1), reverse=True)


def _take(store: Store, order: Document, item: Item, unit: Decimal, rates: list[Rate]) -> tuple[Decimal, Decimal]:
    """Write a line's new amounts; give what was taken off net, and of its tax."""
    subtotal, total = exact(store, item.line)
    before = (
        subtotal + sum((a for _, a in taxes_on(subtotal, rates)), ZERO) if order["prices_include_tax"] else subtotal
    )
    now = before - item.off * unit  # what the buyer sees
    amount = (total + sum((a for _, a in taxes_on(total, rates)), ZERO) if order["prices_include_tax"] else total) - now
    taxes = inside(amount, rates) if order["prices_include_tax"] else taxes_on(amount, rates)
    tax = sum((each for _, each in taxes), ZERO)
    net = amount - tax if order["prices_include_tax"] else amount
    item.line |= amounts_of(store, order, item.line["id"], subtotal, max(ZERO, total - net))
    shown_tax = rounded(tax, unit, tax_mode(order))
    return (amount - shown_tax if order["prices_include_tax"] else amount), shown_tax


def _percent(items: list[Item], amount: Decimal, unit: Decimal) -> None:
    given = ZERO
    for item in items:
        off = min(item.left, (_cents(item.price) * amount / 100).to_integral_value(ROUND_DOWN))
        item.off, given = item.off + off, given + off
    whole = sum((_cents(item.price) for item in items), ZERO) * amount / 100
    _remainder(items, whole.to_integral_value(ROUND_HALF_DOWN) - given)


def _fixed_product(items: list[Item], amount: Decimal, unit: Decimal) -> None:
    for item in items:
        item.off += min(item.left, amount / unit * item.quantity)


def _fixed_cart(items: list[Item], amount: Decimal, unit: Decimal) -> None:
    """Share an amount among all pieces alike, again and again until nothing is left that could be shared."""
    left = amount / unit
    while left > 0:
        open_items = [item for item in items if item.left > 0]
        each = left // (sum(item.quantity for item in open_items) or 1) if open_items else ZERO
        if each < ONE:
            _remainder(items, left)
            return
        for item in open_items:
            off = min(item.left, each * item.quantity)
            item.off, left = item.off + off, left - off


def _remainder(items: list[Item], cents: Decimal) -> None:
    """Take single cents off, one a piece, until they are used up."""
    for item in items:
        for _ in range(item.quantity):
            off = min(item.left, ONE) if cents > 0 else ZERO
            item.off, cents = item.off + off, cents - off


CUTS: dict[str, Callable[[list[Item], Decimal, Decimal], None]] = {
    "percent": _percent,
    "fixed_product": _fixed_product,
    "fixed_cart": _fixed_cart,
}


def _cents(amount: Decimal) -> Decimal:
    return rounded(amount, ONE)


def _coupon_line(store: Store, coupon: Document, net: Decimal, tax: Decimal) -> Document:
    kind, nominal = coupon["discount_type"], number(Decimal(coupon["amount"]))
    info = json.dumps(
        [coupon["id"], coupon["code"], None if kind == "fixed_cart" else kind, nominal], separators=(",", ":")
    )
    entry = {"key": "coupon_info", "value": info}
    return {
        "id": store.new_id("item"),
        "code": coupon["code"],
        "discount": str(number(net)),  # "4", not "4.00"
        "discount_tax": store.money(tax),
        "meta_data": [
            {"id": store.new_id("meta"), **entry, "display_key": entry["key"], "display_value": entry["value"]}
        ],
        "discount_type": kind,
        "nominal_amount": nominal,
        "free_shipping": coupon["free_shipping"],
    }
