"""What a change of a shipment's status plans to tell, and the reason where it tells nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hub.clock import utc_text
from hub.config import Notices
from hub.errors import ConfigError
from hub.model import ShipmentStatus
from hub.notify.plan import plan_notice
from hub.notify.rules import NoticeRules, read_rules, rules_of
from hub.notify.status import LOOKS, RANKS
from hub.store import restorations
from hub.store.database import Database
from hub.store.notices import Notice
from hub.testing.clock import ManualClock

ALL = NoticeRules(sender="Acme <shop@acme.example>", statuses=frozenset(LOOKS))
Plan = Callable[..., Notice | None]
Put = Callable[..., None]


@pytest.fixture
def plan(database: Database, clock: ManualClock, put: Put) -> Plan:
    """Accept a status change that happened `ago`: plan("delivered", before="in_transit")."""
    put("order", "order-1")

    def plan(
        after: str,
        *,
        before: str | None = "label_created",
        ago: timedelta | None = timedelta(0),
        rules: NoticeRules = ALL,
        shipment: str = "ship-1",
        **changes: Any,
    ) -> Notice | None:
        at = utc_text(clock.now() - ago) if ago is not None else None
        data = {"order": "order-1", "events": [{"id": "1", "status": after, "at": at}], **changes}
        with database.write() as tx:
            return plan_notice(
                tx,
                rules,
                merchant="acme",
                shipment_id=shipment,
                data=data,
                before=before,
                after=after,
                world=clock.world(),
            )

    return plan


def reason(notice: Notice | None) -> str:
    assert notice is not None
    assert (notice.state == "skipped") == bool(notice.reason)
    return notice.reason or ""


def test_a_status_change_plans_one_notice_to_the_buyer(plan: Plan, clock: ManualClock) -> None:
    notice = plan("in_transit")
    assert notice is not None
    assert (notice.state, notice.status, notice.channel, notice.role) == ("pending", "in_transit", "email", "buyer")
    assert (notice.recipient, notice.language) == ("ana@buyer.example", "en")
    assert notice.created_at == utc_text(clock.now())


def test_the_same_status_is_planned_once(plan: Plan) -> None:
    """T088"""
    assert plan("in_transit") is not None
    assert plan("in_transit", before="delayed") is None


def test_a_pick_up_and_the_transit_after_it_are_one_piece_of_news(plan: Plan) -> None:
    first = plan("picked_up")
    assert first is not None
    assert first.status == "in_transit"
    assert plan("in_transit", before="picked_up") is None


@pytest.mark.parametrize("status", ["pending", "on_hold", "returned", "unknown"])
def test_what_buyers_are_never_told_leaves_no_trace(plan: Plan, status: str) -> None:
    assert plan(status) is None


def test_a_label_alone_is_not_told_by_default(plan: Plan) -> None:
    """T090"""
    rules = rules_of(Notices(sender="shop@acme.example", smtp="smtp://127.0.0.1:25"))
    assert "does not tell label_created" in reason(plan("label_created", before="pending", rules=rules))
    assert reason(plan("in_transit", rules=rules)) == ""


@pytest.mark.parametrize("status", ["delivered", "lost", "cancelled", "return_to_sender"])
def test_what_has_ended_when_first_seen_is_history(plan: Plan, status: str) -> None:
    """T089"""
    assert "history" in reason(plan(status, before=None))


def test_a_parcel_that_moves_when_first_seen_is_told_if_the_news_is_fresh(plan: Plan) -> None:
    assert reason(plan("in_transit", before=None)) == ""
    assert "nothing tells when" in reason(plan("in_transit", before=None, ago=None, shipment="ship-2"))


@pytest.mark.parametrize(("hours", "state"), [(12, "pending"), (12.1, "skipped")])
def test_old_news_is_not_told(plan: Plan, hours: float, state: str) -> None:
    """T089"""
    notice = plan("out_for_delivery", ago=timedelta(hours=hours))
    assert notice is not None
    assert notice.state == state


def test_each_status_may_have_an_age_of_its_own(plan: Plan) -> None:
    rules = replace(ALL, max_ages={ShipmentStatus.OUT_FOR_DELIVERY: timedelta(hours=3)})
    assert "told for 3 h" in reason(plan("out_for_delivery", ago=timedelta(hours=5), rules=rules))
    assert reason(plan("delivered", ago=timedelta(hours=5), rules=rules)) == ""


def test_a_change_that_we_saw_happen_is_fresh_even_where_the_carrier_gives_no_time(plan: Plan) -> None:
    assert reason(plan("in_transit", ago=None)) == ""


def test_the_time_of_delivery_stands_in_for_that_of_the_event(plan: Plan, clock: ManualClock) -> None:
    long_ago = utc_text(clock.now() - timedelta(days=3))
    assert "3 days ago" in reason(plan("delivered", ago=None, delivered_at=long_ago))


@pytest.mark.parametrize(
    ("first", "second", "is_told"),
    [
        ("delivered", "in_transit", False),
        ("delivered", "return_to_sender", True),
        ("return_to_sender", "delivered", False),
        ("out_for_delivery", "in_transit", False),
        ("out_for_delivery", "delayed", True),
        ("delayed", "out_for_delivery", True),
        ("attempt_failed", "ready_for_pickup", True),
        ("attempt_failed", "out_for_delivery", False),
        ("lost", "delivered", True),
        ("in_transit", "cancelled", True),
    ],
)
def test_notices_never_go_back(plan: Plan, first: str, second: str, is_told: bool) -> None:
    """T092: nothing is told as delivered once it was told as returned."""
    plan(first)
    assert (reason(plan(second, before=first)) == "") == is_told


def test_a_cancelled_delivery_is_told_only_to_whom_it_was_announced(plan: Plan) -> None:
    """T085"""
    assert "never told of this delivery" in reason(plan("cancelled"))
    plan("in_transit", shipment="ship-2")
    assert reason(plan("cancelled", before="in_transit", shipment="ship-2")) == ""


@pytest.mark.parametrize(
    ("email", "words"),
    [
        (None, "no e-mail"),
        ("", "no e-mail"),
        ("ana", "not one address"),
        ("ana@nowhere", "domain"),
        ("a..b@c.example", "before the @"),
    ],
)
def test_an_order_without_a_usable_address_is_skipped(plan: Plan, put: Put, email: str | None, words: str) -> None:
    """T093"""
    put("order", "order-1", email=email)
    assert words in reason(plan("in_transit"))


def test_a_shipment_whose_order_has_not_arrived_is_planned_and_waits(plan: Plan) -> None:
    notice = plan("in_transit", order="order-that-comes-later")
    assert notice is not None
    assert (notice.state, notice.recipient) == ("pending", None)


def test_the_language_is_that_of_the_order_then_that_of_the_customer(plan: Plan, put: Put) -> None:
    put("customer", "cust-1", language="fr")
    put("order", "order-1", language=None, customer="cust-1")
    notice = plan("in_transit")
    assert notice is not None
    assert notice.language == "fr"


def test_every_status_that_can_be_told_has_its_place_in_the_order() -> None:
    assert set(RANKS) == set(LOOKS)


def test_rules_are_read_from_what_the_merchant_has_stored() -> None:
    rules = read_rules(
        {
            "sender": "shop@acme.example",
            "smtp": "smtp://x",
            "languages": ["de"],
            "statuses": ["picked_up"],
            "max_age": "2h",
        }
    )
    assert rules.languages == ("de",)
    assert rules.statuses == {ShipmentStatus.IN_TRANSIT}
    assert rules.age_allowed(ShipmentStatus.IN_TRANSIT) == timedelta(hours=2)


@pytest.mark.parametrize("table", [{"sender": "Acme"}, {"sender": "a@b.example", "statuses": ["on_hold"]}])
def test_rules_that_cannot_work_are_named(table: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        read_rules(table)


@pytest.mark.parametrize("ago", [timedelta(hours=1), None])
def test_what_happened_before_the_database_was_put_back_may_have_been_told(
    plan: Plan, database: Database, clock: ManualClock, ago: timedelta | None
) -> None:
    with database.write() as tx:
        restorations.note(tx, clock.now(), "Ann")
    assert "before the database was restored" in reason(plan("delivered", before="in_transit", ago=ago))


def test_what_happens_after_that_is_told(plan: Plan, database: Database, clock: ManualClock) -> None:
    with database.write() as tx:
        restorations.note(tx, clock.now() - timedelta(hours=1), "Ann")
    found = plan("delivered", before="in_transit")
    assert found is not None
    assert found.state == "pending"
