"""What all tables share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, MetaData, Text
from sqlalchemy import text as sql

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def partial(condition: str) -> dict[str, Any]:
    """Let an index hold only the rows for which a condition is true.

    The migrations say the same for PostgreSQL. Said here, it would load that dialect and its drivers for every command.
    """
    return {"sqlite_where": sql(condition)}


def text(name: str, *, null: bool = False) -> Column[str]:
    """Declare a column of text."""
    return Column(name, Text, nullable=null)
