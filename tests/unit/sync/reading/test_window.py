"""Windows: they overlap, go by the remote's clock, and never move past what is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.api import Cursor, Entity, Lane, Stream, Window
from hub.clock import utc_text
from hub.store.checkpoints import Checkpoint
from hub.sync.reading.window import OVERLAP, high_water, is_under_way, measured, next_window, remember

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ORDERS = Stream(name="orders", entity=Entity.ORDER)
WHOLE = Stream(name="orders", entity=Entity.ORDER, cursor=Cursor.NONE)


def test_the_first_window_reads_everything_up_to_now() -> None:
    assert next_window(ORDERS, Checkpoint(), Lane.LIVE, NOW) == Window(None, NOW)


def test_the_next_window_overlaps_the_last_one() -> None:
    """T016: a row becomes visible after the run that should have read it."""
    before = Checkpoint(utc_text(NOW - 10 * MINUTE))
    assert next_window(ORDERS, before, Lane.LIVE, NOW) == Window(NOW - 10 * MINUTE - OVERLAP, NOW)
    assert timedelta(minutes=2) <= OVERLAP


def test_a_window_ends_at_the_remotes_now() -> None:
    """T025: our clock is three minutes ahead of the shop's."""
    assert next_window(ORDERS, Checkpoint(skew=-180), Lane.LIVE, NOW).until == NOW - 3 * MINUTE


def test_a_window_under_way_goes_on_where_it_was_whatever_the_time() -> None:
    """T017: the run failed on page 7 of 20."""
    opened = Window(NOW - MINUTE, NOW)
    kept = Checkpoint(None, remember(opened, {"page": 7}))
    assert next_window(ORDERS, kept, Lane.LIVE, NOW + 60 * MINUTE) == Window(NOW - MINUTE, NOW, {"page": 7})


def test_a_first_window_under_way_keeps_its_open_beginning() -> None:
    kept = Checkpoint(None, remember(Window(None, NOW), 0))
    assert next_window(ORDERS, kept, Lane.LIVE, NOW) == Window(None, NOW, 0)


@pytest.mark.parametrize(("stream", "lane"), [(WHOLE, Lane.LIVE), (ORDERS, Lane.SWEEP)])
def test_a_stream_without_a_cursor_and_a_sweep_are_read_whole(stream: Stream, lane: Lane) -> None:
    assert next_window(stream, Checkpoint(utc_text(NOW)), lane, NOW) == Window(lane=lane)


@pytest.mark.parametrize(("remote", "skew"), [(NOW - 3 * MINUTE, -180), (NOW + MINUTE, 60), (None, 17)])
def test_the_skew_is_measured_where_the_remote_tells_the_time(remote: datetime | None, skew: int) -> None:
    assert measured(Checkpoint(skew=17), remote, NOW) == skew


def test_the_high_water_is_the_end_of_the_window() -> None:
    assert high_water(Window(None, NOW), Checkpoint(), None) == utc_text(NOW)


def test_the_high_water_is_never_later_than_the_remotes_clock_at_its_first_answer() -> None:
    """T025: what the shop stamps in the next three minutes is not stored yet."""
    assert high_water(Window(None, NOW), Checkpoint(), NOW - 3 * MINUTE) == utc_text(NOW - 3 * MINUTE)
    assert high_water(Window(None, NOW), Checkpoint(), NOW + MINUTE) == utc_text(NOW)


def test_a_resumed_window_still_ends_at_the_remotes_clock_at_the_first_answer() -> None:
    """T025 and T017 together: what the shop changed after its first answer may have moved to a page read already."""
    kept = Checkpoint(None, remember(Window(None, NOW), 3, NOW - 3 * MINUTE))
    resumed = next_window(ORDERS, kept, Lane.LIVE, NOW + 10 * MINUTE)
    assert high_water(resumed, kept, NOW + 7 * MINUTE) == utc_text(NOW - 3 * MINUTE)


def test_the_high_water_never_goes_back() -> None:
    before = Checkpoint(utc_text(NOW))
    assert high_water(Window(None, NOW - MINUTE), before, NOW - 2 * MINUTE) == utc_text(NOW)


@pytest.mark.parametrize("window", [Window(None, NOW, lane=Lane.BACKFILL), Window(lane=Lane.SWEEP), Window()])
def test_only_an_exhausted_live_window_moves_the_high_water(window: Window) -> None:
    assert high_water(window, Checkpoint("2026-01-01T00:00:00Z"), NOW) == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(("since", "goes_on"), [(NOW - 60 * MINUTE, True), (NOW - 90 * MINUTE, False), (None, False)])
def test_a_backfill_goes_on_with_its_own_beginning_only(since: datetime | None, goes_on: bool) -> None:
    """It ends "now", which is another time at each attempt."""
    begun = remember(Window(NOW - 60 * MINUTE, NOW, lane=Lane.BACKFILL), {"page": 7})
    assert is_under_way(Checkpoint(None, begun), Window(since, NOW + MINUTE, lane=Lane.BACKFILL)) is goes_on
    assert not is_under_way(Checkpoint(), Window(since, NOW, lane=Lane.BACKFILL))
