"""What belongs to a record is found through indexes, however many records there are."""

from __future__ import annotations

import orjson
from office import Office

from hub.queries.record import record_page
from hub.store import records
from hub.store.records import RecordRow


def put(office: Office, record_id: str, entity: str, **data: str) -> None:
    row = RecordRow(
        record_id,
        "default",
        entity,
        1,
        orjson.dumps(data).decode(),
        *records.promoted(data),
        "2026-03-01T12:00:00.000000Z",
        "shop",
        None,
    )
    with office.database.write() as tx:
        records.put_many(tx, [row])
        records.put_keys(tx, [(record_id, kind, value) for kind, value in records.keys(data)])


def related(office: Office, record_id: str) -> list[str]:
    page = record_page(office.database, office.plugins, record_id, now=office.clock())
    return [one.id for one in page.related]


def test_an_order_names_its_customer_its_shipments_its_returns_and_its_refunds(office: Office) -> None:
    put(office, "c1", "customer", email="ada@example.com")
    put(office, "o1", "order", number="1", customer="c1")
    put(office, "s1", "shipment", order="o1")
    put(office, "r1", "refund", order="o1")
    put(office, "b1", "return", order="o1")
    put(office, "s2", "shipment", order="o2")
    assert related(office, "o1") == ["c1", "r1", "b1", "s1"]


def test_a_customer_names_its_orders_whatever_e_mail_they_were_placed_with(office: Office) -> None:
    put(office, "c1", "customer", email="ada@example.com")
    put(office, "o1", "order", number="1", customer="c1", email="ada@example.com")
    put(office, "o2", "order", number="2", customer="c1", email="work@example.com")
    put(office, "o3", "order", number="3", customer="c9", email="ada@example.com")
    assert related(office, "c1") == ["o1", "o2"]
