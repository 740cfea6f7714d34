"""However many schedulers there are, what is due runs once, and one run a connection at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.errors import LockedError, UnavailableError
from hub.schedule.scheduler import Run, Scheduler
from hub.store import schedules, settings
from hub.store.database import Database
from hub.store.schedules import Schedule
from hub.store.settings import ConnectionRow, MerchantRow
from hub.store.tables import metadata, schedule_run
from hub.testing.clock import ManualClock

PATIENCE = 10
Make = Callable[..., Scheduler]


class Runs:
    """What was run; `hold` keeps the runs of a connection from ending, `errors` are raised in turn."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self.gates: dict[str, threading.Event] = {}
        self.errors: list[Exception] = []
        self.news = threading.Semaphore(0)

    def __call__(self, schedule: Schedule) -> None:
        connection = schedule.connection
        self.calls.append((connection, schedule.streams))
        self.news.release()
        if gate := self.gates.get(connection):
            assert gate.wait(PATIENCE)
        if self.errors:
            raise self.errors.pop(0)

    def hold(self, connection: str) -> threading.Event:
        return self.gates.setdefault(connection, threading.Event())

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert self.news.acquire(timeout=PATIENCE)

    @property
    def connections(self) -> list[str]:
        return [connection for connection, _ in self.calls]


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    metadata.create_all(database.engine)
    with database.write() as tx:
        settings.put_merchant(tx, MerchantRow("acme", "Acme"))
        for name in ("shop", "erp"):
            settings.put_connection(tx, ConnectionRow(name, "acme", "memory", {}))
    yield database
    database.close()


@pytest.fixture
def make(database: Database, clock: ManualClock, runs: Runs) -> Iterator[Make]:
    made: list[Scheduler] = []

    def make(holder: str = "here:1:1", run: Run = runs, *, dead: tuple[str, ...] = ()) -> Scheduler:
        scheduler = Scheduler(
            database,
            run,
            holder=holder,
            world=clock.world(),
            stop=threading.Event(),
            is_dead=lambda other: other in dead,
            seconds_between_tries=0.01,
        )
        made.append(scheduler)
        return scheduler

    yield make
    for gate in runs.gates.values():
        gate.set()
    for scheduler in made:
        scheduler.close()


def put(database: Database, name: str, connection: str = "shop", **timing: str) -> None:
    facts = {"every": None, "cron": None, "zone": None, **timing}
    with database.write() as tx:
        schedules.put(tx, Schedule(name, connection, (name,), facts["every"], facts["cron"], facts["zone"]))


def outcomes(database: Database) -> list[str]:
    with database.read() as tx:
        return [row.state for row in tx.execute(schedule_run.select().order_by(schedule_run.c.due_at))]


def _until(condition: Callable[[], bool]) -> None:
    patience = threading.Event()
    for _ in range(1000):
        if condition():
            return
        patience.wait(0.005)
    raise AssertionError("it never came true")


def test_a_new_interval_runs_at_once_and_then_at_each_due_time(
    make: Make, database: Database, clock: ManualClock, runs: Runs
) -> None:
    put(database, "orders", every="5m")
    scheduler = make()
    for _ in range(10):
        runs.wait_for(len(scheduler.tick(clock.now())))
        _until(lambda: "running" not in outcomes(database))
        clock.advance(60)
    assert runs.calls == [("shop", ("orders",))] * 3
    assert outcomes(database) == ["done"] * 3


def test_a_cron_schedule_waits_for_its_time(make: Make, database: Database, clock: ManualClock, runs: Runs) -> None:
    put(database, "nightly", cron="30 1 * * *", zone="UTC")
    scheduler = make()
    assert scheduler.tick(clock.now()) == []
    clock.advance(1799)
    assert scheduler.tick(clock.now()) == []
    clock.advance(1)
    assert len(scheduler.tick(clock.now())) == 1
    runs.wait_for(1)


def test_a_late_run_runs_once_and_is_not_stacked(
    make: Make, database: Database, clock: ManualClock, runs: Runs
) -> None:
    put(database, "orders", every="5m")
    scheduler = make()
    scheduler.tick(clock.now())
    runs.wait_for(1)
    scheduler.close()
    clock.advance(24 * 3600)
    later = make("here:2:2")
    later.tick(clock.now())
    later.tick(clock.now())
    runs.wait_for(1)
    later.close()
    assert len(runs.calls) == 2


def test_two_schedulers_do_one_run(make: Make, database: Database, clock: ManualClock, runs: Runs) -> None:
    """T134"""
    put(database, "orders", every="5m")
    put(database, "sales", "erp", every="5m")
    first, second = make("here:1:1"), make("here:2:2")
    for _ in range(3):
        for scheduler in (first, second):
            scheduler.tick(clock.now())
        clock.advance(20)
    first.close()
    second.close()
    assert sorted(runs.connections) == ["erp", "shop"]


def test_a_due_time_that_somebody_has_claimed_is_not_run(
    make: Make, database: Database, clock: ManualClock, runs: Runs
) -> None:
    """T134: even if two of them believe that they lead."""
    put(database, "orders", every="5m")
    scheduler = make()
    due = scheduler.tick(clock.now())[0]
    runs.wait_for(1)
    scheduler.close()
    with database.write() as tx:
        assert not schedules.claim(tx, "orders", due.at, clock.now())


