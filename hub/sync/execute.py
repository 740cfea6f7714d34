"""Runs the streams of connections: the run loop, the one place that decides what an error means for a run."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hub.connector import ConnectorSpec, Lane, Stream, Window
from hub.errors import ConfigError, HubError, UnavailableError
from hub.store import inbox, outbox, runs, settings
from hub.store.runs import Counts, RunState
from hub.sync.cap import holding
from hub.sync.hub import Hub
from hub.sync.pull import Progress, Reading, fetch_wanted, pull, readable, silent
from hub.sync.push import push
from hub.sync.recover import recover, unsettled
from hub.sync.send import Writing
from hub.sync.session import Session, open_session
from hub.sync.state import is_paused, note_state, refuse_paused
from hub.sync.sweep import is_due, sweep
from hub.sync.track import track

ROUNDS = 10


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
) -> Report:
    """Pull and push until nothing moves any more: what one connection brings may be owed to another.

    Without connections all of them that are not paused. Streams given: only these. `stopping` is asked after each
    batch; what is left then is done by the next sync.
    """
    report = Report()
    active = _active(hub, connections)
    for turn in range(ROUNDS):
        if turn and not any(_has_work(hub, name, turn) for name in active):
            break
        done: list[Result] = []
        for name in active:
            if not stopping() and (turn == 0 or _has_work(hub, name, turn)):
                done += sync_connection(hub, name, streams, first=turn == 0, progress=progress, stopping=stopping)
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
) -> list[Result]:
    """Do one connection's traffic under its lease: fetch what is wanted, pull, track, then push; last of all sweep."""
    results: list[Result] = []
    try:
        refuse_paused(hub, name)
        with open_session(hub, name, stopping) as session:
            with session.commit() as tx:
                runs.abandon(tx, name, hub.world.now())
            wanted = ordered(session.spec, streams)
            for stream in wanted:
                if stopping():
                    break
                results += _stream(session, stream, first, progress)
                if results and _is_hopeless(results[-1].error):
                    break
            else:
                results += _sweeps(session, wanted, results, progress) if first else []
            note_state(session, [result.error for result in results if result.error])
    except HubError as error:
        results.append(Result(name, "", Kind.PULL, RunState.FAILED, Counts(), "", error))
    return results


def backfill(hub: Hub, name: str, stream_name: str, bounds: Window, *, progress: Progress = silent) -> Result:
    """Read a stream's past in a lane of its own, so that the live lane stays where it is."""
    refuse_paused(hub, name)
    with open_session(hub, name) as session:
        stream = ordered(session.spec, [stream_name])[0]
        readable(session, stream)
        settled = _settle(session, stream, progress)
        if settled and settled.error:
            return settled
        reading = Reading(session, stream, "", Lane.BACKFILL, progress=progress)
        return _run(session, stream, Kind.PULL, Lane.BACKFILL, reading, lambda r: pull(r, bounds))


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
    if settled := _settle(session, stream, progress):
        results.append(settled)
        if settled.error:
            return results
    with hub.database.read() as tx:
        wanted = bool(inbox.wanted(tx, session.name, stream.name, 1))
        owes = (session.name, stream.name) in outbox.backlog(tx)
    if wanted and stream.reads:
        reading = Reading(session, stream, "", progress=progress)
        results.append(_run(session, stream, Kind.PULL, Lane.LIVE, reading, fetch_wanted))
    if first and stream.reads:
        reading = Reading(session, stream, "", progress=progress)
        results.append(_run(session, stream, Kind.PULL, Lane.LIVE, reading, pull))
    if first and stream.tracks:
        reading = Reading(session, stream, "", progress=progress)
        results.append(_run(session, stream, Kind.TRACK, Lane.LIVE, reading, track))
    if owes and stream.writes and not (results and results[-1].error):
        writing = Writing(session, stream, "", progress=progress)
        results.append(_run(session, stream, Kind.PUSH, Lane.LIVE, writing, push))
    return results


def _sweeps(
    session: Session, streams: Sequence[Stream], before: Sequence[Result], progress: Progress
) -> Iterator[Result]:
    """Sweep the streams whose time has come, unless something is wrong with them already."""
    failed = {result.stream for result in before if result.error}
    for stream in streams:
        if stream.name not in failed and not session.stopping() and is_due(session, stream):
            reading = Reading(session, stream, "", Lane.SWEEP, progress=progress)
            yield _run(session, stream, Kind.PULL, Lane.SWEEP, reading, sweep)


def _settle(session: Session, stream: Stream, progress: Progress) -> Result | None:
    """Find out what became of unanswered writes before reading: a read would take them for new records."""
    if not (stream.writes and unsettled(session, stream)):
        return None
    writing = Writing(session, stream, "", progress=progress)
    return _run(session, stream, Kind.PUSH, Lane.LIVE, writing, recover)


def _run(
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
        do(work)
        state = RunState.PARTIAL if work.counts.parked else RunState.OK
    except HubError as caught:
        error, message, state = caught, f"{caught.message} {caught.hint}".strip(), RunState.FAILED
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
        runs.finish(tx, work.run, state, work.counts, hub.world.now(), message)
    return Result(session.name, stream.name, kind, state, work.counts, work.run, error)


def _is_hopeless(error: HubError | None) -> bool:
    """Tell whether the other streams would fail as well: the set-up is wrong, or nobody is there to be asked."""
    unreached = isinstance(error, UnavailableError) and error.context.get("sent") == "no"
    return unreached or isinstance(error, ConfigError)


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


def _has_work(hub: Hub, name: str, turn: int) -> bool:
    """Tell whether there is anything left to do; what a cap holds back is judged again once all is read."""
    with hub.database.read() as tx:
        if is_paused(tx, name):
            return False
        backlog, held = outbox.backlog(tx), holding(tx) if turn > 1 else ()
        ready = any(count[0] for place, count in backlog.items() if place[0] == name and place not in held)
        return ready or any(connection == name for connection, _ in inbox.backlog(tx))


def _failed(report: Report, name: str) -> bool:
    return any(r.error and r.connection == name for r in report.results)
