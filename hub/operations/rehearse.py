"""`hub sync --plan`: runs the real engine on a copy of the database, with connectors that cannot write."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from hub.document import Document
from hub.errors import RecordError
from hub.operations.problem import release_problem
from hub.queries.difference import Difference, differences
from hub.queries.words import record_words
from hub.store import leases, overview, problems, records, runs
from hub.store.database import Database, Transaction
from hub.store.problems import Problem
from hub.store.runs import Event
from hub.sync.execute import Report, Result, sync, sync_connection
from hub.sync.hub import Hub
from hub.sync.reading.pull import Progress, silent
from hub.sync.rehearsal import Intent, Rehearsal, is_made_up

SHOWN = 1000
"""How many writes, skips and parked records of a stream are kept one by one; all of them are counted."""


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """One record that would be created (`external_id` None) or changed; `document` is what would be sent.

    `fields` are canonical, except where what the remote holds cannot be read: then they are the remote's own.
    """

    record: str
    name: str
    external_id: str | None
    fields: tuple[Difference, ...]
    document: Document


@dataclass(frozen=True, slots=True)
class PlannedSkip:
    """One record that would not be written, and the rule or the reason."""

    record: str
    name: str
    reason: str


@dataclass(slots=True)
class PlannedStream:
    """What a run would write to a stream of a connection, and what not. The lists are cut, the counts are not.

    `held`: why a cap holds it back; then the writes are those of the run after somebody released it.
    """

    connection: str
    stream: str
    creates: int = 0
    changes: int = 0
    writes: list[PlannedWrite] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    skips: list[PlannedSkip] = field(default_factory=list)
    parked: Counter[str] = field(default_factory=Counter)
    parks: list[PlannedSkip] = field(default_factory=list)
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What a sync would do: `streams` are those that something would happen to, `runs` the runs with their numbers.

    `notices` is how many messages to buyers would become due.
    """

    streams: tuple[PlannedStream, ...]
    runs: tuple[Result, ...]
    report: Report
    notices: int


def plan_sync(
    hub: Hub,
    connections: Sequence[str] = (),
    streams: Sequence[str] = (),
    *,
    shown: int = SHOWN,
    progress: Progress = silent,
) -> SyncPlan:
    """Work out what a sync would do now, by doing it to a copy; nothing is written to any system or to the database."""
    with tempfile.TemporaryDirectory(prefix="hub-plan-") as folder:
        copy = hub.database.copy(Path(folder) / "plan.db")
        try:
            with copy.write() as tx:
                leases.forget(tx)
            return _rehearse(hub, copy, connections, streams, shown, progress)
        finally:
            copy.close()


def _rehearse(
    hub: Hub, copy: Database, connections: Sequence[str], streams: Sequence[str], shown: int, progress: Progress
) -> SyncPlan:
    found = _Found(copy, shown)
    inner = replace(hub, database=copy, around=Rehearsal(lambda: inner, found.note))
    with copy.read() as tx:
        due_before = overview.count_notices(tx).get("pending", 0)
    report = sync(inner, connections, streams, progress=progress)
    with copy.read() as tx:
        for result in report.results:
            if result.run:
                found.settle(tx, result)
        held = problems.held(tx)
    _release(inner, found, held)
    with copy.read() as tx:
        due = overview.count_notices(tx).get("pending", 0) - due_before
    return SyncPlan(tuple(found.streams.values()), tuple(report.results), report, due)


def _release(inner: Hub, found: _Found, held: Mapping[tuple[str, str], Sequence[Problem]]) -> None:
    """Go on in the copy with what caps hold back, so that a person sees it before releasing it."""
    for (connection, stream), stopped in held.items():
        plan = found.at(connection, stream)
        plan.held = tuple(one.message for one in stopped)
        for one in stopped:
            plan.parked.pop(one.message, None)
            release_problem(inner.database, one, "a plan", inner.world.now())
        plan.parks = [one for one in plan.parks if one.reason not in plan.held]
        sync_connection(inner, connection, [stream], first=False)


class _Found:
    """What a rehearsal has found out so far, by stream."""

    def __init__(self, copy: Database, shown: int) -> None:
        self.streams: dict[tuple[str, str], PlannedStream] = {}
        self._copy = copy
        self._shown = shown

    def at(self, connection: str, stream: str) -> PlannedStream:
        """Give the plan of a stream."""
        return self.streams.setdefault((connection, stream), PlannedStream(connection, stream))

    def note(self, intent: Intent) -> None:
        """Keep a write that would be sent."""
        plan, write = self.at(intent.connection, intent.stream), intent.write
        plan.creates += write.external_id is None
        plan.changes += write.external_id is not None
        if len(plan.writes) < self._shown:
            with self._copy.read() as tx:
                record = records.by_ids(tx, [write.record_id])[write.record_id]
            fields = _fields(intent, orjson.loads(record.data))
            name = record_words(record)
            plan.writes.append(PlannedWrite(record.id, name, write.external_id, fields, write.document))

    def settle(self, tx: Transaction, result: Result) -> None:
        """Add what a run skipped and parked."""
        events = [*runs.events(tx, run_id=result.run, kind="skipped", limit=self._shown)]
        waits = [*runs.events(tx, run_id=result.run, kind="parked", limit=self._shown)]
        stuck = problems.of_run(tx, result.run, limit=self._shown)
        if not (result.counts.skipped or result.counts.parked):
            return
        plan = self.at(result.connection, result.stream)
        names = _names(tx, [*events, *waits], stuck)
        plan.skips += [PlannedSkip(e.record or "", names.get(e.record or "", ""), _rule(e)) for e in events]
        plan.parks += [PlannedSkip(e.record or "", names.get(e.record or "", ""), _awaited(e)) for e in waits]
        plan.parks += [PlannedSkip(p.subject, names.get(p.subject, p.subject), p.message) for p in stuck]
        plan.skipped.update(runs.tally(tx, result.run, "skipped", "rule"))
        waiting = runs.tally(tx, result.run, "parked", "waits")
        plan.parked.update({f"waits for one of {stream}": number for stream, number in waiting.items()})
        plan.parked.update(problems.tally(tx, result.run))


def _fields(intent: Intent, data: dict[str, Any]) -> tuple[Difference, ...]:
    write, mapping = intent.write, intent.mapping
    if write.external_id is None:
        told = {name: value for name, value in data.items() if name in mapping.writable and value not in (None, "", [])}
        return tuple(Difference(name, None, value) for name, value in told.items())
    before: Document = write.base or {}
    after = mapping.apply(write.document, before)
    try:
        mine, theirs = (mapping.decode(document, intent.tables, _named) for document in (before, after))
    except RecordError:
        mine, theirs = before, after
    return tuple(differences(mine, theirs))


def _named(stream: str, external_id: str) -> str:
    return f"{stream} {'that are new' if is_made_up(external_id) else external_id}"


def _names(tx: Transaction, events: Iterable[Event], stuck: Iterable[Problem]) -> dict[str, str]:
    ids = {event.record for event in events if event.record} | {one.subject for one in stuck}
    return {record_id: record_words(row) for record_id, row in records.by_ids(tx, ids).items()}


def _rule(event: Event) -> str:
    return str((event.detail or {}).get("rule", ""))


def _awaited(event: Event) -> str:
    return f"waits for one of {(event.detail or {}).get('waits', '')}"
