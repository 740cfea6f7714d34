"""A remote that cannot be reached, is another, or answers nonsense: one clear error, and nothing is lost."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import httpx
import pytest
import trustme
from bad_input_desk import TOML, Desk, Shop, everything_came_once, move, on, one_error, same

from hub.testing.serve import serve

PAGE = b"<!doctype html><html><head><title>x</title></head><body><h1>We are back soon</h1></body></html>"
pytestmark = pytest.mark.usefixtures("waiting")  # a sync that waits half a minute, while all these run
Spoiler = Callable[[httpx.Response], httpx.Response]


@pytest.mark.parametrize(("name", "wrong"), [("SHOP_KEY", "ck_wrong"), ("SHOP_SECRET", "cs_wrong")])
def test_a_wrong_key(name: str, wrong: str, desk: Desk, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """T141: and the checkpoint is kept."""
    monkeypatch.setenv(name, wrong)
    sentence, step = desk.fail("sync", 3)
    assert "401" in sentence
    assert sentence.startswith("shop: ")
    assert "WooCommerce > Settings > Advanced > REST API" in step or "Check the secret" in step
    [need] = desk.do("status --json").json["needs"]
    assert need["sentence"].startswith("shop refuses our credentials")
    assert need["command"] == "hub connect test shop"
    assert wrong not in sentence
    monkeypatch.undo()
    monkeypatch.chdir(desk.folder)
    monkeypatch.setenv("SHOP_KEY", "ck_sandbox")
    monkeypatch.setenv("SHOP_SECRET", "cs_sandbox")
    everything_came_once(desk, shop)


def test_a_port_where_nobody_listens(desk: Desk, shop: Shop, url: str) -> None:
    with serve(shop) as gone:
        pass
    move(desk, gone)
    sentence, step = desk.fail("sync", 4)
    assert sentence == f"shop: {gone.removeprefix('http://')} refused the connection."
    assert "URL" in step
    runs = desk.do("runs --json").json["runs"]
    assert [run["stream"] for run in runs] == ["customers"]  # nobody is asked again and again who is not there
    assert "More may follow: shop could not be read to the end." in desk.run("sync --plan").out
    move(desk, url)
    everything_came_once(desk, shop)


def test_a_host_that_serves_web_pages(desk: Desk, shop: Shop, url: str) -> None:
    answer = httpx.Response(200, headers={"Content-Type": "text/html"}, content=PAGE)
    with serve(lambda request: answer) as website:
        move(desk, website)
        sentence, step = desk.fail("sync", 4)
        assert "GET /wp-json/wc/v3/customers" in sentence
        assert "a web page" in sentence
        assert "URL" in step
        assert "a web page" in desk.run("connect test").out
    move(desk, url)
    everything_came_once(desk, shop)


def test_a_path_that_is_no_wordpress(desk: Desk, shop: Shop, url: str) -> None:
    move(desk, f"{url}/shop")
    sentence, step = desk.fail("sync", 2)
    assert sentence == f"shop: {url}/shop has no WooCommerce."
    assert "URL" in step
    move(desk, url)
    everything_came_once(desk, shop)


def test_a_certificate_that_cannot_be_trusted(desk: Desk, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, place = trustme.CA(), desk.folder / "authority.pem"
    authority.cert_pem.write_to_path(place)
    with serve(shop, tls=secured(authority, "127.0.0.1")) as secure:
        move(desk, secure)
        sentence, step = one_error(desk.ended(desk.start("sync")), 2)
        assert f"{secure.removeprefix('https://')}: its TLS certificate cannot be trusted" in sentence
        assert "unable to get local issuer certificate" in sentence
        assert "SSL_CERT_FILE" in step
        monkeypatch.setenv("SSL_CERT_FILE", str(place))
        assert desk.ended(desk.start("sync")).code == 0
    move(desk, desk.url)
    everything_came_once(desk, shop)


def test_a_certificate_of_another_host(desk: Desk, shop: Shop, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, place = trustme.CA(), desk.folder / "authority.pem"
    authority.cert_pem.write_to_path(place)
    monkeypatch.setenv("SSL_CERT_FILE", str(place))
    with serve(shop, tls=secured(authority, "shop.example")) as secure:
        move(desk, secure)
        sentence, step = one_error(desk.ended(desk.start("sync")), 2)
    assert "certificate is not valid for '127.0.0.1'" in sentence
    assert "correct the connection's host name" in step
    move(desk, url)
    everything_came_once(desk, shop)


def secured(authority: trustme.CA, host: str) -> ssl.SSLContext:
    """Make what a server of this host needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context


def test_https_where_only_http_is_spoken(desk: Desk, shop: Shop, url: str) -> None:
    move(desk, url.replace("http:", "https:"))
    sentence, step = desk.fail("sync", 2)
    assert "does not speak TLS on this port" in sentence
    assert "http://" in step
    move(desk, url)
    everything_came_once(desk, shop)


def page_instead(response: httpx.Response) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": "text/html"}, content=PAGE)


def cut_json(response: httpx.Response) -> httpx.Response:
    return same(response, response.content[: len(response.content) // 2])


def cut_body(response: httpx.Response) -> httpx.Response:
    return same(response, response.content, cut=len(response.content) // 2)


def out_of_order(response: httpx.Response) -> httpx.Response:
    return same(response, b"Service Unavailable", status=503)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (page_instead, "with a web page instead of JSON"),
        (cut_json, "with JSON that is cut off"),
        (cut_body, "broke off the connection"),
        (out_of_order, "with 503"),
    ],
)
def test_an_answer_that_is_none(spoil: Spoiler, said: str, desk: Desk, shop: Shop) -> None:
    """T142: what was read before is kept, and what comes after a pause is all there."""
    shop.spoil = on("orders", spoil)
    sentence, step = desk.fail("sync", 4)
    assert said in sentence
    assert "127.0.0.1" in sentence
    assert step
    kept = desk.do("status --json").json
    assert kept["records"]["product"] == len(shop.sandbox.store.products)
    assert [need["command"] for need in kept["needs"]] == ["hub connect test shop"]
    shop.spoil = None
    everything_came_once(desk, shop)


def test_a_shop_that_goes_down_in_the_middle(desk: Desk, shop: Shop) -> None:
    """Pages that were read are kept, the next sync goes on behind them, and no order is read twice."""
    pages = TOML + "page_size = 5\n"
    desk.write(pages.format(url=desk.url))
    desk.do("apply --yes")
    asked = []

    def die(response: httpx.Response) -> httpx.Response:
        asked.append(response)
        if len(asked) > 2:
            raise httpx.ReadError("the shop is gone")
        return response

    shop.spoil = on("orders", die)
    sentence, step = desk.fail("sync", 4)
    assert "broke off the connection" in sentence
    assert "hub tries again" in step
    before = desk.do("status --json").json["records"]["order"]
    assert 0 < before < len(shop.orders)
    shop.spoil = None
    [orders] = [run for run in desk.do("sync --json").json["runs"] if run["stream"] == "orders"]
    assert orders["written"] == len(shop.orders) - before
    everything_came_once(desk, shop)
