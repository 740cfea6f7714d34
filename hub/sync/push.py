"""Writes what is owed to a remote. Bytes and key are committed before they are sent; what may have arrived is never
blindly sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import orjson

from hub.clock import utc_text
from hub.connector import Fetches, Finds, Refused, Stream, Upserts, Write, Written
from hub.errors import BadResponseError, ConfigError, HubError, RecordError, TransientError
from hub.store import inbox, links, outbox, problems, records, runs
from hub.store.database import Transaction
from hub.store.outbox import IN_FLIGHT, PENDING, OutboxRow
from hub.store.problems import Place, ProblemKind
from hub.store.runs import Counts, Event
from hub.sync.land import land
from hub.sync.missing import complain, want
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
    recover(writing)
    while True:
        with session.hub.database.read() as tx:
            due = outbox.due(tx, session.name, stream.name, session.hub.world.now(), max(stream.batch, 50))
        rows = [row for row in due if row.record not in writing.seen]
        if not rows or session.stopping():
            break
        writing.seen |= {row.record for row in rows}
        prepared = prepare(session, stream, rows)
        _settle(writing, prepared)
        _send_all(writing, prepared.flights)
    complain(session, stream, writing.run)


def _send_all(writing: Writing, flights: Sequence[OutboxRow]) -> None:
    """Send batch after batch; when one fails, those after it were never sent and are only owed again."""
    session, stream = writing.session, writing.stream
    for start in range(0, len(flights), stream.batch):
        try:
            _send(writing, flights[start : start + stream.batch])
        except HubError:
            with session.commit() as tx:
                for row in flights[start + stream.batch :]:
                    outbox.drop(tx, session.name, stream.name, row.record, IN_FLIGHT)
                    outbox.owe(tx, [(session.name, stream.name, row.record)], session.hub.world.now())
            raise
        writing.progress(session.name, stream.name, writing.counts.written, None)


def _settle(writing: Writing, prepared: Prepared) -> None:
    """Commit what needs no sending, and freeze what is about to be sent."""
    session, stream, counts = writing.session, writing.stream, writing.counts
    flights = [replace(row, run=writing.run) for row in prepared.flights]
    counts.read += len(prepared.waits) + len(prepared.refused) + len(prepared.skipped) + len(prepared.nothing)
    counts.parked += len(prepared.waits) + len(prepared.refused)
    counts.skipped += len(prepared.skipped)
    counts.unchanged += len(prepared.nothing)
    with session.commit() as tx:
        for row, missing in prepared.waits:
            outbox.wait(tx, row, missing.stream, missing.record_id)
            want(session, tx, missing)
            _event(writing, tx, "parked", row.record, {"waits": missing.stream, "for": missing.record_id})
        for row, error in prepared.refused:
            _problem(writing, tx, row, error)
            outbox.drop(tx, session.name, stream.name, row.record, PENDING)
        for row, reason in prepared.skipped:
            _event(writing, tx, "skipped", row.record, {"rule": reason})
            outbox.drop(tx, session.name, stream.name, row.record, PENDING)
        for row in prepared.nothing:
            outbox.drop(tx, session.name, stream.name, row.record, PENDING)
        done = [row.record for row in prepared.nothing] + [row.record for row, _ in prepared.skipped]
        _close(writing, tx, done, "Nothing is left to write.")
        for start in range(0, len(flights), stream.batch):
            outbox.launch(tx, flights[start : start + stream.batch])
        _owe_again(writing, tx, prepared)
        runs.progress(tx, writing.run, counts)


def _owe_again(writing: Writing, tx: Transaction, prepared: Prepared) -> None:
    """Look once more at records that changed while they were prepared: what was decided is about an older version."""
    session, stream = writing.session, writing.stream
    current = records.current_versions(tx, prepared.versions)
    moved = [record for record, version in prepared.versions.items() if current.get(record, 0) != version]
    outbox.owe(tx, [(session.name, stream.name, record) for record in moved], session.hub.world.now())


def unsettled(session: Session, stream: Stream) -> list[OutboxRow]:
    """List the writes whose answer was never seen; of those that a person was asked about, what was read since."""
    with session.hub.database.read() as tx:
        rows = outbox.in_flight(tx, session.name, stream.name)
        read = _read_since(session, stream, tx, rows)
        return [row for row in rows if row.waits_stream != OUTCOME or row.record in read]


def recover(writing: Writing) -> None:
    """Find out what became of writes whose answer was never seen."""
    session, stream = writing.session, writing.stream
    rows = unsettled(session, stream)
    if not rows:
        return
    with session.hub.database.read() as tx:
        read = _read_since(session, stream, tx, rows)
    again: list[OutboxRow] = []
    for row in rows:
        write = to_write(row)
        if row.record in read:
            _arrived(writing, row)
        elif _repeatable(row, stream):
            again.append(row)
        elif not isinstance(session.connector, Finds):
            _ask_person(writing, row)
        elif (external_id := session.connector.find(stream.name, write)) is None:
            again.append(row)
        else:
            _land(writing, [Written(write, external_id)])
    writing.seen |= {row.record for row in rows}
    for start in range(0, len(again), stream.batch):
        _send(writing, again[start : start + stream.batch])


def _repeatable(row: OutboxRow, stream: Stream) -> bool:
    return row.external_id is not None or stream.keyed


def _read_since(session: Session, stream: Stream, tx: Transaction, rows: Sequence[OutboxRow]) -> set[str]:
    """Tell which records were to be created and have been read from the remote since."""
    created = [(stream.name, row.record) for row in rows if row.external_id is None]
    return {record for _, record in links.external_ids(tx, session.name, created)}


def _arrived(writing: Writing, row: OutboxRow) -> None:
    session, stream, counts = writing.session, writing.stream, writing.counts
    counts.read, counts.written = counts.read + 1, counts.written + 1
    with session.commit() as tx:
        outbox.drop(tx, session.name, stream.name, row.record, IN_FLIGHT)
        _close(writing, tx, [row.record], "It was read from the remote.")
        runs.progress(tx, writing.run, counts)


def _ask_person(writing: Writing, row: OutboxRow) -> None:
    session, stream = writing.session, writing.stream
    writing.counts.read, writing.counts.parked = writing.counts.read + 1, writing.counts.parked + 1
    error = RecordError(
        f"Nobody knows whether {session.spec.title} received this {stream.entity}, and it cannot be asked.",
        hint="Look there: if it is missing, replay this problem; if it is there, leave it open: nothing is sent.",
    )
    with session.commit() as tx:
        outbox.wait(tx, row, OUTCOME, row.record)
        _problem(writing, tx, row, error, kind=ProblemKind.OUTCOME_UNKNOWN)
        runs.progress(tx, writing.run, writing.counts)


def _send(writing: Writing, rows: Sequence[OutboxRow]) -> None:
    """Send one batch and commit every outcome that came, also when the rest failed."""
    session, stream = writing.session, writing.stream
    writes = [to_write(row) for row in rows]
    _give_bases(session, stream, writes)
    parts = [writes]
    while parts:
        part = parts.pop(0)
        outcomes, failure = _upsert(session, stream, part)
        left = part[len(outcomes) :]
        if isinstance(failure, RecordError) and not outcomes and len(part) > 1:
            middle = len(part) // 2  # refused as a whole: split until the bad one is alone (T126)
            parts = [part[:middle], part[middle:], *parts]
            continue
        if isinstance(failure, RecordError) and left:
            outcomes.append(Refused(left[0], failure))
            parts, failure = [left[1:], *parts] if left[1:] else parts, None
        _land(writing, outcomes)
        if failure is not None:
            raise failure


def _upsert(session: Session, stream: Stream, writes: Sequence[Write]) -> tuple[list[Outcome], HubError | None]:
    """Hand writes to the connector; give the outcomes that came, and the error that ended them."""
    outcomes: list[Outcome] = []
    try:
        for outcome in session.connector.upsert(stream.name, writes):
            outcomes.append(outcome)  # what came before an error counts
            session.keep_alive()
    except (RecordError, TransientError, ConfigError) as error:
        return outcomes, error
    if len(outcomes) < len(writes):
        said = f"{session.spec.title} told the outcome of {len(outcomes)} of {len(writes)} writes to {stream.name}."
        return outcomes, BadResponseError(said, hint="Report it to the connector's author; the next sync goes on.")
    return outcomes, None


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
    writing.counts.read += len(outcomes)
    writing.counts.written += len(written)
    writing.counts.parked += len(refused)
    answered = session.next_asked()
    with session.commit() as tx:
        land(session, stream, tx, written, answered, writing.run)
        for refusal in refused:
            row = next(r for r in outbox.of_record(tx, refusal.write.record_id) if _is_flight(r, session, stream))
            _problem(writing, tx, row, refusal.error)
            outbox.drop(tx, session.name, stream.name, row.record, IN_FLIGHT)
            if row.external_id and stream.reads and isinstance(session.connector, Fetches):
                wanted = (session.name, stream.name, row.external_id)  # it may be gone: only a read by id tells
                inbox.add(tx, [wanted], "a write was refused", session.hub.world.now())
        runs.progress(tx, writing.run, writing.counts)


def _read_back(session: Session, stream: Stream, outcome: Written) -> Written:
    """See to it that an outcome carries the record as it stands in the remote now."""
    if outcome.document is not None or not isinstance(session.connector, Fetches):
        return outcome
    try:
        document = next(iter(session.connector.fetch(stream.name, [outcome.external_id])), None)
    except HubError:
        return outcome  # that it was written is known and must not be lost; what became of it shows when it is read
    return Written(outcome.write, outcome.external_id, outcome.version, document)


def to_write(row: OutboxRow) -> Write:
    """Make the connector's write of what was frozen."""
    return Write(row.record, row.key or "", row.external_id, orjson.loads(row.body or "{}"))


def _is_flight(row: OutboxRow, session: Session, stream: Stream) -> bool:
    return (row.connection, row.stream, row.slot) == (session.name, stream.name, IN_FLIGHT)


def _problem(
    writing: Writing,
    tx: Transaction,
    row: OutboxRow,
    error: RecordError,
    kind: ProblemKind = ProblemKind.DEAD_LETTER,
) -> None:
    session = writing.session
    place = Place(session.merchant, session.name, writing.stream.name, "push", row.record)
    problem_id, now = session.hub.world.new_id(), session.hub.world.now()
    problems.report(tx, place, error, problem_id=problem_id, now=now, kind=kind, document=row.body, run=writing.run)


def _close(writing: Writing, tx: Transaction, done: Sequence[str], note: str) -> None:
    session, stream = writing.session, writing.stream
    if done and problems.any_open(tx, session.name, stream.name):
        problems.close(tx, session.name, stream.name, "push", done, note=note, now=session.hub.world.now())


def _event(writing: Writing, tx: Transaction, kind: str, record: str, detail: dict[str, str]) -> None:
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
