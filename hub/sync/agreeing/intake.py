"""Takes a batch of documents in: recognizes, decodes, validates and merges them, then commits all of it at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from hub.clock import utc_text
from hub.connector import Entity, Stream
from hub.errors import RecordError
from hub.store import links, records
from hub.store.database import Transaction
from hub.store.links import LinkRow, Ref
from hub.store.records import RecordRow
from hub.sync.agreeing.agreement import made_since, seen_at_last
from hub.sync.agreeing.arrival import Arrival
from hub.sync.agreeing.buyer import Newcomer, add_guest, buyer, look_up_guests
from hub.sync.agreeing.change import Changes, add_event, keep, keep_link, park, route, superseded
from hub.sync.agreeing.conflict import Card, cards
from hub.sync.agreeing.level import level_key, recognize_levels
from hub.sync.agreeing.merge import Merge, Sides, merge
from hub.sync.agreeing.part import adopt, pair, pair_new
from hub.sync.agreeing.policy import RULES
from hub.sync.agreeing.reference import NO_SHADOW, NOT_OURS, look_up_refs, recognize, taken_ids
from hub.sync.agreeing.shadow import NOTHING, fold, older_versions, unfold
from hub.sync.agreeing.validate import findings, validate
from hub.sync.connection.session import Session
from hub.sync.shipment import StatusChange

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of a batch before it is taken in.

    `given` are ids of new records that do not follow from where they are first seen, `named` the records that stock
    levels are of.
    """

    links: Mapping[str, LinkRow]
    records: Mapping[str, RecordRow]
    linked: Mapping[str, Sequence[LinkRow]]
    older: Mapping[tuple[str, int], str]
    cards: Mapping[str, Mapping[str, Card]]
    given: Mapping[Ref, str]
    named: Mapping[str, str]
    guests: Mapping[str, Data] = field(default_factory=dict)


def take_in(session: Session, stream: Stream, arrivals: Sequence[Arrival], run: str) -> Changes:
    """Work out what a batch changes; nothing is written yet.

    One document is decoded and settled after the other, while few objects are about. Where an id turns out to have been
    promised wrongly, all of it is worked out once more. Who bought without an account is looked up for all together.
    """
    fresh, known = _look_up(session, stream, arrivals)
    changes = Changes(session, stream, run, given=dict(known.given), named=dict(known.named))
    waiting = _settle_each(_begin(changes, arrivals, fresh), known, fresh)
    if _take_back(changes):
        changes = Changes(session, stream, run, given=changes.given, named=changes.named, promised=changes.promised)
        waiting = _settle_each(_begin(changes, arrivals, fresh), known, fresh)
    known = replace(known, guests=look_up_guests(changes, waiting))
    for arrival, decoded in waiting:
        _settle_or_park(changes, known, arrival, decoded)
    return changes


def _begin(changes: Changes, arrivals: Sequence[Arrival], fresh: Sequence[Arrival]) -> Changes:
    changes.now = utc_text(changes.session.hub.world.now())
    changes.mapping_hash = changes.session.mapping_hash(changes.stream.name)
    changes.counts.read = len(arrivals)
    changes.counts.unchanged = len(arrivals) - len(fresh)
    if changes.counts.unchanged:
        changes.settled = list({a.external_id for a in arrivals} - {a.external_id for a in fresh})
    return changes


def _look_up(session: Session, stream: Stream, arrivals: Sequence[Arrival]) -> tuple[list[Arrival], Known]:
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
        known = _look_up_records(session, stream, tx, found, fresh)
        if found or session.look_first:
            look_up_refs(session, tx, _refs(session, stream, fresh))
    return fresh, replace(known, given=recognized.given, named=named)


def _recognized(link: LinkRow | None, arrival: Arrival, mapping_hash: bytes) -> bool:
    return link is not None and link.document_hash == arrival.digest and link.mapping_hash == mapping_hash


def _look_up_records(
    session: Session, stream: Stream, tx: Transaction, found: Mapping[str, LinkRow], fresh: Sequence[Arrival]
) -> Known:
    touched = [found[a.external_id] for a in fresh if a.external_id in found]
    if not touched:
        return Known(found, {}, {}, {}, {}, {}, {})
    current = records.by_ids(tx, [link.record for link in touched])
    linked = links.of_records(tx, list(current))
    open_cards = cards(tx, session, stream.name, list(current))
    return Known(found, current, linked, older_versions(tx, touched, current), open_cards, {}, {})


