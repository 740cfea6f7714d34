"""Holds a burst of notices until a person has looked at it: a mistake must not reach a thousand buyers."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from hub.clock import utc_text
from hub.notify.rules import NoticeRules
from hub.store import notices
from hub.store.tables import notice

if TYPE_CHECKING:
    from hub.store.database import Transaction

DAY = timedelta(days=1)
DAYS = 14
ALL = 1_000_000
TIMES_USUAL = 3
RELEASED = "released by an operator"


def hold_burst(tx: Transaction, merchant: str, rules: NoticeRules, now: datetime) -> int:
    """Hold every new notice of a merchant while the last 24 hours are a burst; tell how many were held.

    What an operator has released, and what was already tried, goes on.
    """
    fresh = [n for n in notices.in_state(tx, ["pending"], merchant=merchant, limit=ALL) if _is_fresh(n)]
    if not fresh:
        return 0
    planned = notices.count_since(tx, merchant, now - DAY) - _released_since(tx, merchant, now - DAY)
    limit = TIMES_USUAL * max(usual(tx, merchant, now), rules.usual_at_least)
    if planned <= limit:
        return 0
    reason = f"a burst: {planned} notices in 24 h, more than {limit:.0f} need a release"
    for waiting in fresh:
        notices.change(tx, waiting.id, state="held", now=now, reason=reason)
    return len(fresh)


def usual(tx: Transaction, merchant: str, now: datetime) -> float:
    """Tell how many notices a merchant plans on a day that has any, by the two weeks before the last 24 hours."""
    since = [notices.count_since(tx, merchant, now - days * DAY) for days in range(1, DAYS + 2)]
    busy = [older - newer for newer, older in pairwise(since) if older > newer]
    return sum(busy) / len(busy) if busy else 0.0


def _is_fresh(waiting: notices.Notice) -> bool:
    return waiting.attempts == 0 and waiting.reason != RELEASED


def _released_since(tx: Transaction, merchant: str, since: datetime) -> int:
    c = notice.c
    mine = (c.merchant == merchant, c.created_at >= utc_text(since), c.reason == RELEASED)
    return len(tx.execute(notice.select().with_only_columns(c.id).where(*mine)).all())
