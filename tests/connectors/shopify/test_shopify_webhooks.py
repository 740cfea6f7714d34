"""What the store calls the hub with: verified, unordered, repeated."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import orjson
import pytest

from connectors.shopify import SPEC
from connectors.shopify.sandbox import Cart, Item, ShopifySandbox, changes, fulfillments, orders
from connectors.shopify.sandbox.hooks import Hooks
from connectors.shopify.sandbox.store import number_of
from connectors.shopify.webhooks import TOPICS, graph_topic, receive
from hub.api import AuthError, BadResponseError, Hook, Touched, Window

SECRET = "hush"


def hook(topic: str, body: Any, secret: str = SECRET, **headers: str) -> Hook:
    return Hooks(secret).signed(topic, orjson.dumps(body), **headers)


def touched(topic: str, body: Any) -> list[tuple[str, str]]:
    said = receive(hook(topic, body), [SECRET])
    return [(one.stream, one.external_id) for one in said if isinstance(one, Touched)]


@pytest.mark.parametrize("secrets", [["hush"], ["new", "hush"], ["hush", "new"]])
def test_any_secret_that_is_valid_now_will_do(secrets: list[str]) -> None:
    """T012: the old one and the new one, while the app's secret changes."""
    (one,) = receive(hook("orders/create", {"id": 5, "updated_at": "2026-11-20T10:00:00Z"}), secrets)
    assert one == Touched("orders", "5", "orders/create", "event-0", "2026-11-20T10:00:00Z")


@pytest.mark.parametrize("signature", [None, "", "nonsense", "bm9uc2Vuc2U=", "é"])
def test_a_wrong_signature_is_refused(signature: str | None) -> None:
    """T010: missing, empty, cut, wrong, not even ASCII."""
    made = hook("orders/create", {"id": 5})
    headers = {k: v for k, v in made.headers.items() if k != "x-shopify-hmac-sha256"}
    given = headers if signature is None else {**headers, "x-shopify-hmac-sha256": signature}
    with pytest.raises(AuthError):
        receive(Hook(given, made.body), [SECRET])
    with pytest.raises(AuthError):
        receive(made, [])


def test_the_bytes_that_came_are_what_was_signed() -> None:
    made = hook("orders/create", {"id": 5})
    with pytest.raises(AuthError):
        receive(Hook(made.headers, made.body + b" "), [SECRET])


@pytest.mark.parametrize("body", [b"{", b"[]", b"5", b""])
def test_what_is_signed_and_cannot_be_read_is_told(body: bytes) -> None:
    with pytest.raises(BadResponseError):
        receive(Hooks(SECRET).signed("orders/create", body), [SECRET])


def test_an_edit_is_no_order_and_lets_the_order_be_read(empty: ShopifySandbox, connect: Any, decode: Any) -> None:
    """T037."""
    order = orders.place(empty.store, Cart(items=[Item(title="A", price=Decimal(5))]))
    orders.edit(empty.store, order, order["lineItems"][0], Cart(items=[Item(title="B", price=Decimal(7))]))
    (edit,) = [h for h in empty.hooks.deliver() if h.headers["x-shopify-topic"] == "orders/edited"]
    (one,) = receive(edit, [SECRET])
    assert isinstance(one, Touched)
    (document,) = connect(empty).fetch(one.stream, [one.external_id])
    assert [line["title"] for line in decode("orders", document)["lines"]] == ["A", "B"]


def test_paid_before_created_is_the_same_order(empty: ShopifySandbox, connect: Any, decode: Any) -> None:
    """T034: whatever comes first, the order is read, and it is paid."""
    order = orders.place(empty.store, Cart(items=[Item(title="A", price=Decimal(5))]))
    orders.pay(empty.store, order)
    hooks = empty.hooks.deliver()
    topics = [h.headers["x-shopify-topic"] for h in hooks]
    assert topics == ["orders/create", "orders/updated", "orders/paid"]
    assert {graph_topic(topic) for topic in topics} <= set(TOPICS)
    for hook in reversed(hooks):
        (one,) = receive(hook, [SECRET])
        assert isinstance(one, Touched)
        (document,) = connect(empty).fetch(one.stream, [one.external_id])
        assert document["id"] == order["id"]
        assert decode("orders", document)["payment_status"] == "paid"


def test_unordered_and_repeated_calls_touch_the_same_records(shop: ShopifySandbox) -> None:
    """T001: the same event has the same id, whoever brings it."""
    for order in shop.store.all("Order")[:9]:
        shop.store.touch(order, "orders/updated")
    hooks = shop.hooks.deliver(Random(3))
    assert len(hooks) == 12
    events = [one.event for h in hooks for one in receive(h, [SECRET]) if isinstance(one, Touched)]
    assert (len(events), len(set(events))) == (12, 9)


