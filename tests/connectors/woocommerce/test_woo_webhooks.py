"""The store calls: what is believed, what a call touches, and how subscriptions are kept."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from woo_captures import folder, load

from connectors.woocommerce import SPEC
from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.sandbox import WooSandbox
from connectors.woocommerce.webhooks import sign
from hub.api import AuthError, BadResponseError, Hook, Subscribes, Touched

SECRET = "s3cr3t-é"
OUR_ADDRESS = "https://hub.test/webhooks/shop"
assert SPEC.webhooks is not None
receive = SPEC.webhooks.receive


def hook(body: bytes, topic: str = "order.updated", secret: str = SECRET, **headers: str) -> Hook:
    signed = {"x-wc-webhook-topic": topic, "x-wc-webhook-signature": sign(secret, body).decode()}
    return Hook({**signed, **headers}, body)


def as_hook(request: httpx.Request) -> Hook:
    return Hook({name.lower(): value for name, value in request.headers.items()}, request.content)


class Ear:
    """An address that the store can reach; answers what it is told to."""

    def __init__(self) -> None:
        self.heard: list[httpx.Request] = []
        self.answers = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        return httpx.Response(self.answers, request=request)

    def calls(self) -> list[tuple[str, int]]:
        """List topic and id of the calls that were no greeting, and forget them."""
        signed = [r for r in self.heard if "X-WC-Webhook-Topic" in r.headers]
        self.heard = []
        return [(r.headers["X-WC-Webhook-Topic"], json.loads(r.content)["id"]) for r in signed]


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def calling(ear: Ear, shop: WooSandbox, connect: Any) -> tuple[WooSandbox, WooCommerce]:
    """A store that calls the ear on every topic."""
    shop._reach = ear
    woo = connect(shop)
    assert SPEC.webhooks is not None
    for topic in SPEC.webhooks.topics:
        woo.subscribe(topic, OUR_ADDRESS, SECRET)
    ear.heard.clear()
    return shop, woo


# What is believed


def recorded() -> list[dict[str, Any]]:
    load("webhook_get")  # says where the recordings are missing
    return [json.loads(line) for line in (folder() / "webhook_all_requests.jsonl").read_text().splitlines()]


def test_every_recorded_call_is_believed_and_every_recorded_ping_is_a_greeting() -> None:
    seen = {"greeting": 0, "call": 0}
    for row in recorded():
        if row["path"] != "/h":
            continue
        call = Hook({k.lower(): v for k, v in row["headers"].items()}, base64.b64decode(row["body_b64"]))
        touched = receive(call, [SECRET])
        seen["call" if touched else "greeting"] += 1
    assert seen == {"greeting": 7, "call": 17}


@pytest.mark.parametrize(
    "headers",
    [
        {"x-wc-webhook-signature": ""},
        {"x-wc-webhook-signature": sign("other", b'{"id":1}').decode()},
        {"x-wc-webhook-signature": sign(SECRET, b'{"id":1}').decode()[:-4]},
        {"x-wc-webhook-signature": "é\x00"},
    ],
    ids=["missing", "wrong", "truncated", "rubbish"],
)
def test_a_call_without_a_valid_signature_is_refused(headers: dict[str, str]) -> None:
    """Missing, wrong or truncated."""
    with pytest.raises(AuthError):
        receive(hook(b'{"id":1}', **headers), [SECRET])


def test_bytes_that_were_changed_on_their_way_are_refused() -> None:
    call = hook(b'{"id":1}')
    with pytest.raises(AuthError):
        receive(Hook(call.headers, b'{"id":2}'), [SECRET])


def test_while_a_secret_is_changed_both_count() -> None:
    """And after it only the new one."""
    old, new = hook(b'{"id":1}', secret="old"), hook(b'{"id":1}', secret="new")
    assert receive(old, ["new", "old"]) == receive(new, ["new", "old"]) != []
    with pytest.raises(AuthError):
        receive(old, ["new"])
    with pytest.raises(AuthError):
        receive(new, [])


@pytest.mark.parametrize(
    ("kept", "used"),
    [("a&amp;b", "a&b"), ("&quot;x&#039;", "\"x'"), ("&lt;&gt;", "<>"), ("a&copy;b", "a&copy;b"), ("&ampx", "&ampx")],
)
def test_the_store_signs_with_the_secret_as_it_reads_without_entities(kept: str, used: str) -> None:
    assert sign(kept, b"x") == sign(used, b"x")
    assert receive(hook(b'{"id":1}', secret=used), [kept])


@pytest.mark.parametrize("body", [b"webhook_id=x", b"webhook_id=1&a=2", b"", b'{"id":1}'])
def test_only_the_ping_may_come_unsigned(body: bytes) -> None:
    assert receive(Hook({}, b"webhook_id=12"), [SECRET]) == []
    with pytest.raises(AuthError):
        receive(Hook({}, body), [SECRET])


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"a":1}', b""])
def test_what_holds_no_record_is_not_guessed_at(body: bytes) -> None:
    with pytest.raises(BadResponseError):
        receive(hook(body), [SECRET])


# What a call touches


def test_an_order_touches_itself_and_its_refunds(capture: Any) -> None:
    """A refund made elsewhere comes with the order's call."""
    order = {**capture("order_single_full").answer, "refunds": [{"id": 9}, {"id": 11}]}
    touched = receive(hook(json.dumps(order).encode()), [SECRET])
    assert touched[0] == Touched("orders", str(order["id"]), "order.updated", version=order["date_modified_gmt"])
    assert [(t.stream, t.external_id) for t in touched[1:]] == [("refunds", "9"), ("refunds", "11")]


