"""Runs the streams of connections: the run loop, the one place that decides what an error means for a run."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from hub.connector import ConnectorSpec, Lane, Stream
from hub.errors import AuthError, ConfigError, HubError, UnavailableError
from hub.store import inbox, outbox, runs, settings
from hub.store.runs import Counts, RunState
from hub.sync.connection.access import is_partial, narrowed, note_access
from hub.sync.connection.session import Session, open_session
from hub.sync.connection.state import is_paused, note_failure, note_state, refuse_paused
from hub.sync.connection.sunset import note_sunset
from hub.sync.hub import Hub
from hub.sync.reading.caught_up import caught_up
from hub.sync.reading.pull import Progress, Reading, fetch_wanted, pull, silent
from hub.sync.reading.slice import sliced
from hub.sync.reading.sweep import is_due, sweep
from hub.sync.reading.track import track
from hub.sync.writing.cap import holding
from hub.sync.writing.push import push
from hub.sync.writing.recover import recover, unsettled
from hub.sync.writing.send import Writing

ROUNDS = 10
OFTEN = 3
"""A record that is owed again and again is written so often in one go of bulk work."""


class Kind(StrEnum):
    """What a run does."""

    PULL = "pull"
    PUSH = "push"
    TRACK = "track"


@dataclass(frozen=True, slots=True)
class Result:
    """How one run of a stream ended."""

    connection: str
    stream: str
    kind: Kind
    state: RunState
    counts: Counts
    run: str
    error: HubError | None = None


@dataclass(slots=True)
class Report:
    """How a sync ended: one result a run."""

    results: list[Result] = field(default_factory=list)

    @property
    def failures(self) -> list[Result]:
        """The first run of each kind of failure: what hits one stream of a remote mostly hits all of them."""
        found: dict[tuple[str, type[HubError], str], Result] = {}
        for result in self.results:
            if result.error:
                found.setdefault((result.connection, type(result.error), result.error.hint), result)
        return list(found.values())

    @property
    def errors(self) -> list[HubError]:
        """What went wrong, once each."""
        return [result.error for result in self.failures if result.error]


class CrashError(HubError):
    """A bug of ours: the run ended, its checkpoint stays, the traceback is in the run's message."""

    exit_code = 70


def sync(
    hub: Hub,
    connections: Sequence[str] = (),
    streams: Sequence[str] = (),
    *,
    progress: Progress = silent,
    stopping: Callable[[], bool] = lambda: False,
    bulk_for: timedelta | None = None,
) -> Report:
    """Pull and push until nothing moves any more: what one connection brings may be owed to another.

    Without connections all of them that are not paused. Streams given: only these. `stopping` is asked after each
    batch; what is left then is done by the next sync. `bulk_for` is how long bulk work may hold a connection; the rest
    of it is left for the next sync, too.
    """
    report, slices = Report(), bulk_for is not None
    active = _active(hub, connections)
    for turn in range(ROUNDS):
        if turn and not any(_has_work(hub, name, turn, live=slices) for name in active):
            break
        done: list[Result] = []
        for name in active:
            if not stopping() and (turn == 0 or _has_work(hub, name, turn, live=slices)):
                first = turn == 0
                done += sync_connection(
                    hub, name, streams, first=first, progress=progress, stopping=stopping, bulk_for=bulk_for
                )
        report.results += done
        if turn and not any(result.counts.read for result in done):
            break  # what is left waits for something that no further round brings
        if report.errors:
            active = [name for name in active if not _failed(report, name)]
    return report


def sync_connection(
    hub: Hub,
    name: str,
    streams: Sequence[str] = (),
    *,
    first: bool = True,
    progress: Progress = silent,
    stopping: Callable[[], bool] = lambda: False,
    bulk_for: timedelta | None = None,
) -> list[Result]:
    """Do one connection's traffic under its lease: fetch what is wanted, pull, track, push what is live.

    Then sweep, and last of all push what may wait.
    """
    results: list[Result] = []
    try:
        refuse_paused(hub, name)
        may_wait = bulk_for is not None and not first and not _has_work(hub, name, 0, live=True)
        with open_session(hub, name, stopping, bulk=may_wait) as session:
            with session.commit() as tx:
                runs.abandon(tx, name, hub.world.now())
            wanted = ordered(session.spec, _with_unread(session, ordered(session.spec, streams)))
            first = first or not all(caught_up(session, stream) for stream in wanted)
            for stream in wanted:
                if stopping():
                    break
                if not _may_begin(session, stream, results):
                    continue
                results += _stream(session, stream, first, progress)
                if results and _is_hopeless(results[-1].error):
                    break
            else:
                results += _sweeps(session, wanted, results, progress) if first else []
                results += _push_bulk(session, wanted, results, progress, bulk_for)
            _note(session, wanted, results)
    except HubError as error:
        note_failure(hub, name, error)
        results.append(Result(name, "", Kind.PULL, RunState.FAILED, Counts(), "", error))
    return results


