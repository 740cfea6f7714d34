"""Writes what is owed to a remote. Bytes and key are committed before they are sent; what may have arrived is never
blindly sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import orjson
from sqlalchemy import Connection

from hub.clock import utc_text
from hub.connector import Fetches, Finds, Refused, Stream, Upserts, Write, Written
from hub.errors import ConfigError, HubError, LinkMissingError, RecordError, TransientError
from hub.store import inbox, links, outbox, problems, records, runs
from hub.store.links import LinkState
from hub.store.outbox import IN_FLIGHT, PENDING, OutboxRow
from hub.store.problems import Place, ProblemKind
from hub.store.runs import Counts, Event
from hub.sync.land import land
from hub.sync.prepare import Prepared, prepare
from hub.sync.pull import Progress, silent
from hub.sync.session import Session

OUTCOME = "outcome"
"""In `waits_stream` of a row in flight: a person must find out whether it arrived."""
Outcome = Written | Refused


@dataclass(slots=True)
class Writing:
    """One run that writes a stream."""

    session: Session
    stream: Stream
    run: str
    counts: Counts = field(default_factory=Counts)
    progress: Progress = silent
    seen: set[str] = field(default_factory=set)


def push(writing: Writing) -> None:
    """Settle what is in flight since a crash, then write everything that is due, batch after batch."""
    session, stream = writing.session, writing.stream
    if not isinstance(session.connector, Upserts):
        raise ConfigError(f"{session.spec.title} cannot write {stream.name}.", hint="Remove the route to it.")
    _recover(writing)
    while True:
        with session.hub.database.read() as tx:
            due = outbox.due(tx, session.name, stream.name, session.hub.world.now(), max(stream.batch, 50))
        rows = [row for row in due if row.record not in writing.seen]
        if not rows:
            return
        writing.seen |= {row.record for row in rows}
        prepared = prepare(session, stream, rows)
        _settle(writing, prepared)
        for start in range(0, len(prepared.flights), stream.batch):
            _send(writing, prepared.flights[start : start + stream.batch])
            writing.progress(session.name, stream.name, writing.counts.written, None)


def _settle(writing: Writing, prepared: Prepared) -> None:
    """Commit what needs no sending, and freeze what is about to be sent."""
    session, stream, counts = writing.session, writing.stream, writing.counts
    flights = [replace(row, run=writing.run) for row in prepared.flights]
    counts.read += (
        len(flights) + len(prepared.waits) + len(prepared.refused) + len(prepared.skipped) + len(prepared.nothing)
    )
    counts.parked += len(prepared.waits) + len(prepared.refused)
    counts.skipped += len(prepared.skipped)
    counts.unchanged += len(prepared.nothing)
    with session.commit() as tx:
        for row, missing in prepared.waits:
            outbox.wait(tx, row, missing.stream, missing.record_id)
            _want(writing, tx, missing)
            _event(writing, tx, "parked", row.record, {"waits": missing.stream, "for": missing.record_id})
        for row, error in prepared.refused:
            _problem(writing, tx, row, error)
            outbox.drop(tx, session.name, stream.name, row.record, PENDING)
        for row, reason in prepared.skipped:
            _event(writing, tx, "skipped", row.record, {"rule": reason})
            outbox.drop(tx, session.name, stream.name, row.record, PENDING)
        for row in prepared.nothing:
            outbox.drop(tx, session.name, stream.name, row.record, PENDING)
        for start in range(0, len(flights), stream.batch):
            outbox.launch(tx, flights[start : start + stream.batch])
        runs.progress(tx, writing.run, counts)


def _want(writing: Writing, tx: Connection, missing: LinkMissingError) -> None:
    """See to it that what a record waits for comes: written here if it is known, else fetched where it was promised."""
    session = writing.session
    now = session.hub.world.now()
    if missing.record_id in records.by_ids(tx, [missing.record_id]):
        outbox.owe(tx, [(session.name, missing.stream, missing.record_id)], now)
        return
    promised = [
        (link.connection, link.stream, link.external_id)
        for link in links.of_records(tx, [missing.record_id]).get(missing.record_id, ())
        if link.state == LinkState.PROMISED and link.connection != session.name
    ]
    inbox.add(tx, promised, "something waits for it", now)


def _recover(writing: Writing) -> None:
    """Find out what became of writes whose answer was never seen."""
    session, stream = writing.session, writing.stream
    with session.hub.database.read() as tx:
        rows = [r for r in outbox.in_flight(tx, session.name, stream.name) if r.waits_stream != OUTCOME]
    if not rows:
        return
    again: list[OutboxRow] = []
    for row in rows:
        write = to_write(row)
        if row.external_id is not None or stream.keyed:
            again.append(row)
        elif not isinstance(session.connector, Finds):
            _ask_person(writing, row)
        elif (external_id := session.connector.find(stream.name, write)) is None:
            again.append(row)
        else:
            writing.counts.read += 1
            _land(writing, [Written(write, external_id)])
    writing.counts.read += len(again)
    writing.seen |= {row.record for row in rows}
    for start in range(0, len(again), stream.batch):
        _send(writing, again[start : start + stream.batch])


def _ask_person(writing: Writing, row: OutboxRow) -> None:
    session, stream = writing.session, writing.stream
    error = RecordError(
        f"Nobody knows whether {session.spec.title} received this {stream.entity}, and it cannot be asked.",
        hint="Look there: if it is missing, replay this problem; if it is there, close it.",
    )
    with session.commit() as tx:
        outbox.wait(tx, row, OUTCOME, row.record)
        _problem(writing, tx, row, error, kind=ProblemKind.OUTCOME_UNKNOWN)


def _send(writing: Writing, rows: Sequence[OutboxRow]) -> None:
    """Send one batch and commit every outcome that came, also when the rest failed."""
    session, stream = writing.session, writing.stream
    left = [to_write(row) for row in rows]
    _give_bases(session, stream, left)
    while left:
        outcomes: list[Outcome] = []
        failure: HubError | None = None
        try:
            for outcome in session.connector.upsert(stream.name, left):
                outcomes.append(outcome)  # noqa: PERF402  what came before an error counts
        except RecordError as error:
            if len(outcomes) == len(left):
                raise
            outcomes.append(Refused(left[len(outcomes)], error))
        except (TransientError, ConfigError) as error:
            failure = error
        _land(writing, outcomes)
        left = left[len(outcomes) :]
        if failure is not None:
            raise failure


def _give_bases(session: Session, stream: Stream, writes: list[Write]) -> None:
    """Hand each change the last document seen, which may matter to a connector."""
    with session.hub.database.read() as tx:
        known = [write.external_id for write in writes if write.external_id]
        bodies = links.documents(tx, session.name, stream.name, known)
    for i, write in enumerate(writes):
        if write.external_id and write.external_id in bodies:
            base = orjson.loads(bodies[write.external_id])
            writes[i] = Write(write.record_id, write.key, write.external_id, write.document, base)


def _land(writing: Writing, outcomes: Sequence[Outcome]) -> None:
    session, stream = writing.session, writing.stream
    written = [_read_back(session, stream, outcome) for outcome in outcomes if isinstance(outcome, Written)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    writing.counts.written += len(written)
    writing.counts.parked += len(refused)
    answered = session.next_asked()
    with session.commit() as tx:
        land(session, stream, tx, written, answered, writing.run)
        for refusal in refused:
            row = next(r for r in outbox.of_record(tx, refusal.write.record_id) if _is_flight(r, session, stream))
            _problem(writing, tx, row, refusal.error)
            outbox.drop(tx, session.name, stream.name, row.record, IN_FLIGHT)
        runs.progress(tx, writing.run, writing.counts)


def _read_back(session: Session, stream: Stream, outcome: Written) -> Written:
    """See to it that an outcome carries the record as it stands in the remote now."""
    if outcome.document is not None or not isinstance(session.connector, Fetches):
        return outcome
    document = next(iter(session.connector.fetch(stream.name, [outcome.external_id])), None)
    return Written(outcome.write, outcome.external_id, outcome.version, document)


def to_write(row: OutboxRow) -> Write:
    """Make the connector's write of what was frozen."""
    return Write(row.record, row.key or "", row.external_id, orjson.loads(row.body or "{}"))


def _is_flight(row: OutboxRow, session: Session, stream: Stream) -> bool:
    return (row.connection, row.stream, row.slot) == (session.name, stream.name, IN_FLIGHT)


def _problem(
    writing: Writing,
    tx: Connection,
    row: OutboxRow,
    error: RecordError,
    kind: ProblemKind = ProblemKind.DEAD_LETTER,
) -> None:
    session = writing.session
    place = Place(session.merchant, session.name, writing.stream.name, "push", row.record)
    problem_id, now = session.hub.world.new_id(), session.hub.world.now()
    problems.report(tx, place, error, problem_id=problem_id, now=now, kind=kind, document=row.body, run=writing.run)


def _event(writing: Writing, tx: Connection, kind: str, record: str, detail: dict[str, str]) -> None:
    session = writing.session
    event = Event(
        session.hub.world.new_id(),
        writing.run,
        utc_text(session.hub.world.now()),
        kind,
        session.name,
        writing.stream.name,
        record,
        None,
        detail,
    )
    runs.add_events(tx, [event])
