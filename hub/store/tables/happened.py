"""What happened: runs and their events, and that the database was put back."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from hub.store.tables.metadata import metadata, text

run = Table(
    "run",
    metadata,
    Column("id", Text, primary_key=True),
    text("connection"),
    text("stream"),
    text("kind"),  # pull | push | track
    text("lane"),
    text("state"),  # running | ok | partial | stopped | failed | crashed
    text("started_at"),
    text("ended_at", null=True),
    Column("read", Integer, nullable=False, default=0),
    Column("written", Integer, nullable=False, default=0),
    Column("unchanged", Integer, nullable=False, default=0),
    Column("skipped", Integer, nullable=False, default=0),
    Column("parked", Integer, nullable=False, default=0),
    text("message", null=True),
    text("mapping", null=True),  # hash of the mapping that it used
    Index("ix_run_connection", "connection", "stream", "started_at"),
)

event = Table(
    "event",
    metadata,
    Column("id", Text, primary_key=True),
    text("run", null=True),
    text("at"),
    text("kind"),  # written | skipped | parked | woken | stale | status | discrepancy | ...
    text("connection"),
    text("stream"),
    text("record", null=True),
    text("external_id", null=True),
    text("detail"),  # JSON, ids and reasons only
    Index("ix_event_record", "record"),
    Index("ix_event_run", "run"),
)

restoration = Table(  # the database was put back from a backup
    "restoration",
    metadata,
    Column("at", Text, primary_key=True),
    text("by"),
)
