"""Writes what is owed to a remote: bytes and key are committed before they are sent."""

from __future__ import annotations

from hub.connector import Upserts
from hub.errors import ConfigError
from hub.store import outbox
from hub.store.outbox import OutboxRow
from hub.sync.writing.cap import held_back, used_up
from hub.sync.writing.missing import complain
from hub.sync.writing.owed import work_off
from hub.sync.writing.recover import recover
from hub.sync.writing.send import Writing

AT_ONCE = 50


def push(writing: Writing) -> None:
    """Settle what is in flight since a crash, then write everything that is due, batch after batch."""
    session, stream = writing.session, writing.stream
    if not isinstance(session.connector, Upserts):
        raise ConfigError(f"{session.spec.title} cannot write {stream.name}.", hint="Remove the route to it.")
    recover(writing)
    if held_back(session, stream, writing.run):
        _count_held(writing)
        return
    begun = False
    while True:
        rows = _next_rows(writing)
        if not rows or session.stopping() or (begun and writing.is_enough()):
            break
        begun = True
        writing.seen |= {row.record for row in rows}
        work_off(writing, rows)
    if not session.stopping() and not _is_left(writing):
        used_up(session, stream)
    complain(session, stream, writing.run)


def _next_rows(writing: Writing) -> list[OutboxRow]:
    """List what is due and was not looked at in this run; what came back is left for the next one."""
    session, stream = writing.session, writing.stream
    while True:
        limit = max(stream.batch, AT_ONCE) + len(writing.back)
        with session.hub.database.read() as tx:
            due = outbox.due(tx, session.name, stream.name, session.hub.world.now(), limit, live=not writing.bulk)
        rows = [row for row in due if row.record not in writing.seen]
        back = {row.record for row in due} & writing.seen
        if rows or back <= writing.back:
            return rows
        writing.back |= back


def _is_left(writing: Writing) -> bool:
    """Tell whether something of the stream may still be written now, in whatever lane."""
    session = writing.session
    with session.hub.database.read() as tx:
        return bool(outbox.due(tx, session.name, writing.stream.name, session.hub.world.now(), 1))


def _count_held(writing: Writing) -> None:
    session, counts = writing.session, writing.counts
    with session.hub.database.read() as tx:
        ready = outbox.backlog(tx).get((session.name, writing.stream.name), (0, 0, 0))[0]
    counts.read, counts.parked = counts.read + ready, counts.parked + ready
