"""Refunds by the API: what the store would give back, and giving it back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.shopify.sandbox import orders
from connectors.shopify.sandbox.customers import Answer, error
from connectors.shopify.sandbox.money import Till, shop
from connectors.shopify.sandbox.store import Store, find
from hub.api import Document

ZERO = Decimal(0)


def suggest(store: Store, order: Document, args: Document) -> Document:
    """Work out what lines and shipping give back, and out of which payment."""
    till: Till = order["till"]
    rows = [(find(order["lineItems"], one["lineItemId"]), one["quantity"]) for one in args.get("refundLineItems") or ()]
    total = Decimal(args.get("shippingAmount") or 0)
    for line, quantity in rows:
        row = orders.refund_line(store, order, till, line, quantity, "NO_RESTOCK", None)
        total += shop(row["subtotalSet"]) + (ZERO if order["taxesIncluded"] else shop(row["totalTaxSet"]))
    moved = [store.nodes[gid] for gid in order["transactions"]]
    paid = [row for row in moved if row["kind"] in ("SALE", "CAPTURE") and row["status"] == "SUCCESS"]
    bag = till.bag(total)
    payments = [{"gateway": row["gateway"], "parentTransaction": row["id"], "amountSet": bag} for row in paid[-1:]]
    return {"amountSet": bag, "suggestedTransactions": payments if total else []}


def create(store: Store, args: Document) -> Answer:
    """Give back; more of a line than is left is refused."""
    given = args["input"]
    order = store.get(given["orderId"])
    if order is None:
        return None, error("Order does not exist", "orderId")
    rows: list[Any] = []
    for place, one in enumerate(given.get("refundLineItems") or ()):
        line = find(order["lineItems"], one["lineItemId"])
        if line is None or one["quantity"] > line["currentQuantity"]:
            said = "Refund line items quantity cannot refund more items than were purchased"
            return None, error(said, "refundLineItems", str(place), "quantity")
        rows.append((line, one["quantity"], one.get("restockType") or "NO_RESTOCK"))
    where = next((one["locationId"] for one in given.get("refundLineItems") or () if one.get("locationId")), None)
    shipping = Decimal((given.get("shipping") or {}).get("amount") or 0)
    made = orders.refund(store, order, rows, shipping=shipping, note=given.get("note"), location=where)
    return {"refund": made}, []
