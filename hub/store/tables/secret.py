"""What is secret, encrypted with the hub's key, and the consents that are asked for to get more of it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

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

consent = Table(  # a person was asked to let us in; their connection may not exist yet
    "consent",
    metadata,
    Column("state", LargeBinary, primary_key=True),  # the digest of what the remote sends back
    text("connection"),
    text("merchant"),
    text("connector"),
    text("settings"),  # JSON, as in connection
    text("redirect"),
    text("until"),
    text("taken_at", null=True),  # it is taken once
    text("outcome", null=True),  # JSON
)
