"""Bad input of every kind: exactly one clear error with the next step, the right exit code, and nothing is lost."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import trustme
from bad_input_desk import TOML, Desk, Shop, everything_came_once, on, on_order, one_error, problems, same

from connectors.woocommerce.sandbox import WooSandbox, seed
from hub.clock import utc_now
from hub.store import settings
from hub.store.database import Database
from hub.testing.serve import serve

PAGE = b"<!doctype html><html><head><title>x</title></head><body><h1>We are back soon</h1></body></html>"
AMOUNT = 12
ORDERS = "entity: order\nstream: orders\nfields:\n"
Spoiler = Callable[[httpx.Response], httpx.Response]


@pytest.fixture
def shop() -> Shop:
    sandbox = WooSandbox()
    seed(sandbox, AMOUNT)
    return Shop(sandbox)


@pytest.fixture
def url(shop: Shop) -> Iterator[str]:
    with serve(shop) as place:
        yield place


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    monkeypatch.setenv("SHOP_KEY", "ck_sandbox")
    monkeypatch.setenv("SHOP_SECRET", "cs_sandbox")
    return Desk(tmp_path, capsys)


@pytest.fixture
def desk(bare: Desk, url: str) -> Desk:
    bare.write(TOML.format(url=url))
    bare.do("apply --yes")
    bare.url = url
    return bare


def move(desk: Desk, url: str) -> None:
    """Point the connection at another place."""
    desk.write(TOML.format(url=url))
    desk.do("apply --yes")


def override(desk: Desk, text: str) -> None:
    """Keep a mapping of the connection's own."""
    database = Database(f"sqlite:///{desk.folder / 'hub.db'}")
    with database.write() as tx:
        settings.add_mapping_override(tx, "connection:shop", "woocommerce", "orders", text, utc_now())
    database.close()


# What the connection says


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


# What the store answers


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


# What a document holds


def bring_in(desk: Desk, shop: Shop, number: int) -> None:
    """Let a shop's order be seen as changed a moment ago, as it is once somebody has corrected it."""
    changed = utc_now() - timedelta(seconds=5)
    shop.sandbox.store.orders[number]["date_modified_gmt"] = f"{changed:%Y-%m-%dT%H:%M:%S}"


def parked(desk: Desk, shop: Shop) -> dict[str, Any]:
    """Sync, and give the page of the one problem there is; all other orders have come."""
    said = desk.do("sync")
    assert "partial" in said.out
    assert "hub problems list" in said.out
    assert desk.do("status --json").json["records"]["order"] == len(shop.orders) - 1
    [problem] = problems(desk)
    assert problem["hint"]
    return {**problem, **desk.do(f"problems show {problem['id']} --json").json}


def test_an_order_with_an_unknown_status(desk: Desk, shop: Shop) -> None:
    """T015: it is named with path and value, the others go on; once the shop has corrected it, it comes in."""
    number = min(shop.orders)
    shop.spoil = on_order(number, {"status": "shipped"})
    problem = parked(desk, shop)
    assert problem["context"] == {"path": "status", "field": "status", "value": "shipped"}
    assert problem["subject"] == str(number)
    assert problem["message"].startswith("status: 'shipped' is not among")
    shop.spoil = None
    bring_in(desk, shop, number)
    everything_came_once(desk, shop)


