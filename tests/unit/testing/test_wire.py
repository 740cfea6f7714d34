"""The trouble that the contracts make on the wire, and the clock they live by."""

from __future__ import annotations

from datetime import timedelta

import httpx

from hub.testing import ManualClock
from hub.testing.wire import ELSEWHERE, Wire, always, links_elsewhere, once


def remote(request: httpx.Request) -> httpx.Response:
    here = "https://shop.test"
    body = '{"next": "https://shop.test/orders?page=2", "as PHP writes it": "https:\\/\\/shop.test\\/x"}'
    return httpx.Response(200, headers={"Link": f'<{here}/orders?page=2>; rel="next"'}, text=body)


def ask(wire: Wire) -> httpx.Response:
    with httpx.Client(transport=wire) as client:
        return client.get("https://shop.test/orders")


def test_every_link_to_the_remote_can_be_bent_to_another_host() -> None:
    answer = ask(Wire(httpx.MockTransport(remote), alter=links_elsewhere))
    assert "shop.test" not in answer.text + answer.headers["Link"]
    assert answer.json()["next"] == f"{ELSEWHERE}/orders?page=2"
    assert answer.headers["Link"].startswith(f"<{ELSEWHERE}/")


def test_trouble_comes_once_or_always_and_requests_are_remembered() -> None:
    wire = Wire(httpx.MockTransport(remote), once(429, retry_after="7"))
    first, second = ask(wire), ask(wire)
    assert (first.status_code, first.headers["Retry-After"], second.status_code) == (429, "7", 200)
    assert [request.url.path for request in wire.requests] == ["/orders", "/orders"]
    assert [ask(Wire(httpx.MockTransport(remote), always(503))).status_code for _ in range(2)] == [503, 503]


def test_the_clock_moves_only_when_it_is_told_to() -> None:
    clock = ManualClock()
    start, world = clock.now(), clock.world()
    assert world.now() == start
    world.sleep(2.5)
    clock.advance(60)
    assert world.now() == start + timedelta(seconds=62.5)
    assert clock.naps == [2.5]