def test_the_next_scheduler_leads_when_the_first_has_stopped(
    make: Make, database: Database, clock: ManualClock, runs: Runs
) -> None:
    put(database, "orders", every="5m")
    first, second = make("here:1:1"), make("here:2:2")
    first.tick(clock.now())
    runs.wait_for(1)
    clock.advance(300)
    assert second.tick(clock.now() - timedelta(seconds=299)) == []
    first.close()
    assert len(second.tick(clock.now())) == 1
    runs.wait_for(1)


def test_one_run_a_connection_at_a_time_and_the_longest_overdue_first(
    make: Make, database: Database, clock: ManualClock, runs: Runs
) -> None:
    put(database, "a-often", every="1m")
    put(database, "b-seldom", every="20m")
    gate = runs.hold("shop")
    scheduler = make()
    first = scheduler.tick(clock.now())[0].schedule.streams
    runs.wait_for(1)
    clock.advance(1200 + 40)
    assert scheduler.tick(clock.now()) == []
    gate.set()
    runs.wait_for(2)  # each of the two, as soon as the connection is free
    scheduler.close()
    assert [streams for _, streams in runs.calls] == [first, ("b-seldom",), ("a-often",)]


def test_connections_do_not_wait_for_each_other(make: Make, database: Database, clock: ManualClock, runs: Runs) -> None:
    put(database, "orders", every="5m")
    put(database, "sales", "erp", every="5m")
    runs.hold("shop")
    scheduler = make()
    scheduler.tick(clock.now())
    runs.wait_for(2)
    runs.gates["shop"].set()


@pytest.mark.parametrize("state", ["paused", "needs_reauth"])
def test_a_connection_that_rests_is_left_alone_and_caught_up_once(
    make: Make, database: Database, clock: ManualClock, runs: Runs, state: str
) -> None:
    """T141"""
    put(database, "orders", every="5m")
    _set_state(database, clock, state)
    scheduler = make()
    for _ in range(5):
        assert scheduler.tick(clock.now()) == []
        clock.advance(50)
    _set_state(database, clock, "ok")
    assert len(scheduler.tick(clock.now())) == 1
    runs.wait_for(1)


def _set_state(database: Database, clock: ManualClock, state: str) -> None:
    with database.write() as tx:
        settings.set_connection_state(tx, "shop", state, None, clock.now())


def test_a_run_waits_while_somebody_else_works_on_the_connection(
    make: Make, database: Database, clock: ManualClock, runs: Runs
) -> None:
    put(database, "orders", every="5m")
    runs.errors = [LockedError("Another run is working on shop.")] * 3
    scheduler = make()
    scheduler.tick(clock.now())
    runs.wait_for(4)
    scheduler.close()
    assert len(runs.calls) == 4
    assert len(outcomes(database)) == 1


def test_a_failed_run_is_noted_and_the_next_one_comes(
    make: Make, database: Database, clock: ManualClock, runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    put(database, "orders", every="5m")
    runs.errors = [UnavailableError("The shop does not answer."), ValueError("a bug")]
    scheduler = make()
    for _ in range(3):
        scheduler.tick(clock.now())
        runs.wait_for(1)
        _until(lambda: "running" not in outcomes(database))
        clock.advance(300)
    assert outcomes(database) == ["failed", "failed", "done"]
    assert "The shop does not answer." in caplog.text
    assert "ValueError: a bug" in caplog.text


def test_what_a_dead_leader_left_running_is_run_again(
    make: Make, database: Database, clock: ManualClock, runs: Runs
) -> None:
    """T133"""
    put(database, "nightly", cron="0 1 * * *", zone="UTC")
    gate = runs.hold("shop")
    dead = make("here:1:1")
    clock.advance(-20)
    dead.tick(clock.now())  # it leads, and its first due time is yet to come
    clock.advance(20)
    with database.write() as tx:
        assert schedules.claim(tx, "nightly", clock.now(), clock.now())
    clock.advance(30)
    gate.set()
    assert make("here:2:2").tick(clock.now()) == [], "the leader seems to live"
    heir = make("here:3:3", dead=("here:1:1",))
    assert [due.schedule.name for due in heir.tick(clock.now())] == ["nightly"]
    runs.wait_for(1)
    heir.close()
    assert runs.connections == ["shop"]


def test_a_stop_lets_the_run_finish_its_page_and_the_next_start_resumes_it(
    make: Make, database: Database, clock: ManualClock, runs: Runs
) -> None:
    put(database, "orders", every="1d")
    stop = threading.Event()
    pages: list[int] = []
    begun = threading.Event()

    def run(schedule: Schedule) -> None:
        while not stop.is_set():
            pages.append(len(pages))
            begun.set()
            stop.wait(PATIENCE)

    scheduler = Scheduler(database, run, holder="here:1:1", world=clock.world(), stop=stop, is_dead=lambda _: False)
    scheduler.tick(clock.now())
    assert begun.wait(PATIENCE)
    scheduler.close()
    assert pages == [0]
    assert outcomes(database) == ["running"]
    again = make("here:2:2")
    assert len(again.tick(clock.now())) == 1
    runs.wait_for(1)
    _until(lambda: outcomes(database) == ["done"])


def test_a_schedule_that_cannot_be_read_does_not_stop_the_others(
    make: Make, database: Database, clock: ManualClock, runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    put(database, "bad", "erp", cron="0 0 1 * mon")
    put(database, "orders", every="5m")
    make().tick(clock.now())
    runs.wait_for(1)
    assert runs.connections == ["shop"]
    assert "schedule bad cannot run" in caplog.text
