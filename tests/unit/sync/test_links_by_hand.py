"""What a person says of links: what became of a write that nobody answered, and that a link is wrong."""

from __future__ import annotations

import pytest
from house import House, order

from hub.api import UnavailableError, Write
from hub.errors import ConfigError
from hub.operations.link import link_outcome, unlink
from hub.operations.record import queue_push
from hub.store import inbox
from hub.store.problems import Problem
from hub.testing.memory import MemoryConnector


class Mute(MemoryConnector):
    """Cannot be asked whether a write has arrived."""

    find = None  # type: ignore[assignment]


@pytest.fixture
def unsure(house: House) -> House:
    """An order that the ERP has taken, which nobody here can know: its documents do not carry our reference."""
    house.swap("erp", Mute)
    house.erp.normalize = lambda document: {**document, "ref": None}

    def cut(when: str, write: Write) -> None:
        if when == "after" and write.document.get("number"):
            raise UnavailableError("connection reset", hint="Wait.")

    house.shop.put("orders", order("1"))
    house.erp.fail = cut
    house.sync()
    house.erp.fail = lambda _when, _write: None
    house.sync("erp", "shop")
    assert "outcome_unknown" in [p.kind for p in house.problems()]
    return house


def orders(house: House) -> list[str]:
    return list(house.erp.tables["orders"])


def test_a_write_of_unknown_outcome_is_linked_with_what_a_person_found(unsure: House) -> None:
    """T004: it goes on as if the answer had come, and nothing is sent twice."""
    [external_id] = orders(unsure)
    forget_what_was_read(unsure, external_id)
    link_outcome(unsure.hub, problem(unsure), external_id)
    unsure.sync_well()
    assert unsure.problems() == []
    assert unsure.owed() == {}
    assert unsure.record("erp", "orders", external_id).id == unsure.record("shop", "orders", "1").id
    unsure.shop.put("orders", {"id": "1", "note": "edited"})
    unsure.sync_well()
    assert [row["note"] for row in unsure.erp.tables["orders"].values()] == ["edited"]


def test_what_is_another_record_already_is_not_linked_by_mistake(unsure: House) -> None:
    with pytest.raises(ConfigError, match="is another record"):
        link_outcome(unsure.hub, problem(unsure), orders(unsure)[0])
    assert problem(unsure).state == "open"


def test_only_a_write_of_unknown_outcome_is_linked_by_hand(house: House) -> None:
    house.shop.put("orders", order("1", status="bogus"))
    house.sync()
    with pytest.raises(ConfigError, match="does not ask"):
        link_outcome(house.hub, house.problems()[0], "1001")


def test_a_record_that_was_unlinked_is_created_anew_with_its_parts(house: House) -> None:
    """T124: the ERP's users have deleted the product; the shop still sells it."""
    house.erp.normalize = lambda d: (
        {**d, "variants": [{**v, "id": f"v{d['id']}"} for v in d["variants"]]} if "variants" in d else d
    )
    house.shop.put("products", {"id": "5", "name": "Sock", "variants": [{"id": "51", "sku": "S-1"}]})
    house.sync_well()
    record = house.record("shop", "products", "5")
    [external_id] = house.erp.tables["products"]
    del house.erp.tables["products"][external_id]
    was = unlink(house.hub, record.id, "erp")
    assert (was.stream, was.external_id, was.parts) == ("products", external_id, 1)
    queue_push(house.hub.database, record.id, "product", house.clock(), "erp")
    house.sync_well()
    [row] = house.erp.tables["products"].values()
    assert row["name"] == "Sock"
    assert row["id"] != external_id
    house.shop.put("orders", order("1", variant="51"))
    house.sync_well()
    [written] = house.erp.tables["orders"].values()
    assert written["lines"][0]["variant"] == row["variants"][0]["id"]


def test_what_was_unlinked_and_still_carries_our_reference_finds_its_record_again(house: House) -> None:
    house.shop.put("orders", order("1"))
    house.sync_well()
    [external_id] = house.erp.tables["orders"]
    record = house.record("shop", "orders", "1")
    unlink(house.hub, record.id, "erp")
    house.erp.put("orders", {"id": external_id, "note": "seen there"})
    house.sync_well()
    assert house.record("erp", "orders", external_id).id == record.id
    assert len(house.erp.tables["orders"]) == 1


def test_what_is_not_linked_or_under_way_cannot_be_unlinked(unsure: House) -> None:
    record = unsure.record("shop", "orders", "1")
    with pytest.raises(ConfigError, match="not linked in erp"):
        unlink(unsure.hub, record.id, "erp")
    with pytest.raises(ConfigError, match="not linked in shop"):
        unlink(unsure.hub, record.id, "shop", "customers")


def test_what_the_shop_has_deleted_stays_in_the_erp_that_still_uses_it(house: House) -> None:
    """T124: the link is gone, nothing is deleted or written there, and it comes back when the shop restores it."""
    house.route("customer", direction="two-way")
    house.shop.put("customers", {"id": "7", "email": "a@example.com", "note": "ring"})
    house.sync_well()
    deleted = house.shop.tables["customers"].pop("7")
    with house.hub.database.write() as tx:
        inbox.add(tx, [("shop", "customers", "7")], "deleted there", house.clock())
    house.sync_well()
    house.erp.put("customers", {"id": "1001", "note": "ring twice"})
    house.sync_well()
    assert house.erp.tables["customers"]["1001"]["note"] == "ring twice"
    assert house.shop.tables["customers"] == {}
    assert house.data("erp", "customers", "1001")["note"] == "ring twice"
    house.shop.put("customers", {**deleted, "first": "Ada"})
    house.sync_well()
    house.sync_well()
    assert house.erp.tables["customers"]["1001"]["first"] == "Ada"
    assert len(house.erp.tables["customers"]) == 1


def problem(house: House) -> Problem:
    return next(p for p in house.problems() if p.kind == "outcome_unknown")


def forget_what_was_read(house: House, external_id: str) -> None:
    """Undo that a list of the ERP was taken for an order of its own."""
    unlink(house.hub, house.record("erp", "orders", external_id).id, "erp")
