"""What a batch of documents changes: gathered first, then committed all at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from hub.connector import Entity, Stream
from hub.errors import LockedError, RecordError
from hub.store import inbox, links, outbox, problems, records, runs
from hub.store.database import Transaction
from hub.store.hot import Json
from hub.store.links import LinkRow, LinkState, Ref
from hub.store.problems import Place, ProblemKind
from hub.store.records import RecordRow, VersionRow
from hub.store.runs import Counts, Event
from hub.sync.agreeing.arrival import Arrival
from hub.sync.agreeing.available import owe_levels
from hub.sync.agreeing.conflict import close_cards, open_cards
from hub.sync.agreeing.level import STREAM as LEVELS
from hub.sync.agreeing.level import shelf
from hub.sync.agreeing.merge import Merge
from hub.sync.agreeing.past import keep_received
from hub.sync.connection.session import Session
from hub.sync.routing import targets
from hub.sync.shipment import StatusChange

Data = dict[str, Any]


@dataclass(slots=True)
class Changes:
    """The changes that a batch makes, gathered before they are committed.

    `given` are ids of new records that do not follow from where they are first seen.
    """

    session: Session
    stream: Stream
    run: str
    counts: Counts = field(default_factory=Counts)
    records: dict[str, RecordRow] = field(default_factory=dict)
    superseded: list[VersionRow] = field(default_factory=list)
    keys: list[tuple[str, str, str]] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    promised: dict[Ref, str] = field(default_factory=dict)
    given: dict[Ref, str] = field(default_factory=dict)
    documents: list[tuple[str, str, str, Json, str, str | None]] = field(default_factory=list)
    replaced: dict[str, str] = field(default_factory=dict)
    owed: list[tuple[str, str, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    parked: list[tuple[Arrival, RecordError]] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    alike: list[tuple[str, RecordError]] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    statuses: list[StatusChange] = field(default_factory=list)
    levels: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    clashes: list[tuple[RecordRow, Merge, str | None]] = field(default_factory=list)
    now: str = ""
    mapping_hash: bytes = b""
    bulk: bool = False

    @property
    def entity(self) -> str:
        """The canonical kind that the stream carries."""
        return self.stream.entity.value


def commit(changes: Changes, tx: Transaction) -> None:
    """Write everything that a batch changes; LockedError when a record changed meanwhile."""
    session, stream = changes.session, changes.stream
    _refuse_stale(tx, changes)
    _refuse_twins(tx, changes)
    _refuse_remade(tx, changes)
    links.promise(tx, [LinkRow(session.name, s, ext, rec) for (s, ext), rec in changes.promised.items()])
    links.promise(tx, [LinkRow(shelf(session.merchant), LEVELS, key, rec) for key, rec in changes.levels.items()])
    records.put_many(tx, list(changes.records.values()), changes.superseded)
    records.put_keys(tx, changes.keys)
    links.put_many(tx, changes.links)
    if changes.replaced:
        keep_received(session, stream, tx, changes.replaced, {row[2]: row[3] for row in changes.documents})
    links.put_documents(tx, changes.documents)
    for record, merge, told in changes.clashes:
        open_cards(session, tx, stream.name, record, merge.clashes, told, changes.run)
        close_cards(session, tx, stream.name, record.id, merge.settled)
    now = session.hub.world.now()
    outbox.owe(tx, [*changes.owed, *_owed_levels(changes, tx)], now, bulk=changes.bulk)
    inbox.add(tx, [(session.name, stream.name, external_id) for external_id in changes.stale], "stale answer", now)
    outbox.wake(
        tx, session.name, {*changes.records, *changes.promised.values(), *(link.record for link in changes.links)}
    )
    if changes.settled and problems.any_open(tx, session.name, stream.name):
        problems.close(tx, session.name, stream.name, "pull", changes.settled, note="Read without a problem.", now=now)
    for arrival, error in changes.parked:
        place = Place(session.merchant, session.name, stream.name, "pull", arrival.external_id)
        problem_id = session.hub.world.new_id()
        body = arrival.body.decode()
        problems.report(tx, place, error, problem_id=problem_id, now=now, document=body, run=changes.run)
    for external_id, error in changes.alike:
        place = Place(session.merchant, session.name, stream.name, "pull", external_id, "customer")
        problem_id = session.hub.world.new_id()
        problems.report(tx, place, error, problem_id=problem_id, now=now, kind=ProblemKind.REPAIR, run=changes.run)
    runs.add_events(tx, changes.events)


def _owed_levels(changes: Changes, tx: Transaction) -> list[tuple[str, str, str]]:
    """List the stock levels that orders of a batch move, as they were and as they are."""
    session = changes.session
    if changes.stream.entity is not Entity.ORDER or not session.sells:
        return []
    texts = [row.data for row in changes.records.values()] + [row.data for row in changes.superseded]
    return owe_levels(tx, session.legs, session.merchant, map(orjson.loads, texts))


def superseded(record: RecordRow) -> VersionRow:
    """Make the history row of a version that is about to be replaced."""
    return VersionRow(record.id, record.version, record.data, record.changed_at, record.source, record.run)


def keep(changes: Changes, record_id: str, version: int, entity: str, data: Data, body: Json) -> None:
    """Gather a record's next version, and what it may be looked up by."""
    session = changes.session
    changes.records[record_id] = RecordRow(
        record_id,
        session.merchant,
        entity,
        version,
        body,
        *records.promoted(data),
        changes.now,
        session.name,
        changes.run,
    )
    changes.keys += [(record_id, kind, value) for kind, value in records.keys(data)]


