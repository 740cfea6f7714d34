"""Takes in what a remote made of our writes: the read-back is its shadow, and what it added becomes the record's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from hub.clock import utc_text
from hub.connector import Entity, Stream, Write, Written
from hub.document import Document
from hub.errors import RecordError
from hub.model.custom import overlay, spread
from hub.store import links, outbox, problems, records, runs
from hub.store.database import Transaction
from hub.store.links import LinkRow, LinkState, Ref
from hub.store.outbox import IN_FLIGHT, OutboxRow
from hub.store.records import RecordRow
from hub.store.runs import Event
from hub.sync import shipment
from hub.sync.agreeing import guest
from hub.sync.agreeing.agreement import Seen, Shadows, judge, made_since, seen_at_last
from hub.sync.agreeing.arrival import digest
from hub.sync.agreeing.change import superseded
from hub.sync.agreeing.conflict import cards, close_cards, open_cards
from hub.sync.agreeing.merge import Merge, Sides, merge
from hub.sync.agreeing.part import adopt, pair
from hub.sync.agreeing.past import keep_received
from hub.sync.agreeing.shadow import fold, made_of_ours, news, older_versions, told, unfold, without
from hub.sync.agreeing.validate import validate
from hub.sync.connection.session import Session
from hub.sync.routing import targets
from hub.sync.shipment import StatusChange
from hub.sync.writing.prepare import link_of

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Landing:
    """The transaction that commits what was seen of writes, numbered as the answers that it is about."""

    session: Session
    stream: Stream
    tx: Transaction
    answered: int
    run: str


def land(landing: Landing, outcomes: Sequence[Written], later: Collection[str] = ()) -> None:
    """Commit the outcomes of writes: links with both shadows, the outbox rows done, whoever waited woken.

    `later` are the records whose documents are not the answers to the writes: they were read afterwards.
    """
    session, stream, tx = landing.session, landing.stream, landing.tx
    ids = [outcome.write.record_id for outcome in outcomes]
    current = records.by_ids(tx, ids)
    linked = links.of_records(tx, ids)
    flights = _flights(landing, ids)
    for outcome in outcomes:
        record = current[outcome.write.record_id]
        seen = Seen.LATER if record.id in later else Seen.ANSWER
        version = _land(landing, outcome, record, linked.get(record.id, ()), flights[record.id], seen)
        detail = {"version": version, "key": outcome.write.key, "fields": sorted(outcome.write.document)}
        _event(session, stream, tx, "written", record.id, outcome.external_id, detail, landing.run)
        outbox.drop(tx, session.name, stream.name, record.id, IN_FLIGHT)
    outbox.wake(tx, session.name, ids)
    now = session.hub.world.now()
    if ids and problems.any_open(tx, session.name, stream.name):
        problems.close(tx, session.name, stream.name, "push", ids, note="Written without a problem.", now=now)


def land_again(landing: Landing, flight: OutboxRow, write: Write, document: Document | None) -> None:
    """Commit what a document tells of an update whose answer was lost; whatever is still to be written is owed anew."""
    session, stream, tx = landing.session, landing.stream, landing.tx
    record = records.by_ids(tx, [flight.record])[flight.record]
    linked = links.of_records(tx, [record.id]).get(record.id, ())
    if link_of({record.id: linked}, record.id, session.name, stream.name) is not None:
        outcome = Written(write, flight.external_id or "", document=document)
        _land(landing, outcome, record, linked, flight, Seen.AGAIN)
    owe_anew(session, tx, flight)


def owe_anew(session: Session, tx: Transaction, flight: OutboxRow) -> None:
    """Give a write up and owe its record: whatever still differs is written with today's data."""
    outbox.drop(tx, flight.connection, flight.stream, flight.record, IN_FLIGHT)
    place = (flight.connection, flight.stream, flight.record)
    outbox.owe(tx, [place], session.hub.world.now(), bulk=flight.bulk == 1)
    outbox.recall(tx, flight)


def _flights(landing: Landing, ids: Sequence[str]) -> dict[str, OutboxRow]:
    place = (landing.session.name, landing.stream.name, IN_FLIGHT)
    rows = (row for i in ids for row in outbox.of_record(landing.tx, i))
    return {row.record: row for row in rows if (row.connection, row.stream, row.slot) == place}


def _land(
    landing: Landing,
    outcome: Written,
    record: RecordRow,
    linked: Sequence[LinkRow],
    flight: OutboxRow,
    seen: Seen,
) -> int:
    """Commit what was seen of one write; give the record's version after it."""
    session, stream, tx, run = landing.session, landing.stream, landing.tx, landing.run
    link = link_of({record.id: linked}, record.id, session.name, stream.name)
    data: Data = orjson.loads(record.data)
    sent_text = record.data if flight.version == record.version else records.version(tx, record.id, flight.version)
    sent: Data = orjson.loads(sent_text or record.data)
    shadows = unfold(link, record, older_versions(tx, [link], {record.id: record}) if link else {})
    fields = orjson.loads(flight.fields) if flight.fields and link else None
    try:
        outcome = _versioned(session, stream, outcome)
        result = _read(landing, record, sent, shadows, outcome, fields, seen)
    except RecordError:  # the write is done; what is wrong with its document is told when it is read
        outcome, result = replace(outcome, document=None), None
    if result is None:
        said, theirs = _unread(session, stream, data, sent, shadows, fields, seen)
        _link(landing, outcome, record, link, data, said, theirs)
        _follow(landing, record, linked, is_new=link is None)
        return record.version
    if result.changed:
        record = keep_changed(session, stream, tx, record, data, result.data, result.changed, run)
    if result.clashes or result.settled:
        open_cards(session, tx, stream.name, record, result.clashes, result.theirs.get("updated_at"), run)
        close_cards(session, tx, stream.name, record.id, result.settled)
    _link(landing, outcome, record, link, result.data, result.ours, result.theirs)
    _follow(landing, record, linked, is_new=link is None, result=result)
    return record.version


