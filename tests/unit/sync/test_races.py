"""Connections are synced at the same time by different processes: nothing is lost and nothing believed too early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import orjson
import pytest
from house import House, order

from hub.api import LockedError, Page, UnavailableError, Window, Write
from hub.store import leases, links, outbox, records
from hub.sync.agreeing.arrival import arrive
from hub.sync.connection.session import CACHE_LIMIT, open_session
from hub.sync.execute import sync, sync_connection
from hub.sync.reading.pull import Reading, pull, store
from hub.sync.writing.push import push
from hub.sync.writing.send import Writing
from hub.testing.memory import MemoryConnector


def notes(house: House) -> list[str]:
    return [row.get("note", "") for row in house.erp.tables.get("orders", {}).values()]


def edit(house: House, note: str) -> None:
    """Edit the order in the shop, and let another process read it."""
    house.shop.put("orders", {"id": "1", "note": note})
    results = sync_connection(house.hub, "shop")
    assert not [result.error for result in results if result.error]


def seam_at(house: House, wanted: str, act: Callable[[], None]) -> None:
    """Do something once, when the next transaction comes to a seam."""

    def seam(name: str) -> None:
        if name == wanted:
            house.seam = lambda _name: None
            act()

    house.seam = seam


def test_an_edit_between_reading_what_is_owed_and_freezing_it_is_sent_afterwards(house: House) -> None:
    house.shop.put("orders", order("1"))
    house.sync_well("shop")
    with open_session(house.hub, "erp") as session:
        push(Writing(session, session.spec.stream("customers"), ""))
        push_with_an_edit(house, Writing(session, session.spec.stream("orders"), ""))
    house.sync_well("erp")
    assert notes(house) == ["in between"]
    assert house.owed() == {}


def push_with_an_edit(house: House, writing: Writing) -> None:
    """Push; as soon as the write is about to be frozen, the shop's process commits an edit of the same order."""
    seam_at(house, "before begin", lambda: edit(house, "in between"))
    push(writing)


def test_an_edit_while_there_seemed_to_be_nothing_to_write_is_not_forgotten(house: House) -> None:
    house.shop.put("orders", order("1"))
    house.sync_well()
    with house.hub.database.write() as tx:
        outbox.owe(tx, [("erp", "orders", house.record("shop", "orders", "1").id)], house.clock())
    with open_session(house.hub, "erp") as session:
        push_with_an_edit(house, Writing(session, session.spec.stream("orders"), ""))
    house.sync_well("erp")
    assert notes(house) == ["in between"]


def test_an_edit_while_a_rule_barred_it_is_not_forgotten(house: House) -> None:
    house.route("order", rules={"except": [{"field": "note", "is": "secret"}]})
    house.shop.put("orders", order("1", note="secret"))
    house.sync_well("shop")
    with open_session(house.hub, "erp") as session:
        push(Writing(session, session.spec.stream("customers"), ""))
        push_with_an_edit(house, Writing(session, session.spec.stream("orders"), ""))
    house.sync_well("erp")
    assert notes(house) == ["in between"]


def test_two_remotes_that_change_one_record_at_once_are_both_merged(house: House) -> None:
    """T117: the ERP's page was decoded before the shop's change was committed."""
    house.route("customer", direction="two-way")
    house.shop.put("customers", {"id": "7", "email": "a@example.com", "first": "Ada", "note": ""})
    house.sync_well()
    house.erp.put("customers", {"id": "1001", "first": "Augusta"})
    house.shop.put("customers", {"id": "7", "note": "call first"})
    with open_session(house.hub, "erp") as session:
        reading = Reading(session, session.spec.stream("customers"), "")
        arrivals = arrive(session.mappings["customers"], [house.erp.tables["customers"]["1001"]], session.next_asked())
        seam_at(house, "before begin", lambda: read_shop(house))
        store(reading, arrivals, lambda _tx: None)
        assert reading.counts.add_up()
        assert reading.counts.written == 1
    data = house.data("shop", "customers", "7")
    assert (data["first_name"], data["note"]) == ("Augusta", "call first")
    house.sync_well()
    assert house.shop.tables["customers"]["7"]["first"] == "Augusta"
    assert house.erp.tables["customers"]["1001"]["note"] == "call first"


def read_shop(house: House) -> None:
    results = sync_connection(house.hub, "shop", ["customers"])
    assert not [result.error for result in results if result.error]


