"""What is known: records, their versions, links and documents."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql

from hub.store.tables.metadata import metadata, text

WRITTEN = sql("answered > 0")
"""Few links are of records that we have written: what is only read pays nothing for the index of these."""

record = Table(
    "record",
    metadata,
    Column("id", Text, primary_key=True),
    text("merchant"),
    text("entity"),
    Column("version", Integer, nullable=False),
    text("data"),
    text("number", null=True),
    text("email", null=True),
    text("status", null=True),
    text("currency", null=True),
    text("total", null=True),
    text("occurred_at", null=True),
    text("changed_at"),
    text("source"),  # the connection, or "operator", whose change made this version
    text("run", null=True),
    Index("ix_record_number", "number"),
    Index("ix_record_email", "email"),
    Index("ix_record_occurred", "entity", "occurred_at"),
)

record_version = Table(
    "record_version",
    metadata,
    Column("record", Text, ForeignKey("record.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    text("data"),
    text("changed_at"),
    text("source"),
    text("run", null=True),
    PrimaryKeyConstraint("record", "version"),
)

record_key = Table(  # what else a person may look a record up by
    "record_key",
    metadata,
    text("record"),
    text("kind"),  # sku | barcode | tracking_number | order | authorization_ends
    text("value"),
    PrimaryKeyConstraint("record", "kind", "value"),
    Index("ix_record_key_value", "value"),
    sqlite_with_rowid=False,
)

link = Table(
    "link",
    metadata,
    text("connection"),
    text("stream"),
    text("external_id"),
    text("record"),  # or the id of a part of a record, such as a variant
    text("state"),  # promised | active | gone
    Column("document_hash", LargeBinary),
    Column("mapping_hash", LargeBinary),
    Column("version", Integer, nullable=False, default=0),  # of the record, at agreement
    text("ours", null=True),
    text("theirs", null=True),
    text("remote_version", null=True),
    Column("asked", Integer, nullable=False, default=0),
    Column("answered", Integer, nullable=False, default=0),
    text("seen_at", null=True),
    PrimaryKeyConstraint("connection", "stream", "external_id"),
    UniqueConstraint("record", "connection", "stream"),
    Index("ix_link_answered", "connection", "stream", "answered", sqlite_where=WRITTEN),
    sqlite_with_rowid=False,
)

history = Table(  # documents that newer ones replaced, and what was sent; forgotten after a while
    "history",
    metadata,
    Column("id", Text, primary_key=True),
    text("record"),
    text("connection"),
    text("stream"),
    text("external_id", null=True),
    text("way"),  # received | sent | refused
    text("event"),  # the hash of what was received, the key of what was sent
    text("at"),
    text("run", null=True),
    Column("body", LargeBinary, nullable=False),  # zlib
    Index("ix_history_record", "record"),
    Index("ix_history_at", "at"),
)

document = Table(
    "document",
    metadata,
    text("connection"),
    text("stream"),
    text("external_id"),
    text("body"),
    text("received_at"),
    text("run", null=True),
    PrimaryKeyConstraint("connection", "stream", "external_id"),
)
