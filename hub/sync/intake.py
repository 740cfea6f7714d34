"""Takes a batch of documents in: recognizes, decodes, validates and merges them, then commits all of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from hub.clock import utc_text
from hub.connector import Entity, Stream
from hub.errors import LockedError, RecordError
from hub.store import inbox, links, outbox, problems, records, runs
from hub.store.database import Transaction
from hub.store.links import LinkRow, LinkState, Ref
from hub.store.problems import Place
from hub.store.records import RecordRow, VersionRow
from hub.store.runs import Counts, Event
from hub.sync import guest
from hub.sync.arrival import Arrival
from hub.sync.level import STREAM as LEVELS
from hub.sync.level import level_key, recognize_levels, shelf
from hub.sync.merge import RULES, merge
from hub.sync.part import adopt, pair
from hub.sync.reference import recognize
from hub.sync.routing import targets
from hub.sync.session import Session
from hub.sync.shadow import NOTHING, fold, made_of_ours, older_versions, unfold
from hub.sync.shipment import StatusChange
from hub.sync.validate import findings, validate

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of a batch before it is taken in."""

    links: Mapping[str, LinkRow]
    records: Mapping[str, RecordRow]
    linked: Mapping[str, Sequence[LinkRow]]
    older: Mapping[tuple[str, int], str]


