"""What all tables share."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def text(name: str, *, null: bool = False) -> Column[str]:
    """Declare a column of text."""
    return Column(name, Text, nullable=null)
