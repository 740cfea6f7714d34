"""The orders of a day, and the days that were signed off."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, insert, select

from hub.clock import short_text, utc_parse
from hub.store.records import RecordRow
from hub.store.tables import closed_day, link, record

SECOND = timedelta(seconds=1)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class LinkedRecord:
    """A record with its link in one stream: external id, state, and the hash of the last document."""

    external_id: str
    state: str
    document_hash: bytes | None
    record: RecordRow


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day that was signed off: what each order was worth then, as [currency, gross, tax, refunded]."""

    connection: str
    stream: str
    day: str
    zone: str
    closed_at: str
    orders: Mapping[str, list[str]]


def placed_between(
    tx: Connection, connection: str, stream: str, entity: str, since: datetime, until: datetime
) -> Iterator[LinkedRecord]:
    """Go through the records of a stream that came about in [since, until), without holding them all."""
    here = and_(link.c.record == record.c.id, link.c.connection == connection, link.c.stream == stream)
    query = select(link.c.external_id, link.c.state, link.c.document_hash, *record.c).join_from(link, record, here)
    low, high = short_text(since - SECOND), short_text(until + SECOND)  # a fraction of a second sorts before its Z
    query = query.where(record.c.entity == entity, record.c.occurred_at >= low, record.c.occurred_at < high)
    after = ""
    while True:
        rows = tx.execute(query.where(record.c.id > after).order_by(record.c.id).limit(AT_ONCE)).all()
        for row in rows:
            found = RecordRow(*row[3:])
            if since <= utc_parse(found.occurred_at or "") < until:
                yield LinkedRecord(row.external_id, row.state, row.document_hash, found)
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].id


def close(tx: Connection, new: ClosedDay) -> None:
    """Sign a day off; one that was signed off before is signed off anew."""
    c = closed_day.c
    tx.execute(delete(closed_day).where(c.connection == new.connection, c.stream == new.stream, c.day == new.day))
    facts = {name: getattr(new, name) for name in ("connection", "stream", "day", "zone", "closed_at")}
    tx.execute(insert(closed_day).values(**facts, orders=json.dumps(new.orders)))


def closed(tx: Connection, connection: str, stream: str, day: str) -> ClosedDay | None:
    """Give what was signed off of a day; None when it was not."""
    c = closed_day.c
    query = select(closed_day).where(c.connection == connection, c.stream == stream, c.day == day)
    row = tx.execute(query).one_or_none()
    return ClosedDay(**{**row._asdict(), "orders": json.loads(row.orders)}) if row else None


def closed_list(tx: Connection, connection: str) -> list[tuple[str, str, str]]:
    """List the days of a connection that were signed off, the newest first: stream, day, when."""
    c = closed_day.c
    query = select(c.stream, c.day, c.closed_at).where(c.connection == connection).order_by(c.day.desc(), c.stream)
    return [(row.stream, row.day, row.closed_at) for row in tx.execute(query)]
