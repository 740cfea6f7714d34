"""One pace for all threads of a connection."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import httpx
import pytest

from hub.clock import World
from hub.connector import Limit
from hub.errors import RateLimitError, UnavailableError
from hub.http import Budget


def test_a_burst_goes_at_once_and_then_the_pace_holds(world, clock):
    budget = Budget(Limit(per_second=2, burst=3), world)
    for _ in range(6):
        budget.take()
    assert clock.naps == [0.5, 0.5, 0.5]


def test_a_rest_fills_the_bucket_again_but_no_higher(world, clock):
    budget = Budget(Limit(per_second=2, burst=2), world)
    for _ in range(2):
        budget.take()
    clock.moment += timedelta(hours=1)
    for _ in range(3):
        budget.take()
    assert clock.naps == [0.5]


@pytest.mark.parametrize(("took", "rests"), [(0.05, 0), (0.5, 0), (2.0, 1.5), (5.3, 4.8), (300, 30)])
def test_a_remote_that_answers_slowly_is_left_in_peace_for_as_long(world, clock, took, rests):
    """A small host rests, however many ask; a fast one is not held back."""
    budget = Budget(Limit(per_second=1000, burst=1000, patience=0.5), world)
    budget.take()
    clock.moment += timedelta(seconds=took)
    budget.rest_after(took)
    budget.take()
    budget.take()
    assert sum(clock.naps) == pytest.approx(rests, abs=0.01)


def test_a_remote_with_limits_of_its_own_needs_no_rest(world, clock):
    budget = Budget(Limit(per_second=1000, burst=1000), world)
    budget.rest_after(20)
    budget.take()
    assert clock.naps == []


@pytest.mark.parametrize("fails", [False, True])
def test_the_client_measures_how_long_an_answer_takes(dial, clock, fails):
    def slow(request):
        clock.moment += timedelta(seconds=3)
        if fails:
            raise httpx.ReadTimeout("slow", request=request)
        return httpx.Response(200, json={})

    client = dial(slow, limit=Limit(1000, 1000, patience=0.5), attempts=1)
    for _ in range(2):
        try:
            client.get("/")
        except UnavailableError:
            assert fails
    assert clock.naps == [2.5]


def test_a_pause_that_the_remote_asked_for_holds_everybody(world, clock):
    """T138"""
    budget = Budget(Limit(per_second=2, burst=5), world)
    budget.hold(10)
    budget.take()
    budget.take()
    assert clock.naps == [10.0, 0.5]


def test_who_would_wait_more_than_a_minute_is_told_to_come_back(world, clock):
    budget = Budget(Limit(), world)
    budget.hold(600)
    with pytest.raises(RateLimitError) as caught:
        budget.take()
    assert (caught.value.retry_after, clock.naps) == (600.0, [])


def test_a_senseless_pause_ends_after_an_hour(world, clock):
    budget = Budget(Limit(), world)
    budget.hold(10**9)
    clock.moment += timedelta(hours=1)
    budget.take()
    assert clock.naps == []


def test_a_clock_set_back_stops_nobody(world, clock):
    budget = Budget(Limit(per_second=1, burst=1), world)
    budget.take()
    clock.moment -= timedelta(hours=5)
    budget.take()
    assert clock.naps == [1.0]


def test_threads_share_the_pace_and_reckon_one_after_the_other(clock):
    inside: list[int] = []
    most: list[int] = []
    naps: list[float] = []

    def now() -> datetime:
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.001)  # lets another thread in, where nothing forbids it
        inside.pop()
        return clock.moment

    budget = Budget(Limit(per_second=10, burst=1), World(now=now, sleep=naps.append))
    threads = [threading.Thread(target=lambda: [budget.take() for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(naps) == pytest.approx([0.1 * turn for turn in range(1, 40)]), "forty turns, no two at one time"
    assert max(most) == 1


def test_clients_of_a_connection_may_share_a_budget(dial, remote, world, clock):
    budget = Budget(Limit(per_second=1, burst=1), world)
    for _ in range(2):
        dial(remote(httpx.Response(200)), budget=budget).get("/")
    assert clock.naps == [1.0]


def test_every_attempt_counts(dial, remote, clock):
    dial(remote(httpx.Response(503), httpx.Response(200)), limit=Limit(per_second=0.5, burst=1)).get("/")
    assert clock.naps == [0.5, 1.5]
