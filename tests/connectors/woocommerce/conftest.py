"""A sandbox in the state of the recorded store, and the recorded answers themselves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from woo_captures import Capture, load
from woo_house import woo_house

from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.sandbox import Key, WooSandbox, products, seed
from connectors.woocommerce.settings import WooSettings
from hub.api import Limit
from hub.clock import World
from hub.http import open_client

__all__ = ["woo_house"]
NOW = datetime(2026, 11, 21, 22, 44, tzinfo=UTC)
SITE = "http://127.0.0.1:8081"
KEYS = (Key("ck_good", "cs_good"), Key("ck_read", "cs_read", "read"))
DERIVED = [
    "refunds",
    "payment_url",
    "is_editable",
    "needs_payment",
    "needs_processing",
    "currency_symbol",
    "_links",
    "date_created",
    "date_modified",
    "date_completed",
    "date_paid",
    "permalink",
    "price_html",
    "variations",
    "avatar_url",
]


@pytest.fixture(scope="session")
def capture() -> Callable[[str], Capture]:
    """Loads a recorded exchange by name; skips where there are none, fails where CI is set."""
    return load


@pytest.fixture
def sandbox() -> WooSandbox:
    """An empty store."""
    return WooSandbox(clock=lambda: NOW, keys=KEYS, site=SITE)


@pytest.fixture
def shop(sandbox: WooSandbox) -> WooSandbox:
    """A store with its seed in it."""
    seed(sandbox)
    return sandbox


@pytest.fixture
def twin(capture: Callable[[str], Capture]) -> Iterator[Callable[..., WooSandbox]]:
    """Makes sandboxes in the state of the recorded store: its orders of two pages, some products and customers.

    `late` adds the two orders that the recording itself made.
    """

    def make(zone: str = "America/New_York", *, late: bool = True) -> WooSandbox:
        made = WooSandbox(clock=lambda: NOW, keys=KEYS, site=SITE, zone=zone)
        fill(made, capture, ["order_create_meta", "order_create_empty"] if late else [])
        return made

    return make


def fill(sandbox: WooSandbox, capture: Callable[[str], Capture], late: list[str]) -> None:
    store = sandbox.store
    orders = [capture(name).answer for name in ("orders_page_last", "orders_page_first", "orders_status_trash")]
    for order in [*(o for page in orders for o in page), *(capture(name).answer for name in late)]:
        store.orders[store.claim("post", order["id"])] = bare(order)
        for refund in order["refunds"]:
            amount = refund["total"].lstrip("-")
            store.refunds[refund["id"]] = refund_of(order, refund["id"], amount, refund["reason"])
    for name in ("products_modified_after", "product_html_name", "product_variable"):
        for product in as_list(capture(name).answer):
            store.products[product["id"]] = bare(product)
    for number in capture("product_variable").answer["variations"]:
        store.variations[number] = products.blank_variation(store, number, store.products[25])
    for name in ("customers_role_all", "customers_default"):
        for customer in capture(name).answer:
            store.customers[store.claim("user", customer["id"])] = bare(customer)
    fourth = bare(capture("customers_default").answer[1]) | {"id": 4, "email": "customer02@example.test"}
    store.customers[store.claim("user", 4)] = fourth | {"username": "customer02"}


def bare(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in DERIVED}


def as_list(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else [answer]


def refund_of(order: dict[str, Any], number: int, amount: str, reason: str) -> dict[str, Any]:
    when = order["date_modified_gmt"]
    lines: dict[str, list[Any]] = {n: [] for n in ("line_items", "shipping_lines", "tax_lines", "fee_lines")}
    return {
        "id": number, "parent_id": order["id"], "date_created_gmt": when, "date_modified_gmt": when, "amount": amount,
        "reason": reason, "refunded_by": 1, "refunded_payment": False,
        "meta_data": [{"id": 1, "key": "_refund_type", "value": "partial"}], **lines,
    }  # fmt: skip


def send(sandbox: WooSandbox, method: str, path: str, **kwargs: Any) -> httpx.Response:
    """Ask a sandbox over TLS with a good key."""
    auth = kwargs.pop("auth", ("ck_good", "cs_good"))
    with httpx.Client(
        transport=httpx.MockTransport(sandbox), base_url="https://127.0.0.1:8081/wp-json/wc/v3"
    ) as client:
        return client.request(method, path, auth=auth, **kwargs)


@pytest.fixture
def ask() -> Callable[..., httpx.Response]:
    """Asks a sandbox over TLS with a good key."""
    return send


@pytest.fixture
def connect() -> Iterator[Callable[..., WooCommerce]]:
    """Makes connectors on a transport with the hub's own client: retries without waiting, typed errors."""
    clients: list[httpx.Client] = []

    def make(transport: Any = None, **settings: Any) -> WooCommerce:
        inner = None if transport is None else httpx.MockTransport(transport)
        world = World(sleep=lambda seconds: None)
        clients.append(open_client(limit=Limit(10_000, 10_000), world=world, transport=inner))
        given = {"url": "https://127.0.0.1:8081", "key": "ck_good", "secret": "cs_good", **settings}
        return WooCommerce(WooSettings.model_validate(given), clients[-1])

    yield make
    for client in clients:
        client.close()
