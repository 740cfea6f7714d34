"""Links: external id and record, one to one in a stream of a connection, with the last document seen."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from hub.store import links
from hub.store.database import Database
from hub.store.links import LinkRow, LinkState

SHOP = LinkRow("shop", "orders", "5", "r1", LinkState.ACTIVE, b"doc", b"map", 3, '{"a":1}', None, "v1", 7, 9, "t")


def put(database: Database, *rows: LinkRow) -> None:
    with database.write() as tx:
        links.put_many(tx, rows)


def test_a_link_is_found_by_the_external_id(database: Database) -> None:
    put(database, SHOP)
    with database.read() as tx:
        assert links.known(tx, "shop", "orders", ["5", "6"]) == {"5": SHOP}
        assert links.known(tx, "erp", "orders", ["5"]) == {}


def test_two_shops_may_have_the_same_id(database: Database) -> None:
    """T006: two stores both have order id 5."""
    put(database, SHOP, SHOP._replace(connection="erp", record="r2"))
    with database.read() as tx:
        assert links.resolve(tx, "shop", [("orders", "5")]) == {("orders", "5"): "r1"}
        assert links.resolve(tx, "erp", [("orders", "5")]) == {("orders", "5"): "r2"}


def test_a_record_has_one_external_id_in_a_stream(database: Database) -> None:
    put(database, SHOP)
    with pytest.raises(IntegrityError):
        put(database, SHOP._replace(external_id="6"))


def test_bringing_a_link_up_to_date_never_changes_where_it_leads(database: Database) -> None:
    put(database, SHOP)
    put(database, SHOP._replace(record="r2", version=4, ours=None))
    with database.read() as tx:
        assert links.known(tx, "shop", "orders", ["5"])["5"] == SHOP._replace(version=4, ours=None)


def test_a_promise_does_not_replace_what_is_known(database: Database) -> None:
    put(database, SHOP)
    with database.write() as tx:
        links.promise(tx, [LinkRow("shop", "orders", "5", "r9"), LinkRow("shop", "orders", "6", "r6")])
        assert links.resolve(tx, "shop", [("orders", "5"), ("orders", "6")]) == {
            ("orders", "5"): "r1",
            ("orders", "6"): "r6",
        }
        assert links.promised(tx, "shop", "orders") == ["6"]


def test_refs_of_several_streams_are_found_together(database: Database) -> None:
    put(database, SHOP, SHOP._replace(stream="customers", external_id="7", record="r7"))
    with database.read() as tx:
        found = links.resolve(tx, "shop", [("orders", "5"), ("customers", "7"), ("customers", "8")])
        assert found == {("orders", "5"): "r1", ("customers", "7"): "r7"}
        assert links.external_ids(tx, "shop", [("orders", "r1"), ("customers", "r1")]) == {("orders", "r1"): "5"}


def test_a_link_that_is_gone_has_no_external_id_to_write_to(database: Database) -> None:
    put(database, SHOP)
    with database.write() as tx:
        links.mark_gone(tx, "shop", "orders", "5")
        assert links.external_ids(tx, "shop", [("orders", "r1")]) == {}
        assert links.of_records(tx, ["r1"])["r1"][0].state == LinkState.GONE


def test_a_thing_with_a_new_id_takes_its_link_along(database: Database) -> None:
    """T086: the tracking number changed."""
    put(database, SHOP, SHOP._replace(connection="erp"), SHOP._replace(external_id="9", record="r9"))
    with database.write() as tx:
        links.repoint(tx, [LinkRow("shop", "orders", "6", "r1")])
        assert links.resolve(tx, "shop", [("orders", "5"), ("orders", "6"), ("orders", "9")]) == {
            ("orders", "6"): "r1",
            ("orders", "9"): "r9",
        }
        assert links.resolve(tx, "erp", [("orders", "5")]) == {("orders", "5"): "r1"}


def test_a_thing_that_keeps_its_id_keeps_its_link(database: Database) -> None:
    put(database, SHOP)
    with database.write() as tx:
        links.repoint(tx, [LinkRow("shop", "orders", "5", "r1")])
        assert links.known(tx, "shop", "orders", ["5"]) == {"5": SHOP}


def test_thousands_of_ids_are_asked_for_in_pieces(database: Database) -> None:
    put(database, *(SHOP._replace(external_id=str(n), record=f"r{n}") for n in range(1200)))
    with database.read() as tx:
        assert len(links.known(tx, "shop", "orders", [str(n) for n in range(1200)])) == 1200
        assert len(links.of_records(tx, [f"r{n}" for n in range(1200)])) == 1200


def test_the_last_document_seen_is_kept(database: Database) -> None:
    with database.write() as tx:
        links.put_documents(tx, [("shop", "orders", "5", '{"v":1}', "t1", None)])
        links.put_documents(tx, [("shop", "orders", "5", '{"v":2}', "t2", "run")])
        assert links.documents(tx, "shop", "orders", ["5", "6"]) == {"5": '{"v":2}'}


def test_all_documents_of_a_stream_are_gone_through_once(database: Database) -> None:
    with database.write() as tx:
        links.put_documents(tx, [("shop", "orders", f"{n:04}", "{}", "t", None) for n in range(1001)])
        links.put_documents(tx, [("shop", "customers", "1", "{}", "t", None)])
    with database.read() as tx:
        assert [external_id for external_id, _ in links.all_documents(tx, "shop", "orders")] == [
            f"{n:04}" for n in range(1001)
        ]