def test_an_unknown_status_that_a_merchants_own_mapping_knows(desk: Desk, shop: Shop) -> None:
    number = min(shop.orders)
    shop.spoil = on_order(number, {"status": "shipped"})
    problem = parked(desk, shop)
    override(desk, ORDERS + "  status: {path: status, values: {open: [processing], completed: [completed, shipped]}}\n")
    assert desk.do(f"problems replay {problem['id']} --json").json["solved"] == 1
    assert desk.do(f"record show {number} --json --entity order").json["data"]["status"] == "completed"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"total": "-5.00"}, "The order's total is negative: -5"),
        ({"currency": "XXQ"}, "order.currency: 'XXQ' is not an ISO 4217 currency"),
        ({"total": "12,50"}, "total: '12,50' is not an amount"),
        ({"total": None}, "order.total"),
        ({"date_created_gmt": "yesterday"}, "placed_at cannot be read from date_created_gmt: 'yesterday'"),
        ({"line_items": [{"id": 1}]}, "lines cannot be read from line_items and tax_lines: it has no 'taxes'"),
    ],
)
def test_an_order_that_cannot_be(values: dict[str, Any], said: str, desk: Desk, shop: Shop) -> None:
    """It is parked with the field and the value, and a replay brings it in once the shop has mended it."""
    number = next(n for n, order in sorted(shop.orders.items()) if not order["date_paid_gmt"])
    shop.spoil = on_order(number, values)
    problem = parked(desk, shop)
    assert said in problem["message"]
    assert problem["subject"] == str(number)
    assert problem["document"] == {**problem["document"], **values}
    page = desk.do(f"problems show {problem['id']}").out
    assert f"shop orders pull: {number}" in page
    assert f"hub problems replay {problem['id'][-6:]}" in page
    shop.spoil = None
    assert desk.do(f"problems replay {problem['id']} --json").json["solved"] == 1
    everything_came_once(desk, shop)


def test_an_order_without_an_id(desk: Desk, shop: Shop) -> None:
    number = min(shop.orders)
    shop.spoil = on_order(number, {"id": None})
    problem = parked(desk, shop)
    assert problem["message"] == "a document of orders has no id at id"
    shop.spoil = None
    bring_in(desk, shop, number)
    desk.do("sync")
    assert desk.do("status --json").json["records"]["order"] == len(shop.orders)
    desk.do(f"problems close {problem['id']}")
    everything_came_once(desk, shop)


def test_an_order_whose_totals_do_not_add_up_is_kept_and_named(desk: Desk, shop: Shop) -> None:
    number = max(shop.orders)
    shop.spoil = on_order(number, {"total": "999999.00"})
    said = desk.do("sync")
    assert "1 order has totals that do not add up: see `hub runs show " in said.out
    assert desk.do("status --json").json["records"]["order"] == len(shop.orders)
    page = desk.do(f"record show {number} --entity order").out
    assert "total says 999999" in page
    assert "its parts give" in page


def test_a_note_of_five_megabytes(desk: Desk, shop: Shop) -> None:
    number, note = min(shop.orders), "Bitte klingeln. " * 330_000
    shop.sandbox.store.orders[number]["customer_note"] = note
    desk.do("sync")
    assert desk.do(f"record show {number} --entity order --json").json["data"]["note"] == note
    page = desk.do(f"record show {number} --entity order").out
    assert "Bitte klingeln." in page
    assert len(page) < 20_000
    everything_came_once(desk, shop)


def test_an_order_of_a_product_that_is_gone(desk: Desk, shop: Shop) -> None:
    """The store lets a product be deleted that orders name; the orders come all the same."""
    number = min(shop.orders)
    lines = shop.sandbox.store.orders[number]["line_items"]
    lines[0] |= {"product_id": 98765, "variation_id": 0}
    desk.do("sync")
    order = desk.do(f"record show {number} --entity order --json").json
    assert order["data"]["lines"][0]["title"]
    everything_came_once(desk, shop)


# Mappings


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (ORDERS + "  note: custmer_note\n  emial: {in: billing.email}\n", ":5", "did you mean 'email'"),
        (ORDERS + "  note: {in: customer_note, as: stripp}\n", ":4", "did you mean 'strip'"),
        (ORDERS + "  note: {inn: customer_note}\n", ":4", "did you mean 'in'"),
        (ORDERS + "  note: [customer_note\n", ":5", ""),
        (ORDERS + "  note: a.b\n  note: c.d\n", ":5", "note"),
    ],
)
def test_a_mapping_with_a_typo(text: str, place: str, said: str, desk: Desk, shop: Shop) -> None:
    override(desk, text)
    sentence, _ = desk.fail("sync", 2)
    assert f"connection:woocommerce/orders.yaml{place}: " in sentence
    assert said in sentence
    override(desk, "")
    everything_came_once(desk, shop)
