"""What an operator sees of the value tables."""

from __future__ import annotations

from dataclasses import dataclass

from hub.store import overview
from hub.store.database import Database


@dataclass(frozen=True, slots=True)
class ValueView:
    """One row of a value table: a system's word and ours."""

    connection: str
    table: str
    remote: str
    canonical: str
    managed_by: str


def value_list(database: Database, connection: str | None = None, table: str | None = None) -> list[ValueView]:
    """List the rows of the value tables, of one connection or one table if wanted."""
    with database.read() as tx:
        found = [ValueView(*row) for row in overview.value_rows(tx)]
    return [one for one in found if connection in (None, one.connection) and table in (None, one.table)]
