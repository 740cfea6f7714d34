"""Fills a sandbox with what buyers regret: goods that come back, and checkouts that are left behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from connectors.shopify.sandbox import checkouts, returns
from connectors.shopify.sandbox.cart import Cart, Item
from connectors.shopify.sandbox.catalog import Place
from connectors.shopify.sandbox.returns import Back
from connectors.shopify.sandbox.store import Store
from hub.api import Document


def send_back(store: Store, wanted: Document, location: str) -> None:
    """Let goods of the first orders that were sent come back, each in another way; one for what is `wanted` more."""
    sent = [order for order in store.all("Order") if order["fulfillments"]]
    ways: tuple[Callable[[Store, Document], None], ...] = (
        lambda store, order: _exchange(store, order, wanted, location),
        *(_decline, _charge, _ask, _call_off),
    )
    for comes_back, order in zip(ways, sent, strict=False):
        comes_back(store, order)


def abandon(
    store: Store, people: Sequence[tuple[Document, Place]], fill: Callable[[int, Place], Cart], count: int
) -> None:
    """Leave checkouts behind, each fifth by somebody unknown."""
    for number in range(count):
        person, place = people[number % len(people)]
        known = {"customer": person["id"], "note": "" if number % 2 else "Ring twice"}
        known |= dict.fromkeys(("billingAddress", "shippingAddress"), person["defaultAddress"])
        known["customAttributes"] = [{"key": "source", "value": "banner 🌟"}] if number % 3 == 0 else []
        checkouts.abandon(store, fill(8 * number, place), **(known if number % 5 else {}))


def come_back(store: Store) -> None:
    """Let one in four of those who left a checkout behind complete it after all."""
    for made in store.all("AbandonedCheckout")[3::4]:
        checkouts.complete(store, made)


def _exchange(store: Store, order: Document, wanted: Document, location: str) -> None:
    """Sent in a parcel with a label, for something dearer."""
    title = store.nodes[wanted["product"]]["title"]
    item = Item(
        title=title, choice=wanted["title"], price=Decimal(wanted["price"]), variant=wanted["id"], sku=wanted["sku"]
    )
    cart = Cart(items=[item], included=order["taxesIncluded"], till=order["till"])
    back = Back(line=_shipped(store, order), reason="too-small", words="Zu klein 😕")
    made = returns.request(store, order, [back], instead=cart)
    returns.approve(store, made)
    returns.send(store, made, "DHL", f"RT{order['number']}")
    returns.process(store, made, location)
    returns.close(store, made)


def _decline(store: Store, order: Document) -> None:
    made = returns.request(store, order, [Back(line=_shipped(store, order))])
    returns.decline(store, made, note="After 100 days we take nothing back.")


def _charge(store: Store, order: Document) -> None:
    """On its way for a fee, together with something that nobody knows."""
    back = Back(line=_shipped(store, order), fee=Decimal("1.5"), reason="damaged", note="Box was wet")
    stray = Back(price=Decimal("9.99"), reason="wrong-item")
    made = returns.request(store, order, [back, stray], fee=Decimal("4.9"))
    returns.approve(store, made)


def _ask(store: Store, order: Document) -> None:
    returns.request(store, order, [Back(line=_shipped(store, order))])


def _call_off(store: Store, order: Document) -> None:
    made = returns.request(store, order, [Back(line=_shipped(store, order))])
    returns.approve(store, made)
    returns.cancel(store, made)


def _shipped(store: Store, order: Document) -> Document:
    """Give a line of an order that was sent."""
    rows = store.nodes[order["fulfillments"][0]]["fulfillmentLineItems"]
    return store.nodes[store.nodes[rows[0]]["lineItem"]]
