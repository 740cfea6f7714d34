"""What the store and the hub say to each other when the app is installed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import respx

from connectors.shopify import SPEC, install
from connectors.shopify.check import CALLS, READS, WRITES
from connectors.shopify.sandbox import ShopifySandbox
from connectors.shopify.settings import ShopifySettings
from hub.api import AuthError, ConfigError, Consent, Limit
from hub.http import open_client
from hub.testing import ManualClock

APP = {"client_id": "app", "client_secret": "hush"}
CONSENT = Consent(redirect="https://hub.example.test/install", state="s-1")
TOKEN_URL = "https://sandbox.myshopify.com/admin/oauth/access_token"


def given(**more: Any) -> ShopifySettings:
    return ShopifySettings.model_validate({"shop": "sandbox", **APP, **more})


def signed(query: str, secret: str = "hush") -> str:
    """Sign pairs that are written in the order of their names, as Shopify describes it."""
    return f"hmac={hmac.new(secret.encode(), query.encode(), hashlib.sha256).hexdigest()}&{query}"


@pytest.fixture
def http(clock: ManualClock) -> Iterator[httpx.Client]:
    with open_client(limit=Limit(10_000, 10_000), world=clock.world(), base="https://sandbox.myshopify.com") as client:
        yield client


def test_the_link_asks_for_every_scope_that_the_check_looks_for() -> None:
    parts = urlsplit(install.authorize(given(), CONSENT))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "sandbox.myshopify.com", "/admin/oauth/authorize")
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert set(asked.pop("scope").split(",")) == {*READS.values(), *CALLS.values(), *WRITES.values()}
    assert asked == {"client_id": "app", "redirect_uri": CONSENT.redirect, "state": "s-1"}


def test_who_only_reads_asks_for_less_and_who_wants_more_says_so() -> None:
    link = install.authorize(given(writes=False, more_scopes="read_all_orders"), CONSENT)
    (scopes,) = parse_qs(urlsplit(link).query)["scope"]
    assert set(scopes.split(",")) == {*READS.values(), *CALLS.values(), "read_all_orders"}


def test_an_app_without_a_name_cannot_be_installed() -> None:
    with pytest.raises(ConfigError) as caught:
        install.authorize(ShopifySettings.model_validate({"shop": "sandbox", "access_token": "t"}), CONSENT)
    assert "client_id" in caught.value.hint


def test_what_the_store_signed_is_believed_in_whatever_order_it_comes() -> None:
    query = "code=c-1&host=YWRtaW4&shop=sandbox.myshopify.com&state=s-1&timestamp=1764450000"
    assert install.verify(given(), signed(query)) == "c-1"
    shuffled = "&".join(reversed(signed(query).split("&")))
    assert install.verify(given(), shuffled) == "c-1"
    assert install.verify(given(), signed(f"a_new_one=1&{query}")) == "c-1"


@pytest.mark.parametrize(
    "query",
    [
        "code=c-1&shop=sandbox.myshopify.com",
        "hmac=&code=c-1&shop=sandbox.myshopify.com",
        "hmac=0&code=c-1&shop=sandbox.myshopify.com",
        "hmac=%C3%A9&code=c-1&shop=sandbox.myshopify.com",
        signed("code=c-1&shop=sandbox.myshopify.com", "another"),
        signed("code=c-1&shop=sandbox.myshopify.com") + "&shop=evil.myshopify.com",
        signed("code=c-1&shop=sandbox.myshopify.com").replace("c-1", "c-2"),
        "",
    ],
    ids=["none", "empty", "short", "no ascii", "another secret", "something added", "a code changed", "nothing"],
)
def test_what_the_store_did_not_sign_is_refused(query: str) -> None:
    with pytest.raises(AuthError, match="not signed") as caught:
        install.verify(given(), query)
    assert "client_secret" in caught.value.hint


def test_nothing_is_signed_where_there_is_no_secret() -> None:
    query = "code=c-1&shop=sandbox.myshopify.com"
    bare = ShopifySettings.model_validate({"shop": "sandbox", "access_token": "t"})
    with pytest.raises(AuthError, match="not signed"):
        install.verify(bare, signed(query, ""))


@pytest.mark.parametrize("shop", ["evil.myshopify.com", "sandbox.myshopify.com.evil.test", ""])
def test_another_stores_consent_is_refused(shop: str) -> None:
    with pytest.raises(AuthError, match="another store"):
        install.verify(given(), signed(f"code=c-1&shop={shop}"))


def test_a_store_that_sends_no_code_is_told() -> None:
    with pytest.raises(AuthError, match="no code"):
        install.verify(given(), signed("shop=sandbox.myshopify.com"))


def test_the_code_is_exchanged_for_tokens_that_expire(http: httpx.Client, clock: ManualClock) -> None:
    """Without `expiring` the store gives a token for ever; times count from the store's own clock."""
    answer = {"access_token": "shpat_1", "expires_in": 3600, "refresh_token": "shprt_1"}
    headers = {"Date": "Sun, 22 Nov 2026 10:00:00 GMT"}
    with respx.mock:
        route = respx.post(TOKEN_URL).respond(json={**answer, "refresh_token_expires_in": 7776000}, headers=headers)
        token = install.exchange(given(), CONSENT, "c-1", http)
    (call,) = route.calls
    assert parse_qs(call.request.content.decode()) == {
        "client_id": ["app"], "client_secret": ["hush"], "code": ["c-1"], "expiring": ["1"],
    }  # fmt: skip
    assert (token.access, token.refresh) == ("shpat_1", "shprt_1")
    assert token.expires_at is not None
    assert token.refresh_expires_at is not None
    assert token.refresh_expires_at - token.expires_at == timedelta(days=90) - timedelta(hours=1)


