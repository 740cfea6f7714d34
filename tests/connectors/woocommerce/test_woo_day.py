"""A day of a WooCommerce store, read afresh and reconciled with what the hub has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from connectors.woocommerce import SPEC
from connectors.woocommerce.sandbox import WooSandbox
from hub.clock import World, utc_parse
from hub.operations.reconcile import Reason, Reconciliation, reconcile
from hub.plugins import Plugins
from hub.store import schema, settings
from hub.store.database import Database
from hub.store.settings import ConnectionRow, MerchantRow
from hub.sync.day import Day
from hub.sync.execute import sync
from hub.sync.hub import Hub

NOW = datetime(2026, 11, 21, 22, 44, tzinfo=ZoneInfo("UTC"))
BERLIN = "Europe/Berlin"


class Clock:
    """It goes when told, and when somebody sleeps on it."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def hub(shop: WooSandbox, tmp_path: Path) -> Iterator[Hub]:
    clock = Clock()
    database = Database(f"sqlite:///{tmp_path}/hub.db")
    schema.migrate(database)
    with database.write() as tx:
        settings.put_merchant(tx, MerchantRow("default"))
        keys = {"url": "https://127.0.0.1:8081", "key": "ck_good", "secret": "cs_good", "page_size": 20}
        settings.put_connection(tx, ConnectionRow("shop", "default", "woocommerce", keys))
    plugins = Plugins(connectors={"woocommerce": SPEC})
    world = World(now=clock, sleep=clock.sleep)
    yield Hub(database, plugins, tmp_path, world, transport=lambda _name: httpx.MockTransport(shop))
    database.close()


def busiest_day(shop: WooSandbox) -> date:
    """The day in Berlin on which the store took most orders."""
    taken = Counter(placed_on(order["date_created_gmt"]) for order in listed(shop))
    return taken.most_common(1)[0][0]


def listed(shop: WooSandbox) -> list[dict[str, str]]:
    return [order for order in shop.store.orders.values() if order["status"] not in ("trash", "auto-draft")]


def placed_on(gmt: str) -> date:
    return utc_parse(f"{gmt}Z").astimezone(ZoneInfo(BERLIN)).date()


def look(hub: Hub, day: date) -> Reconciliation:
    return reconcile(hub, "shop", Day(day, BERLIN))


def test_the_busiest_day_agrees_with_the_stores_own_books_to_the_cent(hub: Hub, shop: WooSandbox) -> None:
    assert not sync(hub).errors
    day = busiest_day(shop)
    done = look(hub, day)
    books: dict[str, Decimal] = {}
    for order in listed(shop):
        if placed_on(order["date_created_gmt"]) == day:
            books[order["currency"]] = books.get(order["currency"], Decimal(0)) + Decimal(order["total"])
    assert done.agrees, done.differences
    assert {total.currency: total.gross for total in done.theirs} == books
    assert {total.currency: total.gross for total in done.ours} == books
    assert sum(total.orders for total in done.theirs) > 3


def test_a_refund_that_leaves_the_orders_time_alone_shows_as_a_difference(hub: Hub, shop: WooSandbox) -> None:
    """T022: the store's list does not show it as modified; the day does."""
    assert not sync(hub).errors
    day = busiest_day(shop)
    order = next(one for one in listed(shop) if placed_on(one["date_created_gmt"]) == day and Decimal(one["total"]) > 5)
    number = max(shop.store.refunds, default=0) + 1_000_000
    shop.store.refunds[number] = {
        "id": number, "parent_id": order["id"], "date_created_gmt": order["date_modified_gmt"],
        "date_modified_gmt": order["date_modified_gmt"], "amount": "5.00", "reason": "", "refunded_by": 1,
        "refunded_payment": True, "meta_data": [], "line_items": [], "shipping_lines": [], "tax_lines": [],
        "fee_lines": [],
    }  # fmt: skip
    hub.world.sleep(86400)
    done = look(hub, day)
    [difference] = done.differences
    assert (difference.external_id, difference.reason, difference.detail) == (
        str(order["id"]),
        Reason.DIFFERS,
        "refunded",
    )


def test_an_order_in_the_trash_is_missing_from_the_list_and_said_to_be_hidden(hub: Hub, shop: WooSandbox) -> None:
    assert not sync(hub).errors
    day = busiest_day(shop)
    order = next(one for one in listed(shop) if placed_on(one["date_created_gmt"]) == day)
    shop.store.orders[int(order["id"])]["status"] = "trash"
    [difference] = look(hub, day).differences
    assert difference.reason is Reason.MISSING_THERE
    assert "or hides it from lists" in difference.detail
