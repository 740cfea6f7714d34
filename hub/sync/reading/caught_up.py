"""Tells whether a connection was read since the database was put back: only then is anything written to it."""

from __future__ import annotations

from hub.connector import Lane, Stream
from hub.store import checkpoints
from hub.sync.connection.session import Session


def caught_up(session: Session, stream: Stream) -> bool:
    """Tell whether a stream was read to its end since the database was put back, if it was lately."""
    if session.restored is None or not stream.reads:
        return True
    with session.hub.database.read() as tx:
        return checkpoints.read_since(tx, session.name, stream.name, Lane.LIVE, session.restored)
