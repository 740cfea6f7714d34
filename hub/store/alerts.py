"""What is watched, how it is, and which of that the operators know."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Update, insert, select, update

from hub.clock import utc_text
from hub.store.tables import alert

OK = "ok"


@dataclass(frozen=True, slots=True)
class Condition:
    """How something that is watched is now: one word for it, a sentence, and what to do. `subject` names the thing."""

    merchant: str
    subject: str
    condition: str
    sentence: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition that began at `since`; `told` is the one that the operators know. `reached` have this one already."""

    merchant: str
    subject: str
    condition: str
    sentence: str
    hint: str
    since: str
    told: str
    told_at: str | None
    attempts: int
    not_before: str | None
    reached: tuple[str, ...]


def observe(tx: Connection, seen: Condition, now: datetime) -> bool:
    """Keep how something is; tell whether that is news. What was never anything but well is no news."""
    here = (alert.c.merchant == seen.merchant, alert.c.subject == seen.subject)
    before = tx.execute(select(alert.c.condition).where(*here)).scalar()
    said = {"condition": seen.condition, "sentence": seen.sentence, "hint": seen.hint}
    fresh = {"since": utc_text(now), "attempts": 0, "not_before": None, "detail": None}
    if before is None:
        if seen.condition != OK:
            row = {"merchant": seen.merchant, "subject": seen.subject, "told": OK}
            tx.execute(insert(alert).values(**row, **said, **fresh))
        return seen.condition != OK
    changed: bool = before != seen.condition
    tx.execute(update(alert).where(*here).values(**said, **(fresh if changed else {})))
    return changed


def known(tx: Connection) -> dict[tuple[str, str], str]:
    """Give the condition of each thing that was ever unwell, by (merchant, subject)."""
    c = alert.c
    return {
        (row.merchant, row.subject): row.condition for row in tx.execute(select(c.merchant, c.subject, c.condition))
    }


def untold(tx: Connection, now: datetime) -> list[Alert]:
    """List what the operators do not know yet and may be told now, the oldest first."""
    c = alert.c
    due = c.not_before.is_(None) | (c.not_before <= utc_text(now))
    query = select(alert).where(c.condition != c.told, due).order_by(c.since, c.merchant, c.subject)
    return [_alert(row) for row in tx.execute(query)]


def standing(tx: Connection) -> list[Alert]:
    """List what is unwell now."""
    query = select(alert).where(alert.c.condition != OK).order_by(alert.c.since, alert.c.merchant, alert.c.subject)
    return [_alert(row) for row in tx.execute(query)]


def tell(tx: Connection, done: Alert, now: datetime) -> None:
    """Note that the operators know, unless it has become another condition meanwhile."""
    tx.execute(_same(done).values(told=done.condition, told_at=utc_text(now), detail=None))


def put_off(tx: Connection, failed: Alert, reached: Collection[str], until: datetime) -> None:
    """Note who was reached, and try the others again, but not before a time."""
    later = {"not_before": utc_text(until), "attempts": failed.attempts + 1, "detail": json.dumps(sorted(reached))}
    tx.execute(_same(failed).values(**later))


def _same(one: Alert) -> Update:
    c = alert.c
    return update(alert).where(c.merchant == one.merchant, c.subject == one.subject, c.since == one.since)


def _alert(row: Row[Any]) -> Alert:
    facts = {**row._asdict(), "reached": tuple(json.loads(row.detail or "[]"))}
    del facts["detail"]
    return Alert(**facts)
