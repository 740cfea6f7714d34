"""What is configured."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, PrimaryKeyConstraint, Table, Text

from hub.store.tables.metadata import metadata, text

merchant = Table(
    "merchant",
    metadata,
    Column("name", Text, primary_key=True),
    text("title", null=True),
    text("language", null=True),
    text("notices", null=True),  # JSON
    text("alerts", null=True),  # JSON
    text("retention", null=True),  # JSON: what is not the default
    text("managed_by"),
)

connection = Table(
    "connection",
    metadata,
    Column("name", Text, primary_key=True),
    Column("merchant", Text, ForeignKey("merchant.name"), nullable=False),
    text("connector"),
    text("settings"),  # JSON; secrets are references
    text("state"),  # ok | degraded | needs_reauth | paused
    text("reason", null=True),
    text("state_at", null=True),
    Column("failures", Integer, nullable=False, default=0),  # in a row
    text("retry_at", null=True),  # not before
    Column("asked", Integer, nullable=False, default=0),
    text("managed_by"),
)

value = Table(  # the rows of the value tables
    "value",
    metadata,
    Column("connection", Text, ForeignKey("connection.name"), nullable=False),
    text("table"),
    text("remote"),
    text("canonical"),
    text("managed_by"),
    PrimaryKeyConstraint("connection", "table", "remote"),
)

mapping_override = Table(
    "mapping_override",
    metadata,
    text("scope"),  # "merchant:NAME" | "connection:NAME"
    text("connector"),
    text("stream"),
    Column("version", Integer, nullable=False),
    text("body"),
    text("created_at"),
    PrimaryKeyConstraint("scope", "connector", "stream", "version"),
)

route = Table(
    "route",
    metadata,
    Column("name", Text, primary_key=True),  # "entity source->target"
    Column("merchant", Text, ForeignKey("merchant.name"), nullable=False),
    text("entity"),
    Column("source", Text, ForeignKey("connection.name"), nullable=False),
    Column("target", Text, ForeignKey("connection.name"), nullable=False),
    text("direction"),  # one-way | two-way
    text("source_stream"),
    text("target_stream"),
    text("state"),  # draft | matched | live
    text("rules"),  # JSON: {"only": [...], "except": [...]}
    text("mask", null=True),  # JSON: {"write": [...]} | {"skip": [...]}
    text("since", null=True),
    text("caps", null=True),  # JSON: what is not the default
    Column("buffer", Integer, nullable=False, default=0),  # pieces of each item that a route of stock keeps back
    text("managed_by"),
)

policy = Table(
    "policy",
    metadata,
    Column("merchant", Text, ForeignKey("merchant.name"), nullable=False),
    text("entity"),
    text("field"),
    text("decider"),  # the connection that owns it, or newest | union | lattice | human
    text("managed_by"),
    PrimaryKeyConstraint("merchant", "entity", "field"),
)

custom_field = Table(
    "custom_field",
    metadata,
    Column("merchant", Text, ForeignKey("merchant.name"), nullable=False),
    text("entity"),
    text("name"),
    text("type"),
    text("managed_by"),
    PrimaryKeyConstraint("merchant", "entity", "name"),
)

schedule = Table(
    "schedule",
    metadata,
    Column("name", Text, primary_key=True),
    Column("connection", Text, ForeignKey("connection.name"), nullable=False),
    text("streams"),  # JSON list; empty: all
    text("does"),  # sync | reconcile
    text("every", null=True),
    text("cron", null=True),
    text("zone", null=True),
    text("managed_by"),
)

schedule_run = Table(  # the primary key lets one of several schedulers take a due time
    "schedule_run",
    metadata,
    Column("schedule", Text, ForeignKey("schedule.name", ondelete="CASCADE"), nullable=False),
    text("due_at"),
    text("state"),  # running | done | failed
    text("started_at"),
    text("ended_at", null=True),
    PrimaryKeyConstraint("schedule", "due_at"),
)
