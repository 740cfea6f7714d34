"""Reads a stream: window after window, each page committed together with the point from which reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from hub.clock import utc_text
from hub.connector import Cursor, Entity, Fetches, Lane, Stream, Window
from hub.document import Unread
from hub.errors import ConfigError, LockedError, RecordError
from hub.store import checkpoints, inbox, outbox, problems, runs
from hub.store.checkpoints import Checkpoint
from hub.store.database import Transaction
from hub.store.problems import Place
from hub.store.runs import Counts
from hub.sync import shipment
from hub.sync.agreeing.arrival import Arrival, Batch, arrive, batches
from hub.sync.agreeing.available import owe_settled
from hub.sync.agreeing.change import Changes, commit
from hub.sync.agreeing.intake import take_in
from hub.sync.agreeing.unmapped import note_unmapped
from hub.sync.connection.session import Session
from hub.sync.reading import window
from hub.sync.reading.absence import gone_of, mark_gone
from hub.sync.reading.divide import divide
from hub.sync.reading.full_pass import Passing, passing

TRIES = 5
FETCH = 50
Progress = Callable[[str, str, int, int | None], None]
"""(connection, stream, documents so far, documents expected)"""


def silent(_connection: str, _stream: str, _done: int, _expected: int | None) -> None:
    """Show nothing."""


@dataclass(slots=True)
class Reading:
    """One run that reads a stream; what it finds in `bulk` is owed after everything that is live."""

    session: Session
    stream: Stream
    run: str
    lane: Lane = Lane.LIVE
    counts: Counts = field(default_factory=Counts)
    progress: Progress = silent
    bulk: bool = False


def pull(reading: Reading, *, is_enough: Callable[[], bool] = lambda: False) -> None:
    """Read one window of a stream to its end, from where its lane's checkpoint says; a back-fill needs one under way.

    `is_enough` is asked after each batch and ends it early: the next pull of this lane goes on there.
    """
    session, stream = reading.session, reading.stream
    with session.hub.database.read() as tx:
        checkpoint = checkpoints.get(tx, session.name, stream.name, reading.lane)
    if reading.lane is Lane.BACKFILL and checkpoint.window is None:
        return
    now_window = window.next_window(stream, checkpoint, reading.lane, session.hub.world.now())
    is_first_import = now_window.since is None and stream.cursor is not Cursor.NONE
    reading.bulk = reading.lane is Lane.BACKFILL or (reading.lane is Lane.LIVE and is_first_import)
    first_time: datetime | None = None
    passed = passing(session, stream, now_window, reading.run)
    asked = (checkpoint.window or {}).get("asked", session.asked + 1)
    for batch in batches(
        session.mappings[stream.name], session.connector.read(stream.name, now_window), session.next_asked
    ):
        first_time = first_time or batch.remote_time
        checkpoint = _advance(reading, now_window, checkpoint, batch, first_time, asked)
        is_whole = batch.exhausted and reading.lane is not Lane.BACKFILL and now_window.since is None
        store(reading, batch.arrivals, partial(_keep, reading, checkpoint, batch, is_whole, passed))
        reading.progress(session.name, stream.name, reading.counts.read, batch.expected)
        batch.arrivals.clear()  # before more is read
        if session.stopping() or is_enough():
            return


def fetch_wanted(reading: Reading) -> None:
    """Read by id what somebody said has changed or is needed; what the remote does not have is marked gone."""
    session, stream = reading.session, reading.stream
    if not isinstance(session.connector, Fetches):
        _forget_wanted(reading)
        return
    seen: set[str] = set()
    while True:
        with session.hub.database.read() as tx:
            listed = inbox.wanted(tx, session.name, stream.name, FETCH + len(seen))
        wanted = [external_id for external_id in listed if external_id not in seen][:FETCH]
        if not wanted or session.stopping():
            return
        seen.update(wanted)
        divide(partial(fetch, reading), wanted, partial(refuse, reading))


def _forget_wanted(reading: Reading) -> None:
    """Wait no longer for single records of a connector that can only be read window by window."""
    session, stream = reading.session, reading.stream
    with session.commit() as tx:
        inbox.forget(tx, session.name, stream.name)


def refuse(reading: Reading, external_id: str, error: RecordError) -> None:
    """Open a problem for one record that the remote will not show, and ask for it no more."""
    session, stream = reading.session, reading.stream
    reading.counts.read, reading.counts.parked = reading.counts.read + 1, reading.counts.parked + 1
    place = Place(session.merchant, session.name, stream.name, "pull", external_id)
    problem_id, now = session.hub.world.new_id(), session.hub.world.now()
    with session.commit() as tx:
        problems.report(tx, place, error, problem_id=problem_id, now=now, run=reading.run)
        inbox.clear(tx, session.name, stream.name, inbox.tickets(tx, session.name, stream.name, [external_id]))
        runs.progress(tx, reading.run, reading.counts)


def fetch(reading: Reading, external_ids: Sequence[str]) -> list[str]:
    """Read records by id and take them in; tell which of them the remote has."""
    session, stream = reading.session, reading.stream
    with session.hub.database.read() as tx:
        tickets = inbox.tickets(tx, session.name, stream.name, external_ids)
    asked = session.next_asked()
    documents = list(session.connector.fetch(stream.name, external_ids))
    arrivals = arrive(session.mappings[stream.name], documents, asked)
    found = [arrival.external_id for arrival in arrivals]
    unreadable = any(arrival.error for arrival in arrivals)  # it may be one of those that seem absent
    gone = [] if unreadable else gone_of(session, stream, external_ids, found)

    def done(tx: Transaction) -> None:
        inbox.clear(tx, session.name, stream.name, tickets)
        mark_gone(session, tx, gone, reading.run)

    store(reading, arrivals, done)
    return found


def reprocess(reading: Reading, bodies: Mapping[str, str], originals: Mapping[str, str] | None = None) -> None:
    """Take stored documents in again: through today's mapping, as if they had just come.

    `originals` are what the remote said where a person has edited it: they stay what was received.
    """
    compiled = reading.session.mappings[reading.stream.name]
    documents = Unread([body.encode() for body in bodies.values()])
    arrivals = arrive(compiled, documents, reading.session.next_asked())
    for arrival in arrivals:
        if original := (originals or {}).get(arrival.external_id):
            arrival.keep_as(original.encode())
    store(reading, arrivals, lambda _tx: None)


def store(reading: Reading, arrivals: list[Arrival], also: Callable[[Transaction], None]) -> Changes:
    """Take a batch in and commit it with whatever belongs to it; merge again when a record moved meanwhile."""
    session = reading.session
    for attempt in range(TRIES):
        changes = take_in(session, reading.stream, arrivals, reading.run)
        changes.bulk = reading.bulk
        counts = reading.counts.plus(changes.counts)
        try:
            with session.commit() as tx:
                commit(changes, tx)
                note_unmapped(changes, tx)
                shipment.announce(session.hub.world, tx, session.teller(reading.stream, reading.run), changes.statuses)
                also(tx)
                runs.progress(tx, reading.run, counts)
            reading.counts = counts
            return changes
        except LockedError as error:
            if "record" not in error.context or attempt == TRIES - 1:
                raise
            session.forget()
    raise AssertionError("unreachable")


def _advance(
    reading: Reading, now_window: Window, before: Checkpoint, batch: Batch, first_time: datetime | None, asked: int
) -> Checkpoint:
    skew = window.measured(before, batch.remote_time, reading.session.hub.world.now())
    if not batch.exhausted:
        under_way = {**window.remember(now_window, batch.resume, first_time), "asked": asked}
        return replace(before, window=under_way, skew=skew)
    return Checkpoint(window.high_water(now_window, before, first_time), None, skew, asked)


def _keep(
    reading: Reading, checkpoint: Checkpoint, batch: Batch, is_whole: bool, passed: Passing | None, tx: Transaction
) -> None:
    """Keep how far a lane has come; a stream that was read whole, by whatever lane, has been swept."""
    session, stream, now = reading.session, reading.stream, reading.session.hub.world.now()
    if stream.entity is Entity.INVENTORY and reading.lane is Lane.LIVE:
        _owe_settled(reading, checkpoint.asked, tx)
    checkpoints.put(tx, session.name, stream.name, reading.lane, checkpoint, now)
    if is_whole and stream.reread:
        checkpoints.put(tx, session.name, stream.name, Lane.SWEEP, Checkpoint(utc_text(now)), now)
    if passed is not None:
        passed.come_across(tx, [arrival.external_id for arrival in batch.arrivals])
        if batch.exhausted:
            passed.conclude(tx, batch.expected)


def _owe_settled(reading: Reading, asked: int, tx: Transaction) -> None:
    """Owe the levels that stock read to its end settles: it knows of the sales that were written before."""
    session, stream = reading.session, reading.stream
    before = checkpoints.get(tx, session.name, stream.name, reading.lane).asked
    if asked > before:
        owed = owe_settled(tx, session.legs, session.merchant, session.name, before, asked)
        outbox.owe(tx, owed, session.hub.world.now())


def readable(session: Session, stream: Stream) -> None:
    """Make sure that a stream can be read; ConfigError says what it can do instead."""
    if not stream.reads:
        raise ConfigError(
            f"{session.spec.title} cannot read {stream.name}.",
            hint=f"It reads: {', '.join(s.name for s in session.spec.streams if s.reads)}.",
        )
