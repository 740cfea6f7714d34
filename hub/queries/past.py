"""What a record was made of: every document that was received and everything that was sent, each with its event id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from hub.clock import utc_parse
from hub.document import Document
from hub.errors import ConfigError
from hub.store import history, links
from hub.store.database import Database, Transaction
from hub.store.history import Way
from hub.store.links import LinkRow
from hub.sync.agreeing.past import event_of

SHORTEST_END = 4


@dataclass(frozen=True, slots=True)
class PastView:
    """Something that was received or sent; `current` is the document at which a system stands now. Size in bytes."""

    event: str
    way: Way
    connection: str
    stream: str
    external_id: str | None
    at: datetime
    run: str | None
    size: int
    current: bool


@dataclass(frozen=True, slots=True)
class Past:
    """One entry with its document."""

    view: PastView
    document: Document


def past(tx: Transaction, record_id: str, linked: Sequence[LinkRow], limit: int = 200) -> list[PastView]:
    """List what was received and sent of a record, newest first."""
    return [one.view for one in _all(tx, record_id, linked, limit)]


def past_event(database: Database, record_id: str, event: str) -> Past:
    """Find one entry of a record by its event id, or the end of it; ConfigError when there is none or are several."""
    with database.read() as tx:
        linked = links.of_records(tx, [record_id]).get(record_id, [])
        found = {one.view.event: one for one in reversed(_all(tx, record_id, linked, limit=10_000))}
    near = [one for name, one in found.items() if name == event or _ends(name, event)]
    if len(near) != 1:
        many = "several events end" if near else "no event ends"
        raise ConfigError(
            f"{many} in {event}", hint="`hub record show` lists them; they are forgotten after a while ([retention])."
        )
    return near[0]


def _ends(name: str, end: str) -> bool:
    return len(end) >= SHORTEST_END and name.endswith(end)


def _all(tx: Transaction, record_id: str, linked: Sequence[LinkRow], limit: int) -> list[Past]:
    found = [one for link in linked for one in _current(tx, link)]
    for row in history.of_record(tx, record_id, limit):
        body = history.unpack(row)
        view = PastView(
            row.event,
            Way(row.way),
            row.connection,
            row.stream,
            row.external_id,
            utc_parse(row.at),
            row.run,
            len(body),
            current=False,
        )
        found.append(Past(view, orjson.loads(body)))
    return sorted(found, key=lambda one: one.view.at, reverse=True)[:limit]


def _current(tx: Transaction, link: LinkRow) -> list[Past]:
    place = (link.connection, link.stream)
    rows = links.received(tx, *place, [link.external_id])
    return [
        Past(
            PastView(
                event_of(row.body.encode()),
                Way.RECEIVED,
                *place,
                external_id,
                utc_parse(row.received_at),
                row.run,
                len(row.body.encode()),
                current=True,
            ),
            orjson.loads(row.body),
        )
        for external_id, row in rows.items()
    ]