@pytest.mark.parametrize(
    ("topic", "body", "records"),
    [
        ("orders/updated", {"id": 2**53 + 1}, [("orders", str(2**53 + 1))]),
        ("orders/delete", {"id": 5}, [("orders", "5")]),
        ("refunds/create", {"id": 7, "order_id": 5}, [("orders", "5"), ("refunds", "7")]),
        ("refunds/create", {"id": 7, "order_id": 5, "return": {"id": 6}},
         [("orders", "5"), ("refunds", "7"), ("returns", "6")]),
        ("returns/update", {"id": 6, "order": {"id": 5}}, [("orders", "5"), ("returns", "6")]),
        ("orders/create", {"id": 5, "checkout_id": 2**53 + 1}, [("orders", "5"), ("checkouts", str(2**53 + 1))]),
        ("checkouts/update", {"id": 2**53 + 1}, [("checkouts", str(2**53 + 1))]),
        ("fulfillments/update", {"id": 9, "order_id": 5}, [("orders", "5"), ("shipments", "9")]),
        ("fulfillment_events/create", {"id": 3, "fulfillment_id": 9, "order_id": 5}, [("shipments", "9")]),
        ("disputes/create", {"id": 9, "order_id": 5}, [("orders", "5")]),
        ("customers/update", {"id": 3}, [("customers", "3")]),
        ("customers/delete", {"id": 3}, [("customers", "3")]),
        ("customers/merge", {"admin_graphql_api_customer_kept_id": "gid://shopify/Customer/3",
                             "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/4"},
         [("customers", "3"), ("customers", "4")]),
        ("products/create", {"id": 4}, [("products", "4")]),
        ("inventory_levels/update", {"inventory_item_id": 8, "location_id": 2}, [("stock", "8:2")]),
        ("fulfillment_orders/placed_on_hold", {"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/1"}},
         [("orders", "FulfillmentOrder:1")]),
        ("fulfillment_orders/merged", {"fulfillment_order_merges": [{"fulfillment_order": {
            "id": "gid://shopify/FulfillmentOrder/1", "status": "open"}}]}, [("orders", "FulfillmentOrder:1")]),
        ("app/uninstalled", {"id": 1}, []),
        ("customers/redact", {"shop_id": 1, "customer": {"id": 3}}, [("customers", "3")]),
        ("customers/data_request", {"shop_id": 1, "customer": {"id": 3}}, [("customers", "3")]),
        ("shop/redact", {"shop_id": 1}, []),
    ],
)  # fmt: skip
def test_each_topic_says_what_to_read_again(topic: str, body: Any, records: list[tuple[str, str]]) -> None:
    """T009, T068."""
    assert touched(topic, body) == records


def test_stock_that_moves_is_told_by_place(shop: ShopifySandbox, connect: Any) -> None:
    level = shop.store.all("InventoryLevel")[0]
    changes.set_available(shop.store, level, 3)
    (one,) = [one for h in shop.hooks.deliver() for one in receive(h, [SECRET]) if isinstance(one, Touched)]
    (row,) = connect(shop).fetch(one.stream, [one.external_id])
    assert (row["available"], one.external_id) == (3, f"{number_of(level['item'])}:{number_of(level['location'])}")


def test_goods_that_move_to_another_place_are_told_by_their_own_number(
    empty: ShopifySandbox, connect: Any, decode: Any
) -> None:
    """The order itself does not move, and is not even named."""
    order = orders.place(empty.store, Cart(items=[Item(title="A", price=Decimal(5))]))
    empty.hooks.deliver()
    fulfillments.move(empty.store, order, empty.store.add("Location", {"name": "South", "isActive": True})["id"])
    (one, _) = [one for h in empty.hooks.deliver() for one in receive(h, [SECRET])]
    (document,) = connect(empty).fetch(one.stream, [one.external_id])
    assert document["id"] == order["id"]
    assert [source["location"] for source in decode("orders", document)["sources"]] == ["South"]


def test_subscriptions_are_kept_in_the_store(empty: ShopifySandbox, connect: Any) -> None:
    store = connect(empty)
    made = [store.subscribe(topic, "https://hub.example.test/hooks/shop", "unused") for topic in TOPICS]
    assert list(store.subscriptions()) == made
    assert all(one.active for one in made)
    store.unsubscribe(made[0])
    assert list(store.subscriptions()) == made[1:]
    assert SPEC.webhooks is not None
    assert SPEC.webhooks.secret == "client_secret"


def test_topics_have_two_spellings() -> None:
    assert graph_topic("inventory_levels/update") == "INVENTORY_LEVELS_UPDATE"


def test_a_window_after_lost_calls_brings_what_they_would_have(empty: ShopifySandbox, connect: Any) -> None:
    order = orders.place(empty.store, Cart(items=[Item(title="A", price=Decimal(5))]))
    empty.hooks.deliver()
    rows = [row for page in connect(empty).read("orders", Window(since=empty.store.clock())) for row in page.documents]
    assert [row["id"] for row in rows] == [order["id"]]
