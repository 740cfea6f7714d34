"""Abandoned checkouts: a cart that somebody filled and left, and that may still become an order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from connectors.shopify.sandbox import orders
from connectors.shopify.sandbox.cart import ZERO, Bill, Cart
from connectors.shopify.sandbox.store import Store
from hub.api import Document

LEFT = timedelta(minutes=10)
"""Before that a checkout is one that somebody is busy with, and is not shown."""
GIVEN = ("customer", "billingAddress", "shippingAddress", "customAttributes")


def abandon(store: Store, cart: Cart, **given: Any) -> Document:
    """Fill a cart, say who it is for as far as `given`, and leave."""
    number, now, bill = store.number(), store.now(), Bill(store, cart)
    sums, bag = bill.order(), cart.till.bag
    body: Document = {
        "name": f"#{number}",
        "abandonedCheckoutUrl": f"https://sandbox.myshopify.com/checkouts/{number}/recover",
        **dict.fromkeys(("createdAt", "updatedAt"), now),
        **dict.fromkeys(("completedAt", *GIVEN)),
        "customAttributes": [],
        "note": "",
        "discountCodes": [cart.code] if cart.off or cart.shipping_off else [],
        **{name: sums[name] for name in ("subtotalPriceSet", "taxLines", "taxesIncluded", "totalPriceSet")},
        "totalTaxSet": sums["totalTaxSet"],
        "totalDiscountSet": sums["totalDiscountsSet"],
        "totalDutiesSet": bag(duties) if (duties := sum((item.duty for item in cart.items), ZERO)) else None,
        "totalLineItemsPriceSet": bag(sum((item.price * item.quantity for item in cart.items), ZERO)),
        "lineItems": [_line(store, cart, line, bill) for line in enumerate(sums["lineItems"])],
        "cart": cart,
    }
    made = store.add("AbandonedCheckout", {**body, **given}, number)
    store.touch(made, "checkouts/create")
    return made


def _line(store: Store, cart: Cart, placed: tuple[int, Document], bill: Bill) -> str:
    place, line = placed
    kept = ("sku", "title", "variantTitle", "quantity", "variant", "customAttributes", "originalUnitPriceSet")
    body = {
        **{name: line[name] for name in kept},
        "originalTotalPriceSet": line["originalTotalSet"],
        "discountedTotalPriceWithCodeDiscount": cart.till.bag(bill.gross[place]),
        "discountAllocations": [{**row, "id": str(n)} for n, row in enumerate(line["discountAllocations"])],
    }
    return str(store.add("AbandonedCheckoutLineItem", body)["id"])


def is_shown(store: Store, checkout: Document) -> bool:
    """Tell whether a checkout counts as abandoned: it was left for a while, whatever came of it then."""
    until = _moment(checkout["completedAt"]) if checkout["completedAt"] else store.clock()
    return until - _moment(checkout["createdAt"]) >= LEFT


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def change(store: Store, checkout: Document, **given: Any) -> None:
    """Let the buyer come back and change something, without buying."""
    checkout |= given
    store.touch(checkout, "checkouts/update")


def buy(store: Store, checkout: Document, location: str | None = None) -> Document:
    """Let the buyer come back and buy: an order is placed, and the checkout is complete."""
    given = {name: checkout[name] for name in GIVEN if checkout[name]}
    order = orders.place(store, checkout["cart"], location, checkout=checkout["id"], **given)
    complete(store, checkout)
    return order


def complete(store: Store, checkout: Document) -> None:
    """Note that an order came of it."""
    checkout["completedAt"] = store.now()
    store.touch(checkout, "checkouts/update")


def forget(store: Store, checkout: Document) -> None:
    """Delete a checkout, as the store does after some months."""
    store.told("checkouts/delete", {"id": int(checkout["name"].removeprefix("#"))})
    store.remove(checkout["id"])
