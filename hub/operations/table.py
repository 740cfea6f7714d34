"""`hub table set`: adds a row to a value table and frees what waited for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.config import did_you_mean
from hub.config.connection import TABLE_NAMES
from hub.errors import ConfigError
from hub.operations.connection import find_connection
from hub.operations.problem import queue_replay, waiting_for_table
from hub.plugins import Plugins
from hub.store import settings
from hub.store.database import Database
from hub.store.problems import Problem


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A row of a value table that was added or replaced. `freed` is how many records the next sync takes up again."""

    connection: str
    table: str
    remote: str
    canonical: str
    before: str | None
    freed: int
    stored: tuple[Problem, ...] = ()


def set_value(
    database: Database, plugins: Plugins, connection: str, table: str, remote: str, canonical: str, now: datetime
) -> ValueSet:
    """Say what a remote value is in canonical words, and have the records that waited for it taken up again."""
    find_connection(database, connection)
    if table not in TABLE_NAMES:
        raise ConfigError(f"there is no value table {table}", hint=did_you_mean(table, TABLE_NAMES).capitalize())
    with database.write() as tx:
        before = settings.value_tables(tx, connection).get(table, {}).get(remote)
        settings.put_value(tx, connection, table, remote, canonical)
        waiting = waiting_for_table(tx, connection, table)
    stored = queue_replay(database, plugins, waiting, now)
    return ValueSet(connection, table, remote, canonical, before, len(waiting), tuple(stored))
