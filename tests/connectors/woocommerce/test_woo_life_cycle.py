"""What becomes of a WooCommerce order that somebody edits or cancels when the ERP has gone on, case by case.

The ERP does not rewrite what it has invoiced or sent (closed_sales.py).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from closed_sales import Rules
from test_woo_cases import change
from test_woo_rounds import sell
from woo_house import KilledError, WooHouse

from hub.store import outbox
from hub.sync.execute import sync

WARNING, ALL_CLEAR = 'Entrepot: "not stopped: erp"', 'Entrepot: no longer "not stopped: erp"'
TRACKING = "_wc_shipment_tracking_items"


@pytest.fixture
def rules(woo_house: WooHouse) -> Rules[WooHouse]:
    """The ERP's rules, once both sides agree."""
    for _ in range(3):
        woo_house.sync()
    assert woo_house.quiet() == []
    return Rules(woo_house)


def sold(house: WooHouse) -> Any:
    """Sell two of a product, which the ERP hears of."""
    sell(house, {"status": "processing", "line_items": [{"product_id": product(house), "quantity": 2}]})
    house.sync()
    house.sync()
    return house.shop.store.orders[max(house.shop.store.orders)]


def product(house: WooHouse) -> int:
    return next(int(row["id"]) for row in house.shop.store.products.values() if row["sku"] == "WOOL-100")


def edit(house: WooHouse, order: Any) -> None:
    """Take the goods out of an order and put one of them in again."""
    gone = {"id": order["line_items"][0]["id"], "quantity": 0}
    change(house, order["id"], {"line_items": [gone, {"product_id": product(house), "quantity": 1}]})


def warnings(house: WooHouse, order: Any) -> list[tuple[str, bool]]:
    """List what the hub noted on an order, and whether the buyer was mailed it."""
    notes = house.shop.store.notes[order["id"]]
    return [(one["note"], one["customer_note"]) for one in notes if "not stopped" in one["note"]]


def ask_again(house: WooHouse) -> None:
    """Replay the one write that the ERP refused."""
    (problem,) = house.problems()
    with house.hub.database.write() as tx:
        outbox.owe(tx, [("erp", "sales", problem.subject)], house.at)


@pytest.mark.parametrize("state", ["sent", "invoiced"])
def test_an_edit_of_what_the_erp_has_sent_or_invoiced_is_for_a_person(rules: Rules[WooHouse], state: str) -> None:
    """T036, T038: nothing is rewritten and nothing dropped: the difference is told, once, with what to do about it."""
    house, order = rules.house, sold(rules.house)
    sale = dict(house.theirs("sales", order["id"]))
    getattr(rules, state).add(sale["id"])
    edit(house, order)
    house.sync()
    house.sync()
    assert house.theirs("sales", order["id"]) == sale
    (problem,) = house.problems()
    assert (problem.connection, problem.stream) == ("erp", "sales")
    assert f"now {order['total']}, there {sale['total']}" in problem.message
    assert "Credit" in problem.hint
    assert house.record("orders", order["id"])["total"] == order["total"] != sale["total"]


def test_an_order_that_is_cancelled_before_it_is_sent_is_stopped_in_the_erp(rules: Rules[WooHouse]) -> None:
    """T040: picked, and not sent yet."""
    house, order = rules.house, sold(rules.house)
    change(house, order["id"], {"status": "cancelled"})
    house.sync()
    assert house.theirs("sales", order["id"])["status"] == "cancelled"
    assert (house.problems(), warnings(house, order)) == ([], [])
    assert house.quiet() == []


def refused(rules: Rules[WooHouse]) -> Any:
    """Cancel an order whose goods are on their way: the ERP does not stop it."""
    order = sold(rules.house)
    rules.sent.add(rules.house.theirs("sales", order["id"])["id"])
    change(rules.house, order["id"], {"status": "cancelled"})
    return order


