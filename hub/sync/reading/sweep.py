"""Reads streams whole from time to time, for what neither their cursor nor a webhook shows.

A sweep takes in what it finds like any other read. What it does not find is not gone: only a read by id tells that.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.clock import utc_parse
from hub.connector import Cursor, Lane, Stream
from hub.store import checkpoints
from hub.store.checkpoints import Checkpoint
from hub.sync.connection.session import Session
from hub.sync.reading.pull import Reading, pull
from hub.sync.reading.slice import sliced

SLICE = timedelta(minutes=2)
"""How long one sync sweeps a stream; the next one goes on, so that live work never waits for a whole pass."""


def is_due(session: Session, stream: Stream) -> bool:
    """Tell whether a stream has to be read whole, or a sweep of it goes on; never before its first import is done."""
    if not stream.reads or stream.reread <= 0 or stream.cursor is Cursor.NONE:
        return False
    with session.hub.database.read() as tx:
        live = checkpoints.get(tx, session.name, stream.name, Lane.LIVE)
        last = checkpoints.get(tx, session.name, stream.name, Lane.SWEEP)
    return live.high_water is not None and (last.window is not None or _has_passed(last, stream, session))


def sweep(reading: Reading) -> None:
    """Read a slice of a stream's sweep."""
    pull(reading, is_enough=sliced(reading.session, SLICE))


def _has_passed(last: Checkpoint, stream: Stream, session: Session) -> bool:
    now: datetime = session.hub.world.now()
    return last.high_water is None or utc_parse(last.high_water) + timedelta(seconds=stream.reread) <= now
