"""Sweeps: streams that do not show every change are read whole from time to time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from house import House, order

from hub.api import Cursor, Lane, Page, UnavailableError, Window
from hub.store import checkpoints, links, runs
from hub.store.checkpoints import Checkpoint
from hub.sync.backfill import backfill
from hub.sync.execute import Kind
from hub.sync.reading.sweep import SLICE
from hub.testing.memory import MemoryConnector, MemoryRemote

HOUR = 3600
BLIND = {"blind_to": ("note",), "reread": HOUR}


@pytest.fixture
def blind(house: House) -> House:
    """A house whose shop does not show when a note is edited, with ten orders that are everywhere already."""
    house.swap("shop", MemoryConnector, **BLIND)
    for number in range(1, 11):
        house.shop.put("orders", order(str(number)))
    return settled(house)


def settled(house: House) -> House:
    """Sync until what was put is behind the overlap of the windows."""
    house.sync_well()
    house.sync_well()
    return house


def edit_unseen(house: House, external_id: str, note: str) -> None:
    house.shop.tables["orders"][external_id]["note"] = note


def notes(house: House) -> set[str]:
    return {row["note"] for row in house.erp.tables["orders"].values()}


def swept(house: House) -> list[runs.RunRow]:
    with house.hub.database.read() as tx:
        return [run for run in runs.listing(tx, stream="orders", limit=1000) if run.lane == Lane.SWEEP]


def mark(house: House, lane: Lane) -> Checkpoint:
    with house.hub.database.read() as tx:
        return checkpoints.get(tx, "shop", "orders", lane)


class Slow(MemoryConnector):
    """Each page takes a while, and page `broken` never comes."""

    def __init__(self, wait: Callable[[], None], remote: MemoryRemote, broken: int = 0) -> None:
        super().__init__(remote)
        self._wait, self._broken = wait, broken

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in super().read(stream, window):
            if page.resume == self._broken and self._broken:
                raise UnavailableError("reset", hint="Wait.")
            self._wait()
            yield page


def test_what_no_cursor_shows_arrives_within_the_declared_time(blind: House) -> None:
    """T021."""
    edit_unseen(blind, "4", "call first")
    blind.sync_well()
    assert notes(blind) == {""}
    blind.clock.forward(seconds=HOUR)
    report = blind.sync_well()
    assert notes(blind) == {"", "call first"}
    [sweep] = [r for r in report.results if (r.connection, r.stream, r.kind) == ("shop", "orders", Kind.PULL)][1:]
    assert (sweep.counts.read, sweep.counts.written, sweep.counts.unchanged) == (10, 1, 9)


def test_the_first_import_counts_as_a_sweep_and_one_sweep_lasts_until_the_next_is_due(blind: House) -> None:
    blind.sync_well()
    assert swept(blind) == []
    blind.clock.forward(seconds=HOUR)
    blind.sync_well()
    blind.sync_well()
    assert len(swept(blind)) == 1


def test_nothing_is_swept_before_the_first_import_is_done(house: House) -> None:
    house.swap("shop", lambda remote: Slow(lambda: None, remote, broken=1), **BLIND)
    for number in range(1, 201):
        house.shop.put("orders", order(str(number)))
    house.sync()
    house.clock.forward(seconds=HOUR)
    house.sync()
    assert (swept(house), mark(house, Lane.SWEEP)) == ([], Checkpoint())


def test_a_backfill_is_no_sweep(blind: House) -> None:
    before = mark(blind, Lane.SWEEP)
    backfill(blind.hub, "shop", "orders", Window(None, blind.clock(), lane=Lane.BACKFILL))
    assert mark(blind, Lane.SWEEP) == before


def test_what_a_sweep_does_not_find_is_not_gone(blind: House) -> None:
    """T028: the shop answers with an empty list."""
    rows = blind.shop.tables.pop("orders")
    blind.clock.forward(seconds=HOUR)
    blind.sync_well()
    blind.shop.tables["orders"] = rows
    with blind.hub.database.read() as tx:
        assert {link.state for link in links.known(tx, "shop", "orders", list(rows)).values()} == {"active"}
    assert len(blind.erp.tables["orders"]) == 10


def test_a_sweep_that_fails_goes_on_where_it_was(blind: House) -> None:
    for number in range(11, 201):
        blind.shop.put("orders", order(str(number)))
    settled(blind)
    edit_unseen(blind, "1", "call first")
    blind.clock.forward(seconds=HOUR)
    blind.swap("shop", lambda remote: Slow(lambda: None, remote, broken=1))
    assert [str(e) for e in blind.sync().errors] == ["reset"]
    window = mark(blind, Lane.SWEEP).window
    assert window is not None
    blind.swap("shop", MemoryConnector)
    blind.shop.requests.clear()
    blind.sync_well()
    assert blind.shop.requests.count(f"read orders {window['resume']}") == 1
    assert f"read orders {window['resume'] + 1}" not in blind.shop.requests
    assert notes(blind) == {"", "call first"}
    assert mark(blind, Lane.SWEEP).window is None


def test_a_long_sweep_lets_other_work_through_after_each_slice(blind: House) -> None:
    """T032."""
    for number in range(11, 401):
        blind.shop.put("orders", order(str(number)))
    settled(blind)
    edit_unseen(blind, "1", "call first")
    blind.clock.forward(seconds=HOUR)
    blind.swap("shop", partial(Slow, partial(blind.clock.forward, seconds=SLICE.total_seconds() / 34)))
    blind.sync_well()
    [first] = swept(blind)
    assert 0 < first.read < 400
    blind.shop.put("orders", order("2000"))
    blind.sync_well()
    assert "2000" in {row["number"] for row in blind.erp.tables["orders"].values()}
    while mark(blind, Lane.SWEEP).window is not None:
        blind.sync_well()
    assert notes(blind) == {"", "call first"}
    assert mark(blind, Lane.SWEEP).high_water is not None
    assert sum(run.read for run in swept(blind)) >= 400
    assert len(swept(blind)) > 1


def test_a_stream_without_a_cursor_is_read_whole_each_time_and_needs_no_sweep(house: House) -> None:
    house.swap("shop", MemoryConnector, cursor=Cursor.NONE, **BLIND)
    house.shop.put("orders", order("1"))
    house.sync_well()
    house.clock.forward(seconds=2 * HOUR)
    house.sync_well()
    assert swept(house) == []


def test_a_stream_that_cannot_be_read_is_not_swept_and_spares_the_others(blind: House) -> None:
    class HalfDown(MemoryConnector):
        def read(self, stream: str, window: Window) -> Iterator[Page]:
            if stream == "stock":
                raise UnavailableError("no answer", hint="Wait.")
            return super().read(stream, window)

    edit_unseen(blind, "4", "call first")
    blind.clock.forward(seconds=HOUR)
    blind.swap("shop", HalfDown)
    blind.sync()
    assert notes(blind) == {"", "call first"}
    with blind.hub.database.read() as tx:
        assert not [run for run in runs.listing(tx, stream="stock", limit=1000) if run.lane == Lane.SWEEP]
