"""Everything the WooCommerce connector sends is in the store's contract, and everything the sandbox answers is too."""

from __future__ import annotations

import ast
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent))

sys.path.insert(0, str(Path(__file__).parents[1] / "connectors" / "woocommerce"))

from woo_captures import folder, load, parse
from woo_openapi import contract

from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.sandbox import WooSandbox, seed
from connectors.woocommerce.settings import WooSettings
from hub.api import Document, Limit, Window, Write
from hub.clock import World
from hub.http import open_client

NOW = datetime(2026, 11, 21, 22, 44, tzinfo=UTC)
CONNECTOR = Path(__file__).resolve().parents[2] / "connectors" / "woocommerce"
VERBS = {"get", "post", "put", "delete", "request"}
HABITS = {
    **{f"{name}: is missing": "only written" for name in ("password", "set_paid", "manual_update", "secret")},
    **{f"{name}: is missing": "only written" for name in ("api_refund", "api_restock", "added_by_user")},
    **{f"{name}: is missing": "shown for editing" for name in ("generated_slug", "permalink_template")},
    **{
        f"{name}{zone}: None is not of type 'string'": "not happened yet"
        for name in ("date_completed", "date_modified", "date_paid", "date_on_sale_from", "date_on_sale_to")
        for zone in ("", "_gmt")
    },
    "line_items.[].global_unique_id: None is not of type 'string'": "deleted product",
    "line_items.[].image.id: '' is not of type 'integer'": "no picture",
    "line_items.[].parent_name: None is not of type 'string'": "no variation",
    "line_items.[].sku: None is not of type 'string'": "deleted product",
    "shipping_class_id: 0 is not of type 'string'": "always a number",
    "stock_quantity: None is not of type 'integer'": "not counted",
    "status: 'trash' is not": "in the trash",
}
"""Where the real store's answers leave its own contract; each is shown by a recorded answer."""
OF_VARIATIONS = {
    "gallery_image_ids: is missing": "came with version 11",
    "image: None is not of type 'object'": "no picture",
    "type: 'variation' is not": "read as a product",
}
"""The same of variations, of which there is no recorded answer."""


class Recorder:
    """A transport that keeps what passes, and from which line of the connector it was asked."""

    def __init__(self, inner: WooSandbox) -> None:
        self.inner = inner
        self.answers: list[httpx.Response] = []
        self.places: set[tuple[str, int]] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner(request)
        self.answers.append(answer)
        frames = [f for f in traceback.extract_stack() if CONNECTOR in Path(f.filename).parents]
        own = [f for f in frames if "sandbox" not in f.filename]
        self.places.add((Path(own[-1].filename).name, own[-1].lineno or 0))
        return answer


@cache
def passed() -> Recorder:
    """Let the connector do everything it can, once, and keep what passed."""
    shop = shop_of_rarities()
    recorder = Recorder(shop)
    world = World(sleep=lambda seconds: None)
    with open_client(limit=Limit(10_000, 10_000), world=world, transport=httpx.MockTransport(recorder)) as client:
        given = {"url": "https://shop.test", "key": "ck_sandbox", "secret": "cs_sandbox", "page_size": 20}
        woo = WooCommerce(WooSettings.model_validate(given), client)
        for journey in (setting_up, reading, looking_up, writing, listening, in_an_older_store):
            journey(woo, shop)
    return recorder


def setting_up(woo: WooCommerce, shop: WooSandbox) -> None:
    woo.check()


def shop_of_rarities() -> WooSandbox:
    """Seed a store, with what is rare in one: a large family, refunds of lines and of an order in the trash."""
    shop = WooSandbox(clock=lambda: NOW)
    seed(shop, orders=60)
    family = next(product for product in shop.store.products.values() if product["type"] == "variable")
    for number in range(101):
        body = {"sku": f"MANY-{number}", "regular_price": "1.00"}
        ask(shop, "POST", f"/products/{family['id']}/variations", body)
    for order in [o for o in shop.store.orders.values() if o["status"] == "processing" and o["total"] > "1"][:3]:
        line = {"id": order["line_items"][0]["id"], "quantity": 1, "refund_total": "0.01"}
        ask(
            shop,
            "POST",
            f"/orders/{order['id']}/refunds",
            {"amount": "0.01", "api_refund": False, "line_items": [line]},
        )
    ask(shop, "DELETE", f"/orders/{order['id']}")
    return shop


def ask(shop: WooSandbox, method: str, path: str, body: Document | None = None) -> None:
    url = f"https://shop.test/wp-json/wc/v3{path}"
    answer = shop(
        httpx.Request(method, url, json=body, headers={"Authorization": "Basic Y2tfc2FuZGJveDpjc19zYW5kYm94"})
    )
    assert answer.status_code < 300, answer.text


def reading(woo: WooCommerce, shop: WooSandbox) -> None:
    windows = (Window(), Window(since=NOW - timedelta(days=300), until=NOW))
    for stream in ("customers", "products", "stock", "orders", "refunds"):
        for window in windows:
            pages = list(woo.read(stream, window))
            assert pages
            list(woo.read(stream, Window(window.since, window.until, pages[0].resume)))
        first = [str(row["id"]) for row in pages[0].documents][:3]
        assert list(woo.fetch(stream, first))
        list(woo.fetch(stream, [*first, "999999"]))


