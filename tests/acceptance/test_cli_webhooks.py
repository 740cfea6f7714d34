"""Webhooks from end to end: a WooCommerce store calls a running hub, and an operator looks after it."""

from __future__ import annotations

import re
import signal
import socket
import time
from collections.abc import Callable

import httpx
import orjson
from bad_input_desk import Desk, Shop

SERVE = '\n[serve]\nlisten = "127.0.0.1:{port}"\npublic_url = "http://127.0.0.1:{port}/"\n'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(until: Callable[[], bool], seconds: float = 20) -> float:
    began = time.monotonic()
    while not until():
        assert time.monotonic() - began < seconds, "it takes too long"
        time.sleep(0.02)
    return time.monotonic() - began


def call(request: httpx.Request) -> httpx.Response:
    """Reach the hub as the store does."""
    return httpx.post(str(request.url), content=request.content, headers=request.headers)


def note_of(desk: Desk, number: int) -> str:
    found = desk.run(f"record show {number} --entity order --json")
    return str(orjson.loads(found.out)["data"].get("note")) if found.code == 0 else ""


def test_a_store_that_calls_is_heard_within_two_seconds_without_any_schedule(desk: Desk, shop: Shop) -> None:
    """T014 at the start: `hub serve` subscribes by itself; the order's change arrives by its webhook alone."""
    shop.sandbox._reach = call
    desk.do("sync")
    port = free_port()
    desk.write((desk.folder / "hub.toml").read_text() + SERVE.format(port=port))
    server = desk.start("serve")
    assert server.stderr is not None
    said_first = next(line for line in server.stderr if line.startswith("Serving"))  # after it, or before, the log
    assert said_first == f"Serving webhooks at http://127.0.0.1:{port}. Stop with Ctrl-C.\n"
    wait(lambda: len(shop.sandbox.store.webhooks) == 11)
    assert httpx.get(f"http://127.0.0.1:{port}/health").json()["ready"]
    number = next(iter(shop.orders))
    body = {"customer_note": "ring twice"}
    url = f"{desk.url}/wp-json/wc/v3/orders/{number}"
    assert httpx.put(
        url, json=body, headers={"X-Forwarded-Proto": "https"}, auth=("ck_sandbox", "cs_sandbox")
    ).is_success
    assert shop.sandbox.deliver() > 0
    assert wait(lambda: note_of(desk, number) == "ring twice") < 10
    server.send_signal(signal.SIGTERM)
    assert desk.ended(server).code == 0
    said = desk.do("webhooks list").out
    assert f"shop is called at http://127.0.0.1:{port}/webhooks/shop" in said
    assert re.search(r"calls in seven days: \d+ accepted", said)
    assert "order.updated" in said


def test_an_operator_rotates_and_sees_the_secret(desk: Desk, shop: Shop) -> None:
    assert "no address yet" in desk.do("webhooks list").out
    first = desk.do("webhooks secret shop --json").json
    assert desk.do("webhooks secret shop --json").json == first
    said = desk.do("webhooks rotate shop --overlap 60").out
    assert "the former one is good for 60 minutes" in said
    assert "hub webhooks secret shop" in said
    assert desk.do("webhooks secret shop --json").json["secret"] != first["secret"]
    assert shop.sandbox.store.webhooks == {}
    sentence, hint = desk.fail("webhooks check shop", 2)
    assert sentence == "Nobody knows where the hub can be called."
    desk.fail("webhooks rotate shop --overlap -5", 2)
    assert "public_url" in hint


def test_an_operator_mends_subscriptions_by_hand(desk: Desk, shop: Shop) -> None:
    desk.write((desk.folder / "hub.toml").read_text() + SERVE.format(port=1))
    assert "order.updated was subscribed to (new)." in desk.do("webhooks check shop").out
    assert desk.do("webhooks check shop").out == "The subscriptions of shop are well.\n"
    for number in list(shop.sandbox.store.webhooks)[:2]:
        del shop.sandbox.store.webhooks[number]
    said = desk.do("webhooks check shop").out
    assert said.count("was subscribed to (gone); what changed since") == 2


def test_a_place_where_somebody_listens_is_told_with_a_way_out(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        desk.write((desk.folder / "hub.toml").read_text() + f'\n[serve]\nlisten = "127.0.0.1:{port}"\n')
        sentence, hint = desk.fail("serve", 2)
    assert sentence == f"The hub cannot listen on 127.0.0.1:{port}: address already in use."
    assert "[serve]" in hint


def test_serve_says_what_is_wrong_with_its_addresses(desk: Desk) -> None:
    desk.write((desk.folder / "hub.toml").read_text() + '\n[serve]\nlisten = "8080"\npublic_url = "hub.example"\n')
    said = desk.run("status")
    assert 'serve.listen cannot be "8080"; write it like "127.0.0.1:8480"' in said.err
    assert 'serve.public_url cannot be "hub.example"; write it like "https://hub.example.com"' in said.err


def test_an_export_keeps_the_addresses(desk: Desk) -> None:
    desk.write((desk.folder / "hub.toml").read_text() + SERVE.format(port=8480))
    assert '[serve]\nlisten = "127.0.0.1:8480"\npublic_url = "http://127.0.0.1:8480"' in desk.do("export").out
