"""The database is put back from a backup: what was created since is there, and is created by nobody once more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from house import House, order

from hub.operations.problem import queue_replay
from hub.operations.restored import restored
from hub.store import records, settings
from hub.store.problems import ProblemKind
from hub.store.settings import PolicyRow
from hub.sync.execute import sync, sync_connection
from hub.testing.memory import MemoryConnector
from hub.testing.simulation.database import keep, replace


class Mute(MemoryConnector):
    """Cannot be asked whether a record is there."""

    find = None  # type: ignore[assignment]


@pytest.fixture
def put_back(house: House, tmp_path: Path) -> Callable[[], None]:
    """Put the database back as it was when the test began, and tell the hub."""
    keep(house.hub.database, tmp_path / "backup.db")

    def put_back() -> None:
        replace(house.hub.database, tmp_path / "backup.db")
        restored(house.hub, "Ann")

    return put_back


def everything(house: House) -> list[str]:
    with house.hub.database.read() as tx:
        return sorted(row.id for entity in ("customer", "order", "product") for row in records.of_entity(tx, entity))


def customer(external_id: str, **more: Any) -> dict[str, Any]:
    return {"id": external_id, "email": "a@example.com", "first": "Ann", "last": "", "note": "", **more}


def fill(house: House) -> None:
    house.erp.normalize = lambda d: (
        {**d, "variants": [{**v, "id": f"v{d['id']}"} for v in d["variants"]]} if "variants" in d else d
    )
    house.shop.put("customers", customer("5"))
    house.shop.put("products", {"id": "3", "name": "Sock", "status": "publish", "variants": [{"id": "31", "sku": "S"}]})
    house.shop.put("orders", order("1", customer=5, variant=31))
    house.shop.put("orders", order("2", email="guest@example.com"))


@pytest.mark.parametrize("first", ["shop", "erp"])
def test_what_was_created_since_the_backup_is_the_same_again(
    house: House, put_back: Callable[[], None], first: str
) -> None:
    fill(house)
    house.sync_well()
    before, there = everything(house), {name: list(rows) for name, rows in house.erp.tables.items()}
    put_back()
    house.sync(first)
    house.sync_well()
    house.sync_well()
    assert everything(house) == before
    assert {name: list(rows) for name, rows in house.erp.tables.items()} == there
    assert house.problems() == []


def test_nothing_is_written_to_a_connection_before_it_was_read(house: House, put_back: Callable[[], None]) -> None:
    fill(house)
    house.sync_well()
    put_back()
    house.sync("shop")
    house.erp.requests.clear()
    sync_connection(house.hub, "erp", first=False)
    assert house.erp.requests[0].startswith("read customers")
    assert {name: len(rows) for name, rows in house.erp.tables.items()} == {"customers": 2, "products": 1, "orders": 2}


def test_a_create_is_looked_for_although_no_document_was_read(house: House, put_back: Callable[[], None]) -> None:
    """The list may not show it: the remote is asked by our reference."""
    fill(house)
    house.sync_well()
    put_back()
    for rows in house.erp.tables.values():
        for row in rows.values():
            row["updated"] = "9999"  # it will only be listed later
    house.sync_well()
    assert any(request.startswith("find orders") for request in house.erp.requests)
    assert len(house.erp.tables["orders"]) == 2


def test_nothing_is_created_where_it_is_from(house: House, put_back: Callable[[], None]) -> None:
    """Its own document does not carry our reference, and may be listed later than what was made of it elsewhere."""
    house.shop.put("customers", customer("5"))
    house.sync_well()
    put_back()
    house.route("customer", direction="two-way")
    house.shop.tables["customers"]["5"]["updated"] = "9999"
    house.sync("erp")
    house.sync_well()
    assert list(house.shop.tables["customers"]) == ["5"]
    house.shop.put("customers", customer("5", first="Anna"))
    house.sync_well()
    assert house.erp.tables["customers"]["1001"]["first"] == "Anna"
    assert len(everything(house)) == 1


def test_all_systems_hear_what_counts_once_the_first_document_is_back(
    house: House, put_back: Callable[[], None]
) -> None:
    """The ERP's word was refused while nobody knew yet whose the other one is."""
    house.shop.put("customers", customer("5"))
    house.sync_well()
    put_back()
    with house.hub.database.write() as tx:
        settings.put_policy(tx, PolicyRow("default", "customer", "first_name", "shop"))
    house.sync("erp")
    house.erp.put("customers", {**house.erp.tables["customers"]["1001"], "first": "Anne"})
    house.sync("erp")
    house.sync_well()
    assert house.erp.tables["customers"]["1001"]["first"] == house.shop.tables["customers"]["5"]["first"] == "Ann"


@pytest.mark.parametrize("keyed", [False, True])
def test_where_nothing_can_be_asked_a_person_is_and_their_word_counts(
    house: House, put_back: Callable[[], None], keyed: bool
) -> None:
    """A key would be a new one: no remote knows that it is the same create."""
    house.swap("erp", Mute, keyed=keyed)
    put_back()
    house.shop.put("customers", customer("5"))
    house.sync()
    [problem] = house.problems()
    assert problem.kind == ProblemKind.OUTCOME_UNKNOWN
    assert house.erp.writes == []
    house.sync()
    assert house.erp.writes == []
    queue_replay(house.hub.database, house.hub.plugins, [problem], house.clock())
    house.sync_well()
    assert len(house.erp.writes) == 1
    assert house.problems() == []


def test_streams_that_are_synced_alone_bring_those_that_they_refer_to(
    house: House, put_back: Callable[[], None]
) -> None:
    """A customer whom an order promised an id of the ERP's would be a second one."""
    fill(house)
    house.sync_well()
    before = everything(house)
    put_back()
    assert not sync(house.hub, ["erp"], ["orders"]).errors
    house.sync_well()
    assert everything(house) == before


def test_after_a_day_the_database_is_believed_again(house: House, put_back: Callable[[], None]) -> None:
    put_back()
    house.clock.forward(hours=25)
    fill(house)
    house.sync_well()
    assert not any(request.startswith("find") for request in house.erp.requests)