def looking_up(woo: WooCommerce, shop: WooSandbox) -> None:
    for stream, text in (("customers", "customer01@example.test"), ("customers", "José"), ("orders", "Berlin")):
        list(woo.search(stream, text))
    for stream in ("products", "stock"):
        list(woo.search(stream, "WOOL-100"))
        list(woo.search(stream, "Mohair"))


def writing(woo: WooCommerce, shop: WooSandbox) -> None:
    account = {"email": "new@example.test", "meta_data": [{"key": "entrepot_id", "value": "r1"}]}
    billing = {"first_name": "Ada", "city": "Leeds", "email": "new@example.test"}
    upsert(woo, "customers", Write("r1", "k", None, account), Write("r2", "k", "1", {"billing": billing}))
    upsert(woo, "customers", Write("r1", "k", None, account))  # its answer was lost: taken by us
    assert woo.find("customers", Write("r1", "k", None, account))
    refunded = next(r["parent_id"] for r in shop.store.refunds.values() if r["line_items"])
    order = shop.store.orders[refunded]
    notes = {"customer_note": "✓", "meta_data": [{"key": "a", "value": "b"}]}
    upsert(woo, "orders", Write("o1", "k", str(order["id"]), notes))
    for tags in (["not stopped: erp"], []):
        upsert(woo, "orders", Write("o1", "k", str(order["id"]), {"tags": tags}))
    upsert(woo, "shipments", Write("s1", "k", None, shipment(order)))
    assert woo.find("shipments", Write("s1", "k", None, shipment(order)))
    sock = next(row for row in shop.store.products.values() if row["sku"] == "SOCK")
    prices = [{"id": row["id"], "regular_price": "9.00", "sale_price": ""} for row in family(shop, sock["id"])]
    upsert(woo, "products", Write("p1", "k", str(sock["id"]), {"variations": prices}))
    levels = [row for page in woo.read("stock", Window()) for row in page.documents if row["manage_stock"] is True]
    upsert(woo, "stock", *[Write(f"l{row['id']}", "k", str(row["id"]), {"stock_quantity": 7}) for row in levels])


def listening(woo: WooCommerce, shop: WooSandbox) -> None:
    woo.subscribe("order.updated", "https://hub.test/webhooks/shop", "s3cret")
    for subscription in list(woo.subscriptions()):
        woo.unsubscribe(subscription)


def in_an_older_store(woo: WooCommerce, shop: WooSandbox) -> None:
    shop.store.version = "8.9.3"
    refunds = [row for page in woo.read("refunds", Window()) for row in page.documents]
    assert list(woo.fetch("refunds", [str(refunds[0]["id"])]))


def family(shop: WooSandbox, number: int) -> list[Document]:
    return [row for row in shop.store.variations.values() if row["parent_id"] == number]


def upsert(woo: WooCommerce, stream: str, *writes: Write) -> None:
    outcomes = list(woo.upsert(stream, writes))
    assert [type(outcome).__name__ for outcome in outcomes] == ["Written"] * len(writes), outcomes


def shipment(order: Document) -> Document:
    lines = [
        {"id": str(n), "order_line": str(line["id"]), "quantity": "1"} for n, line in enumerate(order["line_items"])
    ]
    parcel = {"tracking_number": "JD01", "tracking_url": "https://track.test/", "carrier": "DHL", "lines": lines}
    return {"order_id": str(order["id"]), "status": "in_transit", **parcel}


def requests() -> Iterator[httpx.Request]:
    return (answer.request for answer in passed().answers)


def test_every_request_that_the_connector_sends_is_in_the_contract() -> None:
    found = {f"{r.method} {r.url.path}: {fault}" for r in requests() for fault in contract().faults_of_request(r)}
    assert found == set()


def test_every_place_that_sends_has_been_recorded() -> None:
    contract()
    sending = {
        (path.name, line)
        for path in CONNECTOR.glob("*.py")
        if path.name != "refusals.py"  # where a check fails it asks WordPress itself, not the store
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in VERBS
        if ast.unparse(node.func.value) in ("http", "self._http")
        for line in [node.lineno]
    }
    assert sending - passed().places == set()
    assert len(sending) > 15


def test_every_answer_of_the_sandbox_is_one_that_the_contract_or_the_real_store_gives() -> None:
    found = {
        f"{a.request.method} {a.request.url.path}: {fault}"
        for a in passed().answers
        for fault in contract().faults_of_answer(a)
        if fault not in {**HABITS, **OF_VARIATIONS}
    }
    assert found == set()


def test_each_tolerated_answer_was_given_by_the_real_store() -> None:
    """What the store answers and its contract does not say is known from recordings, not from the sandbox."""
    load("order_single_full")  # says where the recordings are missing
    shown: set[str] = set()
    for path in folder().glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        if ">>> " not in text:
            continue
        seen = parse(path.stem, text)
        if isinstance(seen.answer, dict | list) and seen.method in ("GET", "POST", "PUT") and seen.status < 300:
            asked = httpx.Request(seen.method, seen.url)
            answer = httpx.Response(seen.status, json=seen.answer, request=asked)
            shown |= set(contract().faults_of_answer(answer))
    assert set(HABITS) - shown == set()
