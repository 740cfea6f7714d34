"""Statements of the hot path: compiled once for a dialect, then run by the driver itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Connection, LargeBinary, Table, Text, bindparam, cast
from sqlalchemy.sql import ClauseElement, ColumnElement

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

Row = tuple[Any, ...]
Json: TypeAlias = str | bytes
"""JSON as the database gives it, or as it was just made: UTF-8."""


class Hot:
    """One statement with named parameters, run for many rows of values in the order of `names`."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._compiled: dict[str, tuple[str, bool]] = {}

    def statement(self, dialect: str) -> ClauseElement:
        """Build the statement for a dialect."""
        raise KeyError(dialect)

    def many(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Run it for each row."""
        if not rows:
            return
        text, positional = self._text(connection)
        parameters: Any = list(rows) if positional else [dict(zip(self.names, row, strict=True)) for row in rows]
        connection.exec_driver_sql(text, parameters)

    def _text(self, connection: Connection) -> tuple[str, bool]:
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            compiled = self.statement(dialect.name).compile(dialect=dialect)
            self._compiled[dialect.name] = (str(compiled), bool(dialect.positional))
        return self._compiled[dialect.name]


class Upsert(Hot):
    """Insert a row, or replace `update` of the row that has the same `key`, and count `add` up there.

    Both empty: leave that row alone. `json` names columns whose text may come as UTF-8: SQLite keeps the bytes as they
    are, which spares making text of them that its driver would only turn back into bytes.
    """

    def __init__(
        self,
        table: Table,
        names: Sequence[str],
        key: Sequence[str],
        update: Sequence[str],
        add: Sequence[str] = (),
        *,
        json: Sequence[str] = (),
    ) -> None:
        order = [column.name for column in table.columns if column.name in names]
        if list(names) != order:
            raise ValueError(f"{table.name}: name the columns in the table's order: {order}")
        super().__init__(names)
        self._table, self._key, self._update = table, tuple(key), tuple(update)
        self._add, self._json = tuple(add), frozenset(json)

    def many(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Insert or replace each row."""
        if self._json and connection.dialect.name != "sqlite":
            rows = [self._as_text(row) for row in rows]
        super().many(connection, rows)

    def statement(self, dialect: str) -> ClauseElement:
        """Build INSERT ... ON CONFLICT for SQLite or PostgreSQL."""
        insert = _insert(dialect, self._table).values({name: self._value(dialect, name) for name in self.names})
        if not (self._update or self._add):
            return insert.on_conflict_do_nothing(index_elements=list(self._key))
        changed: dict[str, Any] = {name: insert.excluded[name] for name in self._update}
        changed |= {name: self._table.c[name] + insert.excluded[name] for name in self._add}
        return insert.on_conflict_do_update(index_elements=list(self._key), set_=changed)

    def _as_text(self, row: Row) -> Row:
        named = zip(self.names, row, strict=True)
        return tuple(v.decode() if name in self._json and isinstance(v, bytes) else v for name, v in named)

    def _value(self, dialect: str, name: str) -> ColumnElement[Any]:
        if name in self._json and dialect == "sqlite":
            return cast(bindparam(name, type_=LargeBinary), Text)
        return bindparam(name)


def _insert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # where it is not used it only takes time to load

        return insert(table)
    from sqlalchemy.dialects.sqlite import insert as insert_sqlite

    return insert_sqlite(table)