@dataclass(slots=True)
class Intake:
    """The changes that a batch makes, gathered before they are committed."""

    session: Session
    stream: Stream
    run: str
    counts: Counts = field(default_factory=Counts)
    records: dict[str, RecordRow] = field(default_factory=dict)
    superseded: list[VersionRow] = field(default_factory=list)
    keys: list[tuple[str, str, str]] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    promised: dict[Ref, str] = field(default_factory=dict)
    documents: list[tuple[str, str, str, str, str, str | None]] = field(default_factory=list)
    owed: list[tuple[str, str, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    parked: list[tuple[Arrival, RecordError]] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    statuses: list[StatusChange] = field(default_factory=list)
    levels: dict[str, str] = field(default_factory=dict)
    now: str = ""

    @property
    def entity(self) -> str:
        """The canonical kind that the stream carries."""
        return self.stream.entity.value


def take_in(session: Session, stream: Stream, arrivals: Sequence[Arrival], run: str) -> Intake:
    """Work out what a batch changes; nothing is written yet."""
    intake = Intake(session, stream, run, now=utc_text(session.hub.world.now()))
    intake.counts.read = len(arrivals)
    mapping_hash = session.mapping_hash(stream.name)
    with session.hub.database.read() as tx:
        found = links.known(tx, session.name, stream.name, [a.external_id for a in arrivals])
        fresh = [a for a in arrivals if not _recognized(found.get(a.external_id), a, mapping_hash)]
        found |= recognize(session, stream, tx, [a for a in fresh if a.external_id not in found])
        if stream.entity is Entity.INVENTORY:
            look_up_refs(session, tx, _refs(session, stream, fresh))
            found |= recognize_levels(session, stream, tx, [a for a in fresh if a.external_id not in found])
        known = _look_up(tx, found, fresh)
        if found or session.look_first:
            look_up_refs(session, tx, _refs(session, stream, fresh))
    intake.counts.unchanged = len(arrivals) - len(fresh)
    if intake.counts.unchanged:
        intake.settled = list({a.external_id for a in arrivals} - {a.external_id for a in fresh})
    decoded = _decode_all(intake, fresh)
    if stream.entity is Entity.ORDER:
        _look_up_guests(session, decoded)
    for arrival, data in decoded:
        try:
            _settle(intake, known, arrival, data, mapping_hash)
        except RecordError as error:
            _park(intake, arrival, error)
    return intake


def commit(intake: Intake, tx: Transaction) -> None:
    """Write everything that a batch changes; LockedError when a record changed meanwhile."""
    session, stream = intake.session, intake.stream
    _refuse_stale(tx, intake)
    links.promise(tx, [LinkRow(session.name, s, ext, rec) for (s, ext), rec in intake.promised.items()])
    links.promise(tx, [LinkRow(shelf(session.merchant), LEVELS, key, rec) for key, rec in intake.levels.items()])
    records.put_many(tx, list(intake.records.values()), intake.superseded)
    records.put_keys(tx, intake.keys)
    links.put_many(tx, intake.links)
    links.put_documents(tx, intake.documents)
    now = session.hub.world.now()
    outbox.owe(tx, intake.owed, now)
    inbox.add(tx, [(session.name, stream.name, external_id) for external_id in intake.stale], "stale answer", now)
    outbox.wake(tx, session.name, {*intake.records, *intake.promised.values(), *(link.record for link in intake.links)})
    if intake.settled and problems.any_open(tx, session.name, stream.name):
        problems.close(tx, session.name, stream.name, "pull", intake.settled, note="Read without a problem.", now=now)
    for arrival, error in intake.parked:
        place = Place(session.merchant, session.name, stream.name, "pull", arrival.external_id)
        problem_id = session.hub.world.new_id()
        body = arrival.body.decode()
        problems.report(tx, place, error, problem_id=problem_id, now=now, document=body, run=intake.run)
    runs.add_events(tx, intake.events)


def look_up_refs(session: Session, tx: Transaction, refs: Iterable[Ref]) -> None:
    """Remember which records external ids stand for, as far as that is known."""
    unknown = {ref for ref in refs if ref not in session.refs}
    if unknown:
        session.remember(links.resolve(tx, session.name, unknown))


def _recognized(link: LinkRow | None, arrival: Arrival, mapping_hash: bytes) -> bool:
    return link is not None and link.document_hash == arrival.digest and link.mapping_hash == mapping_hash


def _look_up(tx: Transaction, found: Mapping[str, LinkRow], fresh: Sequence[Arrival]) -> Known:
    touched = [found[a.external_id] for a in fresh if a.external_id in found]
    if not touched:
        return Known(found, {}, {}, {})
    current = records.by_ids(tx, [link.record for link in touched])
    linked = links.of_records(tx, list(current))
    return Known(found, current, linked, older_versions(tx, touched, current))


def _refs(session: Session, stream: Stream, fresh: Sequence[Arrival]) -> set[Ref]:
    compiled = session.mappings[stream.name]
    return {ref for arrival in fresh if arrival.error is None for ref in compiled.links(arrival.document)}


def _decode_all(intake: Intake, fresh: Sequence[Arrival]) -> list[tuple[Arrival, Data]]:
    """Decode documents; those that cannot be read are parked."""
    outcomes = _decode(intake, fresh)
    if _take_back(intake):
        outcomes = _decode(intake, fresh)
    for arrival, outcome in outcomes:
        if isinstance(outcome, RecordError):
            _park(intake, arrival, outcome)
    return [(arrival, outcome) for arrival, outcome in outcomes if not isinstance(outcome, RecordError)]


def _decode(intake: Intake, fresh: Sequence[Arrival]) -> list[tuple[Arrival, Data | RecordError]]:
    session = intake.session
    compiled = session.mappings[intake.stream.name]

    def link(stream: str, external_id: str) -> str:
        return refer(intake, stream, external_id)

    outcomes: list[tuple[Arrival, Data | RecordError]] = []
    for arrival in fresh:
        try:
            outcomes.append((arrival, arrival.error or compiled.decode(arrival.document, session.tables, link)))
        except RecordError as error:
            outcomes.append((arrival, error))
    return outcomes


def _take_back(intake: Intake) -> bool:
    """Take back the promises of what is linked already; tell whether there were any."""
    if not intake.promised:
        return False
    with intake.session.hub.database.read() as tx:
        linked = links.resolve(tx, intake.session.name, intake.promised)
    intake.session.remember(linked)
    for ref in linked:
        del intake.promised[ref]
    intake.session.look_first |= bool(linked)
    return bool(linked)


def refer(intake: Intake, stream: str, external_id: str) -> str:
    """Give the record that an external id stands for; one that is not known yet is promised."""
    ref = (stream, external_id)
    known = intake.session.refs.get(ref)
    if known is None:
        known = intake.session.hub.world.new_id()
        intake.promised[ref] = known
        intake.session.refs[ref] = known
    return known


def _look_up_guests(session: Session, decoded: Sequence[tuple[Arrival, Data]]) -> None:
    buyers = [guest.guest_key(data, a.external_id) for a, data in decoded if not data.get("customer")]
    if buyers:
        with session.hub.database.read() as tx:
            look_up_refs(session, tx, [(guest.STREAM, buyer) for buyer in buyers])


def _buyer(intake: Intake, arrival: Arrival, decoded: Data) -> Data | None:
    """Put the guest in as the customer of an order without one; give the guest's record where it is new."""
    known = intake.session.refs.get((guest.STREAM, guest.guest_key(decoded, arrival.external_id)))
    newcomer = None if known else guest.guest_of(decoded)
    if newcomer:
        validate(Entity.CUSTOMER, orjson.dumps(newcomer), newcomer, {})
    decoded["customer"] = known or intake.session.hub.world.new_id()
    return newcomer


def _add_guest(intake: Intake, arrival: Arrival, order: Data, newcomer: Data) -> None:
    ref = (guest.STREAM, guest.guest_key(order, arrival.external_id))
    record_id = intake.promised[ref] = intake.session.refs[ref] = order["customer"]
    _keep(intake, record_id, 1, Entity.CUSTOMER, newcomer, orjson.dumps(newcomer).decode())
    _route(intake, Entity.CUSTOMER, record_id, {intake.session.name})


def _settle(intake: Intake, known: Known, arrival: Arrival, decoded: Data, mapping_hash: bytes) -> None:
    link = known.links.get(arrival.external_id)
    if link is not None and arrival.asked < max(link.asked, link.answered):
        intake.stale.append(arrival.external_id)
        intake.counts.skipped += 1
        add_event(intake, "stale", link.record, arrival.external_id, {"asked": arrival.asked})
        return
    record = known.records.get(link.record) if link else None
    newcomer: Data | None = None
    silent = record is not None and "customer" not in decoded  # the mapping does not tell, and somebody bought it
    if intake.stream.entity is Entity.ORDER and not decoded.get("customer") and not silent:
        newcomer = _buyer(intake, arrival, decoded)
    if record is None:
        _create(intake, link, arrival, decoded, mapping_hash)
    else:
        assert link is not None
        _update(intake, known, link, record, arrival, decoded, mapping_hash)
    if newcomer:
        _add_guest(intake, arrival, decoded, newcomer)
    intake.settled.append(arrival.external_id)
    intake.documents.append(
        (intake.session.name, intake.stream.name, arrival.external_id, arrival.body.decode(), intake.now, intake.run)
    )


def _create(intake: Intake, link: LinkRow | None, arrival: Arrival, decoded: Data, mapping_hash: bytes) -> None:
    body = orjson.dumps(decoded)
    validate(intake.entity, body, decoded, intake.session.custom.get(intake.entity, {}))
    found = findings(intake.entity, decoded)
    record_id = link.record if link else refer_self(intake, arrival.external_id)
    _keep(intake, record_id, 1, intake.entity, decoded, body.decode())
    _keep_link(intake, arrival, link, record_id, 1, None, None, mapping_hash)
    _route(intake, intake.entity, record_id, {intake.session.name})
    intake.counts.written += 1
    if intake.stream.entity is Entity.INVENTORY:
        intake.levels[level_key(decoded)] = record_id
    for one in found:
        add_event(intake, "discrepancy", record_id, arrival.external_id, {"total": str(one)})
    if intake.stream.entity is Entity.SHIPMENT and decoded.get("status"):
        intake.statuses.append(StatusChange(record_id, None, decoded["status"], decoded))


def refer_self(intake: Intake, external_id: str) -> str:
    """Give a new record its id, unless something in this batch referred to it before."""
    ref = (intake.stream.name, external_id)
    known = intake.session.refs.get(ref) or intake.session.hub.world.new_id()
    intake.session.refs[ref] = known
    intake.promised.pop(ref, None)
    return known


def _update(
    intake: Intake,
    known: Known,
    link: LinkRow,
    record: RecordRow,
    arrival: Arrival,
    decoded: Data,
    mapping_hash: bytes,
) -> None:
    session = intake.session
    ours, theirs = unfold(link, record, known.older)
    current: Data = orjson.loads(record.data)
    custom = session.custom.get(intake.entity, {})
    if intake.entity in RULES:
        validate(intake.entity, orjson.dumps(decoded), decoded, custom)  # rules look into values
    answered = link.version > 0 and link.document_hash is None  # a write of ours, seen for the first time
    if answered:
        decoded = _own_parts(intake, ours or current, decoded)
        theirs = made_of_ours(ours or current, NOTHING, decoded)
    result = merge(
        current,
        ours,
        theirs,
        decoded,
        connection=session.name,
        owners=session.owners.get(intake.entity, {}),
        rules=RULES.get(intake.entity, {}),
    )
    text, version = record.data, record.version
    if result.changed:
        body = orjson.dumps(result.data)
        validate(intake.entity, body, result.data, custom)
        findings(intake.entity, result.data)
        text, version = body.decode(), record.version + 1
        intake.superseded.append(superseded(record))
        _keep(intake, record.id, version, intake.entity, result.data, text)
    _keep_link(
        intake,
        arrival,
        link,
        record.id,
        version,
        fold(result.ours, result.data, text),
        fold(decoded, result.data, text),
        mapping_hash,
    )
    if result.changed or result.refused or answered or link.version == 0:
        _route(intake, intake.entity, record.id, {session.name, *(x.connection for x in known.linked[record.id])})
    if result.changed:
        intake.counts.written += 1
        add_event(intake, "merged", record.id, arrival.external_id, {"fields": result.changed})
    else:
        intake.counts.unchanged += 1
    if "status" in result.changed and intake.stream.entity is Entity.SHIPMENT:
        intake.statuses.append(StatusChange(record.id, current.get("status"), result.data["status"], result.data))


def _own_parts(intake: Intake, mine: Data, decoded: Data) -> Data:
    """Recognize the parts of a record in a document of ours: what was promised for them are their own links."""
    ids = pair(intake.entity, mine, decoded)
    for ref, made_up in intake.promised.items():
        if made_up in ids:
            intake.promised[ref] = intake.session.refs[ref] = ids[made_up]
    return adopt(intake.entity, decoded, ids)


def superseded(record: RecordRow) -> VersionRow:
    """Make the history row of a version that is about to be replaced."""
    return VersionRow(record.id, record.version, record.data, record.changed_at, record.source, record.run)


def _keep(intake: Intake, record_id: str, version: int, entity: str, data: Data, text: str) -> None:
    session = intake.session
    intake.records[record_id] = RecordRow(
        record_id,
        session.merchant,
        entity,
        version,
        text,
        *records.promoted(data),
        intake.now,
        session.name,
        intake.run,
    )
    intake.keys += [(record_id, kind, value) for kind, value in records.keys(data)]


def _keep_link(
    intake: Intake,
    arrival: Arrival,
    before: LinkRow | None,
    record_id: str,
    version: int,
    ours: str | None,
    theirs: str | None,
    mapping_hash: bytes,
) -> None:
    session = intake.session
    intake.links.append(
        LinkRow(
            session.name,
            intake.stream.name,
            arrival.external_id,
            record_id,
            LinkState.ACTIVE,
            arrival.digest,
            mapping_hash,
            version,
            ours,
            theirs,
            arrival.version,
            arrival.asked,
            before.answered if before else 0,
            intake.now,
        )
    )


def _route(intake: Intake, entity: str, record_id: str, linked: set[str]) -> None:
    for leg in targets(intake.session.legs, entity, linked):
        intake.owed.append((leg.target, leg.target_stream, record_id))


def _park(intake: Intake, arrival: Arrival, error: RecordError) -> None:
    intake.parked.append((arrival, error))
    intake.counts.parked += 1


def add_event(intake: Intake, kind: str, record_id: str | None, external_id: str | None, detail: Data) -> None:
    """Gather an event of this batch."""
    intake.events.append(
        Event(
            intake.session.hub.world.new_id(),
            intake.run,
            intake.now,
            kind,
            intake.session.name,
            intake.stream.name,
            record_id,
            external_id,
            detail,
        )
    )


def _refuse_stale(tx: Transaction, intake: Intake) -> None:
    """Make sure that nobody else wrote a record since this batch read it."""
    expected = {row.record: row.version for row in intake.superseded}
    current = records.by_ids(tx, list(expected)) if expected else {}
    moved = [record_id for record_id, version in expected.items() if current[record_id].version != version]
    if moved:
        raise LockedError(
            "A record changed while it was merged.", hint="The batch is merged again.", context={"record": moved[0]}
        )
