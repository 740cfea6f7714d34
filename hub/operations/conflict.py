"""What an operator may do with a conflict: decide which side counts, after which the field goes on by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from hub.clock import utc_text
from hub.errors import ConfigError
from hub.model.custom import CustomType, overlay, spread
from hub.operations.field import shape_at
from hub.operations.lease import fenced
from hub.store import links, outbox, problems, records, runs, settings
from hub.store.database import Database, Transaction
from hub.store.links import LinkRow
from hub.store.problems import Problem, ProblemKind
from hub.store.records import RecordRow
from hub.store.runs import Event
from hub.sync import shipment
from hub.sync.agreeing.change import superseded
from hub.sync.agreeing.conflict import Card, read_card
from hub.sync.agreeing.shadow import fold, older_versions, unfold
from hub.sync.agreeing.validate import validate
from hub.sync.hub import Hub
from hub.sync.routing import legs, targets
from hub.sync.shipment import StatusChange, Teller
from hub.sync.writing.prepare import link_of

OPERATOR = "operator"
OURS, THEIRS = "ours", "theirs"
Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """A field as it stands after a decision, and the connections that are now owed a write."""

    record: str
    entity: str
    field: str
    value: Any
    owed: tuple[str, ...]


def decide(hub: Hub, problem: Problem, side: str | None, value: Any = None) -> Decision:
    """Settle a conflict: `side` is ours or theirs; None: `value`, as canonical JSON, takes the place of both.

    LockedError while a run is working on the connection; InvalidRecordError when the record cannot have the value.
    """
    with fenced(hub, problem.connection) as tx:
        problem = _still_open(tx, problem)
        card = read_card(problem)
        record = records.by_ids(tx, [problem.subject])[problem.subject]
        linked = links.of_records(tx, [record.id])[record.id]
        data: Data = orjson.loads(record.data)
        wanted = {OURS: spread(data).get(card.field), THEIRS: card.theirs.value}.get(side or "", value)
        changed = _with(hub, tx, problem, record, data, card.field, wanted)
        _agree(tx, problem, card, linked, record, changed)
        note = f"Decided: {side or 'another value'}."
        problems.settle(tx, problem.id, note=note, now=hub.world.now())
        going = targets(legs(settings.routes(tx, record.merchant)), record.entity, {link.connection for link in linked})
        outbox.owe(tx, [(leg.target, leg.target_stream, record.id) for leg in going], hub.world.now())
        _note(hub, tx, problem, card)
    owed = tuple(dict.fromkeys(leg.target for leg in going))
    return Decision(record.id, record.entity, card.field, wanted, owed)


def parse_value(database: Database, problem: Problem, text: str) -> Any:
    """Read the value of a conflict's field as a person writes it: texts, amounts and times as they are, else JSON."""
    with database.read() as tx:
        record = records.by_ids(tx, [problem.subject]).get(problem.subject)
        custom = {f"custom.{row.name}": row.type for row in settings.custom_fields(tx)}
    if _is_text(record.entity if record else "", problem.field, custom):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        hint = "See how both sides write it with `hub problems show`."
        raise ConfigError(f"{problem.field} must be written as JSON, and {text!r} is none", hint=hint) from None


def _is_text(entity: str, field: str, custom: Mapping[str, str]) -> bool:
    if field.startswith("custom."):
        return custom.get(field) not in (CustomType.INTEGER, CustomType.BOOLEAN)
    shape = shape_at(entity, field)
    return shape is not None and not shape.many and shape.kind not in (None, bool, int) and shape.model is None


def _still_open(tx: Transaction, problem: Problem) -> Problem:
    current = problems.get(tx, problem.id)
    if current is None or current.state != "open":
        raise ConfigError(f"problem {problem.id} is closed already", hint="There is nothing to decide.")
    if current.kind != ProblemKind.CONFLICT:
        hint = f"See what to do about it with `hub problems show {problem.id[-6:]}`."
        raise ConfigError(f"problem {problem.id} is no conflict", hint=hint)
    return current


def _with(
    hub: Hub, tx: Transaction, problem: Problem, record: RecordRow, data: Data, field: str, value: Any
) -> RecordRow:
    """Give a record with a value in one field, as its next version where that is new."""
    if spread(data).get(field) == value:
        return record
    changed = overlay(data, {field: value})
    custom = {
        c.name: CustomType(c.type) for c in settings.custom_fields(tx, record.merchant) if c.entity == record.entity
    }
    validate(record.entity, orjson.dumps(changed), changed, custom)
    text, now = orjson.dumps(changed).decode(), utc_text(hub.world.now())
    head = (record.id, record.merchant, record.entity, record.version + 1, text)
    new = RecordRow(*head, *records.promoted(changed), now, OPERATOR, None)
    records.put_many(tx, [new], [superseded(record)])
    records.put_keys(tx, [(record.id, kind, key) for kind, key in records.keys(changed)])
    if record.entity == "shipment" and field == "status":
        teller = Teller(record.merchant, problem.connection, problem.stream, problem.run or "")
        shipment.announce(hub.world, tx, teller, [StatusChange(record.id, data.get(field), value, changed)])
    return new


def _agree(
    tx: Transaction, problem: Problem, card: Card, linked: list[LinkRow], before: RecordRow, after: RecordRow
) -> None:
    """Note that the remote's value has been seen, whatever became of it: what differs from it now is owed."""
    link = link_of({before.id: linked}, before.id, problem.connection, problem.stream)
    if link is None:
        return
    seen = {card.field: card.theirs.value}
    data: Data = orjson.loads(after.data)
    shadows = unfold(link, before, older_versions(tx, [link], {before.id: before}))
    ours, theirs = (fold(overlay(shadow, seen), data, after.data) for shadow in shadows)
    links.put_many(tx, [link._replace(version=after.version, ours=ours, theirs=theirs)])


def _note(hub: Hub, tx: Transaction, problem: Problem, card: Card) -> None:
    at, detail = utc_text(hub.world.now()), {"field": card.field}
    place = (problem.connection, problem.stream, problem.subject)
    runs.add_events(tx, [Event(hub.world.new_id(), None, at, "decided", *place, None, detail)])
