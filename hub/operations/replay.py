"""`hub record replay`: takes an old received document through today's mapping and holds it against the record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from hub.clock import utc_text
from hub.connector import ConnectorSpec
from hub.errors import ConfigError, LockedError
from hub.model.custom import CustomType
from hub.operations.record import owed_places
from hub.queries.difference import Difference, differences
from hub.queries.past import Past, past_event
from hub.store import links, outbox, records, runs, settings
from hub.store.database import Transaction
from hub.store.history import Way
from hub.store.records import RecordRow
from hub.store.runs import Event
from hub.store.settings import ConnectionRow
from hub.sync.agreeing.change import superseded
from hub.sync.agreeing.merge import TOUCH
from hub.sync.agreeing.part import adopt, pair
from hub.sync.agreeing.validate import validate
from hub.sync.connection.session import mappings_of
from hub.sync.hub import Hub

OPERATOR = "operator"
Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Replay:
    """What an old document says today: `values` are the fields that differ, `missing` what it refers to in vain."""

    past: Past
    record: RecordRow
    values: Data
    differences: tuple[Difference, ...]
    missing: tuple[str, ...]


def plan_replay(hub: Hub, record_id: str, event: str, fields: Collection[str] = ()) -> Replay:
    """Decode an old received document with today's mapping, and show what differs from the record as it is now."""
    found = past_event(hub.database, record_id, event)
    if found.view.way is not Way.RECEIVED:
        raise ConfigError(f"event {event} was sent, not received", hint="Name one that was received.")
    with hub.database.read() as tx:
        record = records.by_ids(tx, [record_id])[record_id]
        decoded, missing = _decode(hub, tx, found, record)
    data: Data = orjson.loads(record.data)
    unknown = set(fields) - decoded.keys()
    if unknown:
        raise ConfigError(f"the document says nothing about {', '.join(sorted(unknown))}", hint="Leave --field out.")
    chosen = {name: value for name, value in decoded.items() if name not in TOUCH and name in (fields or decoded)}
    values = {name: value for name, value in chosen.items() if value != data.get(name)}
    shown = tuple(differences({name: data.get(name) for name in values}, values))
    used = tuple(ref for ref in missing if ref in orjson.dumps(values).decode())
    return Replay(found, record, values, shown, used)


def apply_replay(hub: Hub, replay: Replay, by: str) -> list[str]:
    """Make the record say what the old document said, as an operator's change; tells to which connections it is owed.

    LockedError when the record has changed since it was planned.
    """
    if replay.missing:
        raise ConfigError(
            f"the document refers to {', '.join(replay.missing)}, which the hub does not know",
            hint="Bring that in first, or choose other fields with --field.",
        )
    if not replay.values:
        return []
    now = hub.world.now()
    data = {**orjson.loads(replay.record.data), **replay.values}
    body = orjson.dumps(data)
    with hub.database.write() as tx:
        before = records.by_ids(tx, [replay.record.id])[replay.record.id]
        if before.version != replay.record.version:
            raise LockedError("the record has changed meanwhile", hint="Plan it again.")
        declared = [row for row in settings.custom_fields(tx, before.merchant) if row.entity == before.entity]
        validate(before.entity, body, data, {row.name: CustomType(row.type) for row in declared})
        promoted = records.promoted(data)
        current = (before.version + 1, body.decode(), *promoted, utc_text(now), OPERATOR, None)
        new = RecordRow(before.id, before.merchant, before.entity, *current)
        records.put_many(tx, [new], [superseded(before)])
        records.put_keys(tx, [(before.id, kind, value) for kind, value in records.keys(data)])
        places = owed_places(tx, before.id, before.entity)
        outbox.owe(tx, places, now)
        runs.add_events(tx, [_event(hub, replay, by)])
    return list(dict.fromkeys(place[0] for place in places))


def _event(hub: Hub, replay: Replay, by: str) -> Event:
    view = replay.past.view
    detail = {"event": view.event, "fields": sorted(replay.values), "by": by}
    at = utc_text(hub.world.now())
    return Event(hub.world.new_id(), None, at, "replayed", view.connection, view.stream, replay.record.id, None, detail)


def _decode(hub: Hub, tx: Transaction, found: Past, record: RecordRow) -> tuple[Data, list[str]]:
    """Decode with the records that its references stand for today; those that stand for nothing are told."""
    row, spec = _connection(hub, tx, found)
    mapping = mappings_of(hub, tx, row, spec)[found.view.stream]
    known = links.resolve(tx, row.name, mapping.links(found.document))
    missing: list[str] = []

    def link(stream: str, external_id: str) -> str:
        if (stream, external_id) not in known:
            missing.append(f"{stream} {external_id}")
            return missing[-1]
        return known[stream, external_id]

    decoded: Data = mapping.decode(found.document, settings.value_tables(tx, row.name), link)
    if record.entity == "order" and not decoded.get("customer"):
        decoded.pop("customer", None)  # a guest stays the buyer
    paired: Mapping[str, str] = pair(record.entity, orjson.loads(record.data), decoded)
    ids = {made_up: mine for made_up, mine in paired.items() if made_up in missing}
    return adopt(record.entity, decoded, ids), [ref for ref in missing if ref not in ids]


def _connection(hub: Hub, tx: Transaction, found: Past) -> tuple[ConnectionRow, ConnectorSpec]:
    row = settings.connection(tx, found.view.connection)
    if row is None:
        raise ConfigError(f"the connection {found.view.connection} is gone", hint="Add it again to replay its events.")
    return row, hub.plugins.connector(row.connector)
