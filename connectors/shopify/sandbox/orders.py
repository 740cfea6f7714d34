"""Orders: placed, paid, edited, refunded, cancelled - each moves the order and tells its webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from connectors.shopify.sandbox.cart import ZERO, Bill, Cart
from connectors.shopify.sandbox.money import Till, shop
from connectors.shopify.sandbox.store import Store, number_of
from hub.api import Document

BLANK: Mapping[str, Any] = {
    "cancelledAt": None,
    "cancelReason": None,
    "cancellation": None,
    "closed": False,
    "closedAt": None,
    "confirmed": True,
    "test": False,
    "edited": False,
    "sourceName": "web",
    "sourceIdentifier": None,
    "displayFinancialStatus": "PENDING",
    "displayFulfillmentStatus": "UNFULFILLED",
    "email": None,
    "phone": None,
    "customerLocale": "en",
    "note": None,
    "poNumber": None,
    "customer": None,
    "purchasingEntity": None,
    "billingAddress": None,
    "shippingAddress": None,
}
ADDRESSES = ("billingAddress", "shippingAddress")


def place(store: Store, cart: Cart, location: str | None = None, **given: Any) -> Document:
    """Place an order."""
    number, now = store.number(), store.now()
    lists: Document = {name: [] for name in ("tags", "customAttributes", "disputes", "transactions", "refunds")}
    lists |= {name: [] for name in ("fulfillments", "metafields", "paymentGatewayNames", "returns")}
    dates = {"createdAt": now, "processedAt": now, "updatedAt": now}
    body = {**BLANK, **lists, **dates, "number": number, "name": f"#{number}", "till": cart.till}
    given |= {name: _copied(store, given[name]) for name in ADDRESSES if given.get(name)}
    order = store.add("Order", {**body, **Bill(store, cart).order(), **given}, number)
    order["fulfillmentOrders"] = []
    to_fulfill(store, order, order["lineItems"], location)
    store.touch(order, "orders/create")
    return order


def _copied(store: Store, gid: str) -> str:
    """Give an order its own copy of an address."""
    return str(store.add("MailingAddress", {k: v for k, v in store.nodes[gid].items() if k != "id"})["id"])


def to_fulfill(store: Store, order: Document, lines: Sequence[Document], location: str | None) -> None:
    """Let a location fulfill those of some lines that need shipping."""
    rows = [
        store.add("FulfillmentOrderLineItem", {**_counts(line["quantity"]), "lineItem": line["id"]})["id"]
        for line in lines
        if line["requiresShipping"]
    ]
    if rows:
        made = {"status": "OPEN", "fulfillmentHolds": [], "fulfillAt": None, "lineItems": rows, "order": order["id"]}
        made["assignedLocation"] = {"location": location}
        order["fulfillmentOrders"].append(store.add("FulfillmentOrder", made)["id"])


def _counts(quantity: int) -> Document:
    return {"totalQuantity": quantity, "remainingQuantity": quantity}


def pay(
    store: Store, order: Document, amount: Decimal | None = None, kind: str = "SALE", gateway: str = "shopify_payments"
) -> Document:
    """Let money move; all of it by default."""
    due = shop(order["totalOutstandingSet"]) if amount is None else amount
    moved = transact(store, order, due, kind, gateway)
    if kind == "AUTHORIZATION":
        order["displayFinancialStatus"] = "AUTHORIZED"
    else:
        left = shop(order["totalOutstandingSet"]) - due
        order["totalOutstandingSet"] = order["till"].bag(left)
        order["displayFinancialStatus"] = "PARTIALLY_PAID" if left > 0 else "PAID"
    store.touch(order, "orders/updated", *(["orders/paid"] if order["displayFinancialStatus"] == "PAID" else []))
    return moved


def transact(store: Store, order: Document, amount: Decimal, kind: str, gateway: str) -> Document:
    """Note a movement of money."""
    till: Till = order["till"]
    moved = store.add(
        "OrderTransaction",
        {
            "kind": kind,
            "status": "SUCCESS",
            "gateway": gateway,
            "paymentId": f"pay-{number_of(order['id'])}-{len(order['transactions'])}",
            "amountSet": till.bag(amount),
            "processedAt": store.now(),
            "authorizationExpiresAt": "2026-12-01T00:00:00Z" if kind == "AUTHORIZATION" else None,
        },
    )
    order["transactions"].append(moved["id"])
    if gateway not in order["paymentGatewayNames"]:
        order["paymentGatewayNames"].append(gateway)
    return moved


def refund(
    store: Store,
    order: Document,
    lines: Sequence[tuple[Document, int, str]],
    *,
    shipping: Decimal = ZERO,
    more: Decimal = ZERO,
    note: str | None = None,
    money: bool = True,
    location: str | None = None,
    rate: Decimal | None = None,
) -> Document:
    """Give back: (line, quantity, restock type) each; `more` beyond the lines; `rate` where it moved since the sale."""
    till: Till = replace(order["till"], rate=rate) if rate else order["till"]
    rows = [refund_line(store, order, till, *line, location) for line in lines]
    total = sum((shop(row["subtotalSet"]) for row in rows), ZERO) + shipping + more
    total += ZERO if order["taxesIncluded"] else sum((shop(row["totalTaxSet"]) for row in rows), ZERO)
    moved = [transact(store, order, total, "REFUND", "shopify_payments")] if money and total else []
    for row in moved:
        row["amountSet"] = till.bag(total)
    made = store.add(
        "Refund",
        {
            **dict.fromkeys(("createdAt", "processedAt", "updatedAt"), store.now()),
            "note": note,
            "order": order["id"],
            "return": None,
            "totalRefundedSet": till.bag(total if money else ZERO),
            "duties": [],
            "refundLineItems": rows,
            "refundShippingLines": _refund_shipping(store, order, till, shipping),
            "orderAdjustments": _adjustments(store, till, more),
            "transactions": [row["id"] for row in moved],
        },
    )
    order["refunds"].append(made["id"])
    for line, quantity, _ in lines:
        line["currentQuantity"] -= quantity
    _tell_refund(store, order, made, money=money and bool(total))
    return made


def _tell_refund(store: Store, order: Document, made: Document, *, money: bool) -> None:
    given = sum((shop(store.nodes[gid]["totalRefundedSet"]) for gid in order["refunds"]), ZERO)
    if money:
        whole = given >= shop(order["totalPriceSet"])
        order["displayFinancialStatus"] = "REFUNDED" if whole else "PARTIALLY_REFUNDED"
    store.touch(order, "orders/updated")
    store.told("refunds/create", {"id": number_of(made["id"]), "order_id": number_of(order["id"])})


def refund_line(
    store: Store, order: Document, till: Till, line: Document, quantity: int, restock: str, location: str | None
) -> Document:
    """Take a share of a line: what is left of it goes with its last piece, so that parts add up."""
    taken = sum((shop(one["allocatedAmountSet"]) for one in line["discountAllocations"]), ZERO)
    gross = shop(line["originalTotalSet"]) - taken
    tax = sum((shop(one["priceSet"]) for one in line["taxLines"]), ZERO)
    before = [row for gid in order["refunds"] for row in store.nodes[gid]["refundLineItems"]]
    earlier = [row for row in before if row["lineItem"] == line["id"]]
    last = line["quantity"] == quantity + sum(row["quantity"] for row in earlier)
    share = Decimal(quantity) / line["quantity"]
    parts = [
        whole - sum((shop(row[name]) for row in earlier), ZERO) if last else till.round(whole * share)
        for name, whole in (("subtotalSet", gross), ("totalTaxSet", tax))
    ]
    return store.add(
        "RefundLineItem",
        {
            "quantity": quantity,
            "restockType": restock,
            "location": location if restock in ("RETURN", "CANCEL") else None,
            "lineItem": line["id"],
            "subtotalSet": till.bag(parts[0]),
            "totalTaxSet": till.bag(parts[1]),
        },
    )


def _refund_shipping(store: Store, order: Document, till: Till, amount: Decimal) -> list[Document]:
    if not amount:
        return []
    line = order["shippingLines"][0]["id"]
    made = {"subtotalAmountSet": till.bag(amount), "taxAmountSet": till.bag(ZERO), "shippingLine": line}
    return [store.add("RefundShippingLine", made)]


def _adjustments(store: Store, till: Till, more: Decimal) -> list[Document]:
    if not more:
        return []
    made = {"amountSet": till.bag(-more), "taxAmountSet": till.bag(ZERO), "reason": "REFUND_DISCREPANCY"}
    return [store.add("OrderAdjustment", made)]


def edit(store: Store, order: Document, remove: Document, cart: Cart) -> None:
    """Edit an order: one line goes, the lines of a cart come; its webhook is no order."""
    made = refund(store, order, [(remove, remove["currentQuantity"], "NO_RESTOCK")], money=False)
    _have_sent(store, order, remove, grow(store, order, cart))
    order["totalOutstandingSet"] = order["till"].bag(shop(order["totalOutstandingSet"]) - _worth(order, made))
    order["edited"] = True
    store.touch(order, "orders/updated")
    store.told("orders/edited", {"order_edit": {"id": store.number(), "order_id": number_of(order["id"])}})


def grow(store: Store, order: Document, cart: Cart) -> list[Document]:
    """Add the lines of a cart to an order; gives them."""
    added = Bill(store, cart).order()
    order["lineItems"] += added["lineItems"]
    order["subtotalLineItemsQuantity"] += added["subtotalLineItemsQuantity"]
    for name in ("subtotalPriceSet", "totalPriceSet", "totalTaxSet", "totalDiscountsSet", "totalOutstandingSet"):
        order[name] = order["till"].bag(shop(order[name]) + shop(added[name]))
    return list(added["lineItems"])


def _have_sent(store: Store, order: Document, remove: Document, lines: Sequence[Document]) -> None:
    """Bring what is to be sent in line with an edit: what was sent already stays sent."""
    for gid in order["fulfillmentOrders"]:
        for row in (store.nodes[row] for row in store.nodes[gid]["lineItems"]):
            if row["lineItem"] == remove["id"]:
                row |= _counts(row["totalQuantity"] - row["remainingQuantity"]) | {"remainingQuantity": 0}
    if order["fulfillmentOrders"] and lines:
        where = store.nodes[order["fulfillmentOrders"][0]]["assignedLocation"]["location"]
        to_fulfill(store, order, lines, where)


def _worth(order: Document, made: Document) -> Decimal:
    """Tell what the lines of a refund were sold for, with their tax."""
    names = ("subtotalSet",) if order["taxesIncluded"] else ("subtotalSet", "totalTaxSet")
    return sum((shop(row[name]) for row in made["refundLineItems"] for name in names), ZERO)


def hold(store: Store, order: Document, reason: str = "HIGH_RISK_OF_FRAUD") -> None:
    """Hold an order's fulfillment."""
    for gid in order["fulfillmentOrders"]:
        node = store.nodes[gid]
        node["status"] = "ON_HOLD"
        node["fulfillmentHolds"] = [store.add("FulfillmentHold", {"reason": reason, "reasonNotes": None})["id"]]
    order["displayFulfillmentStatus"] = "ON_HOLD"
    store.touch(order, "orders/updated")


def cancel(store: Store, order: Document, reason: str = "CUSTOMER", note: str | None = None) -> None:
    """Cancel an order."""
    order |= {"cancelledAt": store.now(), "cancelReason": reason, "cancellation": {"staffNote": note}}
    order |= {"closed": True, "closedAt": store.now()}
    if order["displayFinancialStatus"] in ("PENDING", "AUTHORIZED"):
        order["displayFinancialStatus"] = "VOIDED"
    for gid in order["fulfillmentOrders"]:
        store.nodes[gid]["status"] = "CANCELLED" if store.nodes[gid]["status"] != "CLOSED" else "CLOSED"
    store.touch(order, "orders/cancelled", "orders/updated")


def close(store: Store, order: Document) -> None:
    """Archive an order."""
    order |= {"closed": True, "closedAt": store.now()}
    store.touch(order, "orders/updated")
