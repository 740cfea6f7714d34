"""Keeps what a record was made of: documents that newer ones replace, and what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from hub.clock import utc_text
from hub.connector import Stream, Write
from hub.store import history, links
from hub.store.database import Transaction
from hub.store.history import Entry, Way
from hub.store.hot import Json
from hub.sync.agreeing.arrival import digest
from hub.sync.connection.session import Session


def keep_received(
    session: Session, stream: Stream, tx: Transaction, replaced: Mapping[str, str], bodies: Mapping[str, Json]
) -> None:
    """Move the documents that `bodies` are about to replace to the history; `replaced`: external id -> record."""
    new_id = session.hub.world.new_id
    place = (session.name, stream.name)
    old = links.received(tx, *place, list(replaced))
    history.add(
        tx,
        [
            Entry(
                new_id(),
                replaced[external_id],
                *place,
                external_id,
                Way.RECEIVED,
                event_of(row.body.encode()),
                row.received_at,
                row.run,
                history.pack(row.body.encode()),
            )
            for external_id, row in old.items()
            if row.body.encode() != _bytes(bodies.get(external_id, ""))
        ],
    )


def keep_sent(
    session: Session, stream: Stream, tx: Transaction, sent: Sequence[tuple[Write, str | None, Way]], run: str
) -> None:
    """Keep what was sent, with the external id that it has now and how it ended."""
    at, new_id = utc_text(session.hub.world.now()), session.hub.world.new_id
    place = (session.name, stream.name)
    history.add(
        tx,
        [
            Entry(
                new_id(),
                write.record_id,
                *place,
                external_id,
                way,
                write.key,
                at,
                run,
                history.pack(orjson.dumps(write.document)),
            )
            for write, external_id, way in sent
        ],
    )


def _bytes(body: Json) -> bytes:
    return body if isinstance(body, bytes) else body.encode()


def event_of(body: bytes) -> str:
    """Name a received document: the same bytes have the same name."""
    return digest(body).hex()[:12]
