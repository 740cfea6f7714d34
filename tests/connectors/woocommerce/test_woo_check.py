"""Trying a connection names what is wrong with the store, the site or the key."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors.woocommerce.sandbox import Key, WooSandbox
from hub.api import AuthError, ConfigError, UnavailableError

ABOUT = {"name": "Site", "namespaces": ["oembed/1.0", "wc/v3", "wp/v2"]}


def refused(connect: Any, *denied: str, **settings: Any) -> AuthError:
    store = WooSandbox(keys=[Key("ck_good", "cs_good", denied=denied)])
    with pytest.raises(AuthError) as caught:
        connect(store, **settings).check()
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("denied", "said"),
    [
        (["customers"], "may not read customers, write customers"),
        (["orders", "customers"], "may not read orders, read customers, write orders, write customers"),
        (["orders", "products", "customers"], "read orders, read products, read customers, write orders"),
    ],
)
def test_each_missing_permission_is_named(connect: Any, denied: list[str], said: str) -> None:
    assert said in refused(connect, *denied).message


def test_where_the_hub_only_reads_the_right_to_write_is_not_asked_for(connect: Any) -> None:
    assert "write" not in refused(connect, "products", writes=False).message
    connect(WooSandbox(keys=[Key("ck_good", "cs_good", "read")]), writes=False).check()


def test_a_read_only_key_is_named_as_such(connect: Any) -> None:
    with pytest.raises(AuthError) as caught:
        connect(WooSandbox(keys=[Key("ck_good", "cs_good", "read")])).check()
    assert "may read, but not write" in caught.value.message
    assert "Read/Write" in caught.value.hint


def test_a_write_only_key_is_told_to_read_too(connect: Any) -> None:
    with pytest.raises(AuthError) as caught:
        connect(WooSandbox(keys=[Key("ck_good", "cs_good", "write")])).check()
    assert "Read/Write" in caught.value.hint


def test_plain_permalinks_are_named(connect: Any) -> None:
    """Without permalinks /wp-json is a page that does not exist, and keys do not count under ?rest_route=."""

    def site(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/" and "rest_route" in request.url.params:
            return httpx.Response(200, json=ABOUT)
        return httpx.Response(404, html="<html>Not found</html>")

    with pytest.raises(ConfigError) as caught:
        connect(site).check()
    assert "plain permalinks" in caught.value.message
    assert "Settings > Permalinks" in caught.value.hint


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(401, json={"code": "rest_cannot_access", "message": "Only authenticated users.", "data": {}}),
        httpx.Response(403, json={"code": "itsec_rest_api_access_restricted", "message": "You do not have access."}),
        httpx.Response(403, html="<html><h1>Forbidden</h1>Your request was blocked</html>"),
    ],
    ids=["a plugin", "another plugin", "a firewall"],
)
def test_what_blocks_rest_before_the_store_is_told_from_a_wrong_key(connect: Any, answer: httpx.Response) -> None:
    with pytest.raises(AuthError) as caught:
        connect(
            lambda request: httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        ).check()
    assert "plugin or firewall" in caught.value.message
    assert "/wp-json/wc/v3" in caught.value.hint


def test_a_store_that_is_down_is_no_matter_of_permissions(connect: Any) -> None:
    with pytest.raises(UnavailableError):
        connect(lambda request: httpx.Response(503)).check()
