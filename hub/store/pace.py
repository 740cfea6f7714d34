"""How many orders come when: what silence is measured against."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, func, select

from hub.clock import short_text
from hub.store.tables import link, record


def first_and_last(tx: Connection, connection: str, stream: str, now: datetime) -> tuple[str, str] | None:
    """Tell when the first and the last order of a stream came about, up to now; None when there is none."""
    here = _mine(connection, stream)
    times = select(record.c.occurred_at).where(*here, record.c.occurred_at <= short_text(now)).limit(1)
    first = tx.execute(times.order_by(record.c.occurred_at)).scalar()
    last = tx.execute(times.order_by(record.c.occurred_at.desc())).scalar()
    return (first, last) if first and last else None


def count_between(tx: Connection, connection: str, stream: str, since: datetime, until: datetime) -> int:
    """Count the orders of a stream that came about in [since, until)."""
    span = (record.c.occurred_at >= short_text(since), record.c.occurred_at < short_text(until))
    query = select(func.count()).select_from(record).where(*_mine(connection, stream), *span)
    return int(tx.execute(query).scalar() or 0)


def _mine(connection: str, stream: str) -> tuple[ColumnElement[bool], ...]:
    here = (link.c.record == record.c.id, link.c.connection == connection, link.c.stream == stream)
    return record.c.entity == "order", exists().where(*here)
