"""What is secret, encrypted with the hub's key."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, PrimaryKeyConstraint, Table, Text

from hub.store.keyring import SealedText
from hub.store.tables.metadata import metadata, text

secret = Table(
    "secret",
    metadata,
    Column("connection", Text, ForeignKey("connection.name", ondelete="CASCADE"), nullable=False),
    text("name"),  # webhook | token
    Column("number", Integer, nullable=False),
    Column("value", SealedText, nullable=False),
    text("made_at"),
    text("until", null=True),
    PrimaryKeyConstraint("connection", "name", "number"),
)
