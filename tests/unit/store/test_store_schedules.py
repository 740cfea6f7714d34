"""Schedules, and due times that only one of several schedulers takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from hub.store import schedules, settings
from hub.store.database import Database
from hub.store.schedules import Schedule
from hub.store.tables import schedule_run

HOUR = timedelta(hours=1)
HOURLY = Schedule("orders", "shop", ("orders", "customers"), "1h", None, None)


def put(database: Database, *new: Schedule) -> None:
    with database.write() as tx:
        for one in new:
            schedules.put(tx, one)


def test_a_schedule_is_replaced_by_one_of_the_same_name(database: Database) -> None:
    nightly = Schedule("nightly", "erp", (), None, "0 3 * * *", "Europe/Berlin", "file")
    put(database, HOURLY, nightly, Schedule("orders", "shop", (), "5m", None, None))
    with database.read() as tx:
        assert schedules.every(tx) == [nightly, Schedule("orders", "shop", (), "5m", None, None)]


def test_a_due_time_is_taken_by_one_scheduler_only(open_database: Callable[..., Database], now: datetime) -> None:
    """T134: two schedulers are started."""
    put(open_database(), HOURLY)
    taken = []
    for database in (open_database(), open_database()):
        with database.write() as tx:
            taken.append(schedules.claim(tx, "orders", now, now))
            settings.put_merchant(tx, settings.MerchantRow("default", "still in this transaction"))
    assert taken == [True, False]


def test_the_newest_due_time_is_remembered(database: Database, now: datetime) -> None:
    put(database, HOURLY)
    with database.write() as tx:
        assert schedules.last_due(tx, "orders") is None
        schedules.claim(tx, "orders", now, now)
        schedules.claim(tx, "orders", now + HOUR, now)
        assert schedules.last_due(tx, "orders") == "2026-03-01T13:00:00.000000Z"


def test_a_due_time_keeps_how_its_run_ended(database: Database, now: datetime) -> None:
    put(database, HOURLY)
    with database.write() as tx:
        schedules.claim(tx, "orders", now, now)
        schedules.claim(tx, "orders", now + HOUR, now)
        schedules.finish(tx, "orders", now, now)
        schedules.finish(tx, "orders", now + HOUR, now, failed=True)
        rows = tx.execute(select(schedule_run).order_by(schedule_run.c.due_at)).all()
    assert [row.state for row in rows] == ["done", "failed"]


def test_a_schedule_is_forgotten_with_its_runs(database: Database, now: datetime) -> None:
    put(database, HOURLY)
    with database.write() as tx:
        schedules.claim(tx, "orders", now, now)
        schedules.remove(tx, "orders")
        assert schedules.every(tx) == []
        assert tx.execute(select(schedule_run)).all() == []
