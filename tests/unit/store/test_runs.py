"""Runs, whose numbers add up, and events."""

from __future__ import annotations

from datetime import datetime

from hub.store import runs
from hub.store.database import Database
from hub.store.runs import Counts, Event, RunState


def start(database: Database, now: datetime, *ids: str, connection: str = "shop") -> None:
    with database.write() as tx:
        for run_id in ids:
            runs.start(tx, run_id, connection, "orders", "pull", "live", now)


def test_the_numbers_of_a_run_add_up() -> None:
    """T132: read 120, written 117, skipped 2, parked 1."""
    assert Counts(120, 117, 0, 2, 1).add_up()
    assert not Counts(120, 117, 0, 2, 0).add_up()
    assert Counts(1, 1).plus(Counts(3, 0, 1, 1, 1)) == Counts(4, 1, 1, 1, 1)


def test_a_run_goes_from_running_to_its_end(database: Database, now: datetime) -> None:
    start(database, now, "a")
    with database.write() as tx:
        runs.progress(tx, "a", Counts(3, 3))
        row = runs.get(tx, "a")
        assert row is not None
        assert (row.state, row.read, row.ended_at) == (RunState.RUNNING, 3, None)
        runs.finish(tx, "a", RunState.PARTIAL, Counts(4, 3, parked=1), now, "one parked")
        row = runs.get(tx, "a")
    assert row is not None
    assert (row.state, row.read, row.parked, row.message) == (RunState.PARTIAL, 4, 1, "one parked")
    assert row.ended_at is not None


def test_a_run_whose_process_died_is_marked_and_the_others_are_left_alone(database: Database, now: datetime) -> None:
    start(database, now, "a", "b")
    start(database, now, "c", connection="erp")
    with database.write() as tx:
        runs.finish(tx, "a", RunState.OK, Counts(), now)
        assert runs.abandon(tx, "shop", now) == 1
        assert {row.id: row.state for row in runs.listing(tx)} == {"a": "ok", "b": "crashed", "c": "running"}


def test_runs_are_listed_newest_first(database: Database, now: datetime) -> None:
    start(database, now, "a", "b")
    start(database, now, "c", connection="erp")
    with database.read() as tx:
        assert [row.id for row in runs.listing(tx)] == ["c", "b", "a"]
        assert [row.id for row in runs.listing(tx, connection="shop", limit=1)] == ["b"]
        assert [row.id for row in runs.listing(tx, stream="customers")] == []
        assert {key: row.id for key, row in runs.newest(tx).items()} == {
            ("shop", "orders", "pull"): "b",
            ("erp", "orders", "pull"): "c",
        }
        assert runs.get(tx, "z") is None


def test_events_are_listed_oldest_first_the_newest_when_there_are_too_many(database: Database) -> None:
    events = [Event(f"e{n}", "a", f"t{n}", "skipped", "shop", "orders", "r1", "5", {"rule": n}) for n in range(5)]
    with database.write() as tx:
        runs.add_events(tx, events)
        runs.add_events(tx, [Event("e9", None, "t9", "written", "erp", "orders")])
        assert runs.events(tx, record="r1") == events
        assert [e.id for e in runs.events(tx, kind="skipped", limit=2)] == ["e3", "e4"]
        assert [e.id for e in runs.events(tx, run_id="a")] == [e.id for e in events]
        assert runs.events(tx, kind="written")[0].detail == {}
