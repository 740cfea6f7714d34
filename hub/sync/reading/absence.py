"""Decides what is gone: what was asked for by id and is not there, where something else that is there was shown.

An outage may answer anything with nothing. So an empty answer is believed only if a witness, another record of the
stream that is known to be alive, is shown when it is asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hub.clock import utc_text
from hub.connector import Stream
from hub.errors import BadResponseError
from hub.store import links, runs
from hub.store.database import Transaction
from hub.store.links import LinkRow, LinkState
from hub.store.runs import Event
from hub.sync.connection.session import Session

WITNESSES = 3


def gone_of(session: Session, stream: Stream, asked_for: Sequence[str], found: Collection[str]) -> list[LinkRow]:
    """List the links whose records are gone; BadResponseError when the remote shows nothing at all."""
    absent = set(asked_for) - set(found)
    if not absent:
        return []
    with session.hub.database.read() as tx:
        known = links.known(tx, session.name, stream.name, absent)
        gone = [link for link in known.values() if link.state != LinkState.GONE]
        doubtful = not found and any(link.state == LinkState.ACTIVE for link in gone)
        witnesses = links.alive(tx, session.name, stream.name, WITNESSES) if doubtful else []
    if witnesses and not list(session.connector.fetch(stream.name, witnesses)):
        raise BadResponseError(
            f"{session.spec.title} shows none of {len(absent)} known {stream.name} that were asked for, "
            "and nothing else that is known either.",
            hint="Nothing was taken as deleted; they are asked for again. See what ails it.",
        )
    return gone


def mark_gone(session: Session, tx: Transaction, gone: Sequence[LinkRow], run: str) -> None:
    """Note that records are gone from a remote: they are written there no more, and deleted nowhere."""
    now = utc_text(session.hub.world.now())
    for link in gone:
        links.mark_gone(tx, link.connection, link.stream, link.external_id)
    place = (session.name, gone[0].stream) if gone else ("", "")
    new_id = session.hub.world.new_id
    runs.add_events(tx, [Event(new_id(), run, now, "gone", *place, link.record, link.external_id) for link in gone])
