"""The items of an order: goods, shipping, fees and coupons, made from what a request asks for."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from connectors.woocommerce.sandbox import meta
from connectors.woocommerce.sandbox.errors import WooError
from connectors.woocommerce.sandbox.store import Store
from connectors.woocommerce.sandbox.totals import CENT, ZERO, money, net_of, number, rates_for, taxes_on
from hub.api import Document

WHOLE = {"JPY": Decimal(1)}


def change(store: Store, order: Document, body: Document) -> None:
    """Apply the items of a request: those with an id change (or go), those without are appended."""
    makers = {"line_items": goods_line, "shipping_lines": shipping_line, "fee_lines": fee_line}
    for name, make in makers.items():
        for wanted in body.get(name) or []:
            if wanted.get("id"):
                _edit(store, order, name, wanted)
            else:
                order[name].append(make(store, order, wanted))
    for wanted in body.get("coupon_lines") or []:
        if not wanted.get("id"):
            apply_coupon(store, order, str(wanted["code"]))


def goods_line(store: Store, order: Document, wanted: Document) -> Document:
    """Make a line of goods; a product that does not exist gives an empty line, as WooCommerce does."""
    article = store.article(int(wanted.get("product_id") or 0), int(wanted.get("variation_id") or 0))
    quantity = int(wanted.get("quantity") or 1)
    unit = Decimal(str((article or {}).get("price") or "0"))
    rates = rates_for(store, order)
    asked = Decimal(str(wanted.get("subtotal") or wanted.get("total") or unit * quantity))
    subtotal = net_of(asked, rates, _unit(order)) if order["prices_include_tax"] and "total" not in wanted else asked
    line = {
        "id": store.new_id("item"),
        "name": wanted.get("name") or _name(store, article),
        "product_id": (article or {}).get("parent_id") or (article or {}).get("id") or 0,
        "variation_id": article["id"] if article and article["id"] in store.variations else 0,
        "quantity": quantity,
        "tax_class": "",
        **_amounts(store, order, subtotal, Decimal(str(wanted.get("total") or subtotal))),
        "meta_data": _line_meta(store, article, wanted),
        "sku": article["sku"] if article else None,
        "global_unique_id": article["global_unique_id"] if article else None,
        "price": 0,
        "image": {"id": 0 if article is None or article["id"] in store.variations else "", "src": ""},
        "parent_name": _parent_name(store, article),
    }
    _price(line)
    return line


def shipping_line(store: Store, order: Document, wanted: Document) -> Document:
    """Make a shipping line."""
    total = Decimal(str(wanted.get("total") or "0"))
    taxes = taxes_on(total, [rate for rate in rates_for(store, order) if rate.shipping], _unit(order))
    return {
        "id": store.new_id("item"),
        "method_title": wanted.get("method_title", ""),
        "method_id": wanted.get("method_id", ""),
        "instance_id": wanted.get("instance_id", ""),
        "total": money(total),
        "total_tax": money(sum((amount for _, amount in taxes), ZERO)),
        "taxes": [{"id": rate.id, "total": money(amount), "subtotal": ""} for rate, amount in taxes],
        "tax_status": "taxable",
        "meta_data": [],
    }


def fee_line(store: Store, order: Document, wanted: Document) -> Document:
    """Make a fee, negative for a deduction; its `amount` stays empty."""
    total = Decimal(str(wanted.get("total") or "0"))
    taxable = wanted.get("tax_status", "taxable") == "taxable"
    taxes = taxes_on(total, rates_for(store, order) if taxable else [], _unit(order))
    return {
        "id": store.new_id("item"),
        "name": wanted.get("name", ""),
        "tax_class": "",
        "tax_status": wanted.get("tax_status", "taxable"),
        "amount": "",
        "total": money(total),
        "total_tax": money(sum((amount for _, amount in taxes), ZERO)),
        "taxes": [{"id": rate.id, "total": money(amount), "subtotal": ""} for rate, amount in taxes],
        "meta_data": [],
    }


def apply_coupon(store: Store, order: Document, code: str) -> None:
    """Take a coupon's discount off the lines and add its line."""
    coupon = store.coupons.get(code.lower())
    if coupon is None:
        message = f"Coupon &quot;{code.lower()}&quot; cannot be applied because it does not exist."
        raise WooError(
            400, "woocommerce_rest_invalid_coupon", message, {"status": 400, "new_draft_order_id": order["id"]}
        )
    before = [(Decimal(line["total"]), Decimal(line["total_tax"])) for line in order["line_items"]]
    for line, cut in zip(order["line_items"], _cuts(order, coupon), strict=True):
        line |= _amounts(store, order, Decimal(line["subtotal"]), Decimal(line["total"]) - cut)
        _price(line)
    after = [(Decimal(line["total"]), Decimal(line["total_tax"])) for line in order["line_items"]]
    net = sum((b[0] - a[0] for b, a in zip(before, after, strict=True)), ZERO)
    tax = sum((b[1] - a[1] for b, a in zip(before, after, strict=True)), ZERO)
    order["coupon_lines"].append(_coupon_line(store, coupon, net, tax))


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
        "discount_tax": money(tax),
        "meta_data": [
            {"id": store.new_id("meta"), **entry, "display_key": entry["key"], "display_value": entry["value"]}
        ],
        "discount_type": kind,
        "nominal_amount": nominal,
        "free_shipping": coupon["free_shipping"],
    }


