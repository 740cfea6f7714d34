"""What a remote makes of our writes: shadows, parts with new ids, and answers that cannot be understood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from house import House, order

from hub.api import Document, Refused, UnavailableError, Write, Written
from hub.store import settings
from hub.store.settings import PolicyRow
from hub.sync.execute import sync_connection
from hub.testing.memory import MemoryConnector


class Terse(MemoryConnector):
    """Answers a write with the id alone."""

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Write, and keep the document to itself."""
        for outcome in super().upsert(stream, writes):
            yield Written(outcome.write, outcome.external_id) if isinstance(outcome, Written) else outcome


class Silent(Terse):
    """Nor can single records be read."""

    fetch = None  # type: ignore[assignment]


class Closed(Terse):
    """Its records cannot be read back at the moment."""

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        """Fail."""
        raise UnavailableError("the list is being rebuilt", hint="Wait.")
        yield {}


def capitals(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "last": document["last"].upper()} if document.get("last") else document


def share_with_capitals(house: House, connector: type[MemoryConnector]) -> None:
    """Let both systems have one customer, whom the ERP writes its own way."""
    house.route("customer", direction="two-way")
    house.swap("erp", connector)
    house.erp.normalize = capitals
    house.shop.put("customers", {"id": "7", "email": "a@example.com", "last": "Lovelace", "note": ""})
    house.sync_well()
    house.sync_well()


@pytest.mark.parametrize("connector", [MemoryConnector, Terse, Silent, Closed])
def test_a_remote_that_normalizes_converges_however_little_it_answers(
    house: House, connector: type[MemoryConnector]
) -> None:
    """T120."""
    share_with_capitals(house, connector)
    house.shop.put("customers", {"id": "7", "note": "call first"})
    house.sync_well()
    house.sync_well()
    assert house.shop.tables["customers"]["7"]["last"] == "Lovelace"
    assert house.erp.tables["customers"]["1001"]["last"] == "LOVELACE"
    assert [sorted(document) for _, document in house.writes(house.erp)][1:] == [["note"]]
    assert house.writes(house.shop) == []


@pytest.mark.parametrize("connector", [MemoryConnector, Terse, Silent, Closed])
def test_what_became_of_a_write_that_was_not_read_back_is_nobodys_edit(
    house: House, connector: type[MemoryConnector]
) -> None:
    """T120: the shop has another name already when the ERP shows what it made of the one before."""
    share_with_capitals(house, connector)
    house.shop.put("customers", {"id": "7", "last": "Byron"})
    house.sync("shop")
    house.erp.put("customers", {"id": "1001", "tags": ["vip"]})
    sync_connection(house.hub, "erp", first=False)
    house.shop.put("customers", {"id": "7", "last": "King"})
    house.sync("shop")
    house.sync_well("erp")
    house.sync_well()
    assert house.shop.tables["customers"]["7"]["last"] == "King"
    assert house.erp.tables["customers"]["1001"]["last"] == "KING"


@pytest.mark.parametrize("connector", [MemoryConnector, Terse, Silent, Closed])
def test_a_persons_edit_beside_our_write_is_taken(house: House, connector: type[MemoryConnector]) -> None:
    """T116: we write the note while a person adds a tag in the same record."""
    house.route("customer", direction="two-way")
    house.swap("erp", connector)
    house.shop.put("customers", {"id": "7", "email": "a@example.com", "tags": ["new"]})
    house.sync_well()
    house.sync_well()
    house.shop.put("customers", {"id": "7", "note": "call first"})
    house.sync("shop")

    def meanwhile(when: str, _write: Write) -> None:
        if when == "before":
            house.erp.tables["customers"]["1001"]["tags"] = ["vip"]

    house.erp.fail = meanwhile
    house.sync_well("erp")
    house.erp.fail = lambda _when, _write: None
    house.sync_well()
    house.sync_well()
    assert house.shop.tables["customers"]["7"]["tags"] == ["vip"]
    assert house.erp.tables["customers"]["1001"]["note"] == "call first"


@pytest.mark.parametrize(
    ("spoiled", "error"),
    [
        ({"status": "on fire"}, "UnknownValueError"),
        ({"number": 17}, "InvalidRecordError"),
        ({"updated": {"no": "text"}}, "InvalidRecordError"),
        ({"lines": "none"}, "InvalidRecordError"),
        ({"email": 5}, "InvalidRecordError"),
    ],
)
def test_an_answer_that_cannot_be_understood_does_not_undo_the_write(
    house: House, spoiled: dict[str, Any], error: str
) -> None:
    """The order is written; what is wrong with its document is a problem of reading it, and blocks nothing."""
    house.erp.normalize = lambda d: {**d, **spoiled} if d.get("number") == "1" else d
    for number in ("1", "2", "3"):
        house.shop.put("orders", order(number, email=None))
    house.sync_well()
    assert len(house.erp.tables["orders"]) == 3
    assert house.owed() == {}
    house.sync()
    assert {(p.connection, p.direction, p.error) for p in house.problems()} <= {("erp", "pull", error)}
    house.shop.put("orders", {"id": "1", "note": "edited"})
    house.sync()
    assert len(house.erp.tables["orders"]) == 3
    data = house.data("shop", "orders", "1")
    assert (data["number"], data["email"], data["status"]) == ("1", None, "open")


