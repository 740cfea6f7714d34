"""How long to leave alone what failed: a little, then longer and longer, never the same twice."""

from __future__ import annotations

from datetime import timedelta

from hub.clock import World

FIRST = timedelta(seconds=10)
LONGEST = timedelta(minutes=15)
REFUSED = timedelta(minutes=5)
"""The first wait of a connection that refuses our credentials: what mends it takes a person."""
LONGEST_REFUSED = timedelta(hours=1)


def back_off(
    failures: int, world: World, *, asked: float | None = None, first: timedelta = FIRST, longest: timedelta = LONGEST
) -> timedelta:
    """Tell how long to wait after so many failures in a row; never shorter than the remote `asked` for, in seconds."""
    doubled: timedelta = first * (1 << min(max(failures, 1) - 1, 20))
    wait = min(doubled, longest) * (0.5 + world.jitter() / 2)
    return max(wait, timedelta(seconds=asked or 0))
