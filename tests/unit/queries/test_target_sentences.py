"""One sentence a system: where a record stands."""

from __future__ import annotations

from datetime import datetime

from office import CONNECTIONS, ROUTES, Office, customer, order

from hub.operations.connection import pause
from hub.queries.record import one_record, record_page, record_search
from hub.queries.target import sentence
from hub.store import links, outbox
from hub.store.links import LinkRow

BARRED = ROUTES + 'only = [{ field = "status", is = "completed" }]\n'


def when(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def sentences(office: Office, stream: str = "orders", external_id: str = "1") -> dict[str, str]:
    record = office.record("shop", stream, external_id)
    page = record_page(office.database, office.plugins, record.id, now=office.clock())
    return {view.connection: sentence(view, when) for view in page.targets}


def filled(office: Office, text: str = CONNECTIONS + ROUTES) -> None:
    office.apply(text)
    office.shop.put("customers", customer())
    office.shop.put("orders", order("1"))


def test_a_record_that_is_everywhere(office: Office) -> None:
    filled(office)
    office.sync()
    assert sentences(office) == {
        "shop": "Order 1 read 12:00, up to date.",
        "erp": "Order 1002 written 12:00, up to date.",
    }


def test_a_record_that_is_owed(office: Office) -> None:
    filled(office)
    office.sync("shop")
    assert sentences(office)["erp"] == "To be written by the next sync."
    pause(office.database, "erp", office.clock())
    assert sentences(office)["erp"] == "To be written by the next sync. erp is paused."


def test_a_record_that_is_about_another_systems_own(office: Office) -> None:
    """No route brings customers from the shop to the ERP: the order of one never goes there."""
    customers, orders = ROUTES.split("\n\n")
    back = customers.replace("shop", "x").replace("erp", "shop").replace("x", "erp")
    filled(office, CONNECTIONS + back + "\n\n" + orders)
    office.sync()
    said = "Not written there: it is about customer Ada Lovelace, which no route brings there."
    assert sentences(office)["erp"] == said


def test_a_record_that_waits_for_one_that_is_here(office: Office) -> None:
    filled(office)
    office.shop.tables["customers"].clear()
    office.sync()
    assert sentences(office)["erp"] == "Waits for customer 7 of shop, which has not been read yet."
    office.shop.put("customers", customer())
    office.sync("shop")
    with office.database.write() as tx:
        row = next(r for r in outbox.of_record(tx, office.record("shop", "orders", "1").id))
        outbox.wait(tx, row, "customers", office.record("shop", "customers", "7").id)
    assert sentences(office)["erp"] == "Waits for customer Ada Lovelace, which is not in erp yet."


def test_a_record_that_is_about_a_part_of_another_systems_own(office: Office) -> None:
    """A variant has no record of its own: it is named by where it came from."""
    filled(office)
    office.sync("shop")
    part = "a-part-without-a-record"
    with office.database.write() as tx:
        links.promise(tx, [LinkRow("shop", "variants", "19", part)])
        row = next(r for r in outbox.of_record(tx, office.record("shop", "orders", "1").id))
        outbox.wait(tx, row, "variants", part)
    said = "Not written there: it is about variant 19 of shop, which no route brings there."
    assert sentences(office)["erp"] == said


def test_a_record_that_a_rule_keeps_away(office: Office) -> None:
    filled(office, CONNECTIONS + BARRED)
    office.sync()
    assert sentences(office)["erp"] == "Not written there, by the route's rule: only status is completed."


def test_a_record_that_was_refused(office: Office) -> None:
    filled(office)
    office.shop.put("orders", {"id": "1", "payment": "cod"})
    office.apply(CONNECTIONS + '[connections.shop.tables.payments]\ncod = "cash"\n' + ROUTES)
    office.sync()
    said = sentences(office)["erp"]
    assert said.startswith("Refused 12:00: ")
    assert "payments" in said


def test_a_record_that_is_gone(office: Office) -> None:
    filled(office)
    office.sync()
    with office.database.write() as tx:
        links.mark_gone(tx, "erp", "orders", "1002")
    assert sentences(office)["erp"] == "Order 1002 was deleted there; noticed 12:00."


def test_the_page_holds_what_belongs_to_the_record(office: Office) -> None:
    """T130: one page with what was received, every step, and where it went."""
    filled(office)
    office.sync()
    record = office.record("shop", "orders", "1")
    page = record_page(office.database, office.plugins, record.id, now=office.clock())
    assert [(one.entity, one.name) for one in page.related] == [("customer", "Ada Lovelace")]
    assert page.targets[0].url == "http://shop.example/orders/1"
    assert page.versions[0].source == "shop"
    assert {event.kind for event in page.events} >= {"written"}
    assert set(page.documents) == {"shop orders 1", "erp orders 1002"}
    buyer = record_page(office.database, office.plugins, page.related[0].id, now=office.clock())
    assert [(one.entity, one.name) for one in buyer.related] == [("order", "1")]


def test_a_record_is_found_by_what_people_know(office: Office) -> None:
    filled(office)
    office.sync()
    for text in ("1", "#1", "1002"):
        assert [(hit.entity, hit.name) for hit in record_search(office.database, text)] == [("order", "1")]
    assert {hit.entity for hit in record_search(office.database, "ADA@example.com ")} == {"customer"}
    found = one_record(office.database, "1")
    assert found is not None
    assert found.connections == ("erp", "shop")
    assert one_record(office.database, "unknown") is None