@pytest.mark.parametrize(
    ("topic", "body", "touched"),
    [
        ("order.deleted", {"id": 5}, [("orders", "5")]),
        ("order.restored", {"id": 5, "refunds": []}, [("orders", "5")]),
        ("customer.created", {"id": 5}, [("customers", "5")]),
        ("product.updated", {"id": 5, "type": "simple", "variations": []}, [("products", "5"), ("stock", "5")]),
        ("product.updated", {"id": 5, "type": "variable", "variations": [6]}, [("products", "5")]),
        ("product.updated", {"id": 6, "type": "variation", "parent_id": 5}, [("products", "5"), ("stock", "6")]),
        ("product.deleted", {"id": 5}, [("products", "5"), ("stock", "5")]),
        ("coupon.updated", {"id": 5}, []),
        ("action.woocommerce_add_to_cart", {"id": 5}, []),
    ],
)
def test_a_call_names_what_it_touched(topic: str, body: dict[str, Any], touched: list[tuple[str, str]]) -> None:
    found = receive(hook(json.dumps(body).encode(), topic), [SECRET])
    assert [(t.stream, t.external_id) for t in found] == touched
    assert {t.event for t in found} <= {""}, "the delivery id of a second is one for all calls in it"


def test_two_calls_of_one_second_have_one_delivery_id_and_are_two(
    calling: tuple[WooSandbox, WooCommerce], ear: Ear, ask: Callable[..., Any]
) -> None:
    shop, _ = calling
    for _ in range(2):
        ask(shop, "POST", "/orders", json={"status": "processing"})
    shop.deliver()
    created = [r for r in ear.heard if r.headers["X-WC-Webhook-Topic"] == "order.created"]
    assert len({r.headers["X-WC-Webhook-Delivery-ID"] for r in created}) == 1
    assert len({t.external_id for r in created for t in receive(as_hook(r), [SECRET])}) == 2


# Subscriptions


def test_a_store_is_subscribed_to_and_left_again(shop: WooSandbox, connect: Any, ear: Ear) -> None:
    shop._reach = ear
    woo = connect(shop)
    assert isinstance(woo, Subscribes)
    made = woo.subscribe("order.updated", OUR_ADDRESS, SECRET)
    assert ear.heard[0].content == b"webhook_id=1"
    assert list(woo.subscriptions()) == [made]
    assert (made.topic, made.address, made.active) == ("order.updated", OUR_ADDRESS, True)
    woo.unsubscribe(made)
    woo.unsubscribe(made)  # it was deleted in the store's pages meanwhile
    assert list(woo.subscriptions()) == []


def test_more_subscriptions_than_fit_on_a_page_are_all_listed(shop: WooSandbox, connect: Any) -> None:
    woo = connect(shop)
    for number in range(103):
        woo.subscribe("order.updated", f"https://elsewhere.test/{number}", "x")
    assert len({s.external_id for s in woo.subscriptions()}) == 103


