"""Notices: one a shipment, status, channel and role; every attempt is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hub.store import notices
from hub.store.database import Database
from hub.store.notices import Notice

MINUTE = timedelta(minutes=1)
NOTICE = Notice(
    id="n1",
    merchant="default",
    shipment="s1",
    status="delivered",
    channel="email",
    role="buyer",
    recipient="ada@example.com",
    language="en",
    state="pending",
    reason=None,
    attempts=0,
    not_before=None,
    created_at="2026-03-01T12:00:00Z",
    changed_at="2026-03-01T12:00:00Z",
)


def add(database: Database, *new: Notice) -> list[bool]:
    with database.write() as tx:
        return [notices.add(tx, one) for one in new]


def test_a_status_is_told_once_to_one_person_through_one_channel(database: Database) -> None:
    """T088: the same status is polled many times."""
    assert add(database, NOTICE, replace(NOTICE, id="n2")) == [True, False]
    others = [{"status": "lost"}, {"channel": "sms"}, {"role": "shop"}, {"shipment": "s2"}]
    assert add(database, *(replace(NOTICE, id=f"o{n}", **other) for n, other in enumerate(others))) == [True] * 4
    with database.read() as tx:
        assert notices.find(tx, "s1", "delivered", "email", "buyer") == NOTICE
        assert [n.id for n in notices.of_shipment(tx, "s1")] == ["n1", "o0", "o1", "o2"]


def test_a_notice_moves_from_state_to_state(database: Database, now: datetime) -> None:
    add(database, NOTICE)
    with database.write() as tx:
        notices.change(tx, "n1", state="failed", now=now, reason="busy", not_before=now + MINUTE, attempts=1)
        moved = notices.get(tx, "n1")
        assert moved is not None
        assert (moved.state, moved.reason, moved.attempts) == ("failed", "busy", 1)
        notices.change(tx, "n1", state="sent", now=now)
        moved = notices.get(tx, "n1")
        assert moved is not None
        assert (moved.state, moved.reason, moved.attempts, moved.not_before) == ("sent", None, 1, None)
        assert notices.get(tx, "n9") is None


def test_a_notice_is_not_listed_before_its_time(database: Database, now: datetime) -> None:
    add(database, NOTICE, replace(NOTICE, id="n2", status="lost"), replace(NOTICE, id="n3", status="x", merchant="m"))
    with database.write() as tx:
        notices.change(tx, "n2", state="pending", now=now, not_before=now + MINUTE)

        def listed(**more: object) -> list[str]:
            return [n.id for n in notices.in_state(tx, ["pending"], **more)]  # type: ignore[arg-type]

        assert listed() == ["n1", "n2", "n3"]
        assert listed(now=now) == ["n1", "n3"]
        assert listed(now=now + MINUTE, merchant="default") == ["n1", "n2"]
        assert listed(limit=1) == ["n1"]
        assert notices.in_state(tx, ["sent"]) == []


def test_every_attempt_is_kept(database: Database, now: datetime) -> None:
    add(database, NOTICE)
    with database.write() as tx:
        notices.add_attempt(tx, "n1", 1, now, "failed", "451 try later")
        notices.add_attempt(tx, "n1", 2, now + MINUTE, "sent", "250 ok")
        assert [(delivery, detail) for _, delivery, detail in notices.attempts(tx, "n1")] == [
            ("failed", "451 try later"),
            ("sent", "250 ok"),
        ]


def test_a_burst_counts_what_was_planned_for_sending(database: Database, now: datetime) -> None:
    add(database, NOTICE, replace(NOTICE, id="n2", status="lost", state="skipped"))
    with database.read() as tx:
        assert notices.count_since(tx, "default", now) == 1
        assert notices.count_since(tx, "default", now + MINUTE) == 0
        assert notices.count_since(tx, "other", now) == 0


@pytest.mark.parametrize(
    ("merchant", "channel", "recipient", "out"),
    [
        ("default", "email", "ada@example.com", True),
        ("default", "email", "ADA@example.com", True),
        ("default", "sms", "ada@example.com", False),
        ("other", "email", "ada@example.com", False),
    ],
)
def test_who_opted_out_is_not_reached_there_again(
    database: Database, now: datetime, merchant: str, channel: str, recipient: str, out: bool
) -> None:
    """T093."""
    with database.write() as tx:
        for _ in range(2):
            notices.add_opt_out(tx, "default", "email", "Ada@Example.com", now=now, reason="asked")
        assert notices.opted_out(tx, merchant, channel, recipient) is out