def test_an_order_that_the_erp_does_not_stop_carries_a_warning_in_the_store(rules: Rules[WooHouse]) -> None:
    """T040: its sale stays open, and whoever looks at the order in the store sees that its goods are on their way.

    The store could open the order again, and the hub does not: that would mail the buyer that it is being packed and
    take its goods off the shelf a second time, against what a person has just decided and is being asked about. A
    cancellation beats an order that is open, and goods that have left beat the cancellation.
    """
    house, order = rules.house, refused(rules)
    house.sync()
    house.sync()
    assert house.theirs("sales", order["id"])["status"] == "open"
    assert (order["status"], warnings(house, order)) == ("cancelled", [(WARNING, False)])
    (problem,) = house.problems()
    assert "its goods have left" in problem.message
    assert house.quiet() == []
    house.erp.put("sales", {**house.theirs("sales", order["id"]), "status": "completed"})
    house.sync()
    assert (order["status"], warnings(house, order)) == ("completed", [(WARNING, False)])
    assert house.quiet() == []


def test_a_warning_is_taken_back_once_the_erp_has_stopped_the_order(rules: Rules[WooHouse]) -> None:
    """T040."""
    house, order = rules.house, refused(rules)
    house.sync()
    house.sync()
    rules.sent.clear()
    ask_again(house)
    house.sync()
    house.sync()
    assert house.theirs("sales", order["id"])["status"] == "cancelled"
    assert [text for text, _ in warnings(house, order)] == [WARNING, ALL_CLEAR]
    assert (house.problems(), house.quiet()) == ([], [])


def test_each_refusal_is_noted_once_however_often_the_erp_refuses(rules: Rules[WooHouse]) -> None:
    """T040: asked again it refuses again; only after the order was opened again that is news."""
    house, order = rules.house, refused(rules)
    house.sync()
    house.sync()
    ask_again(house)
    house.sync()
    house.sync()
    assert [text for text, _ in warnings(house, order)] == [WARNING]
    change(house, order["id"], {"status": "processing"})
    house.sync()
    house.sync()
    assert [text for text, _ in warnings(house, order)] == [WARNING, ALL_CLEAR]
    assert (house.problems(), house.quiet()) == ([], [])
    change(house, order["id"], {"status": "cancelled"})
    house.sync()
    house.sync()
    assert [text for text, _ in warnings(house, order)] == [WARNING, ALL_CLEAR, WARNING]
    assert house.quiet() == []


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_hub_that_dies_while_it_warns_warns_once(rules: Rules[WooHouse], method: str) -> None:
    """T040: the note is there and nobody knows it, or was about to be made."""
    house, order = rules.house, refused(rules)
    house.dies_after(f"{method} /wp-json/wc/v3/orders/{order['id']}/notes")
    with pytest.raises(KilledError):
        house.sync()
    for _ in range(3):
        house.sync()
    assert [text for text, _ in warnings(house, order)] == [WARNING]
    assert house.quiet() == []


@pytest.mark.parametrize("first", ["shop", "erp"])
@pytest.mark.parametrize("status", ["packed", "picked_up"])
def test_whoever_is_heard_first_a_cancellation_and_a_parcel_end_alike(
    rules: Rules[WooHouse], first: str, status: str
) -> None:
    """T041: within one second; a parcel that the carrier has wins, one that is only packed does not."""
    house, order, erp = rules.house, sold(rules.house), rules.house.erp
    sale = house.theirs("sales", order["id"])["id"]
    has_left = status == "picked_up"
    erp.put("deliveries", {"id": "D9", "order": sale, "status": status, "tracking": "JD9"})
    if has_left:
        rules.sent.add(sale)
        erp.put("sales", {**erp.tables["sales"][sale], "status": "completed"})
    change(house, order["id"], {"status": "cancelled"})
    sync(house.hub, [first])
    for _ in range(3):
        house.sync()
    ended = "completed" if has_left else "cancelled"
    statuses = house.record("orders", order["id"])["status"], erp.tables["sales"][sale]["status"], order["status"]
    assert statuses == (ended, ended, ended)
    assert (house.problems(), warnings(house, order)) == ([], [])
    assert house.quiet() == []
