"""A remote that is down is left alone for longer and longer; one bad write does not hold up the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from house import House, order

from hub.api import AuthError, RateLimitError, UnavailableError, Window, Write
from hub.clock import World, utc_parse, utc_text
from hub.store import health, outbox
from hub.store.health import Health
from hub.sync.connection.backoff import FIRST, LONGEST, back_off
from hub.sync.connection.state import note_refused
from hub.sync.execute import sync_connection
from hub.testing.memory import MemoryConnector


def world(chance: float) -> World:
    return World(jitter=lambda: chance)


def test_each_wait_is_twice_the_one_before_up_to_a_limit() -> None:
    waits = [back_off(failures, world(1)) for failures in range(1, 12)]
    assert waits[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert waits[-1] == LONGEST == max(waits)


def test_chance_shortens_a_wait_by_half_at_most() -> None:
    assert back_off(1, world(0)) == FIRST / 2


def test_a_remote_that_asks_for_a_longer_pause_gets_it() -> None:
    assert back_off(1, world(1), asked=3600) == timedelta(hours=1)
    assert back_off(8, world(1), asked=1) == LONGEST


class Down(MemoryConnector):
    def read(self, stream: str, window: Window):  # type: ignore[no-untyped-def]
        raise UnavailableError("no answer", hint="Wait.", context={"sent": "no"})


def fared(house: House, name: str = "shop") -> Health:
    with house.hub.database.read() as tx:
        return health.get(tx, name)


def seconds_left(house: House, name: str = "shop") -> float:
    at = fared(house, name).retry_at
    return (utc_parse(at) - house.clock()).total_seconds() if at else 0


def test_a_connection_that_is_down_is_tried_less_and_less_often_and_at_once_when_it_is_back(house: House) -> None:
    house.swap("shop", Down)
    waits = []
    for _ in range(4):
        sync_connection(house.hub, "shop")
        waits.append(seconds_left(house))
    assert waits == [7.5, 15, 30, 60]
    with house.hub.database.read() as tx:
        assert health.left_alone(tx, house.clock()) == {"shop"}
        assert health.left_alone(tx, house.clock() + timedelta(minutes=2)) == set()
    house.swap("shop", MemoryConnector)
    sync_connection(house.hub, "shop")
    assert fared(house) == Health()


def test_a_connection_that_cannot_even_be_opened_backs_off_too(house: House) -> None:
    def broken(_remote: object) -> object:
        raise AuthError("the key is empty", hint="Set it.")

    house.swap("shop", broken)
    sync_connection(house.hub, "shop")
    assert fared(house).failures == 1
    assert seconds_left(house) == 225


def test_a_pause_that_the_remote_asked_for_is_kept(house: House) -> None:
    """T138: the wait outlives the run."""

    class Busy(MemoryConnector):
        def read(self, stream: str, window: Window):  # type: ignore[no-untyped-def]
            raise RateLimitError("slow down", hint="Wait.", retry_after=400)

    house.swap("shop", Busy)
    sync_connection(house.hub, "shop")
    assert seconds_left(house) == 400


def test_credentials_that_are_refused_are_tried_again_after_minutes_then_hours(house: House) -> None:
    waits = []
    for _ in range(6):
        note_refused(house.hub, "shop")
        waits.append(seconds_left(house) / 60)
    assert waits == [3.75, 7.5, 15, 30, 45, 45]


@pytest.fixture
def two_orders(house: House) -> House:
    for number in ("1", "2"):
        house.shop.put("orders", order(number))
    house.sync_well()
    for number in ("1", "2"):
        house.shop.put("orders", {"id": number, "note": "call first"})
    house.swap("erp", MemoryConnector, batch=1)
    return house


def test_a_write_that_always_fails_is_put_off_and_lets_the_others_go_first(two_orders: House) -> None:
    house = two_orders
    bad = house.record("shop", "orders", "1").id
    tried: list[str] = []

    def stumble(when: str, write: Write) -> None:
        tried.append(write.record_id) if when == "before" else None
        if write.record_id == bad:
            raise UnavailableError("it stumbles", hint="Wait.", context={"status": "500"})

    house.erp.fail = stumble
    sync_connection(house.hub, "shop")
    sync_connection(house.hub, "erp", first=False)
    sync_connection(house.hub, "erp", first=False)
    assert {row["note"] for row in house.erp.tables["orders"].values()} == {"", "call first"}
    assert tried.count(bad) == 1
    with house.hub.database.read() as tx:
        [row] = outbox.in_flight(tx, "erp", "orders")
    assert (row.record, row.attempts) == (bad, 1)
    house.clock.forward(minutes=1)
    sync_connection(house.hub, "erp", first=False)
    assert tried.count(bad) == 2
    with house.hub.database.read() as tx:
        [row] = outbox.in_flight(tx, "erp", "orders")
    assert (row.attempts, row.not_before) == (2, utc_text(house.clock() + 0.75 * 2 * FIRST))
    house.erp.fail = lambda _when, _write: None
    house.clock.forward(minutes=1)
    sync_connection(house.hub, "erp", first=False)
    assert {row["note"] for row in house.erp.tables["orders"].values()} == {"call first"}


def test_a_create_without_an_answer_is_looked_for_before_its_stream_is_read_however_long_it_is_put_off(
    house: House,
) -> None:
    def lose(when: str, _write: Write) -> None:
        if when == "after":
            raise UnavailableError("the answer is lost", hint="Wait.")

    house.shop.put("orders", order("1"))
    house.erp.fail = lose
    sync_connection(house.hub, "shop")
    sync_connection(house.hub, "erp", first=False)
    house.erp.fail = lambda _when, _write: None
    house.erp.requests.clear()
    sync_connection(house.hub, "erp")
    assert house.erp.requests[0].startswith("find") or "find orders" in house.erp.requests
    assert len(house.erp.tables["orders"]) == 1
    with house.hub.database.read() as tx:
        assert outbox.in_flight(tx, "erp", "orders") == []