def _refs(session: Session, stream: Stream, fresh: Sequence[Arrival]) -> set[Ref]:
    compiled = session.mappings[stream.name]
    refs: set[Ref] = set()
    for arrival in fresh:
        try:
            refs.update(compiled.links(arrival.document))
        except RecordError:
            continue  # it is parked with its reason in a moment
    return refs


def _settle_each(changes: Changes, known: Known, fresh: Sequence[Arrival]) -> list[tuple[Arrival, Data]]:
    """Decode and settle documents; give the orders whose buyers must be looked up first, decoded."""
    session = changes.session
    decode = session.mappings[changes.stream.name].decode
    waiting: list[tuple[Arrival, Data]] = []

    def link(stream: str, external_id: str) -> str:
        return refer(changes, stream, external_id)

    for arrival in fresh:
        arrival.doubts.clear()
        try:
            if arrival.error:
                raise arrival.error
            decoded = decode(arrival.document, session.tables, link, arrival.doubts)
            if _is_guests(changes, known, arrival, decoded):
                waiting.append((arrival, decoded))
            else:
                _settle(changes, known, arrival, decoded)
        except RecordError as error:
            park(changes, arrival, error)
        arrival.put_away()
    return waiting


def _take_back(changes: Changes) -> bool:
    """Take back the promises of what is linked already, or by ids that are taken; tell whether any id was wrong."""
    session, promised = changes.session, changes.promised
    if not promised:
        return False
    with session.hub.database.read() as tx:
        linked = links.resolve(tx, session.name, promised)
        unknown = {ref: record_id for ref, record_id in promised.items() if ref not in linked}
        anew = taken_ids(session, tx, unknown, parts=bool(changes.given))
    strange = any(promised[ref] != record_id for ref, record_id in linked.items())  # first seen elsewhere
    session.remember(linked)
    for ref in linked.keys() | anew.keys():
        del promised[ref]
    for ref in anew:
        del session.refs[ref]
    changes.given |= anew
    session.look_first |= strange
    return strange or bool(anew)


def refer(changes: Changes, stream: str, external_id: str) -> str:
    """Give the record that an external id stands for; one that is not known yet is promised."""
    ref = (stream, external_id)
    known = changes.session.refs.get(ref)
    if known is None:
        known = changes.given.get(ref) or changes.session.identify(*ref)
        changes.promised[ref] = known
        changes.session.refs[ref] = known
    return known


def _is_guests(changes: Changes, known: Known, arrival: Arrival, decoded: Data) -> bool:
    """Tell whether somebody without an account bought; an order that is known keeps its buyer where nothing is said."""
    if changes.stream.entity is not Entity.ORDER or decoded.get("customer"):
        return False
    link = known.links.get(arrival.external_id)
    silent = link is not None and link.record in known.records and "customer" not in decoded
    return not silent


def _settle_or_park(changes: Changes, known: Known, arrival: Arrival, decoded: Data) -> None:
    try:
        _settle(changes, known, arrival, decoded, is_guests=True)
    except RecordError as error:
        park(changes, arrival, error)


def _settle(changes: Changes, known: Known, arrival: Arrival, decoded: Data, *, is_guests: bool = False) -> None:
    link = known.links.get(arrival.external_id)
    if link is not None and arrival.asked < max(link.asked, link.answered):
        changes.stale.append(arrival.external_id)
        changes.counts.skipped += 1
        add_event(changes, "stale", link.record, arrival.external_id, {"asked": arrival.asked})
        return
    record = known.records.get(link.record) if link else None
    newcomer: Newcomer | None = None
    if is_guests:
        newcomer = buyer(changes, known.guests, orjson.loads(record.data) if record else None, arrival, decoded)
    if record is None:
        _create(changes, link, arrival, decoded)
    else:
        assert link is not None
        _update(changes, known, link, record, arrival, decoded)
        changes.replaced[arrival.external_id] = record.id
    if newcomer:
        add_guest(changes, decoded, newcomer)
    changes.settled.append(arrival.external_id)
    place = (changes.session.name, changes.stream.name, arrival.external_id)
    changes.documents.append((*place, arrival.body, changes.now, changes.run))


