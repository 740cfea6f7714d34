"""Which connections no schedule looks after."""

from __future__ import annotations

from hub.plugins import Plugins
from hub.store import schedules, settings
from hub.store.database import Transaction


def unscheduled(tx: Transaction, plugins: Plugins) -> tuple[str, ...]:
    """Name the connections that something can be read from and that no schedule reads."""
    read = {one.connection for one in schedules.every(tx) if one.does == schedules.SYNC}
    return tuple(
        row.name
        for row in settings.connections(tx)
        if row.name not in read
        and (spec := plugins.connectors.get(row.connector))
        and any(stream.reads or stream.tracks for stream in spec.streams)
    )
