"""Signing in on the wire: Basic over TLS, and a signature of its own for every attempt over plain http."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from connectors.woocommerce.auth import SignedPerAttempt, make_auth
from connectors.woocommerce.sandbox import Key, WooSandbox, seed
from connectors.woocommerce.settings import WooSettings
from hub.api import AuthError, Window
from hub.testing import serve

EMPTY = httpx.Response(200, json=[], headers={"X-WP-Total": "0", "X-WP-TotalPages": "0"})
PLAIN = {"url": "http://127.0.0.1:8081"}


def settings(**given: Any) -> WooSettings:
    return WooSettings.model_validate({"url": "https://shop.test", "key": "ck", "secret": "cs", **given})


@respx.mock
def test_over_tls_the_key_and_secret_are_sent_as_basic(connect: Any) -> None:
    route = respx.get("https://127.0.0.1:8081/wp-json/wc/v3/orders").mock(return_value=EMPTY)
    list(connect().read("orders", Window()))
    sent = route.calls.last.request
    assert sent.headers["Authorization"] == "Basic Y2tfZ29vZDpjc19nb29k"
    assert b"oauth" not in sent.url.query
    assert b"secret" not in sent.url.query


@respx.mock
def test_over_plain_http_the_query_is_signed_and_the_secret_stays_home(connect: Any) -> None:
    route = respx.get("http://127.0.0.1:8081/wp-json/wc/v3/orders").mock(return_value=EMPTY)
    list(connect(**PLAIN).read("orders", Window()))
    sent = route.calls.last.request
    query = parse_qs(sent.url.query.decode())
    assert query["oauth_consumer_key"] == ["ck_good"]
    assert query["oauth_signature_method"] == ["HMAC-SHA256"]
    assert {"oauth_nonce", "oauth_timestamp", "oauth_signature", "oauth_version"} <= query.keys()
    assert "Authorization" not in sent.headers
    assert "cs_good" not in str(sent.url)


def test_every_attempt_carries_a_nonce_of_its_own(sandbox: WooSandbox, connect: Any) -> None:
    seen: list[str] = []

    def failing_twice(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.params["oauth_nonce"])
        answer = sandbox(request)  # the store has taken the nonce, and the answer is lost
        return answer if len(seen) > 2 else httpx.Response(503, request=request)

    sandbox.store.clock = lambda: datetime.now(UTC)  # signatures carry the time of this machine
    list(connect(failing_twice, **PLAIN).read("orders", Window()))
    assert len(seen) == len(set(seen)) == 3


def test_the_auth_flow_only_leaves_the_signer_with_the_request() -> None:
    request = httpx.Request("GET", "http://shop.test/wp-json/wc/v3/orders?a=1")
    flow = make_auth(settings(url="http://shop.test")).auth_flow(request)
    asked = next(flow)
    assert str(asked.url) == "http://shop.test/wp-json/wc/v3/orders?a=1"
    once, twice = (asked.extensions["hub.sign"](asked) for _ in range(2))
    assert once.url.params["oauth_nonce"] != twice.url.params["oauth_nonce"]
    assert once.url.params["a"] == "1"


def test_a_signed_write_keeps_its_body(sandbox: WooSandbox, connect: Any) -> None:
    sandbox.store.clock = lambda: datetime.now(UTC)  # signatures carry the time of this machine
    connect(sandbox, **PLAIN).check()
    assert [line.split("?")[0] for line in sandbox.requests] == [
        *(f"GET /wp-json/wc/v3/{name}" for name in ("orders", "products", "customers")),
        *(f"POST /wp-json/wc/v3/{name}/batch" for name in ("orders", "products", "customers")),
    ]


@pytest.mark.parametrize("text", ["Customer.00+Shop@Example.test", "a b&c=d%2Be", "Ñandú/小龍?~*'()!"])
def test_whatever_stands_in_the_query_is_signed_right(sandbox: WooSandbox, connect: Any, text: str) -> None:
    sandbox.store.clock = lambda: datetime.now(UTC)
    assert list(connect(sandbox, **PLAIN).search("orders", text)) == []


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, httpx.BasicAuth),
        ({"url": "http://shop.test"}, SignedPerAttempt),
        ({"auth": "oauth1"}, SignedPerAttempt),
        ({"url": "http://shop.test", "auth": "basic"}, httpx.BasicAuth),
    ],
)
def test_the_way_to_sign_in_follows_the_url_unless_it_is_set(given: dict[str, str], kind: type) -> None:
    assert isinstance(make_auth(settings(**given)), kind)


@pytest.mark.parametrize("url", ["shop.test", "ftp://shop.test", ""])
def test_a_url_without_http_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        settings(url=url)


def test_a_pasted_address_of_the_api_or_the_admin_pages_is_cut_to_the_site() -> None:
    assert settings(url="https://shop.test/blog/wp-json/wc/v3/").url == "https://shop.test/blog"
    assert settings(url="https://shop.test/wp-admin/").url == "https://shop.test"


def test_a_note_text_with_unknown_braces_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\{carrier\}"):
        settings(note_text="Hello {name}")


def test_secrets_do_not_show_in_settings() -> None:
    assert "cs" not in repr(settings(secret="cs_very_secret")).replace("SecretStr", "")


def test_a_wrong_secret_is_an_auth_error_with_advice(sandbox: WooSandbox, connect: Any) -> None:
    with pytest.raises(AuthError) as caught:
        connect(sandbox, secret="cs_wrong").check()
    assert "Consumer secret is invalid" in caught.value.message
    assert "REST API" in caught.value.hint
    assert "cs_wrong" not in caught.value.message + caught.value.hint + str(caught.value.context)


def test_a_read_only_key_fails_the_check_unless_nothing_shall_be_written(sandbox: WooSandbox, connect: Any) -> None:
    read_only = {"key": "ck_read", "secret": "cs_read"}
    connect(sandbox, **read_only, writes=False).check()
    with pytest.raises(AuthError) as caught:
        connect(sandbox, **read_only).check()
    assert "Read/Write" in caught.value.hint


def test_basic_over_plain_http_is_explained(sandbox: WooSandbox, connect: Any) -> None:
    with pytest.raises(AuthError) as caught:
        connect(sandbox, **PLAIN, auth="basic").check()
    assert "oauth1" in caught.value.hint


def test_a_signature_over_another_address_is_explained(connect: Any) -> None:
    elsewhere = WooSandbox(site="http://www.shop.test", keys=[Key("ck_good", "cs_good")])
    with pytest.raises(AuthError) as caught:
        connect(elsewhere, **PLAIN).check()
    assert "site's own address" in caught.value.hint


def test_over_a_real_socket_signed_requests_read_a_whole_store(connect: Any) -> None:
    store = WooSandbox(keys=[Key("ck_good", "cs_good")])
    seed(store, orders=120)
    with serve(store) as url:
        woo = connect(url=url)
        woo.check()
        pages = list(woo.read("orders", Window()))
    assert [len(page.documents) for page in pages] == [20, 100]
    assert pages[0].remote_time is not None
