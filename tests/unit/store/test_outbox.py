"""What is owed: one pending and one frozen row a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hub.store import outbox
from hub.store.database import Database
from hub.store.outbox import IN_FLIGHT, PENDING, OutboxRow

ORDER = ("erp", "orders", "r1")
HOUR = timedelta(hours=1)


@pytest.fixture
def owed(database: Database, now: datetime) -> OutboxRow:
    with database.write() as tx:
        outbox.owe(tx, [ORDER], now)
    return rows(database)[0]


def rows(database: Database, record: str = "r1") -> list[OutboxRow]:
    with database.read() as tx:
        return sorted(outbox.of_record(tx, record), key=lambda row: row.slot)


def due(database: Database, now: datetime, limit: int = 10) -> list[str]:
    with database.read() as tx:
        return [row.record for row in outbox.due(tx, "erp", "orders", now, limit)]


def flight(row: OutboxRow, **more: object) -> OutboxRow:
    return replace(row, slot=IN_FLIGHT, key="k1", body='{"note": "a"}', version=1, **more)  # type: ignore[arg-type]


def test_edits_of_one_record_coalesce(database: Database, owed: OutboxRow, now: datetime) -> None:
    with database.write() as tx:
        outbox.owe(tx, [ORDER, ORDER], now + HOUR)
    assert rows(database) == [owed]


def test_the_oldest_is_due_first_and_never_more_than_asked_for(database: Database, now: datetime) -> None:
    with database.write() as tx:
        for hours, record in ((2, "r1"), (1, "r2"), (3, "r3")):
            outbox.owe(tx, [("erp", "orders", record)], now + hours * HOUR)
    assert due(database, now + 4 * HOUR) == ["r2", "r1", "r3"]
    assert due(database, now + 4 * HOUR, limit=2) == ["r2", "r1"]


def test_launching_uses_up_the_pending_row(database: Database, owed: OutboxRow) -> None:
    with database.write() as tx:
        outbox.launch(tx, [flight(owed)])
    assert [(row.slot, row.key, row.body) for row in rows(database)] == [(IN_FLIGHT, "k1", '{"note": "a"}')]


def test_an_edit_during_a_flight_waits_and_leaves_the_frozen_bytes_alone(
    database: Database, owed: OutboxRow, now: datetime
) -> None:
    with database.write() as tx:
        outbox.launch(tx, [flight(owed)])
        outbox.owe(tx, [ORDER], now)
    assert [(row.slot, row.body) for row in rows(database)] == [(IN_FLIGHT, '{"note": "a"}'), (PENDING, None)]
    assert due(database, now) == []
    with database.write() as tx:
        outbox.drop(tx, *ORDER, IN_FLIGHT)
    assert due(database, now) == ["r1"]


def test_only_writes_in_flight_of_one_stream_are_listed(database: Database, owed: OutboxRow, now: datetime) -> None:
    with database.write() as tx:
        outbox.launch(tx, [flight(owed), flight(replace(owed, stream="customers"))])
        assert [row.stream for row in outbox.in_flight(tx, "erp", "orders")] == ["orders"]


def test_what_waits_for_a_record_is_not_due_until_it_is_woken(
    database: Database, owed: OutboxRow, now: datetime
) -> None:
    with database.write() as tx:
        outbox.wait(tx, owed, "customers", "r7")
        assert [row.record for row in outbox.waiting(tx, "erp")] == ["r1"]
    assert due(database, now) == []
    with database.write() as tx:
        assert outbox.wake(tx, "shop", ["r7"]) == 0
        assert outbox.wake(tx, "erp", ["r6"]) == 0
        assert outbox.wake(tx, "erp", ["r6", "r7"]) == 1
        assert outbox.waiting(tx) == []
    assert due(database, now) == ["r1"]


def test_an_edit_of_what_waits_lets_it_be_tried_again(database: Database, owed: OutboxRow, now: datetime) -> None:
    with database.write() as tx:
        outbox.wait(tx, owed, "customers", "r7")
        outbox.owe(tx, [ORDER], now)
    assert due(database, now) == ["r1"]


def test_a_postponed_row_is_due_when_its_time_has_come_and_counts_the_attempt(
    database: Database, owed: OutboxRow, now: datetime
) -> None:
    with database.write() as tx:
        outbox.postpone(tx, owed, now + HOUR)
    assert due(database, now) == []
    assert due(database, now + HOUR) == ["r1"]
    assert rows(database)[0].attempts == 1


def test_a_write_that_a_person_was_asked_about_is_not_woken_by_anything(
    database: Database, owed: OutboxRow, now: datetime
) -> None:
    """T004: only the person, or the remote itself, can say what became of it."""
    with database.write() as tx:
        outbox.launch(tx, [flight(owed)])
        outbox.wait(tx, flight(owed), "outcome", "r1")
        outbox.wake(tx, "erp", ["r1"])
        assert outbox.waiting(tx, "erp") == []
    assert rows(database)[0].waits_stream == "outcome"


def test_the_backlog_counts_each_row_once(database: Database, owed: OutboxRow, now: datetime) -> None:
    with database.write() as tx:
        for record in ("r2", "r3", "r4"):
            outbox.owe(tx, [("erp", "orders", record)], now)
        outbox.wait(tx, replace(owed, record="r2"), "customers", "r7")
        outbox.launch(tx, [flight(replace(owed, record="r3")), flight(replace(owed, record="r4"))])
        outbox.wait(tx, flight(replace(owed, record="r4")), "outcome", "r4")
        assert outbox.backlog(tx) == {("erp", "orders"): (1, 1, 2)}
