"""What the double does beyond single recorded answers: keys, signatures, ties, trash, stock, the seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_QUERY, Client

from connectors.woocommerce.sandbox import WooSandbox, seed

NOW = datetime(2026, 11, 21, 22, 44, tzinfo=UTC)
ITEMS = ("line_items", "shipping_lines", "fee_lines")


def signed(url: str, secret: str = "cs_good", key: str = "ck_good", *, at: datetime = NOW, nonce: str = "n1") -> str:
    client = Client(
        key, client_secret=secret, signature_method=SIGNATURE_HMAC_SHA256, signature_type=SIGNATURE_TYPE_QUERY,
        timestamp=str(int(at.timestamp())), nonce=nonce,
    )  # fmt: skip
    return str(client.sign(url)[0])


def plain(sandbox: WooSandbox, url: str, **kwargs: Any) -> httpx.Response:
    with httpx.Client(transport=httpx.MockTransport(sandbox)) as client:
        return client.get(url, **kwargs)


ORDERS = "http://127.0.0.1:8081/wp-json/wc/v3/orders"


def test_basic_is_refused_over_plain_http_and_taken_over_tls(sandbox: WooSandbox, capture: Any) -> None:
    refused = plain(sandbox, ORDERS, auth=("ck_good", "cs_good"))
    assert (refused.status_code, refused.json()) == (401, capture("auth_basic_over_http_refused").answer)
    assert plain(sandbox, ORDERS.replace("http:", "https:"), auth=("ck_good", "cs_good")).status_code == 200
    behind_proxy = {"X-Forwarded-Proto": "https"}
    assert plain(sandbox, ORDERS, auth=("ck_good", "cs_good"), headers=behind_proxy).status_code == 200
    asked = plain(sandbox, f"{ORDERS}?consumer_key=ck_good&consumer_secret=cs_good", headers=behind_proxy)
    assert asked.status_code == 200


def test_bad_keys_and_signatures_are_refused_in_the_stores_own_words(sandbox: WooSandbox, capture: Any) -> None:
    secure = ORDERS.replace("http:", "https:")
    assert plain(sandbox, signed(f"{ORDERS}?per_page=1")).status_code == 200
    asked = {
        "auth_oauth1_nonce_replay": plain(sandbox, signed(f"{ORDERS}?per_page=1")),
        "auth_oauth1_bad_signature": plain(sandbox, signed(ORDERS, "cs_wrong", nonce="n2")),
        "auth_oauth1_unknown_key": plain(sandbox, signed(ORDERS, key="ck_nope", nonce="n3")),
        "auth_wrong_secret": plain(sandbox, secure, auth=("ck_good", "cs_wrong")),
    }
    for name, answer in asked.items():
        assert (answer.status_code, answer.json()) == (401, capture(name).answer), name
    stale = plain(sandbox, signed(ORDERS, at=NOW - timedelta(seconds=1000), nonce="n4"))
    assert (stale.status_code, stale.json()["message"]) == (401, "Invalid timestamp.")


def test_a_signature_counts_only_for_what_was_signed(sandbox: WooSandbox) -> None:
    assert plain(sandbox, signed(f"{ORDERS}?per_page=1") + "&page=2").status_code == 401
    assert plain(sandbox, signed(f"{ORDERS}?search=a%20b%2Bc&status=any", nonce="n5")).status_code == 200
    elsewhere = signed("http://other.test/wp-json/wc/v3/orders", nonce="n6")
    assert plain(sandbox, elsewhere).status_code == 401  # the site signs with its own address


def test_a_read_only_key_reads_and_may_not_write(sandbox: WooSandbox, capture: Any, ask: Any) -> None:
    read_only = ("ck_read", "cs_read")
    assert ask(sandbox, "GET", "/orders", auth=read_only).status_code == 200
    refused = ask(sandbox, "POST", "/orders", json={}, auth=read_only)
    assert (refused.status_code, refused.json()) == (401, capture("auth_readonly_key_write").answer)


def test_the_rest_route_parameter_knows_no_keys(sandbox: WooSandbox) -> None:
    url = "https://127.0.0.1:8081/?rest_route=/wc/v3/orders"
    assert plain(sandbox, url, auth=("ck_good", "cs_good")).status_code == 401


def pages(shop: WooSandbox, ask: Callable[..., httpx.Response], **params: str) -> Iterator[dict[str, Any]]:
    count = int(ask(shop, "HEAD", "/orders", params={"per_page": "100", **params}).headers["X-WP-TotalPages"])
    for page in range(1, count + 1):
        yield from ask(shop, "GET", "/orders", params={"per_page": "100", "page": str(page), **params}).json()


def test_orders_by_modification_lose_and_repeat_rows_at_ties_and_by_id_do_not(shop: WooSandbox, ask: Any) -> None:
    """T020: many orders share one modified second."""
    by_id = [row["id"] for row in pages(shop, ask, orderby="id", order="asc")]
    assert by_id == sorted(set(by_id))
    assert len(by_id) == 500
    lossy = [row["id"] for row in pages(shop, ask, orderby="modified", order="asc")]
    assert len(lossy) == 500
    assert len(set(lossy)) < 500
    assert lossy == [row["id"] for row in pages(shop, ask, orderby="modified", order="asc")]


def test_past_the_end_orders_count_zero_and_customers_still_count(shop: WooSandbox, ask: Any) -> None:
    orders = ask(shop, "GET", "/orders", params={"page": "99"})
    assert (orders.json(), orders.headers["X-WP-Total"]) == ([], "0")
    customers = ask(shop, "GET", "/customers", params={"page": "99"})
    assert (customers.json(), customers.headers["X-WP-Total"]) == ([], "124")


def test_the_same_post_twice_makes_two_orders(sandbox: WooSandbox, ask: Any) -> None:
    first, second = (ask(sandbox, "POST", "/orders", json={"status": "pending"}).json()["id"] for _ in range(2))
    assert first != second


def test_deleting_a_product_or_customer_leaves_orders_without_them(sandbox: WooSandbox, ask: Any) -> None:
    goods = ask(sandbox, "POST", "/products", json={"name": "A", "sku": "A", "regular_price": "2"}).json()["id"]
    buyer = ask(sandbox, "POST", "/customers", json={"email": "a@example.test"}).json()["id"]
    body = {"customer_id": buyer, "line_items": [{"product_id": goods, "quantity": 1}]}
    order = ask(sandbox, "POST", "/orders", json=body).json()["id"]
    ask(sandbox, "DELETE", f"/products/{goods}", params={"force": "true"})
    ask(sandbox, "DELETE", f"/customers/{buyer}", params={"force": "true"})
    found = ask(sandbox, "GET", f"/orders/{order}").json()
    assert found["customer_id"] == 0
    assert [(line["product_id"], line["sku"], line["name"]) for line in found["line_items"]] == [(0, None, "A")]


def test_a_note_moves_nothing_and_a_change_of_nothing_moves_the_time(ask: Any) -> None:
    moment = [NOW]
    sandbox = WooSandbox(clock=lambda: moment[0])
    key = ("ck_sandbox", "cs_sandbox")
    order = ask(sandbox, "POST", "/orders", json={}, auth=key).json()
    moment[0] += timedelta(minutes=1)
    ask(sandbox, "POST", f"/orders/{order['id']}/notes", json={"note": "x"}, auth=key)
    seen = ask(sandbox, "GET", f"/orders/{order['id']}", auth=key).json()
    assert seen["date_modified_gmt"] == order["date_modified_gmt"]
    ask(sandbox, "PUT", f"/orders/{order['id']}", json={"status": "pending"}, auth=key)
    seen = ask(sandbox, "GET", f"/orders/{order['id']}", auth=key).json()
    assert seen["date_modified_gmt"] == "2026-11-21T22:45:00"


def test_stock_follows_the_status_and_variations_change_beneath_their_parent_only(shop: WooSandbox, ask: Any) -> None:
    variation = next(v for v in shop.store.variations.values() if v["manage_stock"] is True)
    parent, before = variation["parent_id"], variation["stock_quantity"]
    line = {"product_id": parent, "variation_id": variation["id"], "quantity": 2}
    order = ask(shop, "POST", "/orders", json={"status": "processing", "line_items": [line]}).json()["id"]
    assert variation["stock_quantity"] == before - 2
    ask(shop, "PUT", f"/orders/{order}", json={"status": "cancelled"})
    assert variation["stock_quantity"] == before
    refused = ask(shop, "PUT", f"/products/{variation['id']}", json={"stock_quantity": 5})
    assert (refused.status_code, refused.json()["code"]) == (404, "woocommerce_rest_invalid_product_id")
    moved = shop.store.products[parent]["date_modified_gmt"]
    body = {"update": [{"id": variation["id"], "stock_quantity": 0}, {"id": 999999, "stock_quantity": 1}]}
    rows = ask(shop, "POST", f"/products/{parent}/variations/batch", json=body).json()["update"]
    assert (rows[0]["stock_quantity"], rows[0]["stock_status"]) == (0, "outofstock")
    assert rows[1]["error"]["code"] == "woocommerce_rest_product_variation_invalid_id"
    assert shop.store.products[parent]["date_modified_gmt"] == moved


def test_refunds_are_listed_over_all_orders_with_the_order_they_belong_to(shop: WooSandbox, ask: Any) -> None:
    rows = ask(shop, "GET", "/refunds", params={"per_page": "100"}).json()
    assert len(rows) == len(shop.store.refunds) > 20
    some = next(row for row in rows if row["line_items"])
    order = ask(shop, "GET", f"/orders/{some['parent_id']}").json()
    assert {"id": some["id"], "reason": some["reason"], "total": f"-{some['amount']}"} in order["refunds"]
    refunded = {entry["value"] for entry in some["line_items"][0]["meta_data"]}
    assert refunded <= {str(line["id"]) for line in order["line_items"]}


def test_the_seed_makes_varied_orders_that_add_up(shop: WooSandbox, ask: Any) -> None:
    rows = list(pages(shop, ask, orderby="id"))
    for row in rows:
        items = [item for name in ITEMS for item in row[name]]
        assert Decimal(row["total"]) == sum(Decimal(i["total"]) + Decimal(i["total_tax"]) for i in items), row["id"]
        taxes = sum(Decimal(t["tax_total"]) + Decimal(t["shipping_tax_total"]) for t in row["tax_lines"])
        assert Decimal(row["total_tax"]) == taxes
        assert Decimal(row["total"]) >= 0
        assert row["currency"] != "JPY" or Decimal(row["total"]) % 1 == 0
    assert set(Counter(row["status"] for row in rows)) == {
        "completed", "processing", "on-hold", "pending", "cancelled", "failed", "refunded", "checkout-draft"
    }  # fmt: skip
    assert {row["currency"] for row in rows} == {"USD", "EUR", "GBP", "JPY", "CAD"}
    assert {row["prices_include_tax"] for row in rows} == {True, False}
    traits = {
        "guest": lambda r: r["customer_id"] == 0,
        "no e-mail": lambda r: r["billing"]["email"] == "",
        "refund": lambda r: r["refunds"],
        "coupon": lambda r: r["coupon_lines"],
        "fee": lambda r: r["fee_lines"],
        "deleted product": lambda r: any(line["product_id"] == 0 for line in r["line_items"]),
        "compound tax": lambda r: any(tax["compound"] for tax in r["tax_lines"]),
        "nothing to pay": lambda r: Decimal(r["total"]) == 0,
        "no lines": lambda r: not r["line_items"],
        "right to left": lambda r: "א" <= r["billing"]["first_name"][:1] <= "ي",
        "variation": lambda r: any(line["variation_id"] for line in r["line_items"]),
    }
    assert [name for name, has in traits.items() if not any(has(row) for row in rows)] == []


def test_the_same_seed_makes_the_same_shop() -> None:
    first, second = WooSandbox(clock=lambda: NOW), WooSandbox(clock=lambda: NOW)
    for one in (first, second):
        seed(one, orders=40, seed=3)
    assert first.store.orders == second.store.orders
    assert len([row for row in first.store.orders.values() if row["status"] != "trash"]) == 40
