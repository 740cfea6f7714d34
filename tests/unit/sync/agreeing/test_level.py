"""Stock levels: what two systems count of one variant at one place is one record."""

from __future__ import annotations

import pytest
from house import House

from hub.errors import LockedError
from hub.store import settings
from hub.store.settings import PolicyRow
from hub.sync.agreeing.arrival import arrive
from hub.sync.agreeing.change import commit
from hub.sync.agreeing.intake import take_in
from hub.sync.connection.session import open_session
from hub.sync.reading.pull import Reading, store


def shelved(house: House) -> None:
    """A sock in the shop and in the ERP, counted by both."""
    house.shop.put("products", {"id": "5", "name": "Sock", "variants": [{"id": "51", "sku": "S-1"}]})
    house.sync_well()
    erp_product = next(iter(house.erp.tables["products"].values()))
    house.shop.put("stock", {"id": "51", "variant": "51", "quantity": 4})
    house.erp.put("stock", {"id": "a", "variant": erp_product["variants"][0]["id"], "quantity": 9})


def test_both_systems_levels_of_a_variant_are_one_record(house: House) -> None:
    house.erp.normalize = lambda d: (
        {**d, "variants": [{**v, "id": "91"} for v in d["variants"]]} if "variants" in d else d
    )
    shelved(house)
    house.sync_well()
    assert house.record("shop", "stock", "51").id == house.record("erp", "stock", "a").id


def test_the_erp_that_owns_the_quantity_tells_the_shop(house: House) -> None:
    house.erp.normalize = lambda d: (
        {**d, "variants": [{**v, "id": "91"} for v in d["variants"]]} if "variants" in d else d
    )
    house.route("inventory", source="erp", target="shop")
    with house.hub.database.write() as tx:
        settings.put_policy(tx, PolicyRow("default", "inventory", "available", "erp"))
    shelved(house)
    house.sync_well()
    assert house.shop.tables["stock"]["51"]["quantity"] == "9"
    house.erp.put("stock", {"id": "a", "quantity": 7})
    house.sync_well()
    assert house.shop.tables["stock"]["51"]["quantity"] == "7"
    writes = len(house.shop.writes)
    house.sync_well()
    assert len(house.shop.writes) == writes


def test_another_place_is_another_level(house: House) -> None:
    house.erp.normalize = lambda d: (
        {**d, "variants": [{**v, "id": "91"} for v in d["variants"]]} if "variants" in d else d
    )
    shelved(house)
    house.erp.put("stock", {"id": "a", "place": "attic"})
    house.sync_well()
    assert house.record("shop", "stock", "51").id != house.record("erp", "stock", "a").id


def test_two_runs_that_see_one_level_for_the_first_time_at_once_keep_one_record(house: House) -> None:
    """The ERP's level is committed between the moment the shop's run looked for it and the moment it commits."""
    house.erp.normalize = lambda d: (
        {**d, "variants": [{**v, "id": "91"} for v in d["variants"]]} if "variants" in d else d
    )
    shelved(house)
    with open_session(house.hub, "shop") as session:
        stock = session.spec.stream("stock")
        arrivals = arrive(session.mappings["stock"], list(house.shop.tables["stock"].values()), session.next_asked())
        changes = take_in(session, stock, arrivals, "")
        house.sync_well("erp")
        with pytest.raises(LockedError, match="same stock level"), session.commit() as tx:
            commit(changes, tx)
        store(Reading(session, stock, ""), arrivals, lambda _tx: None)
    assert house.record("shop", "stock", "51").id == house.record("erp", "stock", "a").id
