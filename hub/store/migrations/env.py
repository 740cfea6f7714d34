"""Runs alembic on the engine that the hub hands over."""

from __future__ import annotations

from typing import Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from hub.store.tables import metadata


def as_stored(_kind: str, item: object, _place: object) -> str | Literal[False]:
    """Write a column's type as the database knows it: what the hub makes of the values is not the schema's."""
    return f"sa.{item.impl!r}" if isinstance(item, TypeDecorator) else False


engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, render_item=as_stored)
    with context.begin_transaction():
        context.run_migrations()
    if connection.in_transaction():
        connection.commit()
