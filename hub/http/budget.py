"""The pace of one connection, kept by all threads that talk for it."""

from __future__ import annotations

import threading
from datetime import datetime

from hub.clock import World
from hub.connector import Limit
from hub.errors import RateLimitError

LONGEST_WAIT = 60.0  # seconds; who would wait longer is told to come back instead
LONGEST_REST = 30.0  # seconds in which a slow remote is left in peace
LONGEST_HOLD = 3600.0  # seconds; then the remote is asked again, whatever it said


class Budget:
    """A bucket of `limit.burst` requests that refills at `limit.per_second`; threads queue in the order they ask.

    It keeps one number: the time at which the bucket would be full again (the generic cell rate algorithm).
    """

    def __init__(self, limit: Limit, world: World) -> None:
        self._interval = 1.0 / limit.per_second
        self._slack = self._interval * (max(limit.burst, 1) - 1)
        self._patience = limit.patience
        self._world = world
        self._lock = threading.Lock()
        self._full_at = 0.0
        self._last = 0.0

    def take(self) -> None:
        """Wait for a turn; raise RateLimitError when it is more than a minute away."""
        with self._lock:
            now = self._now()
            start = max(self._full_at, now)
            wait = start - self._slack - now
            if wait > LONGEST_WAIT:
                raise _too_far(wait)
            self._full_at = start + self._interval
        if wait > 0:
            self._world.sleep(wait)

    def rest_after(self, seconds: float) -> None:
        """Leave a remote in peace that took so long to answer, if that is longer than its limit has patience."""
        if self._patience is not None and seconds > self._patience:
            self.hold(min(seconds - self._patience, LONGEST_REST))

    def hold(self, seconds: float) -> None:
        """Let nobody go for so long, because the remote asked for it."""
        with self._lock:
            pause = min(seconds, LONGEST_HOLD)
            self._full_at = max(self._full_at, self._now() + pause + self._slack)

    def _now(self) -> float:
        moment: datetime = self._world.now()
        now = moment.timestamp()
        if now < self._last:  # the clock was set back: the queue moves with it
            self._full_at -= self._last - now
        self._last = now
        return now


def _too_far(wait: float) -> RateLimitError:
    return RateLimitError(
        f"the remote asked for a pause that has {wait:.0f} s left",
        hint="Nothing to do: the hub comes back by itself. If it happens often, lower the connection's rate.",
        context={"sent": "no"},
        retry_after=wait,
    )
