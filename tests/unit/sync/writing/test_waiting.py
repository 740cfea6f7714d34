"""Writes that wait for another record: it is sent for, it wakes them, and a person is told when it never comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from house import House, order

from hub.api import Document, RejectedError, Write
from hub.store import inbox
from hub.sync.execute import sync_connection
from hub.testing.memory import MemoryConnector


class Unfetchable(MemoryConnector):
    """Cannot read single records."""

    fetch = None  # type: ignore[assignment]


def wanted(house: House) -> dict[tuple[str, str], int]:
    with house.hub.database.read() as tx:
        return inbox.backlog(tx)


def test_what_is_waited_for_is_fetched_by_id_where_it_was_promised(house: House) -> None:
    """The customer is older than the window that was read."""
    house.shop.put("customers", {"id": "7", "email": "a@example.com", "first": "Ada"})
    late = house.shop.tables["customers"].pop("7")
    house.sync_well()
    late["updated"] = "2020-01-01T00:00:00Z"
    house.shop.tables["customers"]["7"] = late
    house.shop.put("orders", order("1", customer="7"))
    house.sync_well()
    assert "fetch customers 7" in house.shop.requests
    assert house.erp.tables["customers"]["1001"]["first"] == "Ada"
    assert house.erp.tables["orders"]["1002"]["customer"] == "1001"
    assert wanted(house) == {}


def test_somebody_who_waits_for_a_record_that_is_gone_is_a_problem_until_it_comes(house: House) -> None:
    """T044: the order refers to a customer that was deleted in the shop."""
    house.shop.put("orders", order("1", customer="7"))
    house.sync_well()
    house.sync_well()
    [problem] = house.problems()
    assert problem.message == "It cannot be written because it refers to customers 7 of shop, which is gone there."
    assert (problem.connection, problem.direction, problem.error) == ("erp", "push", "LinkMissingError")
    house.sync_well()
    assert house.problems()[0].attempts == 1
    house.shop.put("customers", {"id": "7", "email": "a@example.com"})
    house.sync_well()
    assert house.problems() == []
    assert len(house.erp.tables["orders"]) == 1


def test_a_variant_that_no_product_brings_is_a_problem_after_an_hour(house: House) -> None:
    """T077: nothing can be fetched for it, and nothing is asked for in vain."""
    house.erp.normalize = lambda d: {**d, "variants": [{"id": "9", "sku": "S-2"}]} if d.get("variants") else d
    house.shop.put("orders", order("1", variant="52"))
    house.sync_well()
    assert wanted(house) == {}
    assert house.problems() == []
    house.clock.forward(hours=2)
    house.sync_well()
    assert house.problems()[0].message == "It cannot be written because it refers to variants 52 of shop."
    house.shop.put("products", {"id": "5", "name": "Sock", "variants": [{"id": "52", "sku": "S-2"}]})
    house.sync_well()
    assert house.problems() == []
    assert len(house.erp.tables["orders"]) == 1


def test_an_order_of_a_customer_that_a_rule_bars_does_not_wait_in_silence(house: House) -> None:
    """The customer is kept out of the ERP by a rule, and the order needs it."""
    house.route("customer", rules={"except": [{"field": "note", "is": "blocked"}]})
    house.shop.put("customers", {"id": "7", "email": "a@example.com", "note": "blocked"})
    house.shop.put("orders", order("1", customer="7"))
    house.sync_well()
    assert house.owed()["erp", "orders"] == (0, 1, 0)
    house.clock.forward(hours=2)
    house.sync_well()
    assert [p.error for p in house.problems()] == ["LinkMissingError"]
    house.shop.put("customers", {"id": "7", "note": ""})
    house.sync_well()
    assert (house.problems(), house.owed()) == ([], {})


def test_an_order_waits_for_its_refused_customer_and_follows_it(house: House) -> None:
    house.shop.put("customers", {"id": "7", "email": "a@example.com"})
    house.shop.put("orders", order("1", customer="7"))

    def refuse(when: str, write: Write) -> None:
        if when == "before" and "email" in write.document and "number" not in write.document:
            raise RejectedError("no such domain", code="email")

    house.erp.fail = refuse
    house.sync()
    assert [p.stream for p in house.problems()] == ["customers"]
    assert house.owed()["erp", "orders"] == (0, 1, 0)
    house.erp.fail = lambda _when, _write: None
    house.shop.put("customers", {"id": "7", "email": "b@example.com"})
    house.sync_well()
    assert (house.problems(), house.owed()) == ([], {})


def test_what_cannot_be_fetched_there_is_not_asked_for_again_and_again(house: House) -> None:
    house.swap("shop", Unfetchable)
    house.shop.put("orders", order("1", customer="7"))
    report = house.sync_well()
    assert len(report.results) < 20
    report = house.sync_well()
    assert len(report.results) < 20


def test_more_is_wanted_than_one_request_takes(house: House) -> None:
    with house.hub.database.write() as tx:
        inbox.add(tx, [("shop", "customers", str(n)) for n in range(1, 121)], "webhook", house.clock())
    for n in range(1, 121):
        house.shop.put("customers", {"id": str(n), "email": f"{n}@example.com", "updated": "2020"})
    sync_connection(house.hub, "shop", first=False)
    assert wanted(house) == {}
    assert len([r for r in house.shop.requests if r.startswith("fetch")]) == 120


def test_a_clock_that_goes_back_neither_loses_what_is_wanted_nor_asks_for_it_forever(house: House) -> None:
    house.shop.put("customers", {"id": "7", "email": "a@example.com"})
    with house.hub.database.write() as tx:
        inbox.add(tx, [("shop", "customers", "7")], "webhook", house.clock())
    house.clock.forward(hours=-1)
    sync_connection(house.hub, "shop", first=False)
    assert house.shop.requests == ["fetch customers 7"]
    assert wanted(house) == {}


def test_a_hook_that_comes_while_its_record_is_read_has_it_read_again(house: House) -> None:
    """The answer that is on its way may be older than what the hook tells of."""

    class Interrupted(MemoryConnector):
        def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
            answer = list(super().fetch(stream, ids))
            if house.shop.requests.count("fetch customers 7") == 1:
                house.shop.put("customers", {"id": "7", "email": "new@example.com"})
                with house.hub.database.write() as tx:
                    inbox.add(tx, [("shop", "customers", "7")], "webhook", house.clock())
            return iter(answer)

    house.swap("shop", Interrupted)
    house.shop.put("customers", {"id": "7", "email": "old@example.com"})
    with house.hub.database.write() as tx:
        inbox.add(tx, [("shop", "customers", "7")], "webhook", house.clock())
    sync_connection(house.hub, "shop", first=False)
    assert wanted(house) == {("shop", "customers"): 1}
    assert house.data("shop", "customers", "7")["email"] == "old@example.com"
    sync_connection(house.hub, "shop", first=False)
    assert wanted(house) == {}
    assert house.data("shop", "customers", "7")["email"] == "new@example.com"
