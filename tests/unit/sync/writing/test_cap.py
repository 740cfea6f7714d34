"""Caps: a run that would move too much stops before it writes, and a person lets it through once."""

from __future__ import annotations

import pytest
from house import House

from hub.operations.problem import close_problem, queue_replay, release_problem
from hub.operations.rehearse import plan_sync
from hub.store.problems import Problem


def sell(house: House, count: int, price: str = "10.00", **more: str) -> None:
    for number in range(count):
        variants = [{"id": f"{number}1", "sku": f"S{number}", "price": price}]
        house.shop.put("products", {"id": str(number + 1), "name": f"Sock {number}", "variants": variants, **more})


def number_variants(document: dict[str, object]) -> dict[str, object]:
    parts = [{**part, "id": f"7{part['sku'][1:]}"} for part in document.get("variants") or ()]  # type: ignore[attr-defined]
    return {**document, "variants": parts} if parts else document


@pytest.fixture
def shop(house: House) -> House:
    """A shop whose eight products are in the ERP as well; more than two of them are too many."""
    house.erp.normalize = number_variants
    house.route("product", caps={"least": 2})
    sell(house, 8)
    house.sync_well()
    house.erp.writes.clear()
    return house


def held(house: House) -> Problem:
    [problem] = house.problems()
    assert problem.kind == "held"
    return problem


def test_what_moves_too_many_prices_too_far_stops_before_it_writes(shop: House) -> None:
    sell(shop, 3, "7.90")
    report = shop.sync_well()
    assert shop.erp.writes == []
    assert [(result.state, result.counts.parked) for result in report.results if result.kind == "push"] == [
        ("partial", 3)
    ]
    problem = held(shop)
    assert problem.message == ("3 of 8 products (37.5 %) have a price that moves by more than 20 %; the cap is 5 %.")
    assert problem.context["examples"].startswith("product Sock 0: by 21 %; product Sock 1: by 21 %")


@pytest.mark.parametrize(("count", "price"), [(2, "1.00"), (8, "8.00"), (8, "12.00")])
def test_a_few_moves_or_small_ones_go_through(shop: House, count: int, price: str) -> None:
    sell(shop, count, price)
    shop.sync_well()
    assert (len(shop.erp.writes), shop.problems()) == (count, [])


def test_what_is_new_is_never_held_back(house: House) -> None:
    sell(house, 12, "99.00")
    house.sync_well()
    assert len(house.erp.tables["products"]) == 12


def test_archiving_much_at_once_is_held_back(shop: House) -> None:
    sell(shop, 5, status="publish")
    shop.sync_well()
    shop.erp.writes.clear()
    sell(shop, 5, status="trash")
    shop.sync_well()
    assert shop.erp.writes == []
    assert held(shop).message == "5 of 8 products (62.5 %) are archived or cancelled at once; the cap is 5 %."


def test_emptying_much_of_the_stock_is_held_back(shop: House) -> None:
    shop.route("inventory", caps={"least": 2})
    for number in range(8):
        shop.shop.put("stock", {"id": f"s{number}", "variant": f"{number}1", "quantity": "5"})
        shop.erp.put("stock", {"id": f"e{number}", "variant": f"7{number}", "quantity": "5"})
    shop.sync_well()
    shop.erp.writes.clear()
    for number in range(8):
        shop.shop.put("stock", {"id": f"s{number}", "variant": f"{number}1", "quantity": "0"})
    shop.sync_well()
    assert shop.erp.writes == []
    assert held(shop).message == "8 of 8 stock (100.0 %) fall to zero at once; the cap is 30 %."


def test_a_release_lets_one_run_through(shop: House) -> None:
    sell(shop, 3, "7.00")
    shop.sync_well()
    assert release_problem(shop.hub.database, held(shop), "ada", shop.clock()) == 3
    shop.sync_well()
    assert (len(shop.erp.writes), shop.problems()) == (3, [])
    sell(shop, 3, "3.00")
    shop.sync_well()
    assert len(shop.erp.writes) == 3
    assert "released" not in held(shop).context


def test_a_release_is_for_what_was_shown(shop: House) -> None:
    """A tenth more may have come meanwhile; what is far more needs a person again."""
    sell(shop, 4, "7.00")
    shop.sync_well()
    release_problem(shop.hub.database, held(shop), "ada", shop.clock())
    sell(shop, 6, "6.00")
    shop.sync_well("shop")
    shop.sync_well("erp")
    assert shop.erp.writes == []
    assert held(shop).context["found"] == "6"


def test_what_is_mended_at_its_source_is_no_problem_any_more(shop: House) -> None:
    sell(shop, 3, "7.00")
    shop.sync_well()
    sell(shop, 3, "10.00")
    shop.sync_well()
    assert (shop.problems(), shop.erp.writes) == ([], [])


def test_only_a_release_lets_it_through(shop: House) -> None:
    sell(shop, 3, "7.00")
    shop.sync_well()
    queue_replay(shop.hub.database, shop.hub.plugins, [held(shop)], shop.clock())
    shop.sync_well()
    close_problem(shop.hub.database, held(shop), "never mind", shop.clock())
    shop.sync_well()
    assert shop.erp.writes == []
    assert held(shop)


@pytest.mark.parametrize(
    "caps", [{}, {"least": 3}, {"least": 0, "prices": 40}, {"least": 0, "price_move": 40}, {"least": 0, "prices": 100}]
)
def test_a_route_may_have_wider_caps_and_small_shops_are_never_held_back_by_the_usual_ones(
    shop: House, caps: dict[str, int]
) -> None:
    shop.route("product", caps=caps)
    sell(shop, 3, "7.00")
    shop.sync_well()
    assert len(shop.erp.writes) == 3


def test_other_streams_go_on(shop: House) -> None:
    sell(shop, 3, "7.00")
    shop.shop.put("customers", {"id": "7", "email": "ada@example.com"})
    shop.sync_well()
    assert [stream for stream, _ in shop.erp.writes] == ["customers"]


def test_a_plan_shows_what_is_held_back_and_all_of_it(shop: House) -> None:
    sell(shop, 3, "7.00")
    [stream] = plan_sync(shop.hub).streams
    assert stream.held == ("3 of 8 products (37.5 %) have a price that moves by more than 20 %; the cap is 5 %.",)
    assert stream.changes == 3
    [field] = stream.writes[0].fields
    assert (field.before, field.after) == ("10.00", "7.00")
    assert (shop.erp.writes, shop.problems()) == ([], [])
