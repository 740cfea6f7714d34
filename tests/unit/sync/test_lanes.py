"""Live work goes before bulk: in reading, in writing, and between processes that want the same connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from house import House, order

from hub.api import LockedError, Page, Refused, Window, Write, Written
from hub.clock import World
from hub.connector import Lane
from hub.store import inbox, leases, outbox, runs
from hub.store.database import Database
from hub.sync.backfill import backfill, begin_backfill, is_under_way, read_slice
from hub.sync.connection.session import open_session
from hub.sync.execute import Kind, sync_connection
from hub.sync.reading.slice import SLICE
from hub.testing.memory import MemoryConnector, MemoryRemote

SECONDS_A_PAGE = 1.0
SECONDS_A_WRITE = 2.0
PAST = 400
POLL = timedelta(minutes=5)
SLA = timedelta(minutes=8)
"""A live order reaches the ERP within this: the poll's five minutes, and what may be in its way."""


class Timed(MemoryConnector):
    """Each page and each write takes a while."""

    def __init__(self, wait: Callable[[float], None], remote: MemoryRemote) -> None:
        super().__init__(remote)
        self._wait = wait

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in super().read(stream, window):
            self._wait(SECONDS_A_PAGE)
            yield page

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        for write in writes:
            self._wait(SECONDS_A_WRITE)
            yield from super().upsert(stream, [write])


class Buyer:
    """Buys something every so often while time passes; `arrived` tells how long each order took to the ERP."""

    def __init__(self, house: House, every: timedelta) -> None:
        self._house, self._every = house, every
        self._next, self._looked = house.clock() + every, 0
        self.placed: dict[str, Any] = {}
        self.arrived: dict[str, timedelta] = {}

    def wait(self, seconds: float) -> None:
        self._house.clock.forward(seconds=seconds)
        now = self._house.clock()
        while now >= self._next:
            number = f"live-{len(self.placed)}"
            self._house.shop.put("orders", order(number))
            self.placed[number] = self._next
            self._next += self._every
        for _stream, write in self._house.erp.writes[self._looked :]:
            number = str(write.document.get("number"))
            if number in self.placed:
                self.arrived[number] = now - self.placed[number]
        self._looked = len(self._house.erp.writes)


@pytest.fixture
def shop_with_a_past(house: House) -> House:
    """A shop with many old orders that the hub has not read: its live lane begins after them."""
    house.sync_well()
    house.sync_well()
    for number in range(PAST):
        old = {**order(f"old-{number:05}"), "updated": "2026-01-01T00:00:00.000000Z"}
        house.shop.tables.setdefault("orders", {})[old["id"]] = old
    return house


def serve_a_while(house: House, buyer: Buyer, end: timedelta) -> None:
    """What `hub serve` does, one thing after the other, as it would be with a single thread: the worst case."""
    polled, stop = house.clock() - POLL, house.clock() + end
    while house.clock() < stop:
        if house.clock() >= polled + POLL:
            polled = house.clock()
            sync_connection(house.hub, "shop", bulk_for=SLICE)
        sync_connection(house.hub, "erp", first=False, bulk_for=SLICE)
        if is_under_way(house.hub, "shop", "orders"):
            read_slice(house.hub, "shop", "orders")
        buyer.wait(5)


def test_a_backfill_leaves_a_live_orders_way_to_the_erp_within_its_time(shop_with_a_past: House) -> None:
    """T032: a back-fill and everything it owes to the ERP take hours of their clock; live orders take minutes."""
    house = shop_with_a_past
    buyer = Buyer(house, every=timedelta(seconds=70))
    for name in ("shop", "erp"):
        house.swap(name, partial(Timed, buyer.wait))
    begin_backfill(house.hub, "shop", "orders", Window(None, house.clock(), lane=Lane.BACKFILL))
    serve_a_while(house, buyer, timedelta(minutes=14))
    numbers = [str(row["number"]) for row in house.erp.tables["orders"].values()]
    assert len(numbers) > 200, "the back-fill itself goes on"
    assert len(buyer.arrived) >= 6
    assert max(buyer.arrived.values()) < SLA
    waiting = buyer.placed.keys() - buyer.arrived.keys()
    assert all(house.clock() - buyer.placed[number] < SLA for number in waiting)


def test_a_backfill_in_one_go_reads_everything_slice_by_slice(shop_with_a_past: House) -> None:
    house = shop_with_a_past
    buyer = Buyer(house, every=timedelta(days=1))
    house.swap("shop", partial(Timed, buyer.wait))
    result = backfill(house.hub, "shop", "orders", Window(None, house.clock(), lane=Lane.BACKFILL))
    assert (result.counts.read, result.counts.written, result.error) == (PAST, PAST, None)
    with house.hub.database.read() as tx:
        slices = [run for run in runs.listing(tx, stream="orders", limit=1000) if run.lane == Lane.BACKFILL]
    assert len(slices) > 1
    assert sum(run.read for run in slices) == PAST


def test_a_slice_ends_when_somebody_else_wants_the_connection(shop_with_a_past: House) -> None:
    house = shop_with_a_past
    refused: list[LockedError] = []

    def want(_seconds: float) -> None:
        if not refused:
            with pytest.raises(LockedError) as caught:
                leases.acquire(house.hub.database, "connection:shop", holder="else", now=house.clock())
            refused.append(caught.value)

    house.swap("shop", partial(Timed, want))
    begin_backfill(house.hub, "shop", "orders", Window(None, house.clock(), lane=Lane.BACKFILL))
    assert read_slice(house.hub, "shop", "orders").counts.read < PAST
    assert is_under_way(house.hub, "shop", "orders")


