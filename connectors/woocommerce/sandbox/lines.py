"""The items of an order: goods, shipping, fees and coupons, made from what a request asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.woocommerce.sandbox import coupons, meta
from connectors.woocommerce.sandbox.errors import WooError
from connectors.woocommerce.sandbox.store import Rate, Store
from connectors.woocommerce.sandbox.totals import (
    ZERO,
    amounts_of,
    net_of,
    number,
    rates_for,
    rounded,
    shown_taxes,
    unit_of,
)
from hub.api import Document


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
            coupons.apply(store, order, str(wanted["code"]))
    for line in order["line_items"]:
        _price(line)


def goods_line(store: Store, order: Document, wanted: Document) -> Document:
    """Make a line of goods; a product that does not exist gives an empty line, as WooCommerce does."""
    article = store.article(int(wanted.get("product_id") or 0), int(wanted.get("variation_id") or 0))
    quantity = int(wanted.get("quantity") or 1)
    unit = Decimal(str((article or {}).get("price") or "0"))
    rates = rates_for(store, order)
    asked = Decimal(str(wanted.get("subtotal") or wanted.get("total") or unit * quantity))
    subtotal = net_of(asked, rates) if order["prices_include_tax"] and "total" not in wanted else asked
    number_of = store.new_id("item")
    return {
        "id": number_of,
        "name": wanted.get("name") or _name(store, article),
        "product_id": (article or {}).get("parent_id") or (article or {}).get("id") or 0,
        "variation_id": article["id"] if article and article["id"] in store.variations else 0,
        "quantity": quantity,
        "tax_class": "",
        **amounts_of(store, order, number_of, subtotal, Decimal(str(wanted.get("total") or subtotal))),
        "meta_data": _line_meta(store, article, wanted),
        "sku": article["sku"] if article else None,
        "global_unique_id": article["global_unique_id"] if article else None,
        "price": 0,
        "image": {"id": 0 if article is None or article["id"] in store.variations else "", "src": ""},
        "parent_name": _parent_name(store, article),
    }


def shipping_line(store: Store, order: Document, wanted: Document) -> Document:
    """Make a shipping line."""
    total = Decimal(str(wanted.get("total") or "0"))
    rates = [rate for rate in rates_for(store, order) if rate.shipping]
    return {
        "id": store.new_id("item"),
        "method_title": wanted.get("method_title", ""),
        "method_id": wanted.get("method_id", ""),
        "instance_id": wanted.get("instance_id", ""),
        **_charge(store, order, total, rates),
        "tax_status": "taxable",
        "meta_data": [],
    }


def fee_line(store: Store, order: Document, wanted: Document) -> Document:
    """Make a fee, negative for a deduction; its `amount` stays empty."""
    total = Decimal(str(wanted.get("total") or "0"))
    taxable = wanted.get("tax_status", "taxable") == "taxable"
    rates = rates_for(store, order) if taxable else []
    return {
        "id": store.new_id("item"),
        "name": wanted.get("name", ""),
        "tax_class": "",
        "tax_status": wanted.get("tax_status", "taxable"),
        "amount": "",
        **_charge(store, order, total, rates),
        "meta_data": [],
    }


def _charge(store: Store, order: Document, total: Decimal, rates: list[Rate]) -> Document:
    unit = unit_of(store, order)
    taxes = shown_taxes(order, total, rates, unit)
    return {
        "total": store.money(rounded(total, unit)),
        "total_tax": store.money(sum((amount for _, amount in taxes), ZERO)),
        "taxes": [{"id": rate.id, "total": store.money(amount), "subtotal": ""} for rate, amount in taxes],
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
        line |= amounts_of(store, order, line["id"], subtotal, Decimal(str(wanted["total"])))
    line["meta_data"] = meta.changed(line["meta_data"], wanted.get("meta_data") or [], lambda: store.new_id("meta"))


def _price(line: Document) -> None:
    line["price"] = number(Decimal(line["total"]) / (line["quantity"] or 1))


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
