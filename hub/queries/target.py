"""Where a record stands in each system that it is in or goes to: one sentence a system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from hub.clock import utc_parse
from hub.plugins import Plugins
from hub.queries.words import record_words, singular
from hub.store import links, outbox, problems, records, settings
from hub.store.database import Transaction
from hub.store.links import LinkRow, LinkState
from hub.store.outbox import IN_FLIGHT, OutboxRow
from hub.store.problems import Problem, ProblemKind
from hub.store.records import RecordRow
from hub.store.settings import ConnectionRow
from hub.sync.routing import Leg, barred, legs
from hub.sync.writing.missing import is_foreign


class TargetState(StrEnum):
    """How far a record is in one system."""

    READ = "read"
    WRITTEN = "written"
    OWED = "owed"
    LATER = "later"
    WAITS = "waits"
    FOREIGN = "foreign"
    IN_FLIGHT = "in_flight"
    OUTCOME_UNKNOWN = "outcome_unknown"
    REFUSED = "refused"
    BARRED = "barred"
    GONE = "gone"
    PROMISED = "promised"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class TargetView:
    """Where a record stands in one stream of one connection.

    `at` is when that came to be, or for `later` when it is tried again; `detail` is what is waited for, the rule, or
    the reason. `url` shows it in the system's own pages.
    """

    connection: str
    title: str
    stream: str
    external_id: str | None
    state: TargetState
    at: datetime | None
    detail: str
    url: str | None
    held_by: str | None


SENTENCES: dict[TargetState, str] = {
    TargetState.READ: "{thing} read {at}, up to date.",
    TargetState.WRITTEN: "{thing} written {at}, up to date.",
    TargetState.OWED: "to be written by the next sync.",
    TargetState.LATER: "tried again {at}: {detail}.",
    TargetState.WAITS: "waits for {detail}.",
    TargetState.FOREIGN: "not written there: it is about {detail}, which no route brings there.",
    TargetState.IN_FLIGHT: "being written since {at}; the answer has not come yet.",
    TargetState.OUTCOME_UNKNOWN: "sent {at}, and nobody knows whether it arrived: look there.",
    TargetState.REFUSED: "refused {at}: {detail}",
    TargetState.BARRED: "not written there, by the route's rule: {detail}.",
    TargetState.GONE: "{thing} was deleted there; noticed {at}.",
    TargetState.PROMISED: "{thing} is named there and has not been read yet.",
    TargetState.MISSING: "not there, and nothing is owed.",
}


def sentence(view: TargetView, when: Callable[[datetime], str]) -> str:
    """Say where a record stands in one system; `when` writes a time."""
    thing = f"{singular(view.stream)} {view.external_id}"
    said = SENTENCES[view.state].format(thing=thing, at=when(view.at) if view.at else "", detail=view.detail)
    said = said if said.endswith((".", "!", "?")) else f"{said}."
    if view.held_by and view.state in (TargetState.OWED, TargetState.LATER, TargetState.WAITS):
        said += f" {view.connection} {view.held_by}."
    return f"{said[:1].upper()}{said[1:]}"


HELD = {"paused": "is paused", "needs_reauth": "refuses our credentials"}


@dataclass(frozen=True, slots=True)
class _Facts:
    record: RecordRow
    data: Mapping[str, Any]
    links: Sequence[LinkRow]
    owed: Sequence[OutboxRow]
    problems: Sequence[Problem]
    legs: Sequence[Leg]
    plugins: Plugins
    now: datetime


def targets(tx: Transaction, record: RecordRow, plugins: Plugins, now: datetime) -> Iterator[TargetView]:
    """Tell where a record stands in every connection that it is in or goes to."""
    linked = links.of_records(tx, [record.id]).get(record.id, [])
    found = problems.listing(tx, subject=record.id)
    going = [leg for leg in legs(settings.routes(tx, record.merchant)) if leg.route.entity == record.entity]
    owed = outbox.of_record(tx, record.id)
    facts = _Facts(record, orjson.loads(record.data), linked, owed, found, going, plugins, now)
    connections = {row.name: row for row in settings.connections(tx)}
    for connection, stream in _places(facts):
        if connection in connections:
            yield _target(tx, facts, connections[connection], stream, plugins)


def _places(facts: _Facts) -> list[tuple[str, str]]:
    here = [(link.connection, link.stream) for link in facts.links]
    sources = {link.connection for link in facts.links}
    going = [(leg.target, leg.target_stream) for leg in facts.legs if leg.source in sources]
    owed = [(row.connection, row.stream) for row in facts.owed]
    shown = [place for place in here if place[0] == facts.record.source]
    return list(dict.fromkeys([*shown, *here, *going, *owed]))


def _target(tx: Transaction, facts: _Facts, connection: ConnectionRow, stream: str, plugins: Plugins) -> TargetView:
    place = (connection.name, stream)
    link = next((link for link in facts.links if (link.connection, link.stream) == place), None)
    state, at, detail = _standing(tx, facts, place, link)
    spec = plugins.connectors.get(connection.connector)
    return TargetView(
        connection=connection.name,
        title=spec.title if spec else connection.connector,
        stream=stream,
        external_id=link.external_id if link else None,
        state=state,
        at=at,
        detail=detail,
        url=_url(connection, link, dict(spec.record_url)) if spec and link else None,
        held_by=HELD.get(connection.state),
    )


Standing = tuple[TargetState, datetime | None, str]


def _standing(tx: Transaction, facts: _Facts, place: tuple[str, str], link: LinkRow | None) -> Standing:
    rows = [row for row in facts.owed if (row.connection, row.stream) == place]
    problem = next(
        (p for p in facts.problems if (p.connection, p.stream, p.direction, p.field) == (*place, "push", "")), None
    )
    if problem and problem.kind == ProblemKind.OUTCOME_UNKNOWN:
        return TargetState.OUTCOME_UNKNOWN, utc_parse(problem.last_at), ""
    if flight := next((row for row in rows if row.slot == IN_FLIGHT), None):
        return TargetState.IN_FLIGHT, utc_parse(flight.created_at), ""
    if problem:
        return TargetState.REFUSED, utc_parse(problem.last_at), problem.message
    if rows:
        return _owed(tx, facts, rows[0])
    return _linked(link) if link else _unlinked(facts, place)


def _owed(tx: Transaction, facts: _Facts, row: OutboxRow) -> Standing:
    if row.waits_record:
        thing, lacks = _awaited(tx, row, row.waits_record, facts.plugins)
        if _is_foreign(tx, facts, row, row.waits_record):
            return TargetState.FOREIGN, None, thing
        return TargetState.WAITS, None, f"{thing}, which {lacks}"
    not_before = utc_parse(row.not_before) if row.not_before else None
    if not_before and not_before > facts.now:
        return TargetState.LATER, not_before, f"{row.attempts} tries so far"
    return TargetState.OWED, utc_parse(row.created_at), ""


def _is_foreign(tx: Transaction, facts: _Facts, row: OutboxRow, waits: str) -> bool:
    every = legs(settings.routes(tx, facts.record.merchant))
    return is_foreign(row.connection, every, row.waits_stream or "", links.of_records(tx, [waits]).get(waits, []))


def _awaited(tx: Transaction, row: OutboxRow, waits: str, plugins: Plugins) -> tuple[str, str]:
    """Name the record that is waited for, and say what it lacks."""
    known = records.by_ids(tx, [waits]).get(waits)
    absent = f"is not in {row.connection} yet"
    if known:
        return record_words(known), absent
    named = links.of_records(tx, [waits]).get(waits, [])
    if named:
        first = named[0]
        lacks = "has not been read yet" if _is_read(tx, plugins, first) else absent
        return f"{singular(first.stream)} {first.external_id} of {first.connection}", lacks
    return f"its {singular(row.waits_stream or 'record')}", "is not known yet"


def _is_read(tx: Transaction, plugins: Plugins, link: LinkRow) -> bool:
    """Tell whether a link's stream is read by itself; what is not, like a variant, comes inside of another record."""
    row = settings.connection(tx, link.connection)
    spec = plugins.connectors.get(row.connector) if row else None
    return spec is None or any(stream.name == link.stream for stream in spec.streams)


def _linked(link: LinkRow) -> Standing:
    at = utc_parse(link.seen_at) if link.seen_at else None
    if link.state == LinkState.GONE:
        return TargetState.GONE, at, ""
    if link.state == LinkState.PROMISED:
        return TargetState.PROMISED, at, ""
    written_last = link.answered > 0 and link.answered >= link.asked
    return TargetState.WRITTEN if written_last else TargetState.READ, at, ""


def _unlinked(facts: _Facts, place: tuple[str, str]) -> Standing:
    sources = {link.connection for link in facts.links}
    for leg in facts.legs:
        if (leg.target, leg.target_stream) == place and leg.source in sources:
            rule = barred(leg, facts.data, facts.record.occurred_at, exists=False)
            if rule:
                return TargetState.BARRED, None, rule
    return TargetState.MISSING, None, ""


def _url(connection: ConnectionRow, link: LinkRow, urls: Mapping[str, str]) -> str | None:
    template = urls.get(link.stream)
    if template is None:
        return None
    values = {name: str(value).rstrip("/") for name, value in connection.settings.items()}
    try:
        return template.format_map({**values, "stream": link.stream, "id": link.external_id})
    except KeyError:
        return None  # a setting that has a default and was not set
