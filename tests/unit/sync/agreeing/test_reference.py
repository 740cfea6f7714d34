"""Documents that carry our reference to a record which the database has lost."""

from __future__ import annotations

from typing import Any

from house import House

from hub.operations.link import unlink
from hub.store import records
from hub.sync.identity import identify


def shop_id(external_id: str, stream: str = "customers") -> str:
    return identify("default", "shop", stream, external_id)


def customer(external_id: str, **more: Any) -> dict[str, Any]:
    return {"id": external_id, "email": "a@example.com", "first": "Ann", "last": "", "note": "", "tags": [], **more}


def customers(house: House) -> list[str]:
    with house.hub.database.read() as tx:
        return [row.id for row in records.of_entity(tx, "customer")]


def test_a_reference_to_a_record_that_was_lost_gives_it_its_id_back(house: House) -> None:
    house.erp.put("customers", customer("1001", ref=shop_id("5")))
    house.sync_well("erp")
    assert customers(house) == [shop_id("5")]


def test_the_document_that_the_id_is_from_is_that_record(house: House) -> None:
    house.erp.put("customers", customer("1001", ref=shop_id("5")))
    house.sync_well("erp")
    house.shop.put("customers", customer("5"))
    house.sync_well()
    assert customers(house) == [shop_id("5")]
    assert list(house.erp.tables["customers"]) == ["1001"]


def test_what_differs_is_decided_by_policy_for_nothing_was_agreed(house: House) -> None:
    """The newest counts for a name: what was read last."""
    house.erp.put("customers", customer("1001", ref=shop_id("5"), first="Old"))
    house.sync_well("erp")
    house.shop.put("customers", customer("5", first="New"))
    house.sync_well()
    assert house.data("erp", "customers", "1001")["first_name"] == "New"
    assert house.erp.tables["customers"]["1001"]["first"] == "New"


def test_of_two_copies_with_one_reference_only_one_has_the_id(house: House) -> None:
    for external_id in ("1001", "1002"):
        house.erp.put("customers", customer(external_id, ref=shop_id("5")))
    house.sync_well("erp")
    assert len(customers(house)) == 2
    assert shop_id("5") in customers(house)


def test_a_copy_that_comes_later_is_a_record_of_its_own(house: House) -> None:
    house.erp.put("customers", customer("1001", ref=shop_id("5")))
    house.sync_well("erp")
    house.erp.put("customers", customer("1002", ref=shop_id("5")))
    house.sync_well("erp")
    assert customers(house) == sorted([shop_id("5"), identify("default", "erp", "customers", "1002")])


def test_a_text_that_cannot_be_one_of_ours_is_no_reference(house: House) -> None:
    house.erp.put("customers", customer("1001", ref="see the blue folder"))
    house.sync_well("erp")
    assert customers(house) == [identify("default", "erp", "customers", "1001")]


def test_a_record_that_was_unlinked_by_hand_is_not_taken_for_one_that_was_lost(house: House) -> None:
    """The document is a record of its own from then on, though its id would be the other's (T124)."""
    house.shop.put("customers", customer("5"))
    house.sync_well()
    unlink(house.hub, shop_id("5"), "shop")
    house.shop.put("customers", customer("5", first="Another"))
    house.sync_well()
    assert len(customers(house)) == 2
    assert house.record("shop", "customers", "5").id != shop_id("5")


def test_an_order_of_an_unlinked_customer_is_not_the_old_ones(house: House) -> None:
    house.shop.put("customers", customer("5"))
    house.sync_well()
    unlink(house.hub, shop_id("5"), "shop")
    row = {"id": "7", "number": "7", "status": "processing", "currency": "EUR", "email": "", "total": "1.00"}
    house.shop.put("orders", {**row, "customer": 5, "note": "", "lines": []})
    house.sync("shop")
    assert house.data("shop", "orders", "7")["customer"] != shop_id("5")
