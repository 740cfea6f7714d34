"""How remotes call the hub: what they delivered, how their calls ended, and what they promised to call us for."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from hub.store.tables.metadata import metadata, text

delivery = Table(  # what a webhook told, to recognize it when it comes again
    "delivery",
    metadata,
    text("connection"),
    Column("digest", LargeBinary, nullable=False),
    text("last_at"),
    Column("times", Integer, nullable=False),
    PrimaryKeyConstraint("connection", "digest"),
    Index("ix_delivery_last", "last_at"),
    sqlite_with_rowid=False,
)

hook_count = Table(
    "hook_count",
    metadata,
    text("connection"),  # empty: there is none of the name that was called
    text("day"),
    text("outcome"),  # accepted | duplicate | stale | greeting | refused | unreadable | too_large | unknown
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("connection", "day", "outcome"),
)

subscription = Table(
    "subscription",
    metadata,
    Column("connection", Text, ForeignKey("connection.name", ondelete="CASCADE"), nullable=False),
    text("topic"),
    text("external_id"),
    text("address"),
    Column("secret", Integer, nullable=False),  # the number of the one it signs with
    text("made_at"),
    text("checked_at"),  # when it was last seen alive
    text("repaired_at", null=True),
    text("repair", null=True),  # why it was made anew
    text("gap_since", null=True),  # what changed from then on is still to be read
    PrimaryKeyConstraint("connection", "topic"),
)
