"""Sends a batch of frozen writes and commits every outcome that came, also when the rest failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import orjson

from hub.clock import utc_text
from hub.connector import Fetches, Refused, Stream, Write, Written
from hub.errors import BadResponseError, ConfigError, ConflictError, HubError, RecordError, TransientError
from hub.store import inbox, links, outbox, problems, runs
from hub.store.database import Transaction
from hub.store.history import Way
from hub.store.outbox import IN_FLIGHT, OutboxRow
from hub.store.problems import Place, ProblemKind
from hub.store.runs import Counts, Event
from hub.sync.agreeing.past import keep_sent
from hub.sync.connection.backoff import back_off
from hub.sync.connection.session import Session
from hub.sync.reading.pull import Progress, silent
from hub.sync.writing.land import Landing, land, owe_anew
from hub.sync.writing.stop import mark, may_stop

TRIES = 3
"""How often a write that was overtaken is made anew in one run before a person is asked."""
Outcome = Written | Refused


@dataclass(slots=True)
class Writing:
    """One run that writes a stream: what is live, or with `bulk` everything until it `is_enough`.

    `overtaken`: records whose writes were refused since the remote had changed meanwhile, with their external ids.
    `repeated`: records whose writes may have arrived long ago: what is answered now, people may have edited since.
    """

    session: Session
    stream: Stream
    run: str
    counts: Counts = field(default_factory=Counts)
    progress: Progress = silent
    seen: set[str] = field(default_factory=set)
    back: set[str] = field(default_factory=set)
    bulk: bool = False
    is_enough: Callable[[], bool] = lambda: False
    overtaken: dict[str, str | None] = field(default_factory=dict)
    tries: Counter[str] = field(default_factory=Counter)
    repeated: set[str] = field(default_factory=set)


def send(writing: Writing, rows: Sequence[OutboxRow]) -> None:
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
        settle_outcomes(writing, outcomes)
        if failure is not None:
            _postpone(writing, left, failure)
            raise failure


def _postpone(writing: Writing, writes: Sequence[Write], failure: HubError) -> None:
    """Leave writes alone for a while whose answer did not come: what else is owed goes first then."""
    session, stream = writing.session, writing.stream
    if not isinstance(failure, TransientError):
        return
    wanted = {write.record_id for write in writes}
    with session.commit() as tx:
        now = session.hub.world.now()
        for row in outbox.in_flight(tx, session.name, stream.name):
            if row.record in wanted:
                wait = back_off(row.attempts + 1, session.hub.world, asked=failure.retry_after)
                outbox.postpone(tx, row, now + wait)


def _upsert(session: Session, stream: Stream, writes: Sequence[Write]) -> tuple[list[Outcome], HubError | None]:
    """Hand writes to the connector; give the outcomes that came, and the error that ended them."""
    outcomes: list[Outcome] = []
    session.keep_alive()  # who slept since the launch may have been given up: another has asked, and has sent it
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


def settle_outcomes(writing: Writing, outcomes: Sequence[Outcome]) -> None:
    """Commit what became of writes: links with their shadows, problems, and what is owed no longer."""
    session, stream = writing.session, writing.stream
    bare = {one.write.record_id for one in outcomes if isinstance(one, Written) and one.document is None}
    bare |= writing.repeated
    written = [_read_back(session, stream, outcome) for outcome in outcomes if isinstance(outcome, Written)]
    overtaken = [one for one in outcomes if isinstance(one, Refused) and _is_overtaken(writing, one)]
    refused = [one for one in outcomes if isinstance(one, Refused) and one not in overtaken]
    writing.counts.read += len(written) + len(refused)
    writing.counts.written += len(written)
    writing.counts.parked += len(refused)
    answered = session.next_asked()
    with session.commit() as tx:
        stops = [_flight(writing, tx, one) for one in written if may_stop(stream, one.write)]
        land(Landing(session, stream, tx, answered, writing.run), written, bare)
        for flight in stops:
            mark(session, stream, tx, flight, writing.run, is_stopped=True)
        sent: list[tuple[Write, str | None, Way]] = [(one.write, one.external_id, Way.SENT) for one in written]
        sent += [(one.write, one.write.external_id, Way.REFUSED) for one in refused]
        keep_sent(session, stream, tx, sent, writing.run)
        for refusal in refused:
            _refuse(writing, tx, refusal)
        for one in overtaken:
            owe_anew(session, tx, _flight(writing, tx, one))
            writing.overtaken[one.write.record_id] = one.write.external_id
        runs.progress(tx, writing.run, writing.counts)


def _is_overtaken(writing: Writing, refusal: Refused) -> bool:
    """Tell whether a write came too late for a change in the remote, and may be made anew once that is known (T108)."""
    session, stream, record = writing.session, writing.stream, refusal.write.record_id
    if not isinstance(refusal.error, ConflictError) or writing.tries[record] >= TRIES:
        return False
    writing.tries[record] += 1
    return refusal.write.external_id is None or (stream.reads and isinstance(session.connector, Fetches))


def _refuse(writing: Writing, tx: Transaction, refusal: Refused) -> None:
    """Open a problem for a write that was refused, and look whether its record is still there."""
    session, stream = writing.session, writing.stream
    row = _flight(writing, tx, refusal)
    open_problem(writing, tx, row, refusal.error)
    outbox.drop(tx, session.name, stream.name, row.record, IN_FLIGHT)
    if may_stop(stream, refusal.write):
        mark(session, stream, tx, row, writing.run, is_stopped=False)
    was_read = isinstance(refusal.error, ConflictError)
    if row.external_id and not was_read and stream.reads and isinstance(session.connector, Fetches):
        wanted = (session.name, stream.name, row.external_id)  # it may be gone: only a read by id tells
        inbox.add(tx, [wanted], "a write was refused", session.hub.world.now())


def _flight(writing: Writing, tx: Transaction, outcome: Outcome) -> OutboxRow:
    place = (writing.session.name, writing.stream.name, IN_FLIGHT)
    rows = outbox.of_record(tx, outcome.write.record_id)
    return next(row for row in rows if (row.connection, row.stream, row.slot) == place)


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


def open_problem(
    writing: Writing,
    tx: Transaction,
    row: OutboxRow,
    error: RecordError,
    kind: ProblemKind = ProblemKind.DEAD_LETTER,
) -> None:
    """Have a person look at a write."""
    session = writing.session
    place = Place(session.merchant, session.name, writing.stream.name, "push", row.record)
    problem_id, now = session.hub.world.new_id(), session.hub.world.now()
    problems.report(tx, place, error, problem_id=problem_id, now=now, kind=kind, document=row.body, run=writing.run)


def close_problems(writing: Writing, tx: Transaction, done: Sequence[str], note: str) -> None:
    """Close the problems of records that were written after all."""
    session, stream = writing.session, writing.stream
    if done and problems.any_open(tx, session.name, stream.name):
        problems.close(tx, session.name, stream.name, "push", done, note=note, now=session.hub.world.now())


def add_event(writing: Writing, tx: Transaction, kind: str, record: str, detail: dict[str, str]) -> None:
    """Note what happened to a record."""
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
