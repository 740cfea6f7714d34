"""A day is reconciled: what the remote shows now, what the hub has, what each target should have got, and why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from office import CONNECTIONS, ROUTES, Office, customer, order

from hub.api import Document, Page, RejectedError, Unread, Window, Write
from hub.clock import utc_text
from hub.errors import ConfigError
from hub.operations.reconcile import Difference, Reason, Reconciliation, close_day, reconcile, reconcile_open_days
from hub.store import alerts, days, leases
from hub.store.schedules import Schedule
from hub.sync.day import Day
from hub.testing.memory import MemoryConnector

ORDERS = """  placed_at: placed
  updated_at: {in: updated}
  tax_total: {in: tax}
  refunds: {in: refunds, each: refund, by: id}
parts:
  refund:
    id: {in: id}
    amount: {in: amount}
"""
DAY = Day(date(2026, 3, 1), "Europe/Berlin")


@pytest.fixture
def shop(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office whose orders tell when they were placed, what tax is in them and what was given back."""
    for name in ("shop", "erp"):
        files: dict[str, str] = office.plugins.connectors[name].mappings._files  # type: ignore[attr-defined]
        monkeypatch.setitem(files, "orders.yaml", files["orders.yaml"] + ORDERS)
    office.apply()
    office.shop.put("customers", customer())
    return office


def buy(office: Office, number: str, placed: str = "2026-03-01T09:00:00Z", **more: Any) -> Document:
    document = {**order(number), "tax": "1.60", "refunds": [], "placed": placed, **more}
    return office.shop.put("orders", document)


def edit_unseen(office: Office, number: str, **changes: Any) -> None:
    """Change a document as a plugin of the shop does that forgets the time of modification."""
    office.shop.tables["orders"][number].update(changes)


def looked(office: Office, day: Day = DAY) -> Reconciliation:
    return reconcile(office.hub, "shop", day)


def why(done: Reconciliation) -> dict[str, tuple[str, str]]:
    return {one.external_id: (one.reason.value, one.detail) for one in done.differences}


def in_target(done: Reconciliation) -> dict[str, str]:
    [target] = done.targets
    return {one.external_id: one.reason for one in target.missing}


def test_a_day_that_is_the_same_everywhere_agrees_to_the_cent(shop: Office) -> None:
    buy(shop, "1")
    buy(shop, "2", total="20.50", tax="3.27", refunds=[{"id": "r", "amount": "5.00"}])
    buy(shop, "3", currency="USD")
    shop.sync()
    done = looked(shop)
    assert done.agrees
    assert done.theirs == done.ours
    assert [(t.currency, t.orders, str(t.gross), str(t.tax), str(t.refunded)) for t in done.theirs] == [
        ("EUR", 2, "30.50", "4.87", "5.00"),
        ("USD", 1, "10.00", "1.60", "0"),
    ]
    [target] = done.targets
    assert [(s.currency, s.due, s.there, s.due_gross) for s in target.sums] == [
        ("EUR", 2, 2, done.theirs[0].gross),
        ("USD", 1, 1, done.theirs[1].gross),
    ]


def test_a_day_begins_and_ends_in_its_own_time_zone(shop: Office) -> None:
    buy(shop, "before", "2026-02-28T22:59:59Z")
    buy(shop, "first", "2026-02-28T23:00:00Z")
    buy(shop, "last", "2026-03-01T22:59:59.500Z")
    buy(shop, "after", "2026-03-01T23:00:00Z")
    shop.sync()
    assert set(looked(shop).orders) == {"first", "last"}
    assert set(looked(shop, Day(date(2026, 3, 1))).orders) == {"last", "after"}


def test_the_day_on_which_the_clocks_change_has_25_hours() -> None:
    day = Day(date(2026, 10, 25), "Europe/Berlin")
    assert (utc_text(day.since), utc_text(day.until)) == ("2026-10-24T22:00:00.000000Z", "2026-10-25T23:00:00.000000Z")


def test_an_order_edited_weeks_later_still_belongs_to_its_day(shop: Office) -> None:
    buy(shop, "1")
    shop.sync()
    shop.clock.forward(days=30)
    buy(shop, "1", note="late")
    shop.sync()
    assert set(looked(shop).orders) == {"1"}


