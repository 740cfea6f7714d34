"""Works out what is owed to a remote: a patch for each record, frozen with its key before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from hub.clock import utc_text
from hub.connector import Entity, Stream
from hub.document import Document
from hub.errors import LinkMissingError, RecordError
from hub.model.custom import spread
from hub.store import links, records
from hub.store.database import Transaction
from hub.store.links import LinkRow, LinkState
from hub.store.outbox import IN_FLIGHT, OutboxRow
from hub.store.records import RecordRow
from hub.sync.agreeing import guest
from hub.sync.agreeing.available import FIELD, Promise, promises, text
from hub.sync.agreeing.conflict import Card, cards
from hub.sync.agreeing.part import PARTS
from hub.sync.agreeing.shadow import older_versions, unfold
from hub.sync.connection.session import Session
from hub.sync.routing import Leg, barred, writable
from hub.sync.writing.missing import is_foreign

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Owed:
    """What the database knows of pending rows before they are prepared."""

    records: Mapping[str, RecordRow]
    linked: Mapping[str, Sequence[LinkRow]]
    older: Mapping[tuple[str, int], str]
    documents: Mapping[str, str]
    cards: Mapping[str, Mapping[str, Card]]
    levels: Mapping[str, Promise]


@dataclass(slots=True)
class Prepared:
    """What becomes of pending rows: sent, parked, refused, skipped with a rule, or found to owe nothing.

    `versions` are those of the records that it was decided for; 0 where there was no record. `thawed` are records that
    changed in a frozen field, which may no longer need a person. `foreign` refer to what is another system's own.
    """

    versions: dict[str, int] = field(default_factory=dict)
    thawed: list[str] = field(default_factory=list)
    flights: list[OutboxRow] = field(default_factory=list)
    waits: list[tuple[OutboxRow, LinkMissingError]] = field(default_factory=list)
    foreign: list[tuple[OutboxRow, LinkMissingError]] = field(default_factory=list)
    refused: list[tuple[OutboxRow, RecordError]] = field(default_factory=list)
    skipped: list[tuple[OutboxRow, str]] = field(default_factory=list)
    nothing: list[OutboxRow] = field(default_factory=list)


def prepare(session: Session, stream: Stream, rows: Sequence[OutboxRow]) -> Prepared:
    """Sort pending rows by what becomes of them; nothing is written yet."""
    result = Prepared()
    with session.hub.database.read() as tx:
        owed = _look_up(session, stream, tx, rows)
        for row in rows:
            result.versions[row.record] = owed.records[row.record].version if row.record in owed.records else 0
            _prepare(session, stream, tx, owed, row, result)
    return result


def link_of(linked: Mapping[str, Sequence[LinkRow]], record: str, connection: str, stream: str) -> LinkRow | None:
    """Find a record's link in one stream of a connection."""
    return next((x for x in linked.get(record, ()) if x.connection == connection and x.stream == stream), None)


def _look_up(session: Session, stream: Stream, tx: Transaction, rows: Sequence[OutboxRow]) -> Owed:
    ids = [row.record for row in rows]
    current = records.by_ids(tx, ids)
    linked = links.of_records(tx, ids)
    mine = [link for i in ids if (link := link_of(linked, i, session.name, stream.name))]
    documents = links.documents(tx, session.name, stream.name, [link.external_id for link in mine])
    frozen = cards(tx, session, stream.name, ids)
    levels = _levels(session, stream, tx, current, linked)
    return Owed(current, linked, older_versions(tx, mine, current), documents, frozen, levels)


def _levels(
    session: Session,
    stream: Stream,
    tx: Transaction,
    current: Mapping[str, RecordRow],
    linked: Mapping[str, Sequence[LinkRow]],
) -> Mapping[str, Promise]:
    """Work out what may be sold of each stock level: the figures of a record are the source's own."""
    if stream.entity is not Entity.INVENTORY:
        return {}
    legs = {i: leg for i, row in current.items() if (leg := leg_of(session, stream, row, linked.get(i, ())))}
    return promises(tx, session.legs, legs, current)


