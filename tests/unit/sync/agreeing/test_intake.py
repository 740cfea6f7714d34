"""A batch that is taken in document by document."""

from __future__ import annotations

import orjson
from house import House, order

from hub.api import Unread
from hub.store import links
from hub.sync.agreeing.arrival import arrive
from hub.sync.connection.session import open_session
from hub.sync.reading.pull import Reading, reprocess, store


def test_what_documents_refer_to_may_have_been_first_seen_elsewhere(house: House) -> None:
    """The id that follows from the document is not the record's: the batch is worked out again, with the right one."""
    house.shop.put("customers", {"id": "c1", "email": "ann@example.com", "ref": None})
    house.sync_well()
    [known] = house.erp.tables["customers"]
    for number in ("o1", "o2"):
        house.erp.put("orders", order(number, customer=known))
    house.erp.put("orders", order("o3", email="guest@example.com"))
    house.sync_well("erp")
    customer = house.record("shop", "customers", "c1").id
    assert [house.data("erp", "orders", number)["customer"] for number in ("o1", "o2")] == [customer, customer]
    guest = house.data("erp", "orders", "o3")["customer"]
    with house.hub.database.read() as tx:
        assert guest
        assert guest != customer
        assert links.of_records(tx, [guest])


def test_an_order_may_come_before_its_customer_and_before_another_that_names_it(house: House) -> None:
    house.shop.put("orders", order("1", customer="c1", variant="v1"))
    house.shop.put("orders", order("2", customer="c1", variant="v1"))
    house.sync_well("shop")
    house.shop.put("customers", {"id": "c1", "email": "ann@example.com", "ref": None})
    house.sync_well("shop")
    customer = house.record("shop", "customers", "c1").id
    assert {house.data("shop", "orders", number)["customer"] for number in ("1", "2")} == {customer}


def test_a_document_that_cannot_be_read_is_parked_as_it_came_and_no_other_waits_for_it(house: House) -> None:
    house.shop.put("orders", order("3"))
    house.sync_well("shop")  # so that there is a record which the page may change, and references are looked up first
    page = b'[{"id": "1", "updated": "t", "weight": 1e999}, %b, %b]' % (
        orjson.dumps(order("2")),
        orjson.dumps(order("3", note="changed")),
    )
    with open_session(house.hub, "shop") as session:
        work = Reading(session, session.spec.stream("orders"), "")
        arrivals = arrive(session.mappings["orders"], Unread.cut(page), session.next_asked())
        store(work, arrivals, lambda _tx: None)
    [problem] = house.problems()
    assert (problem.subject, problem.document) == ("1", '{"id": "1", "updated": "t", "weight": 1e999}')
    assert "number is infinity" in problem.message
    assert house.data("shop", "orders", "2")["total"] == "10.00"
    assert house.data("shop", "orders", "3")["note"] == "changed"
    with open_session(house.hub, "shop") as session:
        work = Reading(session, session.spec.stream("orders"), "")
        reprocess(work, {"1": problem.document or ""})
        assert [again.id for again in house.problems()] == [problem.id]