def test_an_order_that_the_hub_lost_is_missing_here(shop: Office) -> None:
    buy(shop, "1")
    shop.sync()
    shop.clock.forward(hours=1)
    shop.sync()
    shop.shop.tables["orders"]["lost"] = {**buy(shop, "2"), "id": "lost", "updated": "2026-03-01T12:00:00Z"}
    del shop.shop.tables["orders"]["2"]
    done = looked(shop)
    assert why(done) == {"lost": ("missing here", "")}
    assert not done.agrees


def test_what_came_after_the_last_sync_is_not_yet_read(shop: Office) -> None:
    buy(shop, "1")
    shop.sync()
    shop.clock.forward(minutes=10)
    buy(shop, "2")
    buy(shop, "1", total="12.00")
    assert why(looked(shop)) == {"1": ("not yet read", "gross"), "2": ("not yet read", "")}


def test_a_change_that_the_remote_did_not_show_differs_in_its_fields(shop: Office) -> None:
    """T022: a refund that leaves the order's time alone."""
    buy(shop, "1")
    shop.sync()
    shop.clock.forward(hours=1)
    shop.sync()
    edit_unseen(shop, "1", refunds=[{"id": "r", "amount": "-4.00"}], total="11.00")
    assert why(looked(shop)) == {"1": ("differs", "gross, refunded")}


def test_an_order_that_is_parked_names_its_problem(shop: Office) -> None:
    buy(shop, "1", status="odd")
    shop.sync()
    [problem] = [one for one in shop.problems() if one.subject == "1"]
    assert why(looked(shop)) == {"1": ("parked", f"problem {problem.id}")}


def test_an_order_that_vanished_there_is_missing_there(shop: Office) -> None:
    buy(shop, "1")
    buy(shop, "2")
    shop.sync()
    shop.shop.tables["orders"].pop("1")
    edit_unseen(shop, "2", placed="2026-03-05T09:00:00Z")
    assert why(looked(shop)) == {
        "1": ("missing there", "it is gone"),
        "2": ("missing there", "it says that it was placed at 2026-03-05T09:00:00Z, or hides it from lists"),
    }


def test_a_target_is_asked_for_what_its_route_should_have_carried(shop: Office) -> None:
    shop.apply(CONNECTIONS + ROUTES + 'except = [{ field = "note", is = "test" }]\n')
    buy(shop, "1")
    buy(shop, "2", note="test")
    shop.sync()
    buy(shop, "3")
    shop.sync("shop")
    done = looked(shop)
    assert done.differences == ()
    assert in_target(done) == {"3": "not yet written"}
    [target] = done.targets
    assert (target.skipped, [(s.due, s.there) for s in target.sums]) == ({"except note is test": 1}, [(2, 1)])


def test_a_target_that_holds_another_amount_differs(shop: Office) -> None:
    buy(shop, "1")
    shop.erp.normalize = lambda row: {**row, "total": "9.99"} if "total" in row else row
    shop.sync()
    assert in_target(looked(shop)) == {"1": "differs in gross: 10.00 EUR here, 9.99 EUR there"}


def test_an_order_that_the_target_refused_names_its_problem(shop: Office) -> None:
    def refuse(_when: str, write: Write) -> None:
        if write.document.get("number") == "1":
            raise RejectedError("no such tax", code="x")

    buy(shop, "1")
    shop.erp.fail = refuse
    shop.sync()
    [problem] = shop.problems()
    assert in_target(looked(shop)) == {"1": f"parked as problem {problem.id}"}


def test_reading_a_day_writes_nothing_and_changes_no_checkpoint(shop: Office) -> None:
    buy(shop, "1")
    shop.sync()
    with shop.database.read() as tx:
        before = [tuple(row) for row in tx.exec_driver_sql("SELECT * FROM checkpoint")]
    looked(shop)
    with shop.database.read() as tx:
        assert [tuple(row) for row in tx.exec_driver_sql("SELECT * FROM checkpoint")] == before
    assert len(shop.erp.writes) == 2


def test_a_day_is_closed_once_it_is_over_and_agrees(shop: Office) -> None:
    buy(shop, "1")
    shop.sync()
    with pytest.raises(ConfigError, match="is not over yet in Europe/Berlin"):
        close_day(shop.hub, looked(shop))
    shop.clock.forward(days=1)
    edit_unseen(shop, "1", total="99.00")
    with pytest.raises(ConfigError, match="the sides do not agree"):
        close_day(shop.hub, looked(shop))
    edit_unseen(shop, "1", total="10.00")
    close_day(shop.hub, looked(shop))
    done = looked(shop)
    assert done.closed_at == utc_text(shop.clock())
    assert done.agrees


