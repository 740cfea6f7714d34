"""Stock leaves the hub as what may be sold: on hand, less what the ERP does not know of yet, less the buffer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from house import House, order
from hypothesis import given
from hypothesis import strategies as st
from stockroom import sale, sell, shown, stock_writes, writing

from hub.api import Refused, RejectedError, UnavailableError, Write, Written
from hub.store import links, outbox
from hub.sync.agreeing.available import Sale
from hub.testing.memory import MemoryConnector


def test_the_shop_is_told_what_the_erp_has(counted: House) -> None:
    assert shown(counted) == {"a": 10, "b": 10, "c": 10}


def test_a_sale_that_the_erp_has_not_posted_is_taken_off(counted: House) -> None:
    """The shop took it off itself; the ERP's figure that still counts it must not put it back."""
    counted.shop.writes.clear()
    sale(counted, "1", pieces=3)
    counted.sync_well("shop")
    assert shown(counted)["a"] == 7
    for connection in ("erp", "shop", "erp", "shop"):
        counted.sync_well(connection)
    counted.sync_well()
    assert counted.erp.tables["stock"]["Lea"]["quantity"] == "7"
    assert (shown(counted), stock_writes(counted)) == ({"a": 7, "b": 10, "c": 10}, [])


def test_a_sale_of_one_shop_is_taken_off_in_every_other(counted: House) -> None:
    """The second shop never saw the order: it is told all the same, before the ERP knows of it."""
    counted.shop.writes.clear()
    made = order("1", variant="va")
    made["lines"][0]["quantity"] = 4
    counted.shop.put("orders", made)  # this shop does not count for itself
    counted.sync_well("shop")
    assert (shown(counted)["a"], stock_writes(counted)) == (6, [("sa", "6")])


def test_the_buffer_is_never_offered(counted: House) -> None:
    counted.route("inventory", "erp", "shop", buffer=8)
    sale(counted, "1", pieces=1)
    counted.sync_well()
    assert shown(counted)["a"] == 1
    sale(counted, "2", pieces=1)
    counted.sync_well()
    assert shown(counted)["a"] == 0
    sale(counted, "3", pieces=1)
    counted.sync_well()
    assert shown(counted)["a"] == 0, "less than nothing is offered as nothing"


def test_an_order_that_the_erp_refuses_stays_sold(counted: House) -> None:
    def refusing(inner: MemoryConnector, stream: str, writes: list[Write]) -> Iterator[Written | Refused]:
        if stream != "orders":
            return inner.upsert(stream, writes)
        return (Refused(write, RejectedError("no", code="no")) for write in writes)

    counted.swap("erp", writing(refusing))
    sale(counted, "1", pieces=2)
    counted.sync("shop", "erp")
    counted.sync("shop", "erp")
    assert len(counted.problems()) == 1
    assert shown(counted)["a"] == 8


def test_a_sale_that_was_cancelled_before_the_erp_had_it_is_given_back_once(counted: House) -> None:
    """T113: the shop puts it back on its shelf itself; nobody adds it a second time."""
    sale(counted, "1", pieces=3)
    counted.sync_well("shop")
    assert shown(counted)["a"] == 7
    counted.shop.writes.clear()
    counted.shop.put("orders", {**counted.shop.tables["orders"]["1"], "status": "cancelled"})
    counted.shop.put("stock", {**counted.shop.tables["stock"]["sa"], "quantity": "10"})
    counted.sync_well("shop")
    counted.sync_well()
    assert (shown(counted)["a"], stock_writes(counted)) == (10, [])


def test_a_sale_cancelled_after_the_erp_had_it_is_given_back_once(counted: House) -> None:
    """T113: the ERP gives it back, then the shop is told; the sum of both is never offered."""
    sale(counted, "1", pieces=3)
    counted.sync_well()
    counted.sync_well()
    counted.shop.put("orders", {**counted.shop.tables["orders"]["1"], "status": "cancelled"})
    counted.shop.put("stock", {**counted.shop.tables["stock"]["sa"], "quantity": "10"})
    seen = []
    for _ in range(4):
        counted.sync_well()
        seen.append(shown(counted)["a"])
    assert max(seen) == seen[-1] == 10


