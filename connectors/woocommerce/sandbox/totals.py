"""Taxes and totals of an order, as WooCommerce computes them: every line and tax rounded for itself, then added up.

Amounts stay exact until they are shown: the net of a price that includes tax has more digits than the store shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from connectors.woocommerce.sandbox.store import Rate, Store
from hub.api import Document

ZERO = Decimal(0)
PRECISION = Decimal("0.000001")
"""To which a tax is computed before it is rounded for a line."""
WHOLE = {"JPY": Decimal(1)}
ITEMS = ("line_items", "shipping_lines", "fee_lines")


def number(amount: Decimal) -> int | float:
    """Write an amount as PHP's JSON does: whole numbers without a point."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def rounded(amount: Decimal, unit: Decimal, mode: str = ROUND_HALF_UP) -> Decimal:
    """Round an amount to a multiple of a unit."""
    return (amount / unit).quantize(Decimal(1), mode) * unit


def unit_of(store: Store, order: Document) -> Decimal:
    """Give the smallest amount that an order is rounded to."""
    return max(WHOLE.get(order["currency"], ZERO), Decimal(1).scaleb(-store.decimals))


def tax_mode(order: Document) -> str:
    """Say how taxes are rounded: a half goes down where prices include them, so that both parts give the price."""
    return ROUND_HALF_DOWN if order["prices_include_tax"] else ROUND_HALF_UP


def rates_for(store: Store, order: Document) -> list[Rate]:
    """Find the rates of the place that an order goes to; without an address that is the shop's own."""
    place = order["shipping"] if order["shipping"].get("country") else order["billing"]
    country, state = (place["country"], place["state"]) if place.get("country") else store.base
    state = state.removeprefix(f"{country}-")
    return [rate for rate in store.rates if rate.country == country and rate.state in ("", state)]


def taxes_on(net: Decimal, rates: Sequence[Rate]) -> list[tuple[Rate, Decimal]]:
    """Tax a net amount; compound rates tax the plain taxes too."""
    plain = [(rate, net * rate.percent / 100) for rate in rates if not rate.compound]
    base = net + sum((amount for _, amount in plain), ZERO)
    taxes = plain + [(rate, base * rate.percent / 100) for rate in rates if rate.compound]
    return [(rate, rounded(amount, PRECISION)) for rate, amount in taxes]


def inside(gross: Decimal, rates: Sequence[Rate]) -> list[tuple[Rate, Decimal]]:
    """Find the taxes in a gross amount."""
    plain = 1 + sum((rate.percent for rate in rates if not rate.compound), ZERO) / 100
    compound = 1 + sum((rate.percent for rate in rates if rate.compound), ZERO) / 100
    base = gross / compound
    taxes = [(rate, base * rate.percent / 100 / plain) for rate in rates if not rate.compound]
    taxes += [(rate, base * rate.percent / 100) for rate in rates if rate.compound]
    return [(rate, rounded(amount, PRECISION)) for rate, amount in taxes]


def net_of(gross: Decimal, rates: Sequence[Rate]) -> Decimal:
    """Take the taxes out of a gross amount; the rest is not rounded."""
    return gross - sum((amount for _, amount in inside(gross, rates)), ZERO)


def exact(store: Store, line: Document) -> tuple[Decimal, Decimal]:
    """Give a line's subtotal and total with all their digits."""
    return store.exact.get(line["id"]) or (Decimal(line["subtotal"]), Decimal(line["total"]))


def amounts_of(store: Store, order: Document, line_id: int, subtotal: Decimal, total: Decimal) -> Document:
    """Write a line's exact amounts as they are shown, with its taxes."""
    store.exact[line_id] = subtotal, total
    unit, rates = unit_of(store, order), rates_for(store, order)
    before, after = (shown_taxes(order, amount, rates, unit) for amount in (subtotal, total))
    return {
        "subtotal": store.money(rounded(subtotal, unit)),
        "subtotal_tax": store.money(sum((amount for _, amount in before), ZERO)),
        "total": store.money(rounded(total, unit)),
        "total_tax": store.money(sum((amount for _, amount in after), ZERO)),
        "taxes": [
            {"id": rate.id, "total": store.money(new), "subtotal": store.money(old)}
            for (rate, new), (_, old) in zip(after, before, strict=True)
        ],
    }


def shown_taxes(order: Document, net: Decimal, rates: Sequence[Rate], unit: Decimal) -> list[tuple[Rate, Decimal]]:
    """Give each rate's tax on a net amount as a line shows it."""
    return [(rate, rounded(amount, unit, tax_mode(order))) for rate, amount in taxes_on(net, rates)]


def recalculate(store: Store, order: Document) -> None:
    """Write an order's tax lines and totals anew from its items."""
    total_of = {name: [Decimal(item["total"]) for item in order[name]] for name in ITEMS}
    tax_of = {name: [Decimal(item["total_tax"]) for item in order[name]] for name in ITEMS}
    discount, discount_tax = _discounts(order["line_items"])
    shipping_tax = sum(tax_of["shipping_lines"], ZERO)
    cart_tax = sum(tax_of["line_items"], ZERO) + sum(tax_of["fee_lines"], ZERO)
    goods = sum((sum(amounts, ZERO) for amounts in total_of.values()), ZERO)
    order["tax_lines"] = _tax_lines(store, order)
    money = store.money
    order["discount_total"], order["discount_tax"] = money(discount), money(discount_tax)
    order["shipping_total"], order["shipping_tax"] = money(sum(total_of["shipping_lines"], ZERO)), money(shipping_tax)
    order["cart_tax"], order["total_tax"] = money(cart_tax), money(cart_tax + shipping_tax)
    order["total"] = money(goods + cart_tax + shipping_tax)


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
            store,
            rate,
            known.get(rate.id) or store.new_id("item"),
            goods.get(rate.id, ZERO),
            freight.get(rate.id, ZERO),
        )
        for rate in store.rates
        if rate.id in goods or rate.id in freight
    ]


def _tax_line(store: Store, rate: Rate, line_id: int, goods: Decimal, freight: Decimal) -> Document:
    return {
        "id": line_id,
        "rate_code": rate.code,
        "rate_id": rate.id,
        "label": rate.label,
        "compound": rate.compound,
        "tax_total": store.money(goods),
        "shipping_tax_total": store.money(freight),
        "rate_percent": number(rate.percent),
        "meta_data": [],
    }
