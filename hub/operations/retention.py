"""Forgets what is older than hub.toml says: documents that were replaced, what was sent, events and runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hub.config.retention import retention_of
from hub.store import history, runs, settings
from hub.store.database import Database, Transaction
from hub.sync.hub import Hub


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was forgotten."""

    documents: int = 0
    events: int = 0
    runs: int = 0


def forget_past(hub: Hub) -> Forgotten:
    """Forget what is older than each merchant's retention, in small steps so that nobody has to wait."""
    now = hub.world.now()
    with hub.database.read() as tx:
        merchants, connections = settings.merchants(tx), settings.connections(tx)
    total = Forgotten()
    for merchant in merchants:
        keep = retention_of(merchant.retention)
        mine = [row.name for row in connections if row.merchant == merchant.name]
        documents = _all(hub.database, lambda tx: history.purge(tx, mine, now - keep.documents))  # noqa: B023
        events = _all(hub.database, lambda tx: runs.purge_events(tx, mine, now - keep.events))  # noqa: B023
        ended = _all(hub.database, lambda tx: runs.purge(tx, mine, now - keep.events))  # noqa: B023
        total = Forgotten(total.documents + documents, total.events + events, total.runs + ended)
    return total


def _all(database: Database, forget_some: Callable[[Transaction], int]) -> int:
    total = 0
    while True:
        with database.write() as tx:
            forgotten = forget_some(tx)
        total += forgotten
        if not forgotten:
            return total