def test_edits_count_as_they_stand_now(counted: House) -> None:
    """A line that grows before the ERP was told again takes the difference."""
    sale(counted, "1", pieces=2)
    counted.sync_well()
    counted.sync_well()
    assert shown(counted)["a"] == 8
    grown = order("1", variant="va")
    grown["lines"][0]["quantity"] = 5
    counted.shop.put("orders", grown)
    counted.sync_well("shop")
    assert shown(counted)["a"] == 5


def test_orders_that_never_reach_the_erp_take_nothing_off(counted: House) -> None:
    """Old ones, from before the route went live, are in the ERP's figure already."""
    counted.route("order", rules={"except": [{"field": "status", "is": "completed"}]})
    sale(counted, "1", pieces=3, status="completed")
    counted.sync_well()
    assert shown(counted)["a"] == 10


def test_a_sale_offset_by_goods_that_came_in_is_noticed_too(counted: House) -> None:
    """The ERP's figure is the same as before, though it was read anew: it knows of the sale, and has more."""
    sale(counted, "1", pieces=2)
    counted.sync_well("shop")
    assert shown(counted)["a"] == 8
    counted.swap("erp", MemoryConnector)  # two pieces come in while two are sold
    counted.sync_well()
    counted.sync_well()
    assert shown(counted)["a"] == 10


def test_a_sale_moves_only_the_levels_of_what_was_sold(counted: House) -> None:
    """T114: what did not change is not written; here three of twenty, each in one write."""
    for n in range(20):
        sell(counted, f"x{n}")
    counted.sync_well()
    for row in list(counted.erp.tables["products"].values())[3:]:
        variant = row["variants"][0]["id"]
        counted.erp.put("stock", {"id": f"L{variant}", "variant": variant, "place": None, "quantity": "50"})
    counted.sync_well()
    counted.sync_well()
    assert set(shown(counted).values()) == {10, 50}
    counted.shop.writes.clear()
    for number, name in enumerate(("x1", "x7", "x7", "x9"), start=1):
        counted.shop.put("orders", order(str(number), variant=f"v{name}"))
    counted.sync_well()
    assert sorted(stock_writes(counted)) == [("sx1", "49"), ("sx7", "48"), ("sx9", "49")]
    counted.shop.writes.clear()
    counted.sync_well()
    counted.sync_well()
    assert stock_writes(counted) == []


def flaky(broken: set[str]) -> Callable[[Any], MemoryConnector]:
    """Make a shop in which writing some levels fails."""

    def how(inner: MemoryConnector, stream: str, writes: list[Write]) -> Iterator[Written | Refused]:
        for write in writes:
            if stream == "stock" and write.external_id in broken:
                raise UnavailableError("that location is out of order", context={"sent": "no"})
            yield from inner.upsert(stream, [write])

    return writing(how)


def two_places(house: House) -> None:
    house.erp.put("stock", {"id": "east", "variant": "ea", "place": "east", "quantity": "4"})
    house.shop.put("stock", {"id": "sa-east", "variant": "va", "place": "east", "quantity": "0"})
    house.sync_well()
    house.sync_well()


def test_of_two_locations_only_the_one_that_failed_is_written_again(counted: House) -> None:
    """T109: an item in two places, one call fails, after the other one."""
    two_places(counted)
    assert counted.shop.tables["stock"]["sa-east"]["quantity"] == "4"
    first, last = sorted(("sa", "sa-east"), key=lambda level: counted.record("shop", "stock", level).id)
    broken = {last}
    counted.swap("shop", flaky(broken))
    for level in ("east", "Lea"):
        counted.erp.put("stock", {**counted.erp.tables["stock"][level], "quantity": "11"})
    counted.shop.writes.clear()
    counted.sync("erp", "shop")
    assert stock_writes(counted) == [(first, "11")]
    broken.clear()
    counted.sync("shop")
    counted.sync("shop")
    assert stock_writes(counted) == [(first, "11"), (last, "11")]