def test_the_problem_of_an_answer_closes_when_it_can_be_read(house: House) -> None:
    house.erp.normalize = lambda d: {**d, "status": "on fire"} if d.get("number") else d
    house.shop.put("orders", order("1"))
    house.sync_well()
    house.sync()
    assert [p.error for p in house.problems()] == ["UnknownValueError"]
    house.erp.normalize = lambda d: d
    house.erp.put("orders", {"id": "1002", "status": "completed"})
    house.sync_well()
    assert house.problems() == []
    house.erp.put("orders", {"id": "1002", "status": "cancelled"})
    house.sync_well()
    assert house.data("shop", "orders", "1")["status"] == "cancelled"


def test_a_variant_that_was_made_anew_takes_its_link_along(house: House) -> None:
    """The ERP gives the variant another id; orders then refer to the new one."""
    house.erp.normalize = lambda d: (
        {**d, "variants": [{**d["variants"][0], "id": f"v{d['name']}"}]} if d.get("variants") else d
    )
    house.shop.put("products", {"id": "5", "name": "Sock", "variants": [{"id": "51", "sku": "S-1"}]})
    house.sync_well()
    house.shop.put("products", {"id": "5", "name": "Stocking"})
    house.sync_well()
    house.shop.put("orders", order("1", variant="51"))
    house.sync_well()
    assert next(iter(house.erp.tables["orders"].values()))["lines"][0]["variant"] == "vStocking"


def test_two_variants_with_one_sku_in_the_answer_stop_nothing(house: House) -> None:
    """T076."""
    twins = [{"id": "x1", "sku": "S-1"}, {"id": "x2", "sku": "S-1"}]
    house.erp.normalize = lambda d: {**d, "variants": twins} if d.get("variants") else d
    house.shop.put("products", {"id": "5", "name": "Sock", "variants": [{"id": "51", "sku": "S-1"}]})
    house.sync_well()
    assert house.owed() == {}


def test_the_buyer_of_a_guests_order_survives_a_write_to_the_shop(house: House) -> None:
    """T064: the shop's own order says customer 0, also in its answer to our status."""
    house.route("order", direction="two-way")
    house.shop.put("orders", order("1", email="grace@example.com"))
    house.sync_well()
    buyer = house.data("shop", "orders", "1")["customer"]
    [external_id] = house.erp.tables["orders"]
    house.erp.put("orders", {"id": external_id, "status": "completed"})
    house.sync_well()
    assert house.shop.tables["orders"]["1"]["status"] == "completed"
    assert house.data("shop", "orders", "1")["customer"] == buyer
    assert house.erp.tables["orders"][external_id]["customer"] == "1001"
    house.sync_well()
    assert len(house.writes(house.erp)) == 2


def test_an_edit_during_a_write_is_sent_afterwards(house: House) -> None:
    house.shop.put("orders", order("1"))
    house.sync_well("shop")

    def edit(when: str, write: Write) -> None:
        if when == "before" and write.document.get("number") == "1" and write.external_id is None:
            house.shop.put("orders", {"id": "1", "note": "at the last minute"})
            house.sync_well("shop")

    house.erp.fail = edit
    house.sync_well("erp")
    house.sync_well("erp")
    assert [row["note"] for row in house.erp.tables["orders"].values()] == ["at the last minute"]
    assert len(house.erp.tables["orders"]) == 1


def test_a_foreign_value_that_comes_with_the_answer_to_our_write_is_set_right(house: House) -> None:
    """T118: the ERP owns last names; in the shop somebody changes one right before the hub writes a note there."""
    house.route("customer", direction="two-way")
    with house.hub.database.write() as tx:
        settings.put_policy(tx, PolicyRow("default", "customer", "last_name", "erp"))
    house.shop.put("customers", {"id": "7", "email": "a@example.com", "last": "Lovelace"})
    house.sync_well()
    house.sync_well()
    house.erp.put("customers", {"id": "1001", "note": "call first"})
    house.sync("erp")

    def meanwhile(when: str, _write: Write) -> None:
        if when == "before":
            house.shop.tables["customers"]["7"]["last"] = "Byron"
            house.shop.fail = lambda _when, _write: None

    house.shop.fail = meanwhile
    house.sync_well("shop")
    house.sync_well("shop")
    assert house.shop.tables["customers"]["7"]["last"] == "Lovelace"
    assert house.shop.tables["customers"]["7"]["note"] == "call first"


@pytest.mark.parametrize("connector", [Terse, Silent])
def test_an_edit_between_a_bare_answer_and_the_next_read_is_a_persons(
    house: House, connector: type[MemoryConnector]
) -> None:
    """T116: what is read after a write may be what somebody made of it."""
    house.route("customer", direction="two-way")
    house.swap("erp", connector)
    house.shop.put("customers", {"id": "7", "email": "a@example.com", "note": "ring"})
    house.sync("shop")

    def meanwhile(when: str, _write: Write) -> None:
        if when == "after":
            house.erp.tables["customers"]["1001"]["note"] = "the dog bites"
            house.erp.fail = lambda _when, _write: None

    house.erp.fail = meanwhile
    house.sync_well("erp")
    house.sync_well()
    house.sync_well()
    assert house.shop.tables["customers"]["7"]["note"] == "the dog bites"
    assert house.erp.tables["customers"]["1001"]["note"] == "the dog bites"
