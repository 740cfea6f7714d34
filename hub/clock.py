"""Time, waiting, identity and chance: the seams through which the hub meets the outside world.

Whoever needs one of these takes a `World`; tests and the simulation hand in their own.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
PAIRS = [a + b for a in ALPHABET for b in ALPHABET]


def utc_now() -> datetime:
    """Tell the time as an aware UTC datetime."""
    return datetime.now(UTC)


def utc_text(moment: datetime) -> str:
    """Write an aware time as the hub stores it: UTC with microseconds, ending in Z; so the text sorts as the time."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def short_text(moment: datetime) -> str:
    """Write an aware time as documents and people do: UTC, with a fraction only where there is one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def utc_parse(text: str) -> datetime:
    """Read a stored time back."""
    return datetime.fromisoformat(text)


class IdSource:
    """Makes ids of 20 characters that sort by the time they were made.

    48 bits of milliseconds and 52 of a counter that starts at a random place each millisecond.
    """

    def __init__(self, now_ms: Callable[[], int], random_bits: Callable[[int], int]) -> None:
        self._now_ms = now_ms
        self._random_bits = random_bits
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self) -> str:
        with self._lock:
            moment = self._now_ms() << 52
            value = moment | self._random_bits(51) if moment > self._last else self._last + 1
            self._last = value
        return "".join([PAIRS[(value >> shift) & 1023] for shift in range(90, -1, -10)])


@dataclass(frozen=True, slots=True)
class World:
    """The seams in one bundle: `now` (aware UTC), `sleep` (seconds), `new_id`, `jitter` (0..1)."""

    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    new_id: Callable[[], str] = field(
        default_factory=lambda: IdSource(lambda: time.time_ns() // 1_000_000, random.SystemRandom().getrandbits)
    )
    jitter: Callable[[], float] = random.random
