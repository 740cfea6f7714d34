"""Finds payments that are only authorized and about to run out: money that is not taken in time never comes."""

from __future__ import annotations

import hashlib
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
GIVEN_UP = frozenset({"cancelled", "trashed"})
NAMED = 10
Data = dict[str, Any]


def authorizations(tx: Transaction, merchant: str, now: datetime) -> Condition:
    """Tell whose authorized payments run out within two days; a change of them is news."""
    ids = records.with_key(tx, records.AUTHORIZATION, utc_text(now), utc_text(now + NOTICE))
    orders = [orjson.loads(row.data) for row in records.by_ids(tx, ids).values() if row.merchant == merchant]
    found = ((_end(order, now), str(order["number"])) for order in orders if _is_open(order))
    ending = sorted((end, number) for end, number in found if end is not None)
    if not ending:
        return Condition(merchant, SUBJECT, OK, "no authorized payment is about to run out")
    numbers = [number for _, number in ending]
    named = ", ".join(numbers[:NAMED]) + (f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else "")
    sentence = f"the authorized payment of {named} runs out, the first on {ending[0][0]:%Y-%m-%d %H:%M} UTC"
    hint = "Take the money in the shop, or cancel what is not to be sold."
    return Condition(merchant, SUBJECT, f"ending {_digest(numbers)}", sentence, hint)


def _digest(numbers: list[str]) -> str:
    """Make one short word of whose payments end: another set of them is another word."""
    return hashlib.sha256(orjson.dumps(sorted(numbers))).hexdigest()[:16]


def _is_open(order: Data) -> bool:
    return order.get("payment_status") in UNTAKEN and order.get("status") not in GIVEN_UP


def _end(order: Data, now: datetime) -> datetime | None:
    """Give the first end within two days; None where the order is found by an end that it had before."""
    ends = (end for end in map(utc_parse, records.ends(order)) if now <= end <= now + NOTICE)
    return min(ends, default=None)
