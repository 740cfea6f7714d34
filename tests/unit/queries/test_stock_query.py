"""Why a shop says that so much is left: the sum, the last push and what the shop shows now."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from house import House
from stockroom import sale

from hub.api import UnavailableError
from hub.cli.stock import Explained, _sum
from hub.errors import ConfigError
from hub.operations.stock import Live, live_levels
from hub.queries.stock import StockView, explain


def only(house: House, sku: str = "a") -> StockView:
    (view,) = explain(house.hub.database, sku)
    return view


def test_a_sum_names_the_figure_each_sale_the_buffer_and_the_last_push(counted: House) -> None:
    counted.route("inventory", "erp", "shop", buffer=2)
    sale(counted, "1", pieces=3)
    sale(counted, "2", pieces=1)
    counted.sync_well("shop")
    view = only(counted)
    assert (view.source, view.figure, view.buffer, view.level) == ("erp", 10, 2, 4)
    assert [(one.number, one.connection, one.pieces, one.written) for one in view.sales] == [
        ("1", "shop", 3, False),
        ("2", "shop", 1, False),
    ]
    assert (view.target, view.external_id, view.shown) == ("shop", "sa", 4)
    assert view.pushed_at is not None
    assert only(counted, "b").sales == ()


def test_an_order_that_was_written_counts_until_the_source_was_read_again(counted: House) -> None:
    sale(counted, "1", pieces=3)
    counted.sync_well("shop")
    counted.sync_well("erp")
    counted.sync_well("erp")
    assert only(counted).sales == ()
    assert only(counted).figure == only(counted).level == 7


def test_the_shop_is_asked_what_it_shows_now(counted: House) -> None:
    counted.shop.put("stock", {**counted.shop.tables["stock"]["sa"], "quantity": "3"})  # somebody edits it there
    assert live_levels(counted.hub, [only(counted)]) == [Live("shop", "sa", Decimal(3))]
    del counted.shop.tables["stock"]["sa"]
    assert live_levels(counted.hub, [only(counted)]) == [Live("shop", "sa", None)]


def test_a_shop_that_cannot_be_asked_is_told_and_not_raised(counted: House) -> None:
    def dead(_remote: object) -> object:
        raise UnavailableError("nobody answers")

    counted.swap("shop", dead)
    assert live_levels(counted.hub, [only(counted)]) == [Live("shop", "sa", failure="nobody answers")]


def test_a_shop_that_does_not_have_the_item_is_told_nothing_and_that_is_said(counted: House) -> None:
    """The sum of what may be sold there would lead nowhere."""
    variant = {"id": "ez", "sku": "z", "title": "z", "price": "5.00"}
    counted.erp.put("products", {"id": "z", "name": "z", "status": "publish", "variants": [variant]})
    counted.erp.put("stock", {"id": "Lz", "variant": "ez", "place": None, "quantity": "10"})
    counted.sync_well("erp")
    view = only(counted, "z")
    assert (view.target, view.level, view.sold) == ("shop", 10, False)
    assert list(_sum(view, None)) == [("-", "shop does not have this item, so it is told nothing")]
    assert only(counted, "a").sold


def test_a_level_that_was_not_pushed_yet_is_said_to_be_so_where_it_differs(counted: House) -> None:
    view = replace(only(counted), pushed_at=None)
    assert ("", "not pushed yet") in list(_sum(replace(view, shown=None), None))
    assert ("", "not pushed yet") not in list(_sum(replace(view, shown=view.level), None))


def test_what_goes_nowhere_is_said_to(counted: House) -> None:
    with pytest.raises(ConfigError, match="no product has the SKU nonsense"):
        explain(counted.hub.database, "nonsense")


def test_the_sum_is_written_as_one_adds_it_up(counted: House) -> None:
    counted.route("inventory", "erp", "shop", buffer=2)
    sale(counted, "1", pieces=3)
    counted.sync_well("shop")
    (view,) = explain(counted.hub.database, "a")
    rows = list(_sum(view, Live("shop", "sa", Decimal(4))))
    assert [row[0] for row in rows] == ["10", "-3", "-2", "5", "", "5", "4"]
    assert [row[1].split(",")[0].split(" (")[0] for row in rows][1:4] == [
        "order 1 of shop: not in erp yet",
        "kept back by the route's buffer",
        "may be sold",
    ]
    assert rows[-1][1] == "shop shows now; the next sync brings it right"
    assert Explained([view], []).levels == [view]
