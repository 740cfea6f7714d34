"""The condition that a column holds one of some texts: one statement, however many they are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import BindParameter, ColumnElement, Dialect, Text, TypeDecorator, bindparam, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Texts(TypeDecorator[Collection[str]]):
    """Some texts, given to the database as one JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> str:
        """Write the list; a text with NUL is left out, since SQLite would read it only up to there."""
        return orjson.dumps([text for text in value or () if "\0" not in text]).decode()


class Elements(FunctionElement[str]):
    """The elements of a JSON list as rows with a column `value`."""

    inherit_cache = True


@compiles(Elements, "sqlite")
def _sqlite(element: Elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(Elements, "postgresql")
def _postgresql(element: Elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSON))"


def texts(name: str) -> BindParameter[Collection[str]]:
    """Name the parameter of a statement that is made once."""
    return bindparam(name, type_=Texts())


def among(column: ColumnElement[Any], wanted: Collection[str] | BindParameter[Collection[str]]) -> ColumnElement[bool]:
    """Make the condition. With `IN` each number of texts would be a statement of its own to build and to prepare."""
    bound = wanted if isinstance(wanted, BindParameter) else bindparam(None, wanted, type_=Texts())
    return column.in_(select(literal_column("value")).select_from(Elements(bound)))
