"""Writes that are refused because the remote changed meanwhile: looked at again and made anew, never forced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from house import House, order

from hub.api import ConflictError, Document, Refused, Write, Written
from hub.store import settings
from hub.store.settings import PolicyRow
from hub.testing.memory import MemoryConnector


class Careful(MemoryConnector):
    """Compares what the hub has seen with what is there before it sets anything."""

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Refuse a write that was made of an older state."""
        for write in writes:
            there = self._remote.tables.get(stream, {}).get(write.external_id or "")
            self._remote.fail("look", write)
            if there is not None and there != write.base:
                yield Refused(write, ConflictError("changed meanwhile", hint="Look again."))
            else:
                yield from super().upsert(stream, [write])


@pytest.fixture
def careful(house: House) -> House:
    """A shop whose stock is set by compare and set; the ERP owns how much there is."""
    house.erp.normalize = lambda d: (
        {**d, "variants": [{**v, "id": "91"} for v in d["variants"]]} if "variants" in d else d
    )
    house.route("inventory", source="erp", target="shop")
    with house.hub.database.write() as tx:
        settings.put_policy(tx, PolicyRow("default", "inventory", "available", "erp"))
    house.shop.put("products", {"id": "5", "name": "Sock", "variants": [{"id": "51", "sku": "S-1"}]})
    house.shop.put("stock", {"id": "51", "variant": "51", "quantity": "5"})
    house.sync_well()
    house.erp.put("stock", {"id": "a", "variant": "91", "quantity": "5"})
    house.swap("shop", Careful)
    house.sync_well()
    return house


def test_a_level_that_changed_since_we_looked_is_read_again_and_then_set(careful: House) -> None:
    """T108: the shop sold one while we were about to write; the write is made of what is there now."""
    bases: list[Document | None] = []

    def sell(when: str, write: Write) -> None:
        if when == "look":
            bases.append(write.base)
            if len(bases) == 1:
                careful.shop.tables["stock"]["51"]["quantity"] = "4"

    careful.shop.fail = sell
    careful.erp.put("stock", {"id": "a", "quantity": "9"})
    careful.sync_well()
    assert [base and base["quantity"] for base in bases] == ["5", "4"]
    assert careful.shop.tables["stock"]["51"]["quantity"] == "9"
    assert careful.problems() == []


def test_a_remote_that_changes_all_the_time_is_left_to_a_person(careful: House) -> None:
    """T108: a bounded number of times by itself; only then a problem."""
    looks: list[str] = []

    def sell(when: str, write: Write) -> None:
        if when == "look":
            looks.append(str(write.external_id))
            careful.shop.tables["stock"]["51"]["quantity"] = str(100 + len(looks))

    careful.shop.fail = sell
    careful.erp.put("stock", {"id": "a", "quantity": "9"})
    careful.sync()
    assert len(looks) == 4
    assert [problem.error for problem in careful.problems()] == ["ConflictError"]
    assert careful.shop.tables["stock"]["51"]["quantity"] == "104"
    careful.shop.fail = lambda _when, _write: None
    careful.erp.put("stock", {"id": "a", "quantity": "8"})
    careful.sync_well()
    assert careful.shop.tables["stock"]["51"]["quantity"] == "8"
    assert careful.problems() == []


def test_what_a_person_changed_meanwhile_is_merged_before_the_write_is_made_anew(house: House) -> None:
    """T108, T117."""
    house.route("customer", direction="two-way")
    house.shop.put("customers", {"id": "7", "email": "a@example.com", "note": "", "tags": []})
    house.swap("erp", Careful)
    house.sync_well()
    house.sync_well()
    sold: list[bool] = []

    def edit(when: str, _write: Write) -> None:
        if when == "look" and not sold:
            sold.append(True)
            house.erp.put("customers", {"id": "1001", "tags": ["vip"]})

    house.erp.fail = edit
    house.shop.put("customers", {"id": "7", "note": "call first"})
    house.sync_well()
    assert (house.erp.tables["customers"]["1001"]["note"], house.erp.tables["customers"]["1001"]["tags"]) == (
        "call first",
        ["vip"],
    )
    assert house.shop.tables["customers"]["7"]["tags"] == ["vip"]


def test_where_nothing_can_be_read_again_a_person_is_asked_at_once(house: House) -> None:
    class Blind(Careful):
        fetch = None  # type: ignore[assignment]

    house.shop.put("orders", order("1"))
    house.sync_well()
    house.swap("erp", Blind)
    [row] = house.erp.tables["orders"].values()
    house.erp.fail = lambda when, _write: row.update(status="completed") if when == "look" else None
    house.shop.put("orders", {"id": "1", "note": "x"})
    house.sync()
    assert [problem.error for problem in house.problems()] == ["ConflictError"]
