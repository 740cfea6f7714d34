"""The scheduler: one actor at a time, seams that stay dead, and a clock that jumps."""

from __future__ import annotations

import pytest

from hub.testing.simulation.baton import Actor, Baton, Crash


def two_talkers(seed: int) -> list[str]:
    baton, said = Baton(seed), list[str]()

    def talk(name: str) -> None:
        for number in range(5):
            said.append(f"{name}{number}")
            baton.seam("word")

    baton.spawn("a", lambda: talk("a"))
    baton.spawn("b", lambda: talk("b"))
    baton.sleep(1000)
    baton.end()
    return said


def test_actors_take_turns_at_seams_in_an_order_that_the_seed_decides() -> None:
    assert two_talkers(1) == two_talkers(1)
    assert len({tuple(two_talkers(seed)) for seed in range(8)}) > 4


def test_time_jumps_to_whoever_wakes_first() -> None:
    baton, woken = Baton(1), list[float]()

    def nap(seconds: float) -> None:
        baton.sleep(seconds)
        woken.append(baton.now)

    baton.spawn("late", lambda: nap(7200))
    baton.spawn("early", lambda: nap(60))
    baton.sleep(10_000)
    baton.end()
    assert woken == [60, 7200]


def test_after_a_crash_the_seams_of_the_process_stay_dead_so_that_finally_has_no_effect() -> None:
    baton, done = Baton(1), list[str]()

    def trap(actor: Actor, seam: str) -> None:
        if seam == "write":
            actor.dead = True
            raise Crash

    def work() -> None:
        try:
            baton.seam("write")
        finally:
            baton.seam("tidy up")
            done.append("tidied up")

    baton.trap = trap
    baton.spawn("worker", work)
    baton.sleep(10)
    baton.end()
    assert done == []


def test_who_waits_for_the_database_goes_on_when_the_writer_is_done() -> None:
    baton, order = Baton(1), list[str]()

    def write(name: str) -> None:
        baton.lock()
        order.append(f"{name} begins")
        baton.seam("inside")
        order.append(f"{name} ends")
        baton.unlock()

    for name in ("a", "b", "c"):
        baton.spawn(name, lambda name=name: write(name))  # type: ignore[misc]
    baton.sleep(10)
    baton.end()
    assert [first.split()[0] == second.split()[0] for first, second in zip(order[::2], order[1::2], strict=True)] == [
        True
    ] * 3


def test_an_error_that_nobody_expected_is_told() -> None:
    baton = Baton(1)

    def stumble() -> None:
        raise KeyError("x")

    baton.spawn("worker", stumble)
    baton.sleep(10)
    baton.end()
    assert [(name, type(error)) for name, error in baton.failures()] == [("worker", KeyError)]


@pytest.mark.parametrize("seed", range(3))
def test_the_dead_are_freed_at_the_end_wherever_they_wait(seed: int) -> None:
    baton = Baton(seed)
    for number in range(3):
        baton.spawn(f"sleeper {number}", lambda: baton.sleep(1e9))
    baton.sleep(10)
    baton.end()
    assert list(baton.failures()) == []
