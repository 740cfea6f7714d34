"""Lets an operator change what a run of a connection works with: under the connection's lease, as runs do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hub.store import leases
from hub.store.database import Transaction
from hub.sync.hub import Hub


@contextmanager
def fenced(hub: Hub, connection: str) -> Iterator[Transaction]:
    """Give one transaction under a connection's lease; LockedError while a run is working on it."""
    lease = leases.acquire(
        hub.database, f"connection:{connection}", holder=hub.holder, now=hub.world.now(), is_dead=hub.is_dead
    )
    try:
        with leases.fenced(hub.database, lease, hub.world.now()) as tx:
            yield tx
    finally:
        leases.release(hub.database, lease)