def test_what_changes_after_a_day_was_closed_is_told_though_both_sides_agree(shop: Office) -> None:
    buy(shop, "1")
    buy(shop, "2")
    shop.sync()
    shop.clock.forward(days=1)
    shop.sync()
    close_day(shop.hub, looked(shop))
    buy(shop, "1", refunds=[{"id": "r", "amount": "3.00"}])
    buy(shop, "3")
    shop.sync()
    shop.sync()
    done = looked(shop)
    assert done.sides_agree
    assert not done.agrees
    assert done.later == (
        Difference("1", None, Reason.CHANGED, "refunded 0 -> 3"),
        Difference("3", None, Reason.CHANGED, "it was not among the day's orders then"),
    )
    close_day(shop.hub, done)
    assert looked(shop).agrees


def test_reading_a_long_day_makes_way_for_live_work_and_loses_no_page(shop: Office) -> None:
    for number in range(1, 21):
        buy(shop, str(number))
    shop.sync()
    wanted: list[str] = []

    class Slow(MemoryConnector):
        def read(self, stream: str, window: Window) -> Iterator[Page]:
            for page in super().read(stream, window):
                if not wanted:
                    wanted.append("once")
                    with pytest.raises(Exception, match="Another run"):
                        leases.acquire(shop.database, "connection:shop", holder="live", now=shop.clock())
                yield page

    naps: list[float] = []
    world = shop.hub.world
    object.__setattr__(world, "sleep", lambda seconds: (naps.append(seconds), shop.clock.forward(seconds=seconds)))
    spec = shop.plugins.connectors["shop"]
    object.__setattr__(spec, "connector", lambda _settings: Slow(shop.shop))
    assert len(looked(shop).orders) == 20
    assert naps, "it left the connection to whoever wanted it"


def test_a_stream_that_does_not_tell_when_orders_were_placed_cannot_be_reconciled(office: Office) -> None:
    office.apply()
    with pytest.raises(ConfigError, match="does not tell when orders were placed"):
        reconcile(office.hub, "shop", DAY)


def test_an_empty_day_agrees(shop: Office) -> None:
    shop.sync()
    done = looked(shop)
    assert (done.agrees, done.theirs, done.orders) == (True, (), {})


def test_days_that_are_over_are_reconciled_and_closed_by_schedule_and_a_difference_is_told_once(shop: Office) -> None:
    schedule = Schedule("shop reconcile", "shop", (), None, "0 4 * * *", "Europe/Berlin", does="reconcile")
    buy(shop, "1")
    shop.sync()
    shop.clock.at = datetime(2026, 3, 2, 3, tzinfo=UTC)
    shop.sync()
    assert all(day.agrees for day in reconcile_open_days(shop.hub, schedule))
    with shop.database.read() as tx:
        assert next(day for _, day, _ in days.closed_list(tx, "shop")) == "2026-03-01"
        assert alerts.standing(tx) == []
    lost = {**shop.shop.tables["orders"]["1"], "id": "lost", "placed": "2026-03-02T09:00:00Z"}
    shop.shop.tables["orders"]["lost"] = {**lost, "updated": utc_text(shop.clock() - timedelta(hours=1))}
    shop.clock.forward(days=1)
    assert [day.day for day in reconcile_open_days(shop.hub, schedule) if not day.agrees] == ["2026-03-02"]
    with shop.database.read() as tx:
        [told] = alerts.untold(tx, shop.clock())
    assert told.sentence == "the orders of shop on 2026-03-02 do not agree (1 differ)"
    assert told.hint == "See which: hub reconcile shop --day 2026-03-02 --zone Europe/Berlin"


class Untidy(MemoryConnector):
    """Gives with every page a document that cannot be read."""

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in super().read(stream, window):
            assert isinstance(page.documents, Unread)
            yield replace(page, documents=Unread([*page.documents.texts, b'{"id": "66", "weight": 1e999}']))


def test_one_document_that_cannot_be_read_is_named_and_hides_no_other(shop: Office) -> None:
    buy(shop, "1")
    shop.sync()
    untidy = replace(shop.plugins.connectors["shop"], connector=lambda _settings: Untidy(shop.shop))
    cast("dict[str, Any]", shop.plugins.connectors)["shop"] = untidy
    done = looked(shop)
    assert set(why(done)) == {"66"}
    assert "number is infinity" in why(done)["66"][1]
    assert [total.orders for total in done.theirs] == [1]
