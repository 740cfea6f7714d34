"""A clock that only moves when somebody sleeps on it or pushes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.clock import World

START = datetime(2026, 8, 18, 1, 0, tzinfo=UTC)


class ManualClock:
    """Tells the time that a test sets; `naps` are the seconds that were slept away, in order."""

    def __init__(self, start: datetime = START) -> None:
        self.moment = start
        self.naps: list[float] = []

    def now(self) -> datetime:
        """Tell the time."""
        return self.moment

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        """Let time pass and remember that somebody waited for it."""
        self.naps.append(seconds)
        self.advance(seconds)

    def world(self) -> World:
        """Give the seams of a hub that lives by this clock; chance always answers one half."""
        return World(now=self.now, sleep=self.sleep, jitter=lambda: 0.5)
