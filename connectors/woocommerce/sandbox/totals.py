"""Taxes and totals of an order, rounded a line at a time to the store's two decimals."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from connectors.woocommerce.sandbox.store import Rate, Store
from hub.api import Document

CENT = Decimal("0.01")
ZERO = Decimal(0)
ITEMS = ("line_items", "shipping_lines", "fee_lines")


def money(amount: Decimal) -> str:
    """Write an amount with the store's two decimals."""
    return str(amount.quantize(CENT, ROUND_HALF_UP))


def number(amount: Decimal) -> int | float:
    """Write an amount as PHP's JSON does: whole numbers without a point."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def rates_for(store: Store, order: Document) -> list[Rate]:
    """Find the rates of the place that an order goes to; without an address that is the shop's own."""
    place = order["shipping"] if order["shipping"].get("country") else order["billing"]
    country, state = (place["country"], place["state"]) if place.get("country") else store.base
    state = state.removeprefix(f"{country}-")
    return [rate for rate in store.rates if rate.country == country and rate.state in ("", state)]


def taxes_on(net: Decimal, rates: Sequence[Rate], unit: Decimal = CENT) -> list[tuple[Rate, Decimal]]:
    """Tax a net amount; compound rates tax the plain taxes too."""
    plain = [(rate, _part(net, rate.percent, unit)) for rate in rates if not rate.compound]
    base = net + sum((amount for _, amount in plain), ZERO)
    return plain + [(rate, _part(base, rate.percent, unit)) for rate in rates if rate.compound]


def net_of(gross: Decimal, rates: Sequence[Rate], unit: Decimal = CENT) -> Decimal:
    """Take the taxes out of a gross amount, so that net and taxes add up to it."""
    plain = 1 + sum((rate.percent for rate in rates if not rate.compound), ZERO) / 100
    compound = 1 + sum((rate.percent for rate in rates if rate.compound), ZERO) / 100
    net = (gross / plain / compound).quantize(unit, ROUND_HALF_UP)
    return gross - sum((amount for _, amount in taxes_on(net, rates, unit)), ZERO)


def recalculate(store: Store, order: Document) -> None:
    """Write an order's tax lines and totals anew from its items."""
    total_of = {name: [Decimal(item["total"]) for item in order[name]] for name in ITEMS}
    tax_of = {name: [Decimal(item["total_tax"]) for item in order[name]] for name in ITEMS}
    discount, discount_tax = _discounts(order["line_items"])
    shipping_tax = sum(tax_of["shipping_lines"], ZERO)
    cart_tax = sum(tax_of["line_items"], ZERO) + sum(tax_of["fee_lines"], ZERO)
    goods = sum((sum(amounts, ZERO) for amounts in total_of.values()), ZERO)
    order["tax_lines"] = _tax_lines(store, order)
    order["discount_total"], order["discount_tax"] = money(discount), money(discount_tax)
    order["shipping_total"], order["shipping_tax"] = money(sum(total_of["shipping_lines"], ZERO)), money(shipping_tax)
    order["cart_tax"], order["total_tax"] = money(cart_tax), money(cart_tax + shipping_tax)
    order["total"] = money(goods + cart_tax + shipping_tax)


def _part(amount: Decimal, percent: Decimal, unit: Decimal) -> Decimal:
    return (amount * percent / 100).quantize(unit, ROUND_HALF_UP)


def _discounts(lines: list[Document]) -> tuple[Decimal, Decimal]:
    net = sum((Decimal(line["subtotal"]) - Decimal(line["total"]) for line in lines), ZERO)
    tax = sum((Decimal(line["subtotal_tax"]) - Decimal(line["total_tax"]) for line in lines), ZERO)
    return net, tax


def _tax_lines(store: Store, order: Document) -> list[Document]:
    goods: dict[int, Decimal] = {}
    freight: dict[int, Decimal] = {}
    for name in ITEMS:
        sums = freight if name == "shipping_lines" else goods
        for tax in (tax for item in order[name] for tax in item["taxes"]):
            sums[tax["id"]] = sums.get(tax["id"], ZERO) + Decimal(tax["total"] or "0")
    known = {line["rate_id"]: line["id"] for line in order["tax_lines"]}
    return [
        _tax_line(
            rate, known.get(rate.id) or store.new_id("item"), goods.get(rate.id, ZERO), freight.get(rate.id, ZERO)
        )
        for rate in store.rates
        if rate.id in goods or rate.id in freight
    ]


def _tax_line(rate: Rate, line_id: int, goods: Decimal, freight: Decimal) -> Document:
    return {
        "id": line_id,
        "rate_code": rate.code,
        "rate_id": rate.id,
        "label": rate.label,
        "compound": rate.compound,
        "tax_total": money(goods),
        "shipping_tax_total": money(freight),
        "rate_percent": number(rate.percent),
        "meta_data": [],
    }
