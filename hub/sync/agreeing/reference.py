"""Recognizes documents that the hub itself has written: they carry our reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.connector import Stream
from hub.errors import RecordError
from hub.store import links, outbox, records
from hub.store.database import Transaction
from hub.store.links import LinkRow, Ref
from hub.sync.agreeing.arrival import Arrival
from hub.sync.connection.session import Session


def look_up_refs(session: Session, tx: Transaction, refs: Iterable[Ref]) -> None:
    """Remember which records external ids stand for, as far as that is known."""
    unknown = {ref for ref in refs if ref not in session.refs}
    if unknown:
        session.remember(links.resolve(tx, session.name, unknown))


def recognize(session: Session, stream: Stream, tx: Transaction, unknown: Iterable[Arrival]) -> dict[str, LinkRow]:
    """Find the links that unknown documents deserve, because they name a record that has none in this stream yet.

    Such a document is a write whose answer was never seen. What was in flight is agreed; nothing is otherwise.
    """
    named = dict(_named(session, stream, unknown))
    current = records.by_ids(tx, set(named.values())) if named else {}
    if not current:
        return {}
    linked = links.of_records(tx, list(current))
    flights = {row.record: row.version for row in outbox.in_flight(tx, session.name, stream.name)}
    found: dict[str, LinkRow] = {}
    for external_id, record_id in named.items():
        record = current.get(record_id)
        if record is None or (record.merchant, record.entity) != (session.merchant, stream.entity):
            continue
        if any((link.connection, link.stream) == (session.name, stream.name) for link in linked.get(record_id, ())):
            continue
        version, ours = flights.get(record_id, record.version), None if record_id in flights else "{}"
        found[external_id] = LinkRow(session.name, stream.name, external_id, record_id, version=version, ours=ours)
        del current[record_id]  # of several copies only one is ours
    return found


def _named(session: Session, stream: Stream, unknown: Iterable[Arrival]) -> Iterator[tuple[str, str]]:
    compiled = session.mappings[stream.name]
    if compiled.mapping.reference is None:
        return
    for arrival in unknown:
        if arrival.error is not None:
            continue
        try:
            reference = compiled.referenced(arrival.document)
        except RecordError:
            continue  # something that is no reference of ours stands there
        if reference:
            yield arrival.external_id, reference
