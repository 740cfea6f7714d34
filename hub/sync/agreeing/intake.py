"""Takes a batch of documents in: recognizes them, then decodes and settles one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from hub.clock import utc_text
from hub.connector import Entity, Stream
from hub.errors import RecordError
from hub.sync.agreeing.arrival import Arrival
from hub.sync.agreeing.buyer import look_up_guests
from hub.sync.agreeing.change import Changes, park
from hub.sync.agreeing.known import Known, look_up
from hub.sync.agreeing.promise import refer, take_back
from hub.sync.agreeing.settle import settle
from hub.sync.connection.session import Session

Data = dict[str, Any]


def take_in(session: Session, stream: Stream, arrivals: Sequence[Arrival], run: str) -> Changes:
    """Work out what a batch changes; nothing is written yet.

    One document is decoded and settled after the other, while few objects are about. Where an id turns out to have been
    promised wrongly, all of it is worked out once more. Who bought without an account is looked up for all together.
    """
    fresh, known = look_up(session, stream, arrivals)
    begin = partial(_begin, session, stream, run, arrivals, fresh, known)
    changes = begin()
    waiting = _settle_each(changes, known, fresh)
    if take_back(changes):
        changes = begin(before=changes)
        waiting = _settle_each(changes, known, fresh)
    known = replace(known, guests=look_up_guests(changes, waiting))
    for arrival, decoded in waiting:
        _settle_or_park(changes, known, arrival, decoded)
    return changes


def _begin(
    session: Session,
    stream: Stream,
    run: str,
    arrivals: Sequence[Arrival],
    fresh: Sequence[Arrival],
    known: Known,
    before: Changes | None = None,
) -> Changes:
    """Begin with what the batch itself tells; the ids that an attempt `before` has promised and given hold."""
    changes = Changes(session, stream, run, given=dict(known.given), named=dict(known.named))
    if before:
        changes.promised, changes.given = before.promised, before.given
    changes.now = utc_text(session.hub.world.now())
    changes.mapping_hash = known.mapping_hash
    changes.counts.read = len(arrivals)
    changes.counts.unchanged = len(arrivals) - len(fresh)
    if changes.counts.unchanged:
        changes.settled = list({a.external_id for a in arrivals} - {a.external_id for a in fresh})
    return changes


def _settle_each(changes: Changes, known: Known, fresh: Sequence[Arrival]) -> list[tuple[Arrival, Data]]:
    """Decode and settle documents; give the orders whose buyers must be looked up first, decoded."""
    session = changes.session
    decode = session.mappings[changes.stream.name].decode
    link = partial(refer, changes)
    waiting: list[tuple[Arrival, Data]] = []
    for arrival in fresh:
        arrival.doubts.clear()
        try:
            if arrival.error:
                raise arrival.error
            decoded = decode(arrival.document, session.tables, link, arrival.doubts)
            if _is_guests(changes, known, arrival, decoded):
                waiting.append((arrival, decoded))
            else:
                settle(changes, known, arrival, decoded)
        except RecordError as error:
            park(changes, arrival, error)
        arrival.put_away()
    return waiting


def _is_guests(changes: Changes, known: Known, arrival: Arrival, decoded: Data) -> bool:
    """Tell whether somebody without an account bought; an order that is known keeps its buyer where nothing is said."""
    if changes.stream.entity is not Entity.ORDER or decoded.get("customer"):
        return False
    link = known.links.get(arrival.external_id)
    silent = link is not None and link.record in known.records and "customer" not in decoded
    return not silent


def _settle_or_park(changes: Changes, known: Known, arrival: Arrival, decoded: Data) -> None:
    try:
        settle(changes, known, arrival, decoded, is_guests=True)
    except RecordError as error:
        park(changes, arrival, error)
