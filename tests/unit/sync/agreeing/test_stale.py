"""Newer never loses to older: answers are ordered by when they were asked for."""

from __future__ import annotations

from typing import Any

from house import House, order

from hub.store import inbox, links, settings
from hub.sync.agreeing.arrival import Arrival, arrive
from hub.sync.connection.session import Session, open_session
from hub.sync.reading.pull import Reading, fetch_wanted, store


def reading(session: Session) -> Reading:
    return Reading(session, session.spec.stream("orders"), "")


def seen(session: Session, asked: int, **more: Any) -> list[Arrival]:
    return arrive(session.mappings["orders"], [order("1", updated="t", **more)], asked)


def test_an_older_answer_never_undoes_a_newer_one(house: House) -> None:
    """T005: an old event is delivered again; T002: hook and poll see the order within a second."""
    house.shop.put("orders", order("1", note="newest"))
    with open_session(house.hub, "shop") as session:
        old, new = session.next_asked(), session.next_asked()
        work = reading(session)
        store(work, seen(session, new, note="new"), lambda _tx: None)
        store(work, seen(session, old, note="old"), lambda _tx: None)
        assert house.data("shop", "orders", "1")["note"] == "new"
        assert (work.counts.skipped, work.counts.add_up()) == (1, True)
        fetch_wanted(reading(session))
    assert house.data("shop", "orders", "1")["note"] == "newest"
    assert [event.external_id for event in house.events("stale")] == ["1"]


def test_an_answer_asked_for_before_our_write_never_undoes_the_write(house: House) -> None:
    """The page was on its way while we wrote; it shows the order as it was."""
    house.route("order", direction="two-way")
    house.shop.put("orders", order("1", note="as it was"))
    house.sync_well()
    with open_session(house.hub, "shop") as session:
        asked = session.next_asked()
        before = dict(house.shop.tables["orders"]["1"])
    house.erp.put("orders", {"id": next(iter(house.erp.tables["orders"])), "note": "from the ERP"})
    house.sync_well()
    assert house.shop.tables["orders"]["1"]["note"] == "from the ERP"
    with open_session(house.hub, "shop") as session:
        compiled = session.mappings["orders"]
        store(reading(session), arrive(compiled, [{**before, "status": "completed"}], asked), lambda _tx: None)
    assert house.data("shop", "orders", "1")["note"] == "from the ERP"
    assert house.data("shop", "orders", "1")["status"] == "open"
    house.sync_well()
    assert house.shop.tables["orders"]["1"]["note"] == "from the ERP"
    with house.hub.database.read() as tx:
        assert inbox.backlog(tx) == {}


def test_the_same_document_again_is_no_change(house: House) -> None:
    """T001, T002."""
    house.shop.put("orders", order("1"))
    with open_session(house.hub, "shop") as session:
        work = reading(session)
        for _ in range(3):
            arrivals = arrive(session.mappings["orders"], [house.shop.tables["orders"]["1"]], session.next_asked())
            store(work, arrivals, lambda _tx: None)
    assert (work.counts.written, work.counts.unchanged) == (1, 2)


def test_requests_are_numbered_on_and_on_over_restarts(house: House) -> None:
    house.shop.put("orders", order("1"))
    house.sync_well()
    numbers = []
    for _ in range(3):
        with open_session(house.hub, "shop") as session:
            numbers.append(session.next_asked())
            with session.commit():
                pass
    with house.hub.database.read() as tx:
        last = links.known(tx, "shop", "orders", ["1"])["1"].asked
    assert last < numbers[0] < numbers[1] < numbers[2]


def test_a_mapping_that_changed_reads_known_documents_anew(house: House) -> None:
    """A document is known only together with the mapping that decoded it."""
    house.shop.put("orders", order("1", status="on-hold"))
    house.sync("shop")
    assert [p.error for p in house.problems()] == ["UnknownValueError"]
    override = (
        "entity: order\nstream: orders\nfields:\n  status: {path: status, values: {open: [processing, on-hold]}}\n"
    )
    with house.hub.database.write() as tx:
        settings.add_mapping_override(tx, "connection:shop", "shop", "orders", override, house.clock())
        inbox.add(tx, [("shop", "orders", "1")], "replay", house.clock())
    house.sync_well("shop")
    assert house.problems() == []
    assert house.data("shop", "orders", "1")["status"] == "open"