def _with_unread(session: Session, wanted: Sequence[Stream]) -> list[str]:
    """Add to the streams that are asked for those that must come first because the database was put back."""
    names = [stream.name for stream in wanted]
    before = {name: session.spec.stream(name) for stream in wanted for name in stream.after if name not in names}
    unread = [stream for stream in before.values() if not caught_up(session, stream)]
    return _with_unread(session, [*wanted, *unread]) if unread else names


def _may_begin(session: Session, stream: Stream, before: Sequence[Result]) -> bool:
    """Tell whether what a stream refers to was read since the database was put back, unless that is off.

    What a document refers to may carry our reference: it must come first, lest it gets another id.
    """
    off = {result.stream for result in before if result.error and is_partial(result.error)}
    return all(name in off or caught_up(session, session.spec.stream(name)) for name in stream.after)


def _note(session: Session, streams: Sequence[Stream], results: Sequence[Result]) -> None:
    """Keep how the connection is, and which of its streams are off."""
    failed = {result.stream: result for result in results if result.error}
    off = [
        (stream, result.error, result.run)
        for stream in streams
        if (result := failed.get(stream.name)) and result.error and is_partial(result.error)
    ]
    tried = {result.stream for result in results} - failed.keys()
    note_access(session, off, [stream for stream in streams if stream.name in tried])
    note_sunset(session)
    note_state(session, [result.error for result in results if result.error])


def ordered(spec: ConnectorSpec, wanted: Iterable[str] = ()) -> list[Stream]:
    """Order streams so that each comes after those that its records refer to."""
    names = list(wanted) or [stream.name for stream in spec.streams]
    for name in names:
        if name not in {stream.name for stream in spec.streams}:
            have = ", ".join(stream.name for stream in spec.streams)
            raise ConfigError(f"{spec.title} has no stream {name!r}.", hint=f"It has: {have}.")
    placed: list[Stream] = []

    def place(stream: Stream) -> None:
        if stream in placed:
            return
        for before in stream.after:
            place(spec.stream(before))
        placed.append(stream)

    for stream in spec.streams:
        place(stream)
    return [stream for stream in placed if stream.name in names]


def _stream(session: Session, stream: Stream, first: bool, progress: Progress) -> list[Result]:
    """Do what there is to do for one stream: what is in flight, what is wanted, new records, then what is owed."""
    results = []
    hub = session.hub
    if settled := settle(session, stream, progress):
        results.append(settled)
        if settled.error:
            return results
    with hub.database.read() as tx:
        wanted = bool(inbox.wanted(tx, session.name, stream.name, 1))
        lanes = outbox.lanes(tx, session.name, hub.world.now())
        owes = (stream.name, True) in lanes or (
            (stream.name, False) not in lanes and (session.name, stream.name) in outbox.backlog(tx)
        )
    if wanted and stream.reads:
        reading = Reading(session, stream, "", progress=progress)
        results.append(perform(session, stream, Kind.PULL, Lane.LIVE, reading, fetch_wanted))
    if first and stream.reads:
        reading = Reading(session, stream, "", progress=progress)
        results.append(perform(session, stream, Kind.PULL, Lane.LIVE, reading, pull))
    if first and stream.tracks:
        reading = Reading(session, stream, "", progress=progress)
        results.append(perform(session, stream, Kind.TRACK, Lane.LIVE, reading, track))
    if owes and stream.writes and not (results and results[-1].error) and caught_up(session, stream):
        results.append(_push(session, stream, progress))
    return results


def _push(session: Session, stream: Stream, progress: Progress) -> Result:
    writing = Writing(session, stream, "", progress=progress)
    return perform(session, stream, Kind.PUSH, Lane.LIVE, writing, push)


def _push_bulk(
    session: Session, streams: Sequence[Stream], before: Sequence[Result], progress: Progress, at_most: timedelta | None
) -> Iterator[Result]:
    """Write what may wait, batch after batch; whatever is owed live by then goes before the next batch."""
    failed = {result.stream for result in before if result.error}
    left = {s.name: s for s in streams if s.writes and s.name not in failed and caught_up(session, s)}
    is_over, times = sliced(session, at_most), Counter[str]()

    def owing(*, live: bool) -> list[Stream]:
        lanes = _lanes(session)
        return [stream for name, stream in left.items() if (name, live) in lanes]

    def done(stream: Stream, result: Result) -> Result:
        if result.error or not result.counts.read or _is_held(session, stream):
            left.pop(stream.name, None)
        if _is_hopeless(result.error):
            left.clear()
        return result

    while not session.stopping() and not is_over() and (waiting := owing(live=False)):
        stream = waiting[0]
        tired = {record for record, count in times.items() if count == OFTEN}
        writing = Writing(session, stream, "", progress=progress, seen=set(tired), bulk=True)
        writing.is_enough = lambda: is_over() or bool(owing(live=True))
        yield done(stream, perform(session, stream, Kind.PUSH, Lane.BACKFILL, writing, push))
        times.update(writing.seen - tired)
        for urgent in owing(live=True):
            if not session.stopping():
                yield done(urgent, _push(session, urgent, progress))


