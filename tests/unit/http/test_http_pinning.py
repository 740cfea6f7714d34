"""Credentials reach no host but the connection's own."""

from __future__ import annotations

import httpx
import pytest

from hub.errors import ConfigError


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/orders?page=2",
        "http://shop.test/orders",
        "https://shop.test:8443/orders",
        "https://shop.test.evil.test/",
        "https://shop.test@evil.test/",
    ],
)
def test_a_foreign_address_is_refused_before_anything_is_sent(dial, remote, url):
    shop = remote(httpx.Response(200))
    client = dial(shop)
    client.headers["Authorization"] = "Bearer abcdefgh"
    with pytest.raises(ConfigError, match="refused"):
        client.get(url)
    assert shop.requests == []


@pytest.mark.parametrize("url", ["https://shop.test/a", "https://shop.test:443/a", "HTTPS://SHOP.test/a", "/a"])
def test_the_own_address_is_allowed_however_it_is_written(dial, remote, url):
    assert dial(remote(httpx.Response(200))).get(url).status_code == 200


def test_without_a_base_the_connectors_base_url_is_the_pin(dial, remote):
    shop = remote(httpx.Response(200))
    client = dial(shop, base=None)
    client.base_url = "https://other.test/api"
    assert client.get("/orders").url == "https://other.test/api/orders"
    with pytest.raises(ConfigError, match=r"talks to https://other\.test only"):
        client.get("https://shop.test/orders")


def test_a_base_cannot_be_changed_by_the_connector(dial, remote):
    client = dial(remote(httpx.Response(200)))
    client.base_url = "https://evil.test"
    with pytest.raises(ConfigError):
        client.get("/orders")


@pytest.mark.parametrize("base", ["", "shop.test"])
def test_an_address_without_a_scheme_is_named(dial, remote, base):
    client = dial(remote(httpx.Response(200)), base=None)
    client.base_url = base
    with pytest.raises(ConfigError, match="https://"):
        client.get("/orders")


@pytest.mark.parametrize("target", ["https://evil.test/", "http://shop.test/orders", "//evil.test", "https://[bad"])
def test_a_redirect_elsewhere_is_refused(dial, remote, target):
    shop = remote(httpx.Response(302, headers={"Location": target}))
    with pytest.raises(ConfigError, match="redirected") as caught:
        dial(shop).get("/orders")
    assert len(shop.requests) == 1
    assert "URL" in caught.value.hint


def test_a_read_follows_a_redirect_on_the_same_host(dial, remote):
    shop = remote(httpx.Response(301, headers={"Location": "/orders/"}), httpx.Response(200, json=[1]))
    assert dial(shop).get("/orders").json() == [1]


def test_a_write_is_never_redirected_since_it_would_become_a_read(dial, remote):
    shop = remote(httpx.Response(302, headers={"Location": "/orders/"}), httpx.Response(200))
    with pytest.raises(ConfigError, match="redirected POST"):
        dial(shop).post("/orders", json={})
    assert len(shop.requests) == 1


def test_a_circle_of_redirects_ends(dial, remote):
    shop = remote(httpx.Response(302, headers={"Location": "/orders"}))
    with pytest.raises(ConfigError, match="in a circle"):
        dial(shop).get("/orders")
    assert len(shop.requests) == 6


def test_a_remotes_cookies_are_not_sent_back(dial, remote):
    shop = remote(httpx.Response(200, headers={"Set-Cookie": "session=1; Path=/"}))
    client = dial(shop)
    client.get("/")
    client.get("/")
    assert "Cookie" not in shop.requests[1].headers
