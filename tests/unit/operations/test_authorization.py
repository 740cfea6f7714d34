"""Whose authorized payments are about to run out, of the orders that the hub knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from office import Office

from hub.clock import short_text, utc_text
from hub.operations.authorization import authorizations
from hub.store import records
from hub.store.alerts import OK, Condition
from hub.store.records import RecordRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def sold(office: Office, number: str, *ends: datetime, merchant: str = "default", **more: Any) -> None:
    """Keep an order with payments that are authorized until then, as the hub keeps what it reads."""
    moved = [{"kind": "authorization", "status": "success", "expires_at": short_text(end)} for end in ends]
    data = {"number": number, "status": "open", "payment_status": "authorized", "transactions": moved, **more}
    row = RecordRow(
        f"r{number}", merchant, "order", 1, orjson.dumps(data), *records.promoted(data), utc_text(NOW), "shop", "run"
    )
    with office.database.write() as tx:
        records.put_many(tx, [row])
        records.put_keys(tx, [(row.id, kind, value) for kind, value in records.keys(data)])


def look(office: Office, at: datetime = NOW) -> Condition:
    with office.database.read() as tx:
        return authorizations(tx, "default", at)


def after(**amount: float) -> datetime:
    return NOW + timedelta(**amount)


def test_the_first_to_end_is_told_first_with_its_time_and_what_to_do(office: Office) -> None:
    """T050."""
    sold(office, "1001", after(hours=40))
    sold(office, "1002", after(hours=3), after(hours=9))
    found = look(office)
    assert found.sentence == "the authorized payment of 1002, 1001 runs out, the first on 2026-03-01 15:00 UTC"
    assert found.hint == "Take the money in the shop, or cancel what is not to be sold."
    assert found.condition != OK


@pytest.mark.parametrize(
    ("end", "is_told"),
    [(after(days=2) + SECOND, False), (after(days=2) - SECOND, True), (NOW, True), (NOW - SECOND, False)],
)
def test_an_end_is_told_within_two_days_before_and_never_after(office: Office, end: datetime, is_told: bool) -> None:
    """T050."""
    sold(office, "1001", end)
    assert (look(office).condition != OK) is is_told


@pytest.mark.parametrize(
    ("change", "is_told"),
    [
        ({"payment_status": "partially_paid"}, True),
        ({"payment_status": "paid"}, False),
        ({"payment_status": "voided"}, False),
        ({"payment_status": None}, False),
        ({"status": "on_hold"}, True),
        ({"status": "cancelled"}, False),
        ({"status": "trashed"}, False),
        ({"merchant": "other"}, False),
    ],
)
def test_only_money_that_can_still_be_taken_for_an_order_that_stands_is_told(
    office: Office, change: dict[str, Any], is_told: bool
) -> None:
    """T050: of this merchant's."""
    sold(office, "1001", after(hours=1), **change)
    assert (look(office).condition != OK) is is_told


def test_an_authorization_that_failed_or_has_no_end_is_none(office: Office) -> None:
    tried = {"kind": "authorization", "status": "failure", "expires_at": short_text(after(hours=1))}
    endless = {"kind": "authorization", "status": "success", "expires_at": None}
    taken = {"kind": "sale", "status": "success", "expires_at": short_text(after(hours=1))}
    sold(office, "1001", transactions=[tried, endless, taken])
    assert look(office).condition == OK


@pytest.mark.parametrize("ends", [[], [after(days=9)]])
def test_an_end_that_was_put_off_or_lifted_is_not_told(office: Office, ends: list[datetime]) -> None:
    """The order is still found by the time that it had before."""
    sold(office, "1001", after(hours=1))
    sold(office, "1001", *ends)
    assert look(office).condition == OK


def test_within_the_second_after_its_end_a_payment_is_just_over(office: Office) -> None:
    sold(office, "1001", NOW)
    assert look(office, NOW + SECOND / 2).condition == OK


def test_the_same_orders_are_no_news_and_another_one_is_however_many_there_are(office: Office) -> None:
    """T050: the sentence names ten; the others are counted."""
    for number in range(1001, 1061):
        sold(office, str(number), after(hours=1))
    before, later = look(office), look(office, NOW + timedelta(minutes=1))
    assert before == later
    assert "1009, 1010 and 50 more runs out" in before.sentence
    sold(office, "1061", after(hours=2))
    assert look(office).condition != before.condition
