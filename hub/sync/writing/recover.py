"""Finds out what became of writes whose answer was never seen: nothing is blindly sent again."""

from __future__ import annotations

from collections.abc import Sequence

from hub.clock import utc_text
from hub.connector import Fetches, Finds, Stream
from hub.document import Document
from hub.errors import RecordError
from hub.store import inbox, links, outbox, runs
from hub.store.database import Transaction
from hub.store.outbox import IN_FLIGHT, OutboxRow
from hub.sync.connection.session import Session
from hub.sync.writing.land import Landing, land_again, owe_anew
from hub.sync.writing.look import OUTCOME, ask_person, found, was_asked
from hub.sync.writing.owed import work_off
from hub.sync.writing.send import Writing, close_problems, send, to_write


def unsettled(session: Session, stream: Stream) -> list[OutboxRow]:
    """List the writes whose answer was never seen and may be asked about now.

    Of those that a person was asked about, what was read since. A create is always among them: it must be known
    whether it arrived before the stream is read.
    """
    with session.hub.database.read() as tx:
        rows = outbox.in_flight(tx, session.name, stream.name)
        read = _read_since(session, stream, tx, rows)
        now = utc_text(session.hub.world.now())
        rows = [row for row in rows if row.waits_stream != OUTCOME or row.record in read]
        return [row for row in rows if row.record in read or row.external_id is None or _is_due(row, now)]


def _is_due(row: OutboxRow, now: str) -> bool:
    return row.not_before is None or row.not_before <= now


def recover(writing: Writing) -> None:
    """Find out what became of writes whose answer was never seen; what is still to be written is owed anew."""
    session, stream = writing.session, writing.stream
    rows = unsettled(session, stream)
    if not rows:
        return
    with session.hub.database.read() as tx:
        read = _read_since(session, stream, tx, rows)
    again, now = list[OutboxRow](), utc_text(session.hub.world.now())
    for row in rows:
        if row.record in read:
            _arrived(writing, row)
        elif row.external_id is not None:
            _look_again(writing, row)
        elif stream.keyed and (session.restored is None or was_asked(writing, row)):
            again.append(row)
        else:
            _find(writing, row, now)
    writing.seen |= {row.record for row in again}
    writing.repeated |= {row.record for row in again}
    for start in range(0, len(again), stream.batch):
        send(writing, again[start : start + stream.batch])


def _find(writing: Writing, row: OutboxRow, now: str) -> None:
    """Ask for a create by our reference; one that is not there is owed anew, with today's data."""
    session = writing.session
    if not isinstance(session.connector, Finds):
        ask_person(writing, row)
    elif not found(writing, row) and _is_due(row, now):
        with session.commit() as tx:
            owe_anew(session, tx, row)


def _look_again(writing: Writing, row: OutboxRow) -> None:
    """Read a record anew whose update may have arrived, and owe what is still to be written: never the same bytes."""
    session, stream, external_id = writing.session, writing.stream, row.external_id or ""
    place = (session.name, stream.name)
    can_read = stream.reads and isinstance(session.connector, Fetches)
    fetched, can_read = _fetched(writing, external_id) if can_read else ([], False)
    answered = session.next_asked()
    with session.commit() as tx:
        if can_read and not fetched:
            owe_anew(session, tx, row)
            wanted = (session.name, stream.name, external_id)
            inbox.add(tx, [wanted], "it was not there", session.hub.world.now())
        else:
            landing = Landing(session, stream, tx, answered, writing.run)
            land_again(landing, row, to_write(row), fetched[0] if fetched else None)
    if not can_read:  # before a list shows what may be our own old value
        with session.hub.database.read() as tx:
            owed = [one for one in outbox.of_record(tx, row.record) if (one.connection, one.stream) == place]
        work_off(writing, owed)


def _fetched(writing: Writing, external_id: str) -> tuple[list[Document], bool]:
    """Read one record by id; tell also whether it could be read at all."""
    try:
        return list(writing.session.connector.fetch(writing.stream.name, [external_id])), True
    except RecordError:
        return [], False


def _read_since(session: Session, stream: Stream, tx: Transaction, rows: Sequence[OutboxRow]) -> set[str]:
    """Tell which records were to be created and have been read from the remote since."""
    created = [(stream.name, row.record) for row in rows if row.external_id is None]
    return {record for _, record in links.external_ids(tx, session.name, created)}


def _arrived(writing: Writing, row: OutboxRow) -> None:
    session, stream, counts = writing.session, writing.stream, writing.counts
    counts.read, counts.written = counts.read + 1, counts.written + 1
    with session.commit() as tx:
        outbox.drop(tx, session.name, stream.name, row.record, IN_FLIGHT)
        close_problems(writing, tx, [row.record], "It was read from the remote.")
        runs.progress(tx, writing.run, counts)
