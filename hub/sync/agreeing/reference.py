"""Recognizes documents whose records are known, or were: they carry our reference, or an id follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.connector import Stream
from hub.errors import RecordError
from hub.store import links, outbox, records
from hub.store.database import Transaction
from hub.store.links import LinkRow, Ref
from hub.store.records import RecordRow
from hub.sync.agreeing.arrival import Arrival
from hub.sync.agreeing.part import PARTS
from hub.sync.connection.session import Session
from hub.sync.identity import is_id

NO_SHADOW = "{}"
"""Our shadow of a link where nothing was agreed: the policies decide what differs."""
PART_STREAMS = {stream for streams in PARTS.values() for stream in streams}
NOT_OURS = b""
"""The hash of a document that was never seen, and that is no write of ours either."""


def look_up_refs(session: Session, tx: Transaction, refs: Iterable[Ref]) -> None:
    """Remember which records external ids stand for, as far as that is known."""
    unknown = {ref for ref in refs if ref not in session.refs}
    if unknown:
        session.remember(links.resolve(tx, session.name, unknown))


@dataclass(frozen=True, slots=True)
class Recognized:
    """What unknown documents are: records that exist, by the links that they deserve, or ids that are given to them."""

    links: dict[str, LinkRow]
    given: dict[Ref, str]


def recognize(session: Session, stream: Stream, tx: Transaction, unknown: Sequence[Arrival]) -> Recognized:
    """Find the links that unknown documents deserve, because they name a record that has none in this stream yet.

    Such a document is a write whose answer was never seen. What was in flight is agreed; nothing is otherwise. A record
    that is named and that nobody knows was lost with the database: the document gives it its id back.
    """
    named = dict(_named(session, stream, unknown))
    current = records.by_ids(tx, set(named.values())) if named else {}
    found = _links_of_named(session, stream, tx, named, current)
    lost = {ref: external_id for external_id, ref in reversed(named.items()) if ref not in current and is_id(ref)}
    given = {(stream.name, external_id): ref for ref, external_id in lost.items()}
    rest = [a.external_id for a in unknown if a.external_id not in found and (stream.name, a.external_id) not in given]
    remade = _remade(session, stream, tx, rest, taken={link.record for link in found.values()})
    return Recognized(found | remade.links, given | remade.given)


def _links_of_named(
    session: Session, stream: Stream, tx: Transaction, named: Mapping[str, str], current: Mapping[str, RecordRow]
) -> dict[str, LinkRow]:
    if not current:
        return {}
    linked = links.of_records(tx, list(current))
    flights = {row.record: row.version for row in outbox.in_flight(tx, session.name, stream.name)}
    found: dict[str, LinkRow] = {}
    for external_id, record_id in named.items():
        record = current.get(record_id)
        if record is None or not _may_be(session, stream, record, linked.get(record_id, ())):
            continue
        if record_id in {link.record for link in found.values()}:
            continue  # of several copies only one is ours
        version, ours = flights.get(record_id, record.version), None if record_id in flights else NO_SHADOW
        found[external_id] = LinkRow(session.name, stream.name, external_id, record_id, version=version, ours=ours)
    return found


def _may_be(session: Session, stream: Stream, record: RecordRow, linked: Iterable[LinkRow]) -> bool:
    """Tell whether a record may be something in this stream: it is one of ours, and nothing there yet."""
    is_ours = (record.merchant, record.entity) == (session.merchant, stream.entity)
    return is_ours and not any((link.connection, link.stream) == (session.name, stream.name) for link in linked)


def _remade(
    session: Session, stream: Stream, tx: Transaction, external_ids: Sequence[str], taken: set[str]
) -> Recognized:
    """Find the documents from which the ids of records are that somebody else's document has brought back meanwhile.

    A record of that id which was made of this very document has been unlinked by hand: the document is a new record.
    """
    derived = {session.identify(stream.name, i): i for i in external_ids if (stream.name, i) not in session.refs}
    known = records.current_versions(tx, derived)
    if not known:
        return Recognized({}, {})
    current = records.by_ids(tx, known)
    linked, origins = links.of_records(tx, list(current)), records.origins(tx, list(current.values()))
    found: dict[str, LinkRow] = {}
    for record_id, record in current.items():
        is_free = record_id not in taken and _may_be(session, stream, record, linked.get(record_id, ()))
        if is_free and origins.get(record_id) != session.name:
            place = (session.name, stream.name, derived[record_id])
            found[derived[record_id]] = LinkRow(
                *place, record_id, document_hash=NOT_OURS, version=record.version, ours=NO_SHADOW
            )
    others = [external_id for external_id in map(derived.__getitem__, current) if external_id not in found]
    return Recognized(found, {(stream.name, external_id): session.hub.world.new_id() for external_id in others})


def taken_ids(session: Session, tx: Transaction, promised: Mapping[Ref, str]) -> dict[Ref, str]:
    """Give new ids to what is referred to by an id that something has which was unlinked by hand."""
    wholes = {ref: record_id for ref, record_id in promised.items() if ref[0] not in PART_STREAMS}
    known = records.current_versions(tx, list(wholes.values()))
    rows = list(records.by_ids(tx, list(known)).values()) if known else []
    wrong = {i for i, origin in records.origins(tx, rows).items() if origin == session.name}
    wrong |= _taken_parts(session, tx, {ref: i for ref, i in promised.items() if ref not in wholes})
    return {ref: session.hub.world.new_id() for ref, record_id in promised.items() if record_id in wrong}


def _taken_parts(session: Session, tx: Transaction, promised: Mapping[Ref, str]) -> set[str]:
    """Find the parts that are something else here, or, where the id follows from the part itself, anything anywhere."""
    linked = links.of_records(tx, promised.values()) if promised else {}
    return {
        part
        for ref, part in promised.items()
        if part in linked
        and (part == session.identify(*ref) or any(row.connection == session.name for row in linked[part]))
    }


def _named(session: Session, stream: Stream, unknown: Iterable[Arrival]) -> Iterator[tuple[str, str]]:
    compiled = session.mappings[stream.name]
    if compiled.mapping.reference is None:
        return
    for arrival in unknown:
        if arrival.error is not None or not compiled.may_be_referenced(arrival.text):
            continue
        try:
            reference = compiled.referenced(arrival.document)
        except RecordError:
            continue  # something that is no reference of ours stands there
        if reference:
            yield arrival.external_id, reference
