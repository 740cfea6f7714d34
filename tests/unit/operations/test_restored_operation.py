"""`hub restored` at the operation: what it leaves behind for the engine and for people."""

from __future__ import annotations

from datetime import timedelta

from office import Office

from hub.api import Lane
from hub.operations.restored import restored
from hub.store import checkpoints, leases, notices, restorations
from hub.store.checkpoints import Checkpoint
from hub.store.notices import Notice


def notice(shipment: str, state: str) -> Notice:
    told = ("acme", shipment, "delivered", "email", "buyer", "a@example.com", "en")
    return Notice(f"n-{shipment}", *told, state, None, 0, None, "2026-03-01", "2026-03-01")


def test_it_holds_for_a_day(office: Office) -> None:
    noted = restored(office.hub, "Ann")
    now = office.hub.world.now()
    with office.hub.database.read() as tx:
        assert restorations.lately(tx, now) == noted.at == now
        assert restorations.lately(tx, now + timedelta(hours=23)) == now
        assert restorations.lately(tx, now + timedelta(hours=25)) is None
    assert noted.until == now + timedelta(days=1)


def test_saying_it_twice_does_no_harm(office: Office) -> None:
    restored(office.hub, "Ann")
    restored(office.hub, "Ann")


def test_no_lease_of_the_backup_keeps_anybody_from_working(office: Office) -> None:
    now = office.hub.world.now()
    leases.acquire(office.hub.database, "connection:shop", holder="long:0:gone", now=now, is_dead=lambda _name: False)
    restored(office.hub, "Ann")
    leases.acquire(office.hub.database, "connection:shop", holder="us", now=now, is_dead=lambda _name: False)


def test_windows_begin_again_and_sweeps_come_due(office: Office) -> None:
    now = office.hub.world.now()
    with office.hub.database.write() as tx:
        checkpoints.put(tx, "shop", "orders", Lane.LIVE, Checkpoint("2026-02-01", {"resume": 7}), now)
        checkpoints.put(tx, "shop", "orders", Lane.SWEEP, Checkpoint("2026-02-28"), now)
    restored(office.hub, "Ann")
    with office.hub.database.read() as tx:
        assert checkpoints.get(tx, "shop", "orders", Lane.LIVE) == Checkpoint("2026-02-01")
        assert checkpoints.get(tx, "shop", "orders", Lane.SWEEP) == Checkpoint()


def test_what_was_about_to_be_sent_may_have_been_and_is_left_to_a_person(office: Office) -> None:
    with office.hub.database.write() as tx:
        for state in ("pending", "sending", "held", "sent", "skipped"):
            notices.add(tx, notice(state, state))
    assert restored(office.hub, "Ann").notices == 3
    with office.hub.database.read() as tx:
        assert {one.shipment for one in notices.in_state(tx, ["unknown"])} == {"pending", "sending", "held"}
        assert {one.shipment for one in notices.in_state(tx, ["sent", "skipped"])} == {"sent", "skipped"}
