"""Records: the current version, the superseded ones, and everything a person may look one up by."""

from __future__ import annotations

from typing import Any

import pytest

from hub.store import links, records
from hub.store.database import Database
from hub.store.links import LinkRow
from hub.store.records import RecordRow, VersionRow

ORDER = RecordRow(
    "r1", "default", "order", 1, '{"v":1}', "1001", "ada@example.com", "open", "EUR", "10.00", "2026", "t", "shop", None
)


def put(database: Database, *rows: RecordRow, superseded: tuple[VersionRow, ...] = ()) -> None:
    with database.write() as tx:
        records.put_many(tx, rows, superseded)


def found(database: Database, text: str, **more: Any) -> list[str]:
    with database.read() as tx:
        return [row.id for row in records.search(tx, text, **more)]


def test_a_new_version_takes_the_place_of_the_old_one_which_becomes_history(database: Database) -> None:
    put(database, ORDER)
    put(
        database,
        ORDER._replace(version=2, data='{"v":2}', status="completed"),
        superseded=(VersionRow("r1", 1, '{"v":1}', "t", "shop", None),),
    )
    with database.read() as tx:
        assert records.by_ids(tx, ["r1", "r9"])["r1"].data == '{"v":2}'
        assert records.version(tx, "r1", 1) == '{"v":1}'
        assert records.version(tx, "r1", 2) is None
        assert [v.version for v in records.versions(tx, "r1")] == [1]
        assert records.current_versions(tx, ["r1", "r9"]) == {"r1": 2}


def test_keeping_a_superseded_version_twice_keeps_it_once(database: Database) -> None:
    put(database, ORDER)
    put(database, ORDER, superseded=(VersionRow("r1", 1, '{"v":1}', "t", "shop", None),) * 2)
    with database.read() as tx:
        assert len(records.versions(tx, "r1")) == 1


@pytest.mark.parametrize(
    "text", ["1001", "#1001", " 1001 ", "ADA@example.com", "r1", "shop-17", "SKU-1", "4006381333931"]
)
def test_an_order_is_found_by_whatever_a_person_has_at_hand(database: Database, text: str) -> None:
    """T130: where is order #1001?"""
    put(database, ORDER, ORDER._replace(id="r2", number="1002", email=None))
    with database.write() as tx:
        links.promise(tx, [LinkRow("shop", "orders", "shop-17", "r1"), LinkRow("shop", "orders", "shop-18", "r2")])
        records.put_keys(tx, [("r1", "sku", "SKU-1"), ("r1", "barcode", "4006381333931"), ("r2", "sku", "SKU-2")])
    assert found(database, text) == ["r1"]


def test_a_number_that_the_shop_writes_with_a_hash_is_found_without_it(database: Database) -> None:
    put(database, ORDER._replace(number="#1001"))
    assert found(database, "1001") == ["r1"]


def test_a_number_that_was_used_again_finds_both_orders(database: Database) -> None:
    """T008: order numbers reused after a shop reset."""
    put(database, ORDER, ORDER._replace(id="r2"))
    assert found(database, "1001") == ["r1", "r2"]
    assert found(database, "1001", limit=1) == ["r1"]


def test_a_search_never_crosses_merchants(database: Database) -> None:
    put(database, ORDER, ORDER._replace(id="r2", merchant="other"))
    assert found(database, "1001", merchant="other") == ["r2"]


def test_nothing_is_found_for_a_part_of_a_number(database: Database) -> None:
    put(database, ORDER)
    assert found(database, "100") == []


def test_what_is_indexed_is_taken_out_of_the_record() -> None:
    data = {"number": "1", "email": "Ada@Example.com", "status": "open", "currency": "EUR", "total": "9.00"}
    assert records.promoted({**data, "placed_at": "t1", "created_at": "t0"}) == (
        "1",
        "ada@example.com",
        "open",
        "EUR",
        "9.00",
        "t1",
    )
    assert records.promoted({"created_at": "t0"}) == (None, None, None, None, None, "t0")


def test_skus_barcodes_and_tracking_numbers_are_keys() -> None:
    product = {"variants": [{"sku": "A", "barcode": "1"}, {"sku": None}, {"sku": "B"}]}
    shipment = {"tracking_number": "T1", "parcels": [{"tracking_number": "T2"}, {}]}
    assert set(records.keys(product)) == {("sku", "A"), ("barcode", "1"), ("sku", "B")}
    assert set(records.keys(shipment)) == {("tracking_number", "T1"), ("tracking_number", "T2")}
    assert set(records.keys({"variants": None, "parcels": None})) == set()


def test_keys_are_kept_once(database: Database) -> None:
    put(database, ORDER)
    with database.write() as tx:
        records.put_keys(tx, [("r1", "sku", "A"), ("r1", "sku", "A")])
        records.put_keys(tx, [("r1", "sku", "A")])
    assert found(database, "A") == ["r1"]


def test_all_records_of_an_entity_are_gone_through_once(database: Database) -> None:
    put(database, *(ORDER._replace(id=f"r{n:04}", merchant="m" if n % 2 else "default") for n in range(1001)))
    put(database, ORDER._replace(id="c1", entity="customer"))
    with database.read() as tx:
        assert [row.id for row in records.of_entity(tx, "order")] == [f"r{n:04}" for n in range(1001)]
        assert len(list(records.of_entity(tx, "order", merchant="m"))) == 500


def test_pieces_hold_everything_once() -> None:
    ids = [str(number) for number in range(1203)]
    pieces = list(records.chunks(ids))
    assert [len(piece) for piece in pieces] == [500, 500, 203]
    assert [one for piece in pieces for one in piece] == ids