def _create(changes: Changes, link: LinkRow | None, arrival: Arrival, decoded: Data) -> None:
    body = orjson.dumps(decoded)
    custom = changes.session.custom.get(changes.entity, {})
    validate(changes.entity, body, decoded, custom, is_certain=not arrival.doubts)
    found = findings(changes.entity, decoded)
    record_id = link.record if link else refer_self(changes, arrival.external_id)
    keep(changes, record_id, 1, changes.entity, decoded, body)
    keep_link(changes, arrival, link, record_id, 1, None, None)
    route(changes, changes.entity, record_id, {changes.session.name})
    changes.counts.written += 1
    if changes.stream.entity is Entity.INVENTORY:
        changes.levels[level_key(decoded)] = record_id
    for one in found:
        add_event(changes, "discrepancy", record_id, arrival.external_id, {"total": str(one)})
    if changes.stream.entity is Entity.SHIPMENT and decoded.get("status"):
        changes.statuses.append(StatusChange(record_id, None, decoded["status"], decoded))


def refer_self(changes: Changes, external_id: str) -> str:
    """Give a new record its id, unless something in this batch referred to it before."""
    ref = (changes.stream.name, external_id)
    known = changes.session.refs.get(ref) or changes.given.get(ref) or changes.session.identify(*ref)
    changes.session.remember_new(ref, known)
    changes.promised.pop(ref, None)
    return known


def _update(
    changes: Changes,
    known: Known,
    link: LinkRow,
    record: RecordRow,
    arrival: Arrival,
    decoded: Data,
) -> None:
    current: Data = orjson.loads(record.data)
    answered = link.version > 0 and link.document_hash is None  # a write of ours, seen for the first time
    result = _agree(changes, known, link, record, arrival, current, decoded, answered=answered)
    body, version = record.data, record.version
    if result.changed:
        body, version = _keep_merged(changes, record, result), record.version + 1
    shadows = (fold(result.ours, result.data, body), fold(result.theirs, result.data, body))
    keep_link(changes, arrival, link, record.id, version, *shadows)
    if result.clashes or result.settled:
        changes.clashes.append((changes.records.get(record.id, record), result, decoded.get("updated_at")))
    is_new = answered or link.version == 0 or link.document_hash == NOT_OURS  # others may be owed what it leads to
    if result.changed or result.refused or result.settled or is_new:
        linked = {changes.session.name, *(other.connection for other in known.linked[record.id])}
        route(changes, changes.entity, record.id, linked)
    if not result.changed:
        changes.counts.unchanged += 1
        return
    changes.counts.written += 1
    add_event(changes, "merged", record.id, arrival.external_id, {"fields": result.changed})
    if "status" in result.changed and changes.stream.entity is Entity.SHIPMENT:
        changes.statuses.append(StatusChange(record.id, current.get("status"), result.data["status"], result.data))


def _agree(
    changes: Changes,
    known: Known,
    link: LinkRow,
    record: RecordRow,
    arrival: Arrival,
    current: Data,
    decoded: Data,
    *,
    answered: bool,
) -> Merge:
    """Merge a document with its record, with the ids of our own parts in the document."""
    session, entity = changes.session, changes.entity
    ours, theirs = unfold(link, record, known.older)
    if entity in RULES:  # they look into values
        validate(entity, orjson.dumps(decoded), decoded, session.custom.get(entity, {}))
    if answered:
        decoded = _own_parts(changes, pair(entity, ours or current, decoded), decoded)
        theirs = made_since(session, changes.stream, ours or current, NOTHING, decoded, arrival.document)
    else:
        if changes.promised:
            before = NOTHING if link.ours == NO_SHADOW else theirs
            decoded = _own_parts(changes, pair_new(entity, current, decoded, before), decoded)
        theirs = seen_at_last(session, changes.stream, (ours, theirs), decoded, arrival.document)
    policies, frozen = session.policies.get(entity, {}), known.cards.get(record.id, ())
    return merge(Sides(entity, session.name, current, ours, theirs, decoded, policies, frozen))


def _keep_merged(changes: Changes, record: RecordRow, result: Merge) -> bytes:
    """Make a merge the record's next version and give its text."""
    body = orjson.dumps(result.data)
    validate(changes.entity, body, result.data, changes.session.custom.get(changes.entity, {}))
    findings(changes.entity, result.data)
    changes.superseded.append(superseded(record))
    keep(changes, record.id, record.version + 1, changes.entity, result.data, body)
    return body


def _own_parts(changes: Changes, ids: Mapping[str, str], decoded: Data) -> Data:
    """Recognize parts of a record in a document: what was promised for them are links of the record's own."""
    for ref, made_up in changes.promised.items():
        if made_up in ids:
            changes.promised[ref] = changes.session.refs[ref] = ids[made_up]
    return adopt(changes.entity, decoded, dict(ids))
