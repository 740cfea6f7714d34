"""Marks an order that is cancelled and goes on all the same, so that whoever looks at it in the shop sees that.

A system that was asked to stop an order may refuse: goods have left, an invoice is booked. A person is asked then,
which takes a while. The mark is a tag, and goes where tags go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from hub.connector import Entity, Stream, Write
from hub.model.order import OrderStatus
from hub.store import links, outbox, records
from hub.store.database import Transaction
from hub.store.outbox import OutboxRow
from hub.store.records import RecordRow
from hub.sync.agreeing.policy import stronger
from hub.sync.connection.session import Session
from hub.sync.routing import targets
from hub.sync.writing.land import keep_changed

LONGEST = 40  # characters of a tag that every shop takes


def may_stop(stream: Stream, write: Write) -> bool:
    """Tell whether a write may be what stops an order."""
    return stream.entity is Entity.ORDER and write.external_id is not None


def mark(session: Session, stream: Stream, tx: Transaction, flight: OutboxRow, run: str, *, is_stopped: bool) -> None:
    """Put the tag on an order whose cancellation a system refused; take it off once that system takes its status."""
    if "status" not in _fields(flight):
        return
    record = records.by_ids(tx, [flight.record])[flight.record]
    if is_stopped or _status(record) == OrderStatus.CANCELLED:
        _put(session, stream, tx, record, run, is_on=not is_stopped)


def unmark_reopened(session: Session, stream: Stream, tx: Transaction, agreed: Sequence[str], run: str) -> None:
    """Take the tag off orders that were opened again, of those to which nothing is owed: the system had never stopped.

    Where the system's goods have left, the shop may still show the order as cancelled, and the tag tells why.
    """
    if stream.entity is not Entity.ORDER:
        return
    for record in records.by_ids(tx, agreed).values():
        if _tag(session) in record.data and _is_reopened(_status(record)):
            _put(session, stream, tx, record, run, is_on=False)


def _put(session: Session, stream: Stream, tx: Transaction, record: RecordRow, run: str, *, is_on: bool) -> None:
    """Put the tag on an order or take it off, and owe that to every system but the one that it is about."""
    data: dict[str, Any] = orjson.loads(record.data)
    tags, tag = data.get("tags") or [], _tag(session)
    if (tag in tags) is is_on:
        return
    marked = {**data, "tags": [*tags, tag] if is_on else [one for one in tags if one != tag]}
    keep_changed(session, stream, tx, record, data, marked, ["tags"], run)
    sources = {link.connection for link in links.of_records(tx, [record.id])[record.id]}
    owed = [(leg.target, leg.target_stream, record.id) for leg in targets(session.legs, record.entity, sources)]
    outbox.owe(tx, [place for place in owed if place[0] != session.name], session.hub.world.now())


def _status(record: RecordRow) -> str:
    return str(orjson.loads(record.data)["status"])


def _is_reopened(status: str) -> bool:
    return bool(stronger("order", "status", status, OrderStatus.CANCELLED) != status)


def _tag(session: Session) -> str:
    return f"not stopped: {session.name}"[:LONGEST]


def _fields(flight: OutboxRow) -> list[str]:
    fields: list[str] = orjson.loads(flight.fields) if flight.fields else []
    return fields
