"""What an operator sees of a record: found by what people know of it, and all of it on one page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from hub.clock import utc_parse
from hub.config.suggestion import did_you_mean
from hub.connector import Entity
from hub.errors import ConfigError
from hub.plugins import Plugins
from hub.queries.notice import NoticeView, notice_view
from hub.queries.past import PastView, past
from hub.queries.problem import ProblemView, problem_view
from hub.queries.run import EventView, event_view
from hub.queries.target import TargetView, targets
from hub.queries.words import record_name
from hub.store import links, overview, problems, records, runs
from hub.store.database import Database, Transaction
from hub.store.records import RecordRow

REFERENCES = ("customer", "order")
WAYS = "Name a record by its order number, e-mail, SKU, tracking number or any id."


@dataclass(frozen=True, slots=True)
class RecordHit:
    """A record that was found."""

    id: str
    merchant: str
    entity: str
    name: str
    email: str | None
    status: str | None
    total: str | None
    currency: str | None
    occurred_at: datetime | None
    source: str
    connections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a record: when, from where, and which of its fields were new."""

    version: int
    changed_at: datetime
    source: str
    run: str | None
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """Another record that has to do with this one."""

    id: str
    entity: str
    name: str
    status: str | None


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Everything that the hub knows of a record. `documents` are the last ones received, by connection and stream."""

    record: RecordHit
    version: int
    changed_at: datetime
    targets: tuple[TargetView, ...]
    data: dict[str, Any]
    related: tuple[Related, ...]
    versions: tuple[VersionView, ...]
    events: tuple[EventView, ...]
    problems: tuple[ProblemView, ...]
    notices: tuple[NoticeView, ...]
    documents: dict[str, Any]
    past: tuple[PastView, ...]


def record_search(
    database: Database, text: str, *, merchant: str | None = None, entity: str | None = None, limit: int = 50
) -> list[RecordHit]:
    """Find records by number, e-mail, SKU, barcode, tracking number, external id or our id; ConfigError without any."""
    if not text.strip(" \t\n#"):
        raise ConfigError("nothing is named to look for", hint=WAYS)
    if entity is not None and entity not in set(Entity):
        raise ConfigError(f"there is no kind of record {entity!r}", hint=did_you_mean(entity, set(Entity)))
    with database.read() as tx:
        found = [r for r in records.search(tx, text, merchant=merchant, limit=limit) if entity in (None, r.entity)]
        linked = links.of_records(tx, [row.id for row in found])
    return [_hit(row, tuple(dict.fromkeys(link.connection for link in linked.get(row.id, ())))) for row in found]


def record_page(database: Database, plugins: Plugins, record_id: str, *, now: datetime) -> RecordPage:
    """Gather everything about one record; ConfigError when there is none."""
    with database.read() as tx:
        record = records.by_ids(tx, [record_id]).get(record_id)
        if record is None:
            raise ConfigError(f"there is no record {record_id}", hint="Find it with `hub record search`.")
        linked = links.of_records(tx, [record_id]).get(record_id, [])
        related = _related(tx, record)
        return RecordPage(
            record=_hit(record, tuple(dict.fromkeys(link.connection for link in linked))),
            version=record.version,
            changed_at=utc_parse(record.changed_at),
            targets=tuple(targets(tx, record, plugins, now)),
            data=orjson.loads(record.data),
            related=tuple(Related(row.id, row.entity, record_name(row), row.status) for row in related),
            versions=tuple(_versions(tx, record)),
            events=tuple(event_view(event) for event in runs.events(tx, record=record_id)),
            problems=tuple(_problems(tx, record, linked)),
            notices=tuple(_notices(tx, [record, *related])),
            documents=_documents(tx, linked),
            past=tuple(past(tx, record_id, linked)),
        )


def one_record(database: Database, text: str, *, entity: str | None = None) -> RecordHit | None:
    """Find the one record that a person means; None when there is none, ConfigError when it may be one of several."""
    found = record_search(database, text, entity=entity)
    exact = [hit for hit in found if text in (hit.id, hit.name)] or found
    usual = "customer" if "@" in text else "order"
    meant = [hit for hit in exact if hit.entity == usual] or exact
    if len(meant) > 1:
        names = ", ".join(f"{hit.entity} {hit.name} ({hit.id})" for hit in meant[:5])
        raise ConfigError(f"{text} may be one of several records: {names}", hint="Name one by its id, in brackets.")
    return meant[0] if meant else None


def _hit(row: RecordRow, connections: tuple[str, ...]) -> RecordHit:
    return RecordHit(
        id=row.id,
        merchant=row.merchant,
        entity=row.entity,
        name=record_name(row),
        email=row.email,
        status=row.status,
        total=row.total,
        currency=row.currency,
        occurred_at=utc_parse(row.occurred_at) if row.occurred_at else None,
        source=row.source,
        connections=connections,
    )


def _related(tx: Transaction, record: RecordRow) -> list[RecordRow]:
    data = orjson.loads(record.data)
    named = records.by_ids(tx, [data[field] for field in REFERENCES if isinstance(data.get(field), str)])
    if record.entity == "customer":
        return [*named.values(), *overview.of_customer(tx, record)]
    return [*named.values(), *(overview.of_order(tx, record.id) if record.entity == "order" else ())]


def _versions(tx: Transaction, record: RecordRow) -> Iterable[VersionView]:
    before: dict[str, Any] = {}
    for old in records.versions(tx, record.id):
        data = orjson.loads(old.data)
        yield _version(old.version, old.changed_at, old.source, old.run, before, data)
        before = data
    data = orjson.loads(record.data)
    yield _version(record.version, record.changed_at, record.source, record.run, before, data)


def _version(
    version: int, changed_at: str, source: str, run: str | None, before: dict[str, Any], data: dict[str, Any]
) -> VersionView:
    changed = tuple(name for name in data if before and before.get(name) != data[name])
    return VersionView(version, utc_parse(changed_at), source, run, changed)


def _problems(tx: Transaction, record: RecordRow, linked: list[links.LinkRow]) -> Iterable[ProblemView]:
    yield from (problem_view(one, record) for one in problems.listing(tx, subject=record.id))
    for link in linked:
        for one in problems.listing(tx, subject=link.external_id, connection=link.connection):
            if one.stream == link.stream and one.direction == "pull":
                yield problem_view(one, None)


def _notices(tx: Transaction, found: list[RecordRow]) -> Iterable[NoticeView]:
    shipments = {row.id: row for row in found if row.entity == "shipment"}
    orders = {row.id: row for row in found if row.entity == "order"}
    for notice in overview.notices_of(tx, list(shipments)):
        yield notice_view(notice, shipments.get(notice.shipment), orders)


def _documents(tx: Transaction, linked: list[links.LinkRow]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for link in linked:
        bodies = links.documents(tx, link.connection, link.stream, [link.external_id])
        found |= {f"{link.connection} {link.stream} {name}": orjson.loads(body) for name, body in bodies.items()}
    return found