@pytest.mark.parametrize("status", [400, 401])
def test_a_code_that_is_spent_asks_for_a_new_link(http: httpx.Client, status: int) -> None:
    said = {"error": "invalid_request", "error_description": "The authorization code was not found or was already used"}
    with respx.mock:
        route = respx.post(TOKEN_URL).respond(status, json=said)
        with pytest.raises(AuthError):
            install.exchange(given(), CONSENT, "c-1", http)
    assert route.call_count == 1


def test_an_exchange_without_an_answer_is_not_tried_again(http: httpx.Client) -> None:
    """The store may have taken the code."""
    with respx.mock:
        route = respx.post(TOKEN_URL).respond(503)
        with pytest.raises(Exception, match="503"):
            install.exchange(given(), CONSENT, "c-1", http)
    assert route.call_count == 1


def test_the_sandbox_plays_the_stores_side(connect: Any, clock: ManualClock) -> None:
    """The whole way on the wire: the page, the code, both tokens, and their rotation together."""
    store = ShopifySandbox(clock.now, stranger=True)
    connector = connect(store, **APP)
    with pytest.raises(AuthError, match="may not be used for this shop"):
        connector.check()
    client = httpx.Client(transport=httpx.MockTransport(store), base_url="https://sandbox.myshopify.com")
    back = client.get(install.authorize(given(), CONSENT)).headers["Location"]
    assert back.startswith(f"{CONSENT.redirect}?")
    query = urlsplit(back).query
    code = install.verify(given(), query)
    token = install.exchange(given(), CONSENT, code, client)
    connector.use(token)
    connector.check()
    assert [said for said in connector.cautions() if "lacks" in said and "60 days" not in said] == []
    following = connector.renew(token)
    assert following.refresh != token.refresh
    assert client.post("/admin/oauth/access_token", data={**APP, "code": code, "expiring": "1"}).status_code == 400


def test_an_address_that_the_app_does_not_allow_is_refused_by_the_store(clock: ManualClock) -> None:
    store = ShopifySandbox(clock.now, stranger=True)
    store.owner.redirects = ("https://another.example.test/install",)
    client = httpx.Client(transport=httpx.MockTransport(store))
    answer = client.get(install.authorize(given(), CONSENT))
    assert (answer.status_code, "redirect_uri" in answer.text) == (400, True)


def test_a_token_that_was_given_for_good_stays(connect: Any, clock: ManualClock) -> None:
    """Some apps get no expiring ones; the app then renews nothing, and asks for nothing."""
    store = ShopifySandbox(clock.now, stranger=True)
    connector = connect(store, **APP)
    client = httpx.Client(transport=httpx.MockTransport(store), base_url="https://sandbox.myshopify.com")
    back = client.get(install.authorize(given(), CONSENT)).headers["Location"]
    code = install.verify(given(), urlsplit(back).query)
    answer = client.post("/admin/oauth/access_token", data={**APP, "code": code}).json()
    assert "refresh_token" not in answer
    token = install.Token(answer["access_token"])
    assert connector.renew(token) == token


def test_settings_that_let_us_in_need_no_consent() -> None:
    assert SPEC.install is not None
    assert set(SPEC.install.unless) < set(ShopifySettings.model_fields)
