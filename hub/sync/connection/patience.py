"""Waits for a connection that somebody else works on: bulk work has time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hub.errors import LockedError
from hub.sync.hub import Hub

T = TypeVar("T")
TURN = 6.0
"""Seconds between two tries."""
TRIES = 600


def patient(hub: Hub, work: Callable[[], T]) -> T:
    """Do something as soon as nobody else works on the connection; LockedError after an hour of waiting."""
    for _ in range(TRIES):
        try:
            return work()
        except LockedError as error:
            if "holder" not in error.context:
                raise
            hub.world.sleep(TURN)
    return work()
