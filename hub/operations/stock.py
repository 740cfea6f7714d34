"""Asks the shops themselves what they show of a stock level right now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hub.connector import Fetches
from hub.errors import HubError
from hub.operations.connection import find_connection
from hub.queries.stock import StockView
from hub.store import settings
from hub.sync.agreeing.available import FIELD
from hub.sync.connection.session import build_connector, compiled
from hub.sync.hub import Hub


@dataclass(frozen=True, slots=True)
class Live:
    """What a shop shows now; `failure` where it could not be asked. Neither: it has no such level."""

    target: str
    external_id: str
    shows: Decimal | None = None
    failure: str = ""


def live_levels(hub: Hub, views: Sequence[StockView]) -> list[Live]:
    """Ask each shop for the levels that are linked there; one that cannot be asked is told, not raised."""
    found: list[Live] = []
    for name, stream in dict.fromkeys((view.target, view.stream) for view in views):
        ids = [v.external_id for v in views if (v.target, v.stream) == (name, stream) and v.external_id]
        try:
            shown = _ask(hub, name, stream, ids)
        except HubError as error:
            found += [Live(name, external_id, failure=error.message) for external_id in ids]
        else:
            found += [Live(name, external_id, shown.get(external_id)) for external_id in ids]
    return found


def _ask(hub: Hub, name: str, stream_name: str, ids: Sequence[str]) -> dict[str, Decimal | None]:
    row = find_connection(hub.database, name)
    spec = hub.plugins.connector(row.connector)
    mapping = compiled(hub, spec, spec.stream(stream_name), [])
    with hub.database.read() as tx:
        tables = settings.value_tables(tx, name)
    connector, client = build_connector(hub, row, spec)
    try:
        documents = list(connector.fetch(stream_name, ids)) if isinstance(connector, Fetches) else []
    finally:
        if client is not None:
            client.close()
    said = {mapping.external_id(one): mapping.decode(one, tables, lambda _s, number: number) for one in documents}
    return {number: Decimal(str(one[FIELD])) if one.get(FIELD) is not None else None for number, one in said.items()}
