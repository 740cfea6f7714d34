"""Finds payments that are only authorized and about to run out: money that is not taken in time never comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson

from hub.clock import utc_parse, utc_text
from hub.store import records
from hub.store.alerts import OK, Condition
from hub.store.database import Transaction

NOTICE = timedelta(days=2)
SUBJECT = "authorized payments"
UNTAKEN = frozenset({"authorized", "partially_paid"})
NAMED = 10
Data = dict[str, Any]


def authorizations(tx: Transaction, merchant: str, now: datetime) -> Condition:
    """Tell whose authorized payments run out within two days; a change of them is news."""
    ids = records.with_key(tx, records.AUTHORIZATION, utc_text(now), utc_text(now + NOTICE))
    orders = [orjson.loads(row.data) for row in records.by_ids(tx, ids).values() if row.merchant == merchant]
    ending = sorted((_end(order, now), str(order["number"])) for order in orders if _is_open(order))
    if not ending:
        return Condition(merchant, SUBJECT, OK, "no authorized payment is about to run out")
    numbers = [number for _, number in ending]
    named = ", ".join(numbers[:NAMED]) + (f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else "")
    sentence = f"the authorized payment of {named} runs out, the first on {ending[0][0]:%Y-%m-%d %H:%M} UTC"
    hint = "Take the money in the shop, or cancel what is not to be sold."
    return Condition(merchant, SUBJECT, f"ending {' '.join(sorted(numbers))}"[:200], sentence, hint)


def _is_open(order: Data) -> bool:
    return order.get("payment_status") in UNTAKEN and order.get("status") != "cancelled"


def _end(order: Data, now: datetime) -> datetime:
    """Give the first end that is still to come."""
    return min(end for end in map(utc_parse, records.ends(order)) if end >= now)