def test_what_a_webhook_told_of_ends_a_slice_of_the_past(shop_with_a_past: House) -> None:
    house = shop_with_a_past
    refused: list[object] = []

    def hook(_seconds: float) -> None:
        if not refused:
            with house.hub.database.write() as tx:
                inbox.add(tx, [("shop", "orders", "old-00001")], "webhook", house.clock())
            refused.extend(sync_connection(house.hub, "shop", first=False, bulk_for=SLICE))

    house.swap("shop", partial(Timed, hook))
    begin_backfill(house.hub, "shop", "orders", Window(None, house.clock(), lane=Lane.BACKFILL))
    assert read_slice(house.hub, "shop", "orders").counts.read < PAST
    assert sync_connection(house.hub, "shop", first=False, bulk_for=SLICE)[0].counts.read == 1


def test_bulk_work_makes_way_for_whoever_waits_and_not_for_ever(house: House) -> None:
    take = partial(leases.acquire, house.hub.database, "connection:shop", is_dead=lambda _holder: False)
    with open_session(house.hub, "shop", bulk=True), pytest.raises(LockedError):
        take(holder="live", now=house.clock())
    with pytest.raises(LockedError):
        take(holder="bulk", now=house.clock(), bulk=True)
    with house.hub.database.read() as tx:
        assert tx.exec_driver_sql("SELECT holder FROM lease WHERE name = 'connection:shop'").scalar() == ""
    house.clock.forward(seconds=leases.TURN.total_seconds() + 1)
    assert take(holder="bulk", now=house.clock(), bulk=True).holder == "bulk"


def test_a_backfill_waits_while_somebody_else_works_on_the_connection(house: House) -> None:
    database: Database = house.hub.database
    lease = leases.acquire(database, "connection:shop", holder="here:1:1", now=house.clock())
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        house.clock.forward(seconds=seconds)
        if len(naps) == 3:
            leases.release(database, lease)

    world = World(now=house.clock, sleep=nap, new_id=house.hub.world.new_id, jitter=lambda: 0.5)
    hub = type(house.hub)(database, house.hub.plugins, house.hub.folder, world, is_dead=lambda _holder: False)
    house.shop.put("orders", order("1"))
    bounds = Window(None, house.clock() + timedelta(minutes=1), lane=Lane.BACKFILL)
    assert backfill(hub, "shop", "orders", bounds).counts.read == 1
    assert len(naps) == 3


def test_what_is_live_is_written_before_a_pile_of_bulk(house: House) -> None:
    for number in range(1, 61):
        house.shop.put("orders", order(f"old-{number:02}"))
    sync_connection(house.hub, "shop")  # the first import is bulk
    house.clock.forward(minutes=10)
    house.shop.put("orders", order("live"))
    sync_connection(house.hub, "shop")
    sync_connection(house.hub, "erp", first=False)
    assert next(str(write.document["number"]) for stream, write in house.erp.writes if stream == "orders") == "live"
    assert len(house.erp.tables["orders"]) == 61


def test_a_pile_of_customers_does_not_stand_before_a_live_order(house: House) -> None:
    for number in range(120):
        house.shop.put("customers", {"id": f"c{number:03}", "email": f"{number}@example.com"})
    sync_connection(house.hub, "shop")
    house.clock.forward(minutes=10)
    house.shop.put("orders", order("live"))
    sync_connection(house.hub, "shop")
    sync_connection(house.hub, "erp", first=False)
    written = [stream for stream, _ in house.erp.writes]
    assert written.index("orders") <= 2, "only the buyer of the live order itself goes before it"


def test_an_edit_makes_what_is_owed_in_bulk_live(house: House) -> None:
    with house.hub.database.write() as tx:
        outbox.owe(tx, [("erp", "orders", "r1"), ("erp", "orders", "r2")], house.clock(), bulk=True)
        outbox.owe(tx, [("erp", "orders", "r2")], house.clock())
        outbox.owe(tx, [("erp", "orders", "r2")], house.clock(), bulk=True)
        assert [row.record for row in outbox.due(tx, "erp", "orders", house.clock(), 9)] == ["r2", "r1"]
        assert [row.record for row in outbox.due(tx, "erp", "orders", house.clock(), 9, live=True)] == ["r2"]
        assert outbox.lanes(tx, "erp", house.clock()) == {("orders", True), ("orders", False)}


def test_a_sync_by_hand_writes_everything_bulk_included(house: House) -> None:
    for number in range(1, 131):
        house.shop.put("orders", order(str(number)))
    report = house.sync_well()
    assert len(house.erp.tables["orders"]) == 130
    assert [r.kind for r in report.results if r.connection == "erp" and r.stream == "orders" and r.counts.read] == [
        Kind.PULL if r == "pull" else Kind.PUSH for r in ["push"]
    ]


def test_a_slice_of_bulk_writing_ends_and_the_next_goes_on(house: House) -> None:
    for number in range(1, 201):
        house.shop.put("orders", order(str(number)))
    sync_connection(house.hub, "shop")
    house.swap("erp", partial(Timed, lambda seconds: house.clock.forward(seconds=seconds)))
    counts = []
    for _ in range(25):
        sync_connection(house.hub, "erp", first=False, bulk_for=SLICE)
        counts.append(len(house.erp.tables.get("orders", {})))
    assert counts[0] < 200
    assert counts == sorted(counts)
    assert counts[-1] == 200