def keep_link(
    changes: Changes,
    arrival: Arrival,
    before: LinkRow | None,
    record_id: str,
    version: int,
    ours: str | None,
    theirs: str | None,
) -> None:
    """Gather a link as it stands after this document, with both its shadows."""
    session = changes.session
    changes.links.append(
        LinkRow(
            session.name,
            changes.stream.name,
            arrival.external_id,
            record_id,
            LinkState.ACTIVE,
            arrival.digest,
            changes.mapping_hash,
            version,
            ours,
            theirs,
            arrival.version,
            arrival.asked,
            before.answered if before else 0,
            changes.now,
        )
    )


def route(changes: Changes, entity: str, record_id: str, linked: set[str]) -> None:
    """Gather what is owed to others because a record changed that is linked in these connections."""
    for leg in targets(changes.session.legs, entity, linked):
        changes.owed.append((leg.target, leg.target_stream, record_id))


def park(changes: Changes, arrival: Arrival, error: RecordError) -> None:
    """Gather a document that cannot be taken in, with the reason."""
    changes.parked.append((arrival, error))
    changes.counts.parked += 1


def add_event(changes: Changes, kind: str, record_id: str | None, external_id: str | None, detail: Data) -> None:
    """Gather an event of this batch."""
    changes.events.append(
        Event(
            changes.session.hub.world.new_id(),
            changes.run,
            changes.now,
            kind,
            changes.session.name,
            changes.stream.name,
            record_id,
            external_id,
            detail,
        )
    )


def _refuse_stale(tx: Transaction, changes: Changes) -> None:
    """Make sure that nobody else wrote a record since this batch read it."""
    expected = {row.record: row.version for row in changes.superseded}
    current = records.by_ids(tx, list(expected)) if expected else {}
    moved = [record_id for record_id, version in expected.items() if current[record_id].version != version]
    if moved:
        raise LockedError(
            "A record changed while it was merged.", hint="The batch is merged again.", context={"record": moved[0]}
        )


def _refuse_remade(tx: Transaction, changes: Changes) -> None:
    """Make sure that nobody else has brought back a record that the database had lost and that is new here."""
    if changes.session.restored is None:
        return
    new = [row.id for row in changes.records.values() if row.version == 1]
    if known := records.current_versions(tx, new):
        raise LockedError(
            "A record came back while it was made.", hint="The batch is merged again.", context={"record": min(known)}
        )


def _refuse_twins(tx: Transaction, changes: Changes) -> None:
    """Make sure that nobody else has begun to keep one of these stock levels since this batch looked for it."""
    wanted = [(LEVELS, key) for key in changes.levels]
    kept = links.resolve(tx, shelf(changes.session.merchant), wanted) if wanted else {}
    if any(changes.named.get(key) != record for (_, key), record in kept.items()):
        raise LockedError(
            "Another run has read the same stock level.",
            hint="The batch is merged again.",
            context={"record": next(iter(kept.values()))},
        )