def _cuts(order: Document, coupon: Document) -> list[Decimal]:
    totals = [Decimal(line["total"]) for line in order["line_items"]]
    amount, unit = Decimal(coupon["amount"]), _unit(order)
    if coupon["discount_type"] == "percent":
        return [(total * amount / 100).quantize(unit) for total in totals]
    if coupon["discount_type"] == "fixed_product":
        pairs = zip(totals, order["line_items"], strict=True)
        return [min(total, amount * line["quantity"]) for total, line in pairs]
    whole = min(sum(totals, ZERO), amount)
    cuts = [(whole * total / (sum(totals, ZERO) or 1)).quantize(unit, "ROUND_DOWN") for total in totals]
    if cuts:
        cuts[0] += whole - sum(cuts, ZERO)
    return cuts


def _amounts(store: Store, order: Document, subtotal: Decimal, total: Decimal) -> Document:
    rates = rates_for(store, order)
    before, after = taxes_on(subtotal, rates, _unit(order)), taxes_on(total, rates, _unit(order))
    return {
        "subtotal": money(subtotal),
        "subtotal_tax": money(sum((amount for _, amount in before), ZERO)),
        "total": money(total),
        "total_tax": money(sum((amount for _, amount in after), ZERO)),
        "taxes": [
            {"id": rate.id, "total": money(amount), "subtotal": money(old)}
            for (rate, amount), (_, old) in zip(after, before, strict=True)
        ],
    }


def _edit(store: Store, order: Document, name: str, wanted: Document) -> None:
    line = next((row for row in order[name] if row["id"] == int(wanted["id"])), None)
    if line is None:
        message = "Order item ID provided is not associated with order."
        raise WooError(400, "woocommerce_rest_invalid_item_id", message)
    if name == "line_items" and wanted.get("quantity") == 0:
        order[name].remove(line)
        return
    line |= {key: wanted[key] for key in ("quantity", "name", "method_title") if key in wanted}
    if "total" in wanted and name == "line_items":
        subtotal = Decimal(str(wanted.get("subtotal", wanted["total"])))
        line |= _amounts(store, order, subtotal, Decimal(str(wanted["total"])))
        _price(line)
    line["meta_data"] = meta.changed(line["meta_data"], wanted.get("meta_data") or [], lambda: store.new_id("meta"))


def _price(line: Document) -> None:
    line["price"] = number(Decimal(line["total"]) / (line["quantity"] or 1))


def _unit(order: Document) -> Decimal:
    return WHOLE.get(order["currency"], CENT)


def _name(store: Store, article: Document | None) -> str:
    if article is None:
        return ""
    if article["id"] not in store.variations:
        return str(article["name"])
    return f"{store.products[article['parent_id']]['name']} - {article['name']}"


def _parent_name(store: Store, article: Document | None) -> str | None:
    if article is None or article["id"] not in store.variations:
        return None
    return str(store.products[article["parent_id"]]["name"])


def _line_meta(store: Store, article: Document | None, wanted: Document) -> list[Document]:
    chosen = article["attributes"] if article and article["id"] in store.variations else []
    pairs: list[tuple[str, str, Any]] = [(a["name"].lower(), a["name"], a["option"]) for a in chosen]
    pairs += [(row["key"], row["key"], row["value"]) for row in wanted.get("meta_data") or []]
    return [
        {"id": store.new_id("meta"), "key": key, "value": value, "display_key": shown, "display_value": value}
        for key, shown, value in pairs
    ]
