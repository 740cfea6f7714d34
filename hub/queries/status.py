"""The state of the whole hub on one page: connections, lag, backlog, and what needs a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.clock import utc_parse
from hub.connector import Stream
from hub.plugins import Plugins
from hub.queries.schedule import unscheduled
from hub.store import alerts, checkpoints, health, inbox, outbox, overview, problems, runs, settings
from hub.store.alerts import Alert
from hub.store.checkpoints import Checkpoint
from hub.store.database import Database, Transaction
from hub.store.health import Health
from hub.store.settings import ConnectionRow
from hub.sync.writing.missing import count_foreign

READING = ("pull", "track")


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """How one stream is doing. `lag` is by how many seconds it is behind; the rest counts what is still to be done.

    Not so `foreign`: writes that refer to what is another system's own, and so never go.
    """

    name: str
    entity: str
    reads: bool
    records: int
    synced_at: datetime | None
    lag: float | None
    last_state: str | None
    running: bool
    to_read: int
    to_write: int
    waiting: int
    in_flight: int
    foreign: int = 0


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """How one connection is doing; `retry_at` is when it is tried again after `failures` in a row."""

    name: str
    title: str
    merchant: str
    state: str
    reason: str | None
    since: datetime | None
    streams: tuple[StreamStatus, ...]
    failures: int = 0
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """Something that needs a person: a sentence, and the command to start with."""

    sentence: str
    command: str


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the hub. `records` counts by entity, `problems` by kind, `notices` by state.

    `unscheduled` names the connections that no schedule reads.
    """

    at: datetime
    connections: tuple[ConnectionStatus, ...]
    records: dict[str, int]
    problems: dict[str, int]
    notices: dict[str, int]
    needs: tuple[Need, ...]
    unscheduled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Facts:
    now: datetime
    links: dict[tuple[str, str], int]
    marks: dict[tuple[str, str, str], Checkpoint]
    good: dict[tuple[str, str], str]
    newest: dict[tuple[str, str, str], runs.RunRow]
    inbox: dict[tuple[str, str], int]
    outbox: dict[tuple[str, str], tuple[int, int, int]]
    foreign: Mapping[tuple[str, str], int]
    health: dict[str, Health]


def status(database: Database, plugins: Plugins, *, now: datetime) -> Status:
    """Look at everything once."""
    with database.read() as tx:
        connections = settings.connections(tx)
        facts, unread = _facts(tx, now), unscheduled(tx, plugins)
        open_problems = problems.count_open(tx)
        notices, records = overview.count_notices(tx), overview.count_records(tx)
        standing = [one for one in alerts.standing(tx) if not one.subject.startswith("connection ")]
    by_kind: dict[str, int] = {}
    for (_, kind), count in open_problems.items():
        by_kind[kind] = by_kind.get(kind, 0) + count
    shown = tuple(_connection(row, plugins, facts) for row in connections)
    needs = (*_needs(shown, by_kind, notices), *map(_alarm, standing))
    return Status(now, shown, records, by_kind, notices, needs, unread)


def _facts(tx: Transaction, now: datetime) -> _Facts:
    return _Facts(
        now=now,
        links=overview.count_links(tx),
        marks=checkpoints.every(tx),
        good=overview.last_good_runs(tx, READING),
        newest=runs.newest(tx),
        inbox=inbox.backlog(tx),
        outbox=outbox.backlog(tx),
        foreign=count_foreign(tx),
        health=health.every(tx),
    )


def _connection(row: ConnectionRow, plugins: Plugins, facts: _Facts) -> ConnectionStatus:
    spec, fared = plugins.connectors.get(row.connector), facts.health.get(row.name, Health())
    return ConnectionStatus(
        name=row.name,
        title=spec.title if spec else row.connector,
        merchant=row.merchant,
        state=row.state if spec else "broken",
        reason=row.reason if spec else f"the connector {row.connector} cannot be used",
        since=utc_parse(row.state_at) if row.state_at else None,
        streams=tuple(_stream(row.name, stream, facts) for stream in (spec.streams if spec else ())),
        failures=fared.failures,
        retry_at=utc_parse(fared.retry_at) if fared.retry_at else None,
    )


def _stream(connection: str, stream: Stream, facts: _Facts) -> StreamStatus:
    key = (connection, stream.name)
    to_write, waiting, in_flight = facts.outbox.get(key, (0, 0, 0))
    foreign = facts.foreign.get(key, 0)
    synced_at = _synced_at(key, stream, facts)
    newest = max(
        (run for (c, s, _), run in facts.newest.items() if (c, s) == key), key=lambda run: run.id, default=None
    )
    return StreamStatus(
        name=stream.name,
        entity=stream.entity,
        reads=stream.reads or stream.tracks,
        records=facts.links.get(key, 0),
        synced_at=synced_at,
        lag=(facts.now - synced_at).total_seconds() if synced_at else None,
        last_state=newest.state if newest else None,
        running=newest is not None and newest.state == "running",
        to_read=facts.inbox.get(key, 0),
        to_write=to_write,
        waiting=waiting - foreign,
        in_flight=in_flight,
        foreign=foreign,
    )


def _synced_at(key: tuple[str, str], stream: Stream, facts: _Facts) -> datetime | None:
    """A stream is as fresh as the start of the last run that read it to its end, by our clock."""
    good = facts.good.get(key)
    return utc_parse(good) if good and (stream.reads or stream.tracks) else None


def _alarm(one: Alert) -> Need:
    """Say what the watch has found: its hint ends in the command to start with, where there is one."""
    command = one.hint.rpartition(": ")[2]
    return Need(one.sentence, command if command.startswith("hub ") else "hub doctor")


def _needs(connections: tuple[ConnectionStatus, ...], by_kind: dict[str, int], notices: dict[str, int]) -> list[Need]:
    needs = [
        Need(f"{one.name} {STATES[one.state]}" + (f": {one.reason}" if one.reason else ""), command.format(one.name))
        for one in connections
        if (command := COMMANDS.get(one.state))
    ]
    needs += [
        Need(f"{count} {KINDS[kind][count != 1]}", "hub problems list") for kind, count in sorted(by_kind.items())
    ]
    for state, sentence in (("held", "held back for release"), ("unknown", "may or may not have been sent")):
        if count := notices.get(state, 0):
            needs.append(Need(f"{count} notice{'s' * (count != 1)} {sentence}", f"hub notices list --state {state}"))
    return needs


STATES = {
    "needs_reauth": "refuses our credentials",
    "paused": "is paused",
    "degraded": "is in trouble",
    "broken": "cannot be used",
}
COMMANDS = {
    "needs_reauth": "hub connect test {}",
    "paused": "hub connect resume {}",
    "degraded": "hub connect test {}",
    "broken": "hub connectors",
}
KINDS = {
    "dead_letter": ("record could not be processed", "records could not be processed"),
    "outcome_unknown": ("write whose outcome is unknown", "writes whose outcome is unknown"),
    "conflict": ("conflict between two systems", "conflicts between two systems"),
    "held": ("run held back by a cap", "runs held back by a cap"),
    "demand": ("demand that a person must meet", "demands that a person must meet"),
    "repair": ("thing to repair", "things to repair"),
}
