"""One WooCommerce store over its REST API v3."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import httpx

from connectors.woocommerce import customers, orders, permissions, prices, products, refunds, shipments, stock, webhooks
from connectors.woocommerce.answers import document, documents, unread
from connectors.woocommerce.auth import make_auth
from connectors.woocommerce.pages import Params, read_newest, read_pages
from connectors.woocommerce.refusals import answers_plainly, is_gone, plain_links, set_up_error
from connectors.woocommerce.settings import WooSettings
from hub.api import AuthError, Document, HubError, Page, Refused, RejectedError, Subscription, Window, Write, Written

LISTS: dict[str, tuple[str, Params]] = {
    "customers": ("customers", {"role": "all"}),  # anybody with an account may have bought
    "products": ("products", {}),
    "stock": ("products", stock.LISTED),
    "orders": ("orders", {}),
    "refunds": ("refunds", {}),
}
COMPLETED: dict[str, Callable[[httpx.Client, Sequence[Document]], list[Document]]] = {
    "products": products.with_variations,
    "stock": stock.of_products,
    "refunds": refunds.with_order,
}
PER_REQUEST = 100


class WooCommerce:
    """A store; the hub owns retries, pace, storage and mapping."""

    def __init__(self, settings: WooSettings, http: httpx.Client) -> None:
        http.base_url = f"{settings.url}/wp-json/wc/v3/"
        http.auth = make_auth(settings)
        self._settings = settings
        self._http = http

    def check(self) -> None:
        """Prove that the URL is a store and that the key may read it, and write where it must."""
        url = self._settings.url
        try:
            permissions.require(self._http, url, writes=self._settings.writes)
        except HubError as error:
            plain = answers_plainly(self._http, url, error)
            raise plain_links(error, url) if plain else set_up_error(error, url) from error

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        """Page through a window; customers and stock have no filter, and are read whole while they are few."""
        try:
            yield from self._pages(stream, window)
        except (AuthError, RejectedError) as error:
            raise set_up_error(error, self._settings.url) from error

    def _pages(self, stream: str, window: Window) -> Iterator[Page]:
        if stream == "refunds":
            yield from refunds.read(self._http, window, self._settings.page_size)
            return
        path, params = LISTS[stream]
        size = self._settings.page_size
        if stream == "customers":
            yield from read_newest(self._http, path, window, params, size)
            return
        is_whole = stream == "stock" and stock.is_read_whole(self._http, window, size)
        asked = replace(window, since=None, until=None) if is_whole else window
        complete = COMPLETED.get(stream)
        if complete is None:
            yield from read_pages(self._http, path, asked, params, size, unread)
            return
        for page in read_pages(self._http, path, asked, params, size):
            yield replace(page, documents=complete(self._http, page.documents))

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        """Read single records by id; a trashed order is still there, as such."""
        if stream in ("customers", "orders"):
            yield from self._listed(stream, ids)
        elif stream == "refunds":
            for start in range(0, len(ids), PER_REQUEST):
                yield from refunds.fetch(self._http, ids[start : start + PER_REQUEST])
        else:
            one = {"products": products.fetch, "stock": stock.fetch, "shipments": shipments.fetch}[stream]
            yield from filter(None, (one(self._http, external_id) for external_id in ids))

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Write; what the store refuses is told for each write."""
        if stream == "shipments":
            return shipments.upsert(self._http, self._settings, writes)
        work = {
            "customers": customers.upsert,
            "products": prices.upsert,
            "orders": orders.upsert,
            "stock": stock.upsert,
        }[stream]
        return work(self._http, writes)

    def find(self, stream: str, write: Write) -> str | None:
        """Tell whether a write has arrived: an account by e-mail and reference, a shipment in its order.

        Stock and prices have nothing to look for: setting them again is harmless.
        """
        if stream == "customers":
            return customers.find(self._http, write)
        if stream == "shipments":
            return shipments.find(self._http, write)
        return None

    def search(self, stream: str, text: str) -> Iterator[Document]:
        """Look records up by number, e-mail, name or SKU."""
        if stream == "customers" and "@" in text:
            yield from filter(None, [customers.by_email(self._http, text)])
            return
        path, params = LISTS[stream]
        by = "sku" if stream in ("products", "stock") else "search"
        found = documents(self._http.get(path, params={**params, by: text, "per_page": "20"}))
        if not found and by == "sku":
            found = documents(self._http.get(path, params={**params, "search": text, "per_page": "20"}))
        complete = COMPLETED.get(stream)
        yield from complete(self._http, found) if complete else found

    def subscriptions(self) -> Iterator[Subscription]:
        """List the store's webhooks, others' too."""
        return webhooks.subscriptions(self._http)

    def subscribe(self, topic: str, address: str, secret: str) -> Subscription:
        """Have the store call an address about a topic."""
        return webhooks.subscribe(self._http, topic, address, secret)

    def unsubscribe(self, subscription: Subscription) -> None:
        """End the store's calls; that there are none already is fine."""
        webhooks.unsubscribe(self._http, subscription)

    def _listed(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        path, params = LISTS[stream]
        for start in range(0, len(ids), PER_REQUEST):
            some = ids[start : start + PER_REQUEST]
            asked = {**params, "include": ",".join(some), "per_page": str(PER_REQUEST)}
            found = documents(self._http.get(path, params=asked)) if len(some) > 1 else []
            yield from found
            seen = {str(row["id"]) for row in found}
            yield from filter(None, (self._single(path, number) for number in some if number not in seen))

    def _single(self, path: str, external_id: str) -> Document | None:
        try:
            return document(self._http.get(f"{path}/{external_id}"))
        except RejectedError as error:
            if is_gone(error):
                return None
            raise