def test_a_webhook_that_failed_seven_times_is_seen_as_not_active(
    calling: tuple[WooSandbox, WooCommerce], ear: Ear, ask: Callable[..., Any]
) -> None:
    """Enabling it again leaves it one failure from its end; a new one starts afresh."""
    shop, woo = calling
    ear.answers = 500
    order = next(iter(shop.store.orders))

    def change(times: int) -> bool:
        for n in range(times):
            ask(shop, "PUT", f"/orders/{order}", json={"customer_note": str(n)})
            shop.deliver()
        return next(s.active for s in woo.subscriptions() if s.topic == "order.updated")

    assert [change(6), change(1)] == [True, False]
    ear.calls()
    assert change(1) is False
    assert ear.calls() == [], "a disabled webhook calls nobody"
    number = next(s.external_id for s in woo.subscriptions() if not s.active)
    ask(shop, "PUT", f"/webhooks/{number}", json={"status": "active"})
    assert change(1) is False
    woo.unsubscribe(next(s for s in woo.subscriptions() if not s.active))
    woo.subscribe("order.updated", OUR_ADDRESS, SECRET)
    assert change(6) is True


# The sandbox calls as the store does


def test_what_happens_to_an_order_is_called_as_measured(
    calling: tuple[WooSandbox, WooCommerce], ear: Ear, ask: Callable[..., Any]
) -> None:
    shop, _ = calling
    number = ask(shop, "POST", "/orders", json={"status": "processing"}).json()["id"]
    shop.deliver()
    assert ear.calls() == [("order.created", number), ("order.updated", number)]
    for note in ("a", "b"):
        ask(shop, "PUT", f"/orders/{number}", json={"customer_note": note})
    ask(shop, "POST", f"/orders/{number}/notes", json={"note": "nobody is told"})
    shop.deliver()
    assert ear.calls() == [("order.updated", number)]
    ask(shop, "DELETE", f"/orders/{number}")
    shop.deliver()
    assert ear.heard[0].content == b'{"id":%d}' % number
    assert ear.calls() == [("order.deleted", number)]
    ask(shop, "DELETE", f"/orders/{number}?force=true")
    assert shop.deliver() == 0


def test_customers_and_products_call_too(
    calling: tuple[WooSandbox, WooCommerce], ear: Ear, ask: Callable[..., Any]
) -> None:
    shop, _ = calling
    number = ask(shop, "POST", "/customers", json={"email": "x@example.test"}).json()["id"]
    product = next(row["id"] for row in shop.store.products.values() if row["type"] == "simple")
    ask(shop, "PUT", f"/products/{product}", json={"name": "New"})
    shop.deliver()
    assert ear.calls() == [("customer.created", number), ("customer.updated", number), ("product.updated", product)]


@pytest.mark.parametrize(("status", "repeats"), [(200, False), (201, True), (204, True), (500, True)])
def test_a_ping_not_answered_with_200_comes_again_after_every_call(
    shop: WooSandbox, connect: Any, ear: Ear, ask: Callable[..., Any], status: int, repeats: bool
) -> None:
    shop._reach = ear
    ear.answers = status
    connect(shop).subscribe("order.updated", OUR_ADDRESS, SECRET)
    ask(shop, "PUT", f"/orders/{next(iter(shop.store.orders))}", json={})
    shop.deliver()
    assert [r.content for r in ear.heard if r.content.startswith(b"webhook")] == [b"webhook_id=1"] * (1 + repeats)


def test_a_webhook_is_shown_as_recorded(shop: WooSandbox, ask: Callable[..., Any], capture: Any) -> None:
    real = capture("webhook_create_api").answer
    body = {"name": real["name"], "topic": real["topic"], "delivery_url": real["delivery_url"]}
    shown = ask(shop, "POST", "/webhooks", json=body).json()
    times = {name for name in real if name.startswith("date_")}
    assert {k: v for k, v in shown.items() if k not in {*times, "hooks"}} == {
        k: v for k, v in real.items() if k not in {*times, "hooks"}
    }
    bad = capture("webhook_bad_topic")
    again = ask(shop, "POST", "/webhooks", json={**body, "topic": "order.nonsense"})
    assert (again.status_code, again.json()) == (bad.status, bad.answer)