def _lanes(session: Session) -> set[tuple[str, bool]]:
    with session.hub.database.read() as tx:
        return outbox.lanes(tx, session.name, session.hub.world.now())


def _is_held(session: Session, stream: Stream) -> bool:
    with session.hub.database.read() as tx:
        return (session.name, stream.name) in holding(tx)


def _sweeps(
    session: Session, streams: Sequence[Stream], before: Sequence[Result], progress: Progress
) -> Iterator[Result]:
    """Sweep the streams whose time has come, unless something is wrong with them already."""
    failed = {result.stream for result in before if result.error}
    for stream in streams:
        if stream.name not in failed and not session.stopping() and is_due(session, stream):
            reading = Reading(session, stream, "", Lane.SWEEP, progress=progress)
            yield perform(session, stream, Kind.PULL, Lane.SWEEP, reading, sweep)


def settle(session: Session, stream: Stream, progress: Progress) -> Result | None:
    """Find out what became of unanswered writes before reading: a read would take them for new records."""
    if not (stream.writes and unsettled(session, stream)):
        return None
    writing = Writing(session, stream, "", progress=progress)
    return perform(session, stream, Kind.PUSH, Lane.LIVE, writing, recover)


def perform(
    session: Session,
    stream: Stream,
    kind: Kind,
    lane: Lane,
    work: Reading | Writing,
    do: Callable[[object], None] | Callable[..., None],
) -> Result:
    """Run one piece of work and note how it ended; an error never loses what was committed before it."""
    hub = session.hub
    work.run = hub.world.new_id()
    with session.commit() as tx:
        runs.start(tx, work.run, session.name, stream.name, kind, lane, hub.world.now())
    error: HubError | None = None
    message = None
    try:
        _signed_in(session, lambda: do(work))
        state = RunState.PARTIAL if work.counts.parked else RunState.OK
    except HubError as caught:
        error, state = narrowed(session, stream, caught), RunState.FAILED
        message = f"{error.message} {error.hint}".strip()
    except KeyboardInterrupt:
        with suppress(HubError), session.commit() as tx:
            message = "A person stopped it; the next run goes on from there."
            runs.finish(tx, work.run, RunState.STOPPED, work.counts, hub.world.now(), message)
        raise
    except Exception as bug:  # noqa: BLE001  the one broad clause: a bug ends the run, never the process
        message = traceback.format_exc()
        error = CrashError(
            f"A bug ended the run of {session.name} {stream.name}: {type(bug).__name__}: {bug}",
            hint=f"Nothing was lost. Report it with: hub runs show {work.run}",
        )
        state = RunState.CRASHED
    if error is not None:
        session.forget()
    with session.commit() as tx:
        runs.finish(tx, work.run, state, work.counts, hub.world.now(), message, _mapping(session, stream))
    return Result(session.name, stream.name, kind, state, work.counts, work.run, error)


def _signed_in(session: Session, do: Callable[[], None]) -> None:
    """Do something with a token that will last; one that the remote refuses all the same is renewed once."""
    tokens = session.tokens
    if tokens is None:
        do()
        return
    tokens.keep_fresh()
    try:
        do()
    except AuthError as refusal:
        if not tokens.renew_once(refusal):
            raise
        do()


def _mapping(session: Session, stream: Stream) -> str | None:
    """Name the mapping that a run used; one that read nothing needed none."""
    return session.mapping_hash(stream.name).hex() if stream.name in session.mappings else None


def _is_hopeless(error: HubError | None) -> bool:
    """Tell whether the other streams would fail as well: the set-up is wrong, or nobody is there to be asked."""
    unreached = isinstance(error, UnavailableError) and error.context.get("sent") == "no"
    return unreached or (isinstance(error, ConfigError) and not is_partial(error))


def _active(hub: Hub, names: Sequence[str]) -> list[str]:
    with hub.database.read() as tx:
        rows = settings.connections(tx)
    known = [row.name for row in rows]
    for name in names:
        if name not in known:
            raise ConfigError(
                f"There is no connection {name!r}.", hint=f"There are: {', '.join(known) or 'none; run hub apply'}."
            )
        refuse_paused(hub, name)
    return list(names) or [row.name for row in rows if row.state != "paused"]


def _has_work(hub: Hub, name: str, turn: int, *, live: bool) -> bool:
    """Tell whether there is something to write now or to fetch; with `live`, whether it is more than bulk work.

    What a cap holds back is judged again once all is read.
    """
    with hub.database.read() as tx:
        if is_paused(tx, name):
            return False
        lanes, held = outbox.lanes(tx, name, hub.world.now()), holding(tx) if turn > 1 else ()
        ready = any((is_live or not live) and (name, stream) not in held for stream, is_live in lanes)
        return ready or any(connection == name for connection, _ in inbox.backlog(tx))


def _failed(report: Report, name: str) -> bool:
    return any(r.error and r.connection == name for r in report.results)