def test_what_was_rolled_back_is_not_believed_in_the_same_session(house: House) -> None:
    """The page with the customer could not be committed; the order that follows must not refer to a ghost."""
    house.shop.put("customers", {"id": "7", "email": "a@example.com"})
    house.shop.put("orders", order("1", customer="7"))
    left = 0

    def full(name: str) -> None:
        nonlocal left
        left -= name == "before commit"
        if left == 0 and name == "before commit":
            raise UnavailableError("The disk is full.", hint="Free some space.")

    for broken in range(1, 12):
        left = broken
        house.seam = full
        house.sync("shop")
    house.seam = lambda _name: None
    house.sync_well()
    assert house.erp.tables["orders"]["1002"]["customer"] == "1001"
    assert dangling(house) == []


def dangling(house: House) -> list[str]:
    """List the customers that orders refer to and that are neither there nor promised."""
    with house.hub.database.read() as tx:
        wanted = {orjson.loads(row.data).get("customer") for row in records.of_entity(tx, "order")} - {None}
        return sorted(wanted - set(links.of_records(tx, wanted)))


def test_a_full_memory_of_ids_is_emptied_between_commits_and_never_inside_a_batch(house: House) -> None:
    house.shop.put("customers", {"id": "7", "email": "a@example.com"})
    house.sync_well()
    for number, customer in (("1", "7"), ("2", "8"), ("3", 0), ("4", 0)):
        house.shop.put("orders", order(number, customer=customer, email="grace@example.com"))
    with open_session(house.hub, "shop") as session:
        session.remember({("customers", "7"): house.record("shop", "customers", "7").id})
        session.remember({("variants", str(n)): "x" for n in range(CACHE_LIMIT + 1)})
        pull(Reading(session, session.spec.stream("orders"), ""))
        assert session.refs == {}
    buyers = [house.data("shop", "orders", number)["customer"] for number in "1234"]
    assert buyers[0] == house.record("shop", "customers", "7").id
    assert buyers[2] == buyers[3]
    assert dangling(house) == []


def test_a_second_run_of_a_connection_is_refused_while_the_first_works(house: House) -> None:
    """T134."""
    with open_session(house.hub, "erp"), pytest.raises(LockedError), open_session(house.hub, "erp"):
        pass
    [result] = sync_connection(house.hub, "erp", ["orders"])[-1:]
    assert result.error is None


def test_a_run_that_was_replaced_writes_nothing_more(house: House) -> None:
    """T133: it stood still for longer than its lease, and another took over."""
    house.shop.put("orders", order("1"))

    with open_session(house.hub, "shop") as session:
        reading = Reading(session, session.spec.stream("orders"), "")
        arrivals = arrive(session.mappings["orders"], [{**order("1"), "updated": "t"}], session.next_asked())
        house.clock.at += leases.TERM + timedelta(seconds=1)
        read_shop(house)
        with pytest.raises(LockedError, match="taken over"):
            store(reading, arrivals, lambda _tx: None)
    house.sync_well()
    assert len(house.erp.tables["orders"]) == 1


def test_long_writing_keeps_its_lease(house: House) -> None:
    """Each write of a batch takes two minutes; another process must not think that this one is dead."""
    house.swap("erp", MemoryConnector, batch=10)
    for n in range(1, 9):
        house.shop.put("orders", order(str(n)))
    refused: list[bool] = []

    def slow(when: str, write: Write) -> None:
        if when == "before":
            house.clock.forward(minutes=2)
            refused.append(isinstance(sync_connection(house.hub, "erp")[-1].error, LockedError))

    house.erp.fail = slow
    house.sync_well()
    assert all(refused)
    assert len(house.erp.tables["orders"]) == 8


def test_a_sync_can_be_stopped_and_goes_on_later(house: House) -> None:
    for n in range(1, 9):
        house.shop.put("orders", order(str(n)))

    class Counting(MemoryConnector):
        pages = 0

        def read(self, stream: str, window: Window) -> Iterator[Page]:
            for page in super().read(stream, window):
                Counting.pages += 1
                yield page

    house.swap("shop", Counting)
    sync(house.hub, stopping=lambda: Counting.pages >= 3)
    house.sync_well()
    house.sync_well()
    assert len(house.erp.tables["orders"]) == 8


def test_a_process_that_slept_after_the_launch_sends_nothing_once_another_has_taken_over(house: House) -> None:
    house.shop.put("orders", order("1"))
    house.sync_well("shop")

    def sleep_through() -> None:
        house.clock.forward(minutes=15)
        house.sync("erp")

    with open_session(house.hub, "erp") as session:
        push(Writing(session, session.spec.stream("customers"), "", bulk=True))
        writing = Writing(session, session.spec.stream("orders"), "", bulk=True)
        seam_at(house, "after commit", sleep_through)
        with pytest.raises(LockedError):
            push(writing)
    assert len(house.erp.tables["orders"]) == 1
