"""Work beside the schedules: one piece at a time a connection, and a rest after one that went wrong."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from hub.clock import World
from hub.operations.errand import LONGEST, SHORTEST, Errands


class Works:
    """Work that waits for the test, and goes as well as the test says."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.done: list[str] = []
        self.well = True
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, name: str) -> bool:
        self.go_on.wait(10)
        self.done.append(name)
        return self.well

    def open(self) -> Errands:
        return Errands(self, World(now=lambda: self.now))


@pytest.fixture
def works() -> Works:
    return Works()


def test_one_connection_that_takes_long_does_not_hold_up_another(works: Works) -> None:
    works.go_on.clear()
    with works.open() as errands:
        assert len(errands.start(["shop"])) == 1
        assert len(errands.start(["shop", "erp"])) == 1
        works.go_on.set()
    assert sorted(works.done) == ["erp", "shop"]


def test_after_one_that_went_wrong_a_connection_rests_longer_and_longer(works: Works) -> None:
    works.well = False
    rest, rests = SHORTEST, []
    with works.open() as errands:
        for _ in range(8):
            [work] = errands.start(["shop"])
            work.result(10)
            works.now += rest - timedelta(seconds=1)
            assert errands.start(["shop"]) == []
            works.now += timedelta(seconds=1)
            rests.append(rest)
            rest = min(rest * 2, LONGEST)
    assert rests[-1] == LONGEST


def test_after_one_that_went_well_a_connection_need_not_rest(works: Works) -> None:
    with works.open() as errands:
        for _ in range(3):
            [work] = errands.start(["shop"])
            work.result(10)
    assert works.done == ["shop"] * 3