def test_sales_are_taken_off_one_location_after_the_other(counted: House) -> None:
    two_places(counted)
    sale(counted, "1", pieces=12)
    counted.sync_well("shop")
    assert [counted.shop.tables["stock"][x]["quantity"] for x in ("sa", "sa-east")] == ["0", "2"]


def test_the_older_of_two_levels_never_lands_after_the_newer(counted: House) -> None:
    """T110: the first is on its way, and nobody knows whether it arrived, when the second is made."""
    arrived: list[str] = []

    def delayed(inner: MemoryConnector, stream: str, writes: list[Write]) -> Iterator[Written | Refused]:
        outcomes = list(inner.upsert(stream, writes))
        arrived.extend(write.document["quantity"] for write in writes if stream == "stock")
        if arrived == ["6"]:
            raise UnavailableError("no answer", context={"sent": "unknown"})
        yield from outcomes

    counted.swap("shop", writing(delayed))
    level = counted.erp.tables["stock"]["Lea"]
    counted.erp.put("stock", {**level, "quantity": "6"})
    counted.sync("erp", "shop")
    counted.clock.forward(seconds=30)
    counted.erp.put("stock", {**level, "quantity": "9"})
    counted.sync("erp", "shop")
    counted.sync("erp", "shop")
    assert arrived[0] == "6"
    assert arrived[-1] == "9" == counted.shop.tables["stock"]["sa"]["quantity"]
    assert sorted(arrived) == arrived, "6 may be repeated, but not after 9"


def test_a_location_that_is_gone_is_named_and_the_others_go_on(counted: House) -> None:
    """T112: deleted or disconnected in the shop."""

    def closed(inner: MemoryConnector, stream: str, writes: list[Write]) -> Iterator[Written | Refused]:
        for write in writes:
            if stream == "stock" and write.external_id == "sa-east":
                yield Refused(
                    write, RejectedError("no such location", code="not_found", hint="Open it again, or unlink it.")
                )
            else:
                yield from inner.upsert(stream, [write])

    two_places(counted)
    counted.swap("shop", writing(closed))
    for row in list(counted.erp.tables["stock"].values()):
        counted.erp.put("stock", {**row, "quantity": "3"})
    counted.sync("erp", "shop")
    assert shown_all(counted) == {"sa": "3", "sb": "3", "sc": "3", "sa-east": "4"}
    (problem,) = counted.problems()
    assert (problem.connection, problem.stream, problem.hint) == ("shop", "stock", "Open it again, or unlink it.")


def shown_all(house: House) -> dict[str, str]:
    return {row["id"]: row["quantity"] for row in house.shop.tables["stock"].values()}


def test_without_a_route_of_stock_a_sale_owes_nothing(house: House) -> None:
    house.shop.put("orders", order("1"))
    house.sync_well("shop")
    with house.hub.database.read() as tx:
        assert outbox.records(tx, "shop", "stock") == set()
        assert links.beginning(tx, "merchant:default", "levels", ["x@"]) == {}


@given(
    pieces=st.integers(0, 50), told=st.integers(0, 50), answered=st.none() | st.integers(0, 9), read=st.integers(0, 9)
)
def test_a_sale_counts_until_a_figure_can_know_of_it(pieces: int, told: int, answered: int | None, read: int) -> None:
    sale = Sale("o", "1", "shop", Decimal(pieces), Decimal(told), answered)
    unknown = sale.unknown_at(read)
    knows = answered is not None and answered < read
    assert unknown == (max(0, pieces - told) if knows else pieces)
    assert 0 <= unknown <= pieces
