"""What an operator may do with links: say what a write became that nobody answered, and undo a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from hub.clock import utc_text
from hub.errors import ConfigError
from hub.operations.lease import fenced
from hub.store import inbox, links, outbox, problems, records, runs
from hub.store.database import Transaction
from hub.store.links import LinkRow, LinkState
from hub.store.outbox import IN_FLIGHT, OutboxRow
from hub.store.problems import Problem, ProblemKind
from hub.store.runs import Event
from hub.sync.agreeing.part import PARTS
from hub.sync.hub import Hub


@dataclass(frozen=True, slots=True)
class Unlinked:
    """What a record was in a connection."""

    stream: str
    external_id: str
    parts: int


def link_outcome(hub: Hub, problem: Problem, external_id: str) -> None:
    """Say what a write of unknown outcome became: its record is linked with what a person found, and read again."""
    now = hub.world.now()
    with fenced(hub, problem.connection) as tx:
        flight = _flight(tx, problem)
        _refuse_taken(tx, problem, external_id)
        place = (problem.connection, problem.stream)
        links.remove(tx, *place, external_id)
        links.put_many(
            tx, [LinkRow(*place, external_id, problem.subject, LinkState.ACTIVE, None, None, flight.version)]
        )
        outbox.drop(tx, *place, problem.subject, IN_FLIGHT)
        outbox.owe(tx, [(*place, problem.subject)], now)
        outbox.wake(tx, problem.connection, [problem.subject])
        inbox.add(tx, [(*place, external_id)], "found by the operator", now)
        problems.settle(tx, problem.id, note=f"It is there as {external_id}.", now=now)
        _note(hub, tx, "linked", LinkRow(*place, external_id, problem.subject))


def unlink(hub: Hub, record_id: str, connection: str, stream: str | None = None) -> Unlinked:
    """Forget what a record is in a connection, with its parts there; both stay as they are.

    Written there again, it is created; read from there again, it is a record of its own, unless it carries our
    reference.
    """
    with fenced(hub, connection) as tx:
        link = _only(tx, record_id, connection, stream)
        if any(row.slot == IN_FLIGHT and row.connection == connection for row in outbox.of_record(tx, record_id)):
            raise ConfigError(
                f"a write to {connection} is under way, and nobody knows yet what became of it",
                hint="Let a sync find out first, or close its problem: hub problems list",
            )
        parts = _parts(tx, record_id, connection)
        for one in (link, *parts):
            links.remove(tx, one.connection, one.stream, one.external_id)
        for problem in problems.conflicts(tx, connection, link.stream, [record_id]):
            problems.settle(tx, problem.id, note="Unlinked.", now=hub.world.now())
        _note(hub, tx, "unlinked", link)
    return Unlinked(link.stream, link.external_id, len(parts))


def _flight(tx: Transaction, problem: Problem) -> OutboxRow:
    current = problems.get(tx, problem.id)
    rows = [row for row in outbox.of_record(tx, problem.subject) if row.slot == IN_FLIGHT]
    flight = next((row for row in rows if (row.connection, row.stream) == (problem.connection, problem.stream)), None)
    asked = current is not None and current.state == "open" and current.kind == ProblemKind.OUTCOME_UNKNOWN
    if flight is None or not asked:
        hint = "Only a write whose outcome is unknown can be linked by hand."
        raise ConfigError(f"problem {problem.id} does not ask what became of a write", hint=hint)
    return flight


def _refuse_taken(tx: Transaction, problem: Problem, external_id: str) -> None:
    """Make sure that neither the external id nor the record is linked with something else."""
    taken = links.known(tx, problem.connection, problem.stream, [external_id]).get(external_id)
    if taken is not None and taken.state != LinkState.PROMISED and taken.record != problem.subject:
        raise ConfigError(
            f"{external_id} of {problem.connection} is another record, {taken.record}",
            hint=f"Look at it with `hub record show {taken.record}`; if that is wrong, `hub record unlink` it first.",
        )
    known = links.external_ids(tx, problem.connection, [(problem.stream, problem.subject)])
    if other := next((i for i in known.values() if i != external_id), None):
        raise ConfigError(
            f"the record is {other} in {problem.connection} already",
            hint=f"If that is wrong: `hub record unlink {problem.subject} {problem.connection}`",
        )


def _only(tx: Transaction, record_id: str, connection: str, stream: str | None) -> LinkRow:
    linked = links.of_records(tx, [record_id]).get(record_id, [])
    found = [link for link in linked if link.connection == connection and stream in (None, link.stream)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(link.stream for link in found)
        raise ConfigError(f"the record is in several streams of {connection}", hint=f"Name one with --stream: {names}.")
    places = ", ".join(f"{link.connection} {link.stream}" for link in linked)
    raise ConfigError(f"the record is not linked in {connection}", hint=f"It is in: {places or 'no connection'}.")


def _parts(tx: Transaction, record_id: str, connection: str) -> Sequence[LinkRow]:
    record = records.by_ids(tx, [record_id]).get(record_id)
    if record is None:
        return []
    data = orjson.loads(record.data)
    ids = [part["id"] for name in PARTS.get(record.entity, ()) for part in data.get(name) or ()]
    return [link for rows in links.of_records(tx, ids).values() for link in rows if link.connection == connection]


def _note(hub: Hub, tx: Transaction, kind: str, link: LinkRow) -> None:
    at = utc_text(hub.world.now())
    place = (link.connection, link.stream, link.record, link.external_id)
    runs.add_events(tx, [Event(hub.world.new_id(), None, at, kind, *place, {})])
