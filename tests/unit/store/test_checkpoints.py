"""How far each lane of a stream has been read."""

from __future__ import annotations

from datetime import datetime

from hub.store import checkpoints
from hub.store.checkpoints import Checkpoint
from hub.store.database import Database

UNDER_WAY = Checkpoint("2026-03-01T12:00:00Z", {"since": None, "until": "t", "resume": {"page": 7}}, -180)


def test_a_lane_that_was_never_read_has_an_empty_checkpoint(database: Database) -> None:
    with database.read() as tx:
        assert checkpoints.get(tx, "shop", "orders", "live") == Checkpoint()


def test_a_window_under_way_comes_back_as_it_was_kept(database: Database, now: datetime) -> None:
    with database.write() as tx:
        checkpoints.put(tx, "shop", "orders", "live", UNDER_WAY, now)
        assert checkpoints.get(tx, "shop", "orders", "live") == UNDER_WAY


def test_a_window_that_is_exhausted_is_forgotten(database: Database, now: datetime) -> None:
    with database.write() as tx:
        checkpoints.put(tx, "shop", "orders", "live", UNDER_WAY, now)
        checkpoints.put(tx, "shop", "orders", "live", Checkpoint("2026-03-02T12:00:00Z", None, 0), now)
        assert checkpoints.get(tx, "shop", "orders", "live") == Checkpoint("2026-03-02T12:00:00Z")


def test_lanes_of_a_stream_do_not_touch_each_other(database: Database, now: datetime) -> None:
    """T032: a back-fill leaves the live lane where it is."""
    with database.write() as tx:
        checkpoints.put(tx, "shop", "orders", "live", Checkpoint("b"), now)
        checkpoints.put(tx, "shop", "orders", "backfill", UNDER_WAY, now)
        assert checkpoints.every(tx) == {
            ("shop", "orders", "live"): Checkpoint("b"),
            ("shop", "orders", "backfill"): UNDER_WAY,
        }


def test_a_window_that_resumes_at_zero_is_still_under_way(database: Database, now: datetime) -> None:
    with database.write() as tx:
        checkpoints.put(
            tx, "shop", "orders", "live", Checkpoint(None, {"since": None, "until": None, "resume": 0}), now
        )
        assert checkpoints.get(tx, "shop", "orders", "live").window == {"since": None, "until": None, "resume": 0}
