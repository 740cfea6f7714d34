"""Settles one decoded document: it becomes a new record, or is merged with the one that it is linked to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from hub.connector import Entity
from hub.store import links
from hub.store.links import LinkRow
from hub.store.records import RecordRow
from hub.sync.agreeing.agreement import made_since, seen_at_last
from hub.sync.agreeing.arrival import Arrival
from hub.sync.agreeing.buyer import Newcomer, add_guest, buyer
from hub.sync.agreeing.change import Changes, add_event, keep, keep_link, route, superseded
from hub.sync.agreeing.known import Known
from hub.sync.agreeing.level import level_key
from hub.sync.agreeing.merge import Merge, Sides, merge
from hub.sync.agreeing.part import adopt, pair, pair_new
from hub.sync.agreeing.policy import RULES
from hub.sync.agreeing.promise import refer_self
from hub.sync.agreeing.reference import NO_SHADOW, NOT_OURS
from hub.sync.agreeing.shadow import NOTHING, fold, unfold
from hub.sync.agreeing.validate import findings, validate
from hub.sync.shipment import StatusChange

Data = dict[str, Any]


def settle(changes: Changes, known: Known, arrival: Arrival, decoded: Data, *, is_guests: bool = False) -> None:
    """Gather what a document changes; RecordError where it does not fit the model.

    One that is older than what was seen changes nothing. `is_guests`: somebody without an account bought it, and has
    been looked up.
    """
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


def _own_parts(changes: Changes, pairs: Mapping[str, str], decoded: Data) -> Data:
    """Recognize parts of a record in a document: what was promised for them are links of the record's own."""
    ids = _without_linked(changes, pairs) if pairs else pairs
    for ref, made_up in changes.promised.items():
        if made_up in ids:
            changes.promised[ref] = changes.session.refs[ref] = ids[made_up]
    return adopt(changes.entity, decoded, dict(ids))


def _without_linked(changes: Changes, pairs: Mapping[str, str]) -> Mapping[str, str]:
    """Leave out the parts that something else in this connection is, or will be: nothing is two things in one place."""
    session = changes.session
    with session.hub.database.read() as tx:
        linked = links.of_records(tx, pairs.values())
    taken = {part for part, rows in linked.items() if any(row.connection == session.name for row in rows)}
    return {made_up: part for made_up, part in pairs.items() if part not in taken.union(changes.promised.values())}
