"""An order that is cancelled and goes on all the same is marked until the system that refused has stopped it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from house import House, order

from hub.api import ConflictError, Write
from hub.store import outbox


@pytest.fixture
def stubborn(house: House) -> House:
    """An ERP that stops nothing, and an order that it knows."""
    house.route("order")
    house.shop.put("orders", order("7"))
    house.sync_well()

    def refuse(when: str, write: Write) -> None:
        if when == "before" and write.external_id:
            raise ConflictError("its goods have left", hint="Arrange a return.")

    house.erp.fail = refuse
    return house


def tags(house: House) -> Any:
    return orjson.loads(house.record("shop", "orders", "7").data).get("tags") or []


def test_who_refuses_to_stop_an_order_is_named_in_it_and_is_not_asked_again_for_that(stubborn: House) -> None:
    """T040."""
    stubborn.shop.put("orders", {"id": "7", "status": "cancelled"})
    stubborn.sync("shop")
    stubborn.sync()
    assert tags(stubborn) == ["not stopped: erp"]
    writes = len(stubborn.erp.writes)
    stubborn.sync()
    assert len(stubborn.erp.writes) == writes


def test_an_order_that_is_stopped_after_all_loses_its_mark(stubborn: House) -> None:
    stubborn.shop.put("orders", {"id": "7", "status": "cancelled"})
    stubborn.sync()
    stubborn.erp.fail = lambda when, write: None
    with stubborn.hub.database.write() as tx:
        outbox.owe(tx, [("erp", "orders", stubborn.record("shop", "orders", "7").id)], stubborn.clock())
    stubborn.sync_well()
    assert tags(stubborn) == []


@pytest.mark.parametrize("status", ["processing", "completed"])
def test_an_order_whose_cancellation_is_taken_back_loses_its_mark(stubborn: House, status: str) -> None:
    """It is again as the ERP has had it all the while, or the ERP is told of it."""
    stubborn.shop.put("orders", {"id": "7", "status": "cancelled"})
    stubborn.sync()
    stubborn.erp.fail = lambda when, write: None
    stubborn.shop.put("orders", {"id": "7", "status": status})
    stubborn.sync_well()
    assert tags(stubborn) == []


def test_the_mark_stays_when_the_goods_have_left_and_somebody_edits_the_order(stubborn: House) -> None:
    """The shop may show it as cancelled for good."""
    stubborn.shop.put("orders", {"id": "7", "status": "cancelled"})
    stubborn.sync()
    stubborn.erp.fail = lambda when, write: None
    stubborn.erp.put("orders", {**next(iter(stubborn.erp.tables["orders"].values())), "status": "completed"})
    stubborn.sync_well()
    with stubborn.hub.database.write() as tx:
        outbox.owe(tx, [("erp", "orders", stubborn.record("shop", "orders", "7").id)], stubborn.clock())
    stubborn.sync_well()
    assert tags(stubborn) == ["not stopped: erp"]


@pytest.mark.parametrize("change", [{"note": "Ring twice"}, {"status": "completed"}])
def test_what_is_refused_otherwise_leaves_no_mark(stubborn: House, change: Any) -> None:
    stubborn.shop.put("orders", {"id": "7", **change})
    stubborn.sync()
    assert tags(stubborn) == []
