"""What an operator sees of the connections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.clock import utc_parse
from hub.plugins import Plugins
from hub.store import overview, settings
from hub.store.database import Database
from hub.store.settings import ConnectionRow


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One connection: what it is, its state and since when, and where it is managed."""

    name: str
    title: str
    connector: str
    merchant: str
    state: str
    reason: str | None
    since: datetime | None
    managed_by: str
    streams: tuple[str, ...]
    records: int


def connections(database: Database, plugins: Plugins) -> list[ConnectionView]:
    """List the connections by name."""
    with database.read() as tx:
        found, links = settings.connections(tx), overview.count_links(tx)
    return [_view(row, plugins, sum(count for (name, _), count in links.items() if name == row.name)) for row in found]


def _view(row: ConnectionRow, plugins: Plugins, records: int) -> ConnectionView:
    spec = plugins.connectors.get(row.connector)
    return ConnectionView(
        name=row.name,
        title=spec.title if spec else row.connector,
        connector=row.connector,
        merchant=row.merchant,
        state=row.state if spec else "broken",
        reason=row.reason if spec else "its connector is not installed",
        since=utc_parse(row.state_at) if row.state_at else None,
        managed_by=row.managed_by,
        streams=tuple(stream.name for stream in spec.streams) if spec else (),
        records=records,
    )
