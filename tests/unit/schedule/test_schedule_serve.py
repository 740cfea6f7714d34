"""`serve` runs schedules and chores in real time, sees changes of the table, and ends when it is told."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.errors import UnavailableError
from hub.schedule.serve import Chore, DueTrigger, alarm_clock, serve, set_alarms
from hub.schedule.when import Every
from hub.store import schedules, settings
from hub.store.database import Database
from hub.store.schedules import Schedule
from hub.store.settings import ConnectionRow, MerchantRow
from hub.store.tables import metadata

PATIENCE = 10


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    metadata.create_all(database.engine)
    with database.write() as tx:
        settings.put_merchant(tx, MerchantRow("acme", "Acme"))
        settings.put_connection(tx, ConnectionRow("shop", "acme", "memory", {}))
    yield database
    database.close()


def put(database: Database, every: str, name: str = "orders") -> None:
    with database.write() as tx:
        schedules.put(tx, Schedule(name, "shop", (), every, None, None))


def test_what_is_due_runs_again_and_again_until_the_stop(database: Database) -> None:
    put(database, "1s")
    stop, calls = threading.Event(), []

    def run(schedule: Schedule) -> None:
        calls.append(schedule.connection)
        if len(calls) == 2:
            stop.set()

    serve(database, run, stop=stop, look=timedelta(seconds=60))
    assert calls == ["shop", "shop"]


def test_chores_are_done_in_between_and_their_failure_is_one_line(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    stop, done = threading.Event(), []

    def chore() -> None:
        done.append(1)
        if len(done) == 2:
            stop.set()
        raise UnavailableError("The mail server does not answer.")

    with caplog.at_level(logging.ERROR):
        serve(database, lambda *_: None, stop=stop, chores=[Chore("notices", timedelta(seconds=0.05), chore)])
    assert len(done) == 2
    assert "notices failed: The mail server does not answer." in caplog.text


def test_alarms_follow_the_table(database: Database) -> None:
    clock, known = alarm_clock(), {}
    put(database, "5m", "a")
    put(database, "5m", "b")
    set_alarms(clock, known, database, lambda: None)
    assert {job.id for job in clock.get_jobs()} == {"schedule:a", "schedule:b"}
    put(database, "nonsense", "a")
    with database.write() as tx:
        schedules.remove(tx, "b")
    put(database, "1h", "c")
    set_alarms(clock, known, database, lambda: None)
    assert {job.id for job in clock.get_jobs()} == {"schedule:c"}


def test_an_alarm_after_a_long_sleep_rings_once() -> None:
    trigger = DueTrigger(Every(timedelta(minutes=1)))
    slept_since = datetime(2026, 8, 18, 1, 0, tzinfo=UTC)
    woken = slept_since + timedelta(days=30, seconds=30)
    assert trigger.get_next_fire_time(slept_since, woken) == woken + timedelta(seconds=30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_the_page_under_way(database: Database, tmp_path: Path, number: signal.Signals) -> None:
    put(database, "1h")
    script = textwrap.dedent("""
        import sys, threading
        from hub.schedule.serve import serve
        from hub.store.database import Database

        stop = threading.Event()

        def run(schedule):
            print("page begun", flush=True)
            assert stop.wait(20)
            print("page done", flush=True)

        serve(Database(sys.argv[1]), run, stop=stop)
        print("over", flush=True)
    """)
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    with subprocess.Popen(
        [sys.executable, "-c", script, url], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "page begun\n"
        process.send_signal(number)
        rest, _ = process.communicate(timeout=PATIENCE)
    assert rest == "page done\nover\n"
    assert process.returncode == 0
