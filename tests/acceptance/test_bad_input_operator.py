"""A bad hub.toml, a wrong name, Ctrl-C, a pause: what the person at the keys may do, and nothing is lost."""

from __future__ import annotations

import re
import signal
import threading
from datetime import UTC, datetime

import httpx
import pytest
from bad_input_desk import TOML, Desk, Shop, everything_came_once, on

from hub.store import secrets
from hub.store.database import Database
from hub.store.keyring import Keyring

GOOD = """\
[connections.shop]
connector = "woocommerce"
url = "http://127.0.0.1:9"
key = "env:SHOP_KEY"
secret = "env:SHOP_SECRET"
"""
SCHEDULE = '[[schedules]]\nconnection = "shop"\nevery = "5m"\n'


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[connections.shop\nconnector = "woocommerce"\n', 1, "this is not TOML"),
        (GOOD + "\n[connections.shop]\n", 7, "this is not TOML"),
        (GOOD + "page_sise = 10\n", 6, 'page_sise is not known; did you mean "page_size"?'),
        (GOOD.replace("woocommerce", "woocomerce"), 2, 'did you mean "woocommerce"?'),
        (GOOD.replace('"http://127.0.0.1:9"', "9"), 3, "url should be a valid string"),
        (GOOD.replace("http://", "ftp://"), 3, "url must start with https://"),
        (GOOD.replace("env:SHOP_KEY", "ck_123"), 4, 'key is a secret; write "env:NAME" or "file:PATH"'),
        (GOOD.replace('secret = "env:SHOP_SECRET"\n', ""), 1, "needs secret"),
        (GOOD + '[[schedules]]\nconnection = "shpo"\nevery = "5m"\n', 7, 'did you mean "shop"?'),
        (GOOD + '[[schedules]]\nconnection = "shop"\nstreams = ["oders"]\nevery = "5m"\n', 8, 'did you mean "orders"?'),
        (GOOD + '[[schedules]]\nconnection = "shop"\ncron = "0 3 * * 0"\n', 8, "sun"),
        (GOOD + '[[schedules]]\nconnection = "shop"\nevery = 5\n', 8, "every"),
        (GOOD + '[[routes]]\nentity = "ordr"\nsource = "shop"\ntarget = "erp"\n', 7, 'did you mean "order"?'),
        (GOOD + '[[rutes]]\nentity = "order"\n', 6, 'did you mean "routes"?'),
        ("[hub]\ndatabase = 7\n", 2, "database"),
    ],
)
def test_a_bad_hub_toml(text: str, line: int, said: str, bare: Desk) -> None:
    bare.write(text)
    ended = bare.run("apply --yes")
    assert ended.code == 2
    assert ended.err.count("Error:") == 1
    assert len(re.findall(r"hub\.toml:\d+: ", ended.err)) == 1, ended.err
    assert f"hub.toml:{line}: " in ended.err
    assert said in ended.err


def test_a_connection_that_is_described_twice_with_one_mistake_keeps_what_was_applied(desk: Desk, shop: Shop) -> None:
    """A hub.toml that went bad changes nothing: what was applied before stays, and works again once it is mended."""
    sound = (desk.folder / "hub.toml").read_text(encoding="utf-8")
    desk.write(sound + sound)
    assert "this is not TOML" in desk.run("sync").err
    desk.write(sound)
    everything_came_once(desk, shop)


@pytest.mark.parametrize("name", ["SHOP_KEY", "SHOP_SECRET"])
def test_a_secret_that_is_missing(name: str, desk: Desk, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.delenv(name)
        sentence, step = desk.fail("sync", 2)
        assert sentence == f"shop: the environment variable {name} is not set."
        assert step == f"Set it: export {name}=..."
    everything_came_once(desk, shop)


@pytest.mark.parametrize("command", ["init", "serve"])
def test_a_key_that_is_gone(command: str, desk: Desk) -> None:
    """A new key would not open what the former one has locked: none is made in its place, and nothing is begun."""
    key = desk.folder / "hub.key"
    database = Database(f"sqlite:///{desk.folder / 'hub.db'}", keyring=Keyring(desk.folder))
    with database.write() as tx:
        secrets.add(tx, "shop", "webhook", "they sign with it", datetime.now(UTC))
    database.close()
    desk.write(TOML.format(url=desk.url) + SCHEDULE)
    desk.do("apply --yes")
    kept = key.read_bytes()
    key.unlink()
    sentence, step = desk.fail(command, 2)
    assert sentence == "The key that the stored secrets were encrypted with is gone."
    assert "Put hub.key back where it was" in step
    assert not key.exists()
    key.write_bytes(kept)
    key.chmod(0o600)
    desk.do("init")


def test_no_hub_toml(bare: Desk) -> None:
    sentence, step = bare.fail("sync", 2)
    assert sentence == "There is no hub.toml in this folder."
    assert "hub init" in step


@pytest.mark.parametrize("command", ["sync shpo", "connect test shpo", "runs -c shpo", "problems list -c shpo"])
def test_a_connection_that_does_not_exist(command: str, desk: Desk) -> None:
    assert desk.fail(command, 2) == ("There is no connection shpo.", 'Did you mean "shop"?')


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl_c", "terminate"])
def test_a_sync_that_is_stopped_in_the_middle(number: signal.Signals, desk: Desk, shop: Shop) -> None:
    """What was finished is kept, and the next sync goes on behind it."""
    desk.write((TOML + "page_size = 5\n").format(url=desk.url))
    desk.do("apply --yes")
    reached, go_on = threading.Event(), threading.Event()

    def hold(response: httpx.Response) -> httpx.Response:
        reached.set()
        go_on.wait(20)
        return response

    shop.spoil = on("orders", hold)
    process = desk.start("sync")
    assert reached.wait(20)
    process.send_signal(number)
    said = desk.ended(process)
    go_on.set()
    assert (said.code, said.out) == (130, "")
    assert said.err == "Stopped. What was finished is kept; the next run goes on from there.\n"
    shop.spoil = None
    last = desk.do("runs --json").json["runs"][0]
    assert (last["stream"], last["state"]) == ("orders", "stopped")
    assert desk.do("status --json").json["records"]["product"] == len(shop.sandbox.store.products)
    everything_came_once(desk, shop)


def test_a_connection_that_is_paused_is_left_alone(desk: Desk, shop: Shop) -> None:
    desk.do("connect pause shop --reason stock-taking")
    for command in ("sync shop", "backfill shop orders", "record pull shop orders 60"):
        asked = len(shop.sandbox.requests)
        sentence, step = desk.fail(command, 2)
        assert sentence == "The connection shop is paused: stock-taking."
        assert step == "Go on with `hub connect resume shop`."
        assert len(shop.sandbox.requests) == asked
    desk.do("connect resume shop")
    everything_came_once(desk, shop)


def test_a_pause_during_a_sync_is_kept(desk: Desk, shop: Shop) -> None:
    def pause(response: httpx.Response) -> httpx.Response:
        shop.spoil = None
        desk.ended(desk.start("connect", "pause", "shop", "--reason", "lunch"))
        return response

    shop.spoil = on("orders", pause)
    desk.ended(desk.start("sync"))
    [connection] = desk.do("connect list --json").json["connections"]
    assert (connection["state"], connection["reason"]) == ("paused", "lunch")
    desk.do("connect resume shop")
    everything_came_once(desk, shop)
