"""Records and mappings that are wrong: parked or kept with their names, the others go on, and mended they come in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bad_input_desk import Desk, Shop, everything_came_once, on_order, problems

from hub.clock import utc_now
from hub.store import settings
from hub.store.database import Database

ORDERS = "entity: order\nstream: orders\nfields:\n"


def override(desk: Desk, text: str) -> None:
    """Keep a mapping of the connection's own."""
    database = Database(f"sqlite:///{desk.folder / 'hub.db'}")
    with database.write() as tx:
        settings.add_mapping_override(tx, "connection:shop", "woocommerce", "orders", text, utc_now())
    database.close()


def bring_in(desk: Desk, shop: Shop, number: int) -> None:
    """Let a shop's order be seen as changed a moment ago, as it is once somebody has corrected it."""
    changed = utc_now() - timedelta(seconds=5)
    shop.sandbox.store.orders[number]["date_modified_gmt"] = f"{changed:%Y-%m-%dT%H:%M:%S}"


def parked(desk: Desk, shop: Shop) -> dict[str, Any]:
    """Sync, and give the page of the one problem there is; all other orders have come."""
    said = desk.do("sync")
    assert "partial" in said.out
    assert "hub problems list" in said.out
    assert desk.do("status --json").json["records"]["order"] == len(shop.orders) - 1
    [problem] = problems(desk)
    assert problem["hint"]
    return {**problem, **desk.do(f"problems show {problem['id']} --json").json}


def test_an_order_with_an_unknown_status(desk: Desk, shop: Shop) -> None:
    """T015: it is named with path and value, the others go on; once the shop has corrected it, it comes in."""
    number = min(shop.orders)
    shop.spoil = on_order(number, {"status": "shipped"})
    problem = parked(desk, shop)
    assert problem["context"] == {"path": "status", "field": "status", "value": "shipped"}
    assert problem["subject"] == str(number)
    assert problem["message"].startswith("status: 'shipped' is not among")
    shop.spoil = None
    bring_in(desk, shop, number)
    everything_came_once(desk, shop)


def test_an_unknown_status_that_a_merchants_own_mapping_knows(desk: Desk, shop: Shop) -> None:
    number = min(shop.orders)
    shop.spoil = on_order(number, {"status": "shipped"})
    problem = parked(desk, shop)
    override(desk, ORDERS + "  status: {path: status, values: {open: [processing], completed: [completed, shipped]}}\n")
    assert desk.do(f"problems replay {problem['id']} --json").json["solved"] == 1
    assert desk.do(f"record show {number} --json --entity order").json["data"]["status"] == "completed"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"total": "-5.00"}, "The order's total is negative: -5"),
        ({"currency": "XXQ"}, "order.currency: 'XXQ' is not an ISO 4217 currency"),
        ({"total": "12,50"}, "total: '12,50' is not an amount"),
        ({"total": None}, "order.total"),
        ({"date_created_gmt": "yesterday"}, "placed_at cannot be read from date_created_gmt: 'yesterday'"),
        ({"line_items": [{"id": 1}]}, "lines cannot be read from line_items and tax_lines: it has no 'taxes'"),
    ],
)
def test_an_order_that_cannot_be(values: dict[str, Any], said: str, desk: Desk, shop: Shop) -> None:
    """It is parked with the field and the value, and a replay brings it in once the shop has mended it."""
    number = next(n for n, order in sorted(shop.orders.items()) if not order["date_paid_gmt"])
    shop.spoil = on_order(number, values)
    problem = parked(desk, shop)
    assert said in problem["message"]
    assert problem["subject"] == str(number)
    assert problem["document"] == {**problem["document"], **values}
    page = desk.do(f"problems show {problem['id']}").out
    assert f"shop orders pull: {number}" in page
    assert f"hub problems replay {problem['id'][-6:]}" in page
    shop.spoil = None
    assert desk.do(f"problems replay {problem['id']} --json").json["solved"] == 1
    everything_came_once(desk, shop)


def test_a_replay_that_does_not_reach_the_shop_says_why(
    desk: Desk, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = min(shop.orders)
    shop.spoil = on_order(number, {"status": "shipped"})
    problem = parked(desk, shop)
    monkeypatch.delenv("SHOP_KEY")
    said = desk.run(f"problems replay {problem['id']}")
    assert (said.code, said.out.startswith("0 of 1 solved.")) == (5, True)
    assert "SHOP_KEY is not set" in said.err


def test_an_order_without_an_id(desk: Desk, shop: Shop) -> None:
    number = min(shop.orders)
    shop.spoil = on_order(number, {"id": None})
    problem = parked(desk, shop)
    assert problem["message"] == "a document of orders has no id at id"
    shop.spoil = None
    bring_in(desk, shop, number)
    desk.do("sync")
    assert desk.do("status --json").json["records"]["order"] == len(shop.orders)
    desk.do(f"problems close {problem['id']}")
    everything_came_once(desk, shop)


def test_an_order_whose_totals_do_not_add_up_is_kept_and_named(desk: Desk, shop: Shop) -> None:
    number = max(shop.orders)
    shop.spoil = on_order(number, {"total": "999999.00"})
    said = desk.do("sync")
    assert "1 order has totals that do not add up: see `hub runs show " in said.out
    assert desk.do("status --json").json["records"]["order"] == len(shop.orders)
    page = desk.do(f"record show {number} --entity order").out
    assert "total says 999999" in page
    assert "its parts give" in page


def test_a_note_of_five_megabytes(desk: Desk, shop: Shop) -> None:
    number, note = min(shop.orders), "Bitte klingeln. " * 330_000
    shop.sandbox.store.orders[number]["customer_note"] = note
    desk.do("sync")
    assert desk.do(f"record show {number} --entity order --json").json["data"]["note"] == note
    page = desk.do(f"record show {number} --entity order").out
    assert "Bitte klingeln." in page
    assert len(page) < 20_000
    everything_came_once(desk, shop)


def test_an_order_of_a_product_that_is_gone(desk: Desk, shop: Shop) -> None:
    """The store lets a product be deleted that orders name; the orders come all the same."""
    number = min(shop.orders)
    lines = shop.sandbox.store.orders[number]["line_items"]
    lines[0] |= {"product_id": 98765, "variation_id": 0}
    desk.do("sync")
    order = desk.do(f"record show {number} --entity order --json").json
    assert order["data"]["lines"][0]["title"]
    everything_came_once(desk, shop)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (ORDERS + "  note: custmer_note\n  emial: {in: billing.email}\n", ":5", "did you mean 'email'"),
        (ORDERS + "  note: {in: customer_note, as: stripp}\n", ":4", "did you mean 'strip'"),
        (ORDERS + "  note: {inn: customer_note}\n", ":4", "did you mean 'in'"),
        (ORDERS + "  note: [customer_note\n", ":5", ""),
        (ORDERS + "  note: a.b\n  note: c.d\n", ":5", "note"),
    ],
)
def test_a_mapping_with_a_typo(text: str, place: str, said: str, desk: Desk, shop: Shop) -> None:
    override(desk, text)
    sentence, _ = desk.fail("sync", 2)
    assert f"connection:woocommerce/orders.yaml{place}: " in sentence
    assert said in sentence
    override(desk, "")
    everything_came_once(desk, shop)