def _unread(
    session: Session,
    stream: Stream,
    data: Data,
    sent: Data,
    shadows: Shadows,
    fields: Collection[str] | None,
    seen: Seen,
) -> Shadows:
    """Give both shadows after a write of which nothing could be read back."""
    if seen is Seen.AGAIN:
        return judge(session, stream, data, sent, shadows, None, {}, fields or spread(sent))
    said = told(shadows[0], sent, fields)
    new = news(said, shadows[0])
    if stream.entity is Entity.INVENTORY:  # figures stay as they are told
        return said, overlay(shadows[1], new)
    return said, without(shadows[1], spread(new))


def _versioned(session: Session, stream: Stream, outcome: Written) -> Written:
    if outcome.version or outcome.document is None:
        return outcome
    return replace(outcome, version=session.mappings[stream.name].version(outcome.document))


def _read(
    landing: Landing,
    record: RecordRow,
    sent: Data,
    shadows: Shadows,
    outcome: Written,
    fields: Collection[str] | None,
    seen: Seen,
) -> Merge | None:
    """Decode what the remote made of our write and merge it; None where there is nothing to decode."""
    session, stream, tx = landing.session, landing.stream, landing.tx
    if outcome.document is None:
        return None
    current: Data = orjson.loads(record.data)
    said = told(shadows[0], sent, fields)
    decoded = _decode(session, stream, tx, record.entity, said, outcome.document)
    shadows = shadows[0], seen_at_last(session, stream, shadows, decoded, outcome.document)
    if seen is Seen.AGAIN:
        places = fields or spread(sent)
        said, base = judge(session, stream, current, sent, shadows, decoded, outcome.document, places)
    elif seen is Seen.LATER:
        made = made_since(session, stream, said, shadows[0], decoded, outcome.document)
        base = overlay(shadows[1], made)
    else:
        base = overlay(shadows[1], made_of_ours(said, shadows[0], decoded))
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
            known[ref] = session.identify(ref_stream, external_id)
            made_up[known[ref]] = ref
        return known[ref]

    decoded = compiled.decode(document, session.tables, link)
    if entity == Entity.ORDER and not decoded.get("customer"):
        number = compiled.external_id(document)
        buyer = (guest.STREAM, guest.guest_key(decoded, number))
        if found := links.resolve(tx, session.name, [buyer]):
            stays = sent.get("customer") and guest.guest_key(sent, number) == buyer[1]
            decoded["customer"] = sent["customer"] if stays else found[buyer]
    ids = {new: mine for new, mine in pair(entity, sent, decoded).items() if new in made_up}
    decoded = adopt(entity, decoded, ids)
    promised = {ref: ids.get(record_id, record_id) for record_id, ref in made_up.items()}
    links.repoint(tx, [LinkRow(session.name, s, ext, rec) for (s, ext), rec in promised.items()])
    session.remember(promised)
    outbox.wake(tx, session.name, list(promised.values()))
    return decoded


def keep_changed(
    session: Session,
    stream: Stream,
    tx: Transaction,
    record: RecordRow,
    before: Data,
    data: Data,
    changed: Sequence[str],
    run: str,
) -> RecordRow:
    """Make changed data a record's next version, and tell of it."""
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


def _follow(
    landing: Landing, record: RecordRow, linked: Sequence[LinkRow], *, is_new: bool, result: Merge | None = None
) -> None:
    """Owe to the others what the remote added, and to those behind it a record that has just come there."""
    session, stream = landing.session, landing.stream
    sources = {link.connection for link in linked} | {session.name}
    mine = (session.name, stream.name, record.id)
    owed = [mine] if result and result.refused else []
    if is_new or (result and result.changed):
        legs = targets(session.legs, record.entity, sources)
        owed += [row for leg in legs if (row := (leg.target, leg.target_stream, record.id)) != mine]
    if owed:
        outbox.owe(landing.tx, owed, session.hub.world.now())


def _link(
    landing: Landing,
    outcome: Written,
    record: RecordRow,
    before: LinkRow | None,
    data: Data,
    ours: Data,
    theirs: Data,
) -> None:
    session, stream, tx, run = landing.session, landing.stream, landing.tx, landing.run
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
        landing.answered,
        landing.answered,
        now,
    )
    links.put_many(tx, [row])
    session.sent[stream.name, record.id] = outcome.external_id
    if body:
        _put_document(session, stream, tx, row, body, run, is_new=before is None)


def _put_document(
    session: Session, stream: Stream, tx: Transaction, link: LinkRow, body: bytes, run: str, *, is_new: bool
) -> None:
    place = (session.name, stream.name, link.external_id)
    if not is_new:
        keep_received(session, stream, tx, {link.external_id: link.record}, {link.external_id: body})
    links.put_documents(tx, [(*place, body, link.seen_at or "", run)])


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
