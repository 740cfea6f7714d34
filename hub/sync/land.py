"""Takes in what a remote made of our writes: the read-back is its shadow, and what it added becomes the record's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from hub.clock import utc_text
from hub.connector import Document, Entity, Stream, Written
from hub.errors import RecordError
from hub.model.custom import overlay
from hub.store import links, outbox, problems, records, runs
from hub.store.database import Transaction
from hub.store.links import LinkRow, LinkState, Ref
from hub.store.outbox import IN_FLIGHT, OutboxRow
from hub.store.records import RecordRow
from hub.store.runs import Event
from hub.sync import guest, shipment
from hub.sync.arrival import digest
from hub.sync.change import superseded
from hub.sync.conflict import cards, close_cards, open_cards
from hub.sync.merge import Merge, Sides, merge
from hub.sync.part import adopt, pair
from hub.sync.prepare import link_of
from hub.sync.routing import targets
from hub.sync.session import Session
from hub.sync.shadow import fold, made_of_ours, news, older_versions, told, unfold
from hub.sync.shipment import StatusChange
from hub.sync.validate import validate

Data = dict[str, Any]


def land(
    session: Session, stream: Stream, tx: Transaction, outcomes: Sequence[Written], answered: int, run: str
) -> None:
    """Commit the outcomes of writes: links with both shadows, the outbox rows done, whoever waited woken."""
    ids = [outcome.write.record_id for outcome in outcomes]
    current = records.by_ids(tx, ids)
    linked = links.of_records(tx, ids)
    flights = {
        row.record: row
        for i in ids
        for row in outbox.of_record(tx, i)
        if (row.connection, row.stream, row.slot) == (session.name, stream.name, IN_FLIGHT)
    }
    for outcome in outcomes:
        record_id = outcome.write.record_id
        _land(
            session,
            stream,
            tx,
            outcome,
            current[record_id],
            linked.get(record_id, ()),
            flights[record_id],
            answered,
            run,
        )
        outbox.drop(tx, session.name, stream.name, record_id, IN_FLIGHT)
    outbox.wake(tx, session.name, ids)
    now = session.hub.world.now()
    if ids and problems.any_open(tx, session.name, stream.name):
        problems.close(tx, session.name, stream.name, "push", ids, note="Written without a problem.", now=now)


def _land(
    session: Session,
    stream: Stream,
    tx: Transaction,
    outcome: Written,
    record: RecordRow,
    linked: Sequence[LinkRow],
    flight: OutboxRow,
    answered: int,
    run: str,
) -> None:
    link = link_of({record.id: linked}, record.id, session.name, stream.name)
    data: Data = orjson.loads(record.data)
    sent_text = record.data if flight.version == record.version else records.version(tx, record.id, flight.version)
    sent: Data = orjson.loads(sent_text or record.data)
    shadows = unfold(link, record, older_versions(tx, [link], {record.id: record}) if link else {})
    said = told(shadows[0], sent, orjson.loads(flight.fields) if flight.fields and link else None)
    try:
        outcome = _versioned(session, stream, outcome)
        result = _read(session, stream, tx, record, (said, *shadows), outcome)
    except RecordError:  # the write is done; what is wrong with its document is told when it is read
        outcome, result = replace(outcome, document=None), None
    if result is None:
        theirs = overlay(shadows[1], news(said, shadows[0]))
        return _link(session, stream, tx, outcome, record, link, data, said, theirs, answered, run)
    if result.changed:
        record = _keep(session, stream, tx, record, data, result.data, result.changed, run)
        _follow(session, stream, tx, record, linked)
    if result.clashes or result.settled:
        open_cards(session, tx, stream.name, record, result.clashes, result.theirs.get("updated_at"), run)
        close_cards(session, tx, stream.name, record.id, result.settled)
    return _link(session, stream, tx, outcome, record, link, result.data, result.ours, result.theirs, answered, run)


def _versioned(session: Session, stream: Stream, outcome: Written) -> Written:
    if outcome.version or outcome.document is None:
        return outcome
    return replace(outcome, version=session.mappings[stream.name].version(outcome.document))


def _read(
    session: Session,
    stream: Stream,
    tx: Transaction,
    record: RecordRow,
    agreed: tuple[Data, Data, Data],
    outcome: Written,
) -> Merge | None:
    """Decode what the remote made of our write and merge it; `agreed` is what it was told and both shadows before."""
    said, ours, theirs = agreed
    if outcome.document is None:
        return None
    current: Data = orjson.loads(record.data)
    decoded = _decode(session, stream, tx, record.entity, said, outcome.document)
    base = overlay(theirs, made_of_ours(said, ours, decoded))
    frozen = cards(tx, session, stream.name, [record.id]).get(record.id, ())
    policies = session.policies.get(record.entity, {})
    result = merge(Sides(record.entity, session.name, current, said, base, decoded, policies, frozen))
    if result.changed:
        custom = session.custom.get(record.entity, {})
        validate(record.entity, orjson.dumps(result.data), result.data, custom)
    return result


def _decode(session: Session, stream: Stream, tx: Transaction, entity: str, sent: Data, document: Document) -> Data:
    """Decode a read-back; a guest stays the buyer, and parts that the remote gave new ids are linked as ours."""
    compiled = session.mappings[stream.name]
    refs = set(compiled.links(document))
    known = links.resolve(tx, session.name, refs)
    made_up: dict[str, Ref] = {}

    def link(ref_stream: str, external_id: str) -> str:
        ref = (ref_stream, external_id)
        if ref not in known:
            known[ref] = session.hub.world.new_id()
            made_up[known[ref]] = ref
        return known[ref]

    decoded = compiled.decode(document, session.tables, link)
    if entity == Entity.ORDER and not decoded.get("customer"):
        buyer = (guest.STREAM, guest.guest_key(decoded, compiled.external_id(document)))
        if found := links.resolve(tx, session.name, [buyer]):
            decoded["customer"] = found[buyer]
    ids = {new: mine for new, mine in pair(entity, sent, decoded).items() if new in made_up}
    decoded = adopt(entity, decoded, ids)
    promised = {ref: ids.get(record_id, record_id) for record_id, ref in made_up.items()}
    links.repoint(tx, [LinkRow(session.name, s, ext, rec) for (s, ext), rec in promised.items()])
    session.remember(promised)
    outbox.wake(tx, session.name, list(promised.values()))
    return decoded


def _keep(
    session: Session,
    stream: Stream,
    tx: Transaction,
    record: RecordRow,
    before: Data,
    data: Data,
    changed: Sequence[str],
    run: str,
) -> RecordRow:
    now = session.hub.world.now()
    new = RecordRow(
        record.id,
        record.merchant,
        record.entity,
        record.version + 1,
        orjson.dumps(data).decode(),
        *records.promoted(data),
        utc_text(now),
        session.name,
        run,
    )
    records.put_many(tx, [new], [superseded(record)])
    records.put_keys(tx, [(record.id, kind, value) for kind, value in records.keys(data)])
    _event(session, stream, tx, "merged", record.id, None, {"fields": list(changed)}, run)
    if record.entity == "shipment" and "status" in changed:
        change = StatusChange(record.id, before.get("status"), data["status"], data)
        shipment.announce(session.hub.world, tx, session.teller(stream, run), [change])
    return new


def _follow(session: Session, stream: Stream, tx: Transaction, record: RecordRow, linked: Sequence[LinkRow]) -> None:
    """Owe to the others what the remote added."""
    sources = {link.connection for link in linked} | {session.name}
    legs = targets(session.legs, record.entity, sources)
    owed = [(leg.target, leg.target_stream, record.id) for leg in legs]
    mine = (session.name, stream.name, record.id)
    outbox.owe(tx, [row for row in owed if row != mine], session.hub.world.now())


def _link(
    session: Session,
    stream: Stream,
    tx: Transaction,
    outcome: Written,
    record: RecordRow,
    before: LinkRow | None,
    data: Data,
    ours: Data,
    theirs: Data,
    answered: int,
    run: str,
) -> None:
    now = utc_text(session.hub.world.now())
    body = orjson.dumps(outcome.document) if outcome.document is not None else None

    hashes = (before.document_hash, before.mapping_hash) if before else (None, None)
    if body:
        hashes = digest(body), session.mapping_hash(stream.name)
    row = LinkRow(
        session.name,
        stream.name,
        outcome.external_id,
        record.id,
        LinkState.ACTIVE,
        *hashes,
        record.version,
        fold(ours, data, record.data),
        fold(theirs, data, record.data),
        outcome.version,
        answered,
        answered,
        now,
    )
    links.put_many(tx, [row])
    session.sent[stream.name, record.id] = outcome.external_id
    if body:
        links.put_documents(tx, [(session.name, stream.name, outcome.external_id, body, now, run)])
    detail = {"version": record.version, "key": outcome.write.key, "fields": sorted(outcome.write.document)}
    _event(session, stream, tx, "written", record.id, outcome.external_id, detail, run)


def _event(
    session: Session,
    stream: Stream,
    tx: Transaction,
    kind: str,
    record: str,
    external_id: str | None,
    detail: dict[str, Any],
    run: str,
) -> None:
    at = utc_text(session.hub.world.now())
    new = Event(session.hub.world.new_id(), run, at, kind, session.name, stream.name, record, external_id, detail)
    runs.add_events(tx, [new])
