"""Cuts bulk work into slices, so that live work never waits for all of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hub.store import leases
from hub.sync.connection.session import Session

SLICE = timedelta(seconds=30)
"""How long bulk work holds a connection before it asks for it again."""


def sliced(session: Session, at_most: timedelta | None) -> Callable[[], bool]:
    """Tell, whenever asked, whether a slice of bulk work is over: its time is up, or somebody waits for the connection.

    Without a length it is never over.
    """
    if at_most is None:
        return lambda: False
    now: Callable[[], datetime] = session.hub.world.now
    end = now() + at_most

    def is_over() -> bool:
        if now() >= end:
            return True
        with session.hub.database.read() as tx:
            return leases.is_wanted(tx, session.lease)

    return is_over