def _prepare(session: Session, stream: Stream, tx: Transaction, owed: Owed, row: OutboxRow, result: Prepared) -> None:
    record = owed.records.get(row.record)
    if record is None:
        missing = LinkMissingError("The record itself has not arrived yet.", stream=stream.name, record_id=row.record)
        result.waits.append((row, missing))
        return
    data: Data = orjson.loads(record.data)
    if row.record in owed.levels:
        data[FIELD] = text(owed.levels[row.record].level)
    link = link_of(owed.linked, row.record, session.name, stream.name)
    leg = leg_of(session, stream, record, owed.linked.get(row.record, ()))
    if link is not None and link.state == LinkState.GONE:
        result.skipped.append((row, f"deleted in {session.name}"))
        return
    if link is None and link_of(owed.linked, row.record, session.name, guest.STREAM):
        result.skipped.append((row, f"a guest of {session.name}"))  # who buys without an account is not given one
        return
    if link is None and session.restored and session.is_from_here(stream.name, row.record):
        result.skipped.append((row, f"from {session.name}, where it was not read again yet"))
        return
    reason = "no route" if leg is None else barred(leg, data, record.occurred_at, exists=link is not None)
    if leg is None or reason:
        result.skipped.append((row, reason or ""))
        return
    fields = _fields(session, stream, leg, data, link, owed, record)
    result.thawed += [row.record] if _is_thawed(data, link, owed, record) else []
    try:
        patch = _patch(session, stream, tx, fields, data, link, owed, record)
    except LinkMissingError as error:
        linked = links.of_records(tx, [error.record_id]).get(error.record_id, ())
        foreign = is_foreign(session.name, session.legs, error.stream, linked)
        (result.foreign if foreign else result.waits).append((row, error))
    except RecordError as error:
        result.refused.append((row, error))
    else:
        if patch is None:
            result.nothing.append(row)
        else:
            result.flights.append(_flight(session, row, record, link, patch, fields))


def leg_of(session: Session, stream: Stream, record: RecordRow, linked: Sequence[LinkRow]) -> Leg | None:
    """Find the direction of a route that carries a record into a stream."""
    sources = {link.connection for link in linked}
    fitting = (
        leg
        for leg in session.legs
        if (leg.target, leg.target_stream, leg.route.entity) == (session.name, stream.name, record.entity)
    )
    return next((leg for leg in fitting if leg.source in sources), None)


def _fields(
    session: Session,
    stream: Stream,
    leg: Leg,
    data: Data,
    link: LinkRow | None,
    owed: Owed,
    record: RecordRow,
) -> frozenset[str]:
    """Name the fields that differ from our shadow and may be written: neither masked by the route nor frozen."""
    fields = writable(leg, session.mappings[stream.name].writable)
    if link is None:
        return fields
    said, theirs = unfold(link, record, owed.older)
    if record.id in owed.levels and FIELD in theirs:
        said = {
            **said,
            FIELD: theirs[FIELD],
        }  # what it was told last is what it has: the record holds the source's figure
    ours, mine = spread(said), spread(data)
    frozen = owed.cards.get(record.id, {})
    return frozenset(name for name in fields if mine.get(name) != ours.get(name) and name not in frozen)


def _is_thawed(data: Data, link: LinkRow | None, owed: Owed, record: RecordRow) -> bool:
    """Tell whether the record has changed in a frozen field since its card was written."""
    frozen, mine = owed.cards.get(record.id, {}), spread(data)
    return link is not None and any(mine.get(name) != card.ours.value for name, card in frozen.items())


def _patch(
    session: Session,
    stream: Stream,
    tx: Transaction,
    fields: frozenset[str],
    data: Data,
    link: LinkRow | None,
    owed: Owed,
    record: RecordRow,
) -> Document | None:
    """Encode some fields of a record; None when there is nothing to write."""
    if link is not None and not fields:
        return None
    if link is None and stream.entity is Entity.INVENTORY:
        _require_variant(session, tx, data)
    base = orjson.loads(owed.documents.get(link.external_id, "null")) if link else None
    patch = session.mappings[stream.name].encode(
        data, session.tables, _outward(session, tx), base, fields, create=link is None, reference=record.id
    )
    return patch or None


def _require_variant(session: Session, tx: Transaction, data: Data) -> None:
    """A level can only be of goods that are sold there, however little of it a route lets through."""
    [stream] = PARTS[Entity.PRODUCT]
    variant = data.get("variant")
    if variant and _outward(session, tx)(stream, variant) is None:
        raise LinkMissingError(f"the variant is not in {session.name}", stream=stream, record_id=variant)


def _outward(session: Session, tx: Transaction) -> Any:
    def external_id(stream: str, record_id: str) -> str | None:
        ref = (stream, record_id)
        if ref not in session.sent:
            session.sent.update(links.external_ids(tx, session.name, [ref]))
        return session.sent.get(ref)

    return external_id


def _flight(
    session: Session,
    row: OutboxRow,
    record: RecordRow,
    link: LinkRow | None,
    patch: Document,
    fields: frozenset[str],
) -> OutboxRow:
    return OutboxRow(
        row.connection,
        row.stream,
        row.record,
        IN_FLIGHT,
        key=session.hub.world.new_id(),
        external_id=link.external_id if link else None,
        body=orjson.dumps(patch).decode(),
        fields=orjson.dumps(sorted(fields)).decode() if link else None,
        version=record.version,
        attempts=row.attempts,
        created_at=utc_text(session.hub.world.now()),
        bulk=row.bulk,
    )
