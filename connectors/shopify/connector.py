"""One Shopify store over its Admin GraphQL API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx

from connectors.shopify import (
    check,
    checkouts,
    customers,
    fulfillments,
    orders,
    products,
    refunds,
    returns,
    shipments,
    stock,
    subscriptions,
)
from connectors.shopify.bulk import Bulk, Harvest
from connectors.shopify.graph import Graph
from connectors.shopify.pages import Kind, Reader
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.tokens import Door
from connectors.shopify.whole import is_whole
from hub.api import Document, Lane, Page, Refused, Subscription, Token, Window, Write, Written

SEARCHED: dict[str, Kind] = {
    "orders": orders.KIND,
    "products": products.KIND,
    "customers": customers.KIND,
    "checkouts": checkouts.KIND,
}


class Shopify:
    """A store; the hub owns retries, pace, storage and mapping."""

    def __init__(self, settings: ShopifySettings, http: httpx.Client) -> None:
        http.base_url = settings.shop
        self._settings = settings
        self._http = http
        self._door = Door(settings, http)
        self._graph = Graph(http, self._door.sign)
        self._reader = Reader(self._graph, settings.page_size, settings.lines)

    def check(self) -> None:
        """Prove that the store lets us in, and serves the version that we speak."""
        check.check(self._graph)

    def cautions(self) -> Iterator[str]:
        """Say what limits the connection: scopes that are missing, the 60-day window, a version near its end."""
        answer = self._graph.ask("check")
        yield from check.cautions(answer, self._settings, self._graph.time)

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        """Page through a window; a back-fill goes through a bulk operation where the stream has one."""
        harvest = self._harvest(stream) if window.lane is Lane.BACKFILL else None
        if harvest is not None:
            return Bulk(self._graph, self._http).read(harvest, window)
        read = {
            "customers": customers.read,
            "products": products.read,
            "stock": stock.read,
            "orders": orders.read,
            "refunds": refunds.read,
            "returns": returns.read,
            "checkouts": checkouts.read,
            "shipments": fulfillments.read,
        }[stream]
        return read(self._reader, window)

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        """Read single records by id."""
        if stream == "shipments":
            yield from fulfillments.fetch(self._reader, ids)
        elif stream == "stock":
            yield from stock.fetch(self._reader, ids)
        else:
            fetch = {
                "customers": customers.fetch,
                "products": products.fetch,
                "orders": orders.fetch,
                "refunds": refunds.fetch,
                "returns": returns.fetch,
                "checkouts": checkouts.fetch,
            }[stream]
            yield from fetch(self._reader, list(ids))

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Write; what the store refuses is told for each write."""
        if stream == "customers":
            return customers.upsert(self._graph, self._reader, writes)
        if stream == "products":
            return products.upsert(self._graph, self._reader, writes)
        if stream == "stock":
            return stock.upsert(self._graph, self._reader, writes)
        if stream == "orders":
            return orders.upsert(self._graph, self._reader, self._settings, writes)
        if stream == "refunds":
            return refunds.upsert(self._graph, self._reader, self._settings, writes)
        return shipments.upsert(self._graph, self._reader, self._settings, writes)

    def find(self, stream: str, write: Write) -> str | None:
        """Tell whether a write has arrived: a customer by e-mail and reference, a shipment with its order."""
        if stream == "customers":
            return customers.find(self._graph, self._reader, write)
        if stream == "shipments":
            return shipments.find(self._reader, write)
        return None

    def search(self, stream: str, text: str) -> Iterator[Document]:
        """Look records up by number, e-mail, name or SKU."""
        if stream in SEARCHED:
            yield from self._reader.search(SEARCHED[stream], text)

    def subscriptions(self) -> Iterator[Subscription]:
        """List the store's promises to call us."""
        return subscriptions.listed(self._graph)

    def subscribe(self, topic: str, address: str, secret: str) -> Subscription:
        """Ask to be called; Shopify signs with the app's client secret, whatever `secret` is."""
        return subscriptions.subscribe(self._graph, topic, address)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Ask not to be called any more."""
        subscriptions.unsubscribe(self._graph, subscription)

    def use(self, token: Token) -> None:
        """Sign requests with this token from now on."""
        self._door.use(token)

    def renew(self, token: Token | None) -> Token:
        """Ask the store for the next token."""
        return self._door.renew(token)

    def _harvest(self, stream: str) -> Harvest | None:
        if stream == "orders":
            lists = {"LineItem": "lineItems", "ShippingLine": "shippingLines", "FulfillmentOrder": "fulfillmentOrders"}
            return Harvest(
                "orders_bulk",
                lists,
                lambda rows: [orders.with_state(row) for row in rows],
                is_whole,
                lambda ids: orders.fetch(self._reader, ids),
                {"FulfillmentOrder": {"FulfillmentOrderLineItem": "lines"}},
            )
        if stream == "customers":
            lists = {"MailingAddress": "addresses"}
            return Harvest(
                "customers_bulk",
                lists,
                lambda rows: [customers.plain(row) for row in rows],
                lambda row: True,
                lambda ids: iter(()),
            )
        if stream == "products":
            return Harvest(
                "products_bulk",
                {"ProductVariant": "variants"},
                lambda rows: products.of_shop(self._graph.ask("shop_currency"), rows) if rows else [],
                lambda row: bool(row["variants"]),
                lambda ids: products.fetch(self._reader, ids),
            )
        return None
