"""What the database knows of a batch of documents before it is taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub.connector import Entity, Stream
from hub.errors import RecordError
from hub.store import links, records
from hub.store.database import Transaction
from hub.store.links import LinkRow, Ref
from hub.store.records import RecordRow
from hub.sync.agreeing.arrival import Arrival
from hub.sync.agreeing.conflict import Card, cards
from hub.sync.agreeing.level import recognize_levels
from hub.sync.agreeing.reference import look_up_refs, recognize
from hub.sync.agreeing.shadow import older_versions
from hub.sync.connection.session import Session

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of a batch before it is taken in.

    `mapping_hash` identifies what decides what its documents decode to. `given` are ids of new records that do not
    follow from where they are first seen, `named` the records that stock levels are of.
    """

    mapping_hash: bytes
    links: Mapping[str, LinkRow]
    records: Mapping[str, RecordRow] = field(default_factory=dict)
    linked: Mapping[str, Sequence[LinkRow]] = field(default_factory=dict)
    older: Mapping[tuple[str, int], str] = field(default_factory=dict)
    cards: Mapping[str, Mapping[str, Card]] = field(default_factory=dict)
    given: Mapping[Ref, str] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    guests: Mapping[str, Data] = field(default_factory=dict)


def look_up(session: Session, stream: Stream, arrivals: Sequence[Arrival]) -> tuple[list[Arrival], Known]:
    """Find out which documents of a batch are not known as they are, and what is known of these."""
    mapping_hash = session.mapping_hash(stream.name)
    with session.hub.database.read() as tx:
        found = links.known(tx, session.name, stream.name, [a.external_id for a in arrivals])
        fresh = [a for a in arrivals if not _recognized(found.get(a.external_id), a, mapping_hash)]
        recognized = recognize(session, stream, tx, [a for a in fresh if a.external_id not in found])
        found |= recognized.links
        named: dict[str, str] = {}
        if stream.entity is Entity.INVENTORY:
            look_up_refs(session, tx, _refs(session, stream, fresh))
            unknown = [a for a in fresh if a.external_id not in found]
            levels, named = recognize_levels(session, stream, tx, unknown)
            found |= levels
        known = _look_up_records(session, stream, tx, Known(mapping_hash, found), fresh)
        if found or session.look_first:
            look_up_refs(session, tx, _refs(session, stream, fresh))
    return fresh, replace(known, given=recognized.given, named=named)


def _recognized(link: LinkRow | None, arrival: Arrival, mapping_hash: bytes) -> bool:
    return link is not None and link.document_hash == arrival.digest and link.mapping_hash == mapping_hash


def _look_up_records(
    session: Session, stream: Stream, tx: Transaction, known: Known, fresh: Sequence[Arrival]
) -> Known:
    """Add the records that documents are linked to, with all that a merge must know of them."""
    touched = [known.links[a.external_id] for a in fresh if a.external_id in known.links]
    if not touched:
        return known
    current = records.by_ids(tx, [link.record for link in touched])
    return replace(
        known,
        records=current,
        linked=links.of_records(tx, list(current)),
        older=older_versions(tx, touched, current),
        cards=cards(tx, session, stream.name, list(current)),
    )


def _refs(session: Session, stream: Stream, fresh: Sequence[Arrival]) -> set[Ref]:
    compiled = session.mappings[stream.name]
    refs: set[Ref] = set()
    for arrival in fresh:
        try:
            refs.update(compiled.links(arrival.document))
        except RecordError:
            continue  # one that cannot be read is parked in a moment
    return refs
