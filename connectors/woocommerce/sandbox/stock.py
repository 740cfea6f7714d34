"""Stock follows an order's status; the lines remember how much they took."""

from __future__ import annotations

from connectors.woocommerce.sandbox import meta
from connectors.woocommerce.sandbox.store import Store
from hub.api import Document

HOLDING = ("processing", "completed", "on-hold")
GIVING_BACK = ("cancelled", "pending")
TAKEN = "_reduced_stock"
PUT_BACK = "_restock_refunded_items"


def follow(store: Store, order: Document) -> None:
    """Take stock for an order that needs it, or give it back; the products' own times do not move."""
    for line in order["line_items"]:
        held = int(meta.value_of(line["meta_data"], TAKEN) or 0)
        if order["status"] in HOLDING and not held and _take(store, line, line["quantity"]):
            entry = {"key": TAKEN, "value": str(line["quantity"])}
            shown = {"display_key": TAKEN, "display_value": entry["value"]}
            line["meta_data"].append({"id": store.new_id("meta"), **entry, **shown})
        elif order["status"] in GIVING_BACK and held:
            _take(store, line, -held)
            line["meta_data"] = [row for row in line["meta_data"] if row["key"] != TAKEN]


def put_back(store: Store, line: Document, quantity: int) -> None:
    """Put refunded goods back on the shelf; the line keeps a tally of them."""
    held = int(meta.value_of(line["meta_data"], TAKEN) or 0)
    if not held or not _take(store, line, -quantity):
        return
    tally = int(meta.value_of(line["meta_data"], PUT_BACK) or 0) + quantity
    entries = [{"key": TAKEN, "value": str(held - quantity)}, {"key": PUT_BACK, "value": str(tally)}]
    rows = meta.changed(line["meta_data"], entries, lambda: store.new_id("meta"))
    line["meta_data"] = [{**row, "display_key": row["key"], "display_value": row["value"]} for row in rows]


def set_quantity(article: Document, quantity: int | None) -> None:
    """Set a stock and the status that follows from it."""
    article["stock_quantity"] = quantity
    if quantity is not None:
        none_left = "onbackorder" if article["backorders"] != "no" else "outofstock"
        article["stock_status"] = "instock" if quantity > 0 else none_left


def _take(store: Store, line: Document, quantity: int) -> bool:
    article = store.article(line["product_id"], line["variation_id"])
    if article is not None and article["manage_stock"] == "parent":
        article = store.products.get(line["product_id"])
    if article is None or article["manage_stock"] is not True:
        return False
    set_quantity(article, (article["stock_quantity"] or 0) - quantity)
    return True
