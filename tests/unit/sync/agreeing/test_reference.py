"""Documents that carry our reference to a record which the database has lost."""

from __future__ import annotations

from typing import Any

import orjson
from house import House

from hub.operations.link import unlink
from hub.store import links, records
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


def product(external_id: str, *variants: str, **more: Any) -> dict[str, Any]:
    rows = [{"id": f"{external_id}-{sku}", "sku": sku, "title": sku, "price": "1.00"} for sku in variants]
    return {"id": external_id, "name": "Sock", "status": "publish", "variants": rows, **more}


def name_variants(row: dict[str, Any]) -> dict[str, Any]:
    """Have a remote give ids to variants that it is sent, as remotes do."""
    given = [{"id": f"{row['id']}-{one['sku']}", **one} for one in row.get("variants") or ()]
    return {**row, "variants": given} if "variants" in row else row


def test_a_variant_that_comes_back_to_an_unlinked_product_is_not_the_old_ones(house: House) -> None:
    """The id that follows from it is that of the old product's variant, which has been created anew meanwhile."""
    house.erp.normalize = house.shop.normalize = name_variants
    house.route("product", direction="two-way")
    house.erp.put("products", product("q1", "A", "B"))
    house.sync_well()
    house.sync_well()
    old = house.record("erp", "products", "q1").id
    unlink(house.hub, old, "erp", "products")
    house.erp.put("products", product("q1", "B"))
    house.shop.put("products", {"id": next(iter(house.shop.tables["products"])), "name": "Stocking"})
    house.sync_well()
    assert len(house.erp.tables["products"]) == 2
    house.erp.put("products", product("q1", "A", "B"))
    house.sync_well()
    house.sync_well()
    new = house.data("erp", "products", "q1")["variants"]
    with house.hub.database.read() as tx:
        [row] = records.by_ids(tx, [old]).values()
    assert not {one["id"] for one in new} & {one["id"] for one in orjson.loads(row.data)["variants"]}
    assert len(new) == 2


def test_of_two_copies_whose_records_share_a_variant_only_one_is_taken_for_it(house: House) -> None:
    """So they may after a product was unlinked and the database was put back."""
    house.shop.put("products", product("5", "A"))
    house.sync_well("shop")
    first = house.record("shop", "products", "5")
    with house.hub.database.write() as tx:
        records.put_many(tx, [first._replace(id="000058")])
    for external_id, reference in (("1001", first.id), ("1002", "000058")):
        house.erp.put("products", product(external_id, "A", ref=reference))
    house.sync_well("erp")
    variants = [house.data("erp", "products", external_id)["variants"] for external_id in ("1001", "1002")]
    mine = orjson.loads(first.data)["variants"][0]["id"]
    with house.hub.database.read() as tx:
        linked = links.of_records(tx, [one["id"] for rows in variants for one in rows])
    assert [row.external_id for row in linked[mine] if row.connection == "erp"] == ["1001-A"]
