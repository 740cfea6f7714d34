"""`hub table set` and `unset`: add a row to a value table and free what waited for it, or take one out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.config import did_you_mean
from hub.config.connection import TABLE_NAMES
from hub.errors import ConfigError
from hub.operations.connection import find_connection
from hub.operations.problem import queue_replay, waiting_for_table
from hub.operations.setting import FILE, ValueRow, remove
from hub.plugins import Plugins
from hub.store import overview, settings
from hub.store.database import Database, Transaction
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


@dataclass(frozen=True, slots=True)
class ValueUnset:
    """A row of a value table that was taken out.

    `others` are the table's other words for the same, by which it is still written; `waiting` is how many records wait
    for a row of the table.
    """

    connection: str
    table: str
    remote: str
    canonical: str
    others: tuple[str, ...]
    waiting: int


def set_value(
    database: Database, plugins: Plugins, connection: str, table: str, remote: str, canonical: str, now: datetime
) -> ValueSet:
    """Say what a remote value is in canonical words, and have the records that waited for it taken up again."""
    _require(database, connection, table)
    with database.write() as tx:
        before = settings.value_tables(tx, connection).get(table, {}).get(remote)
        settings.put_value(tx, connection, table, remote, canonical)
        waiting = waiting_for_table(tx, connection, table)
    stored = queue_replay(database, plugins, waiting, now)
    return ValueSet(connection, table, remote, canonical, before, len(waiting), tuple(stored))


def unset_value(database: Database, connection: str, table: str, remote: str) -> ValueUnset:
    """Take a remote value out of a table; what was read with it stays as it is until it is read again.

    ConfigError when there is none, or when hub.toml says it and would bring it back.
    """
    _require(database, connection, table)
    with database.write() as tx:
        rows = _rows(tx, connection, table)
        if remote not in rows:
            hint = did_you_mean(remote, rows).capitalize() or f"See `hub table list {connection} {table}`."
            raise ConfigError(f"there is no {remote} in the table {table} of {connection}", hint=hint)
        row = rows.pop(remote)
        if row.managed_by == FILE:
            raise ConfigError(
                f"hub.toml says what {remote} is in the table {table} of {connection}",
                hint="Take its line out of hub.toml and run `hub apply`.",
            )
        remove(tx, row)
        others = tuple(name for name, other in rows.items() if other.canonical == row.canonical)
        return ValueUnset(
            connection, table, remote, row.canonical, others, len(waiting_for_table(tx, connection, table))
        )


def _require(database: Database, connection: str, table: str) -> None:
    find_connection(database, connection)
    if table not in TABLE_NAMES:
        raise ConfigError(f"there is no value table {table}", hint=did_you_mean(table, TABLE_NAMES).capitalize())


def _rows(tx: Transaction, connection: str, table: str) -> dict[str, ValueRow]:
    rows = [ValueRow(*row) for row in overview.value_rows(tx)]
    return {row.remote: row for row in rows if (row.connection, row.table) == (connection, table)}
