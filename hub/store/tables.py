"""Every table of the hub. A record is a JSON document with promoted columns; the rest is relational.

The record row IS its current version; `record_version` holds the superseded ones. A link's shadow that is NULL equals
the record's data at `link.version`. Times are UTC text, which sorts.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


# -- what is configured ------------------------------------------------------------------------------------------

merchant = Table(
    "merchant",
    metadata,
    Column("name", Text, primary_key=True),
    _text("title", null=True),
    _text("language", null=True),
    _text("notices", null=True),  # JSON
    _text("managed_by"),
)

connection = Table(
    "connection",
    metadata,
    Column("name", Text, primary_key=True),
    Column("merchant", Text, ForeignKey("merchant.name"), nullable=False),
    _text("connector"),
    _text("settings"),  # JSON; secrets are references
    _text("state"),  # ok | degraded | needs_reauth | paused
    _text("reason", null=True),
    _text("state_at", null=True),
    Column("asked", Integer, nullable=False, default=0),
    _text("managed_by"),
)

value = Table(  # the rows of the value tables
    "value",
    metadata,
    Column("connection", Text, ForeignKey("connection.name"), nullable=False),
    _text("table"),
    _text("remote"),
    _text("canonical"),
    _text("managed_by"),
    PrimaryKeyConstraint("connection", "table", "remote"),
)

mapping_override = Table(
    "mapping_override",
    metadata,
    _text("scope"),  # "merchant:NAME" | "connection:NAME"
    _text("connector"),
    _text("stream"),
    Column("version", Integer, nullable=False),
    _text("body"),
    _text("created_at"),
    PrimaryKeyConstraint("scope", "connector", "stream", "version"),
)

route = Table(
    "route",
    metadata,
    Column("name", Text, primary_key=True),  # "entity source->target"
    Column("merchant", Text, ForeignKey("merchant.name"), nullable=False),
    _text("entity"),
    Column("source", Text, ForeignKey("connection.name"), nullable=False),
    Column("target", Text, ForeignKey("connection.name"), nullable=False),
    _text("direction"),  # one-way | two-way
    _text("source_stream"),
    _text("target_stream"),
    _text("state"),  # draft | matched | live
    _text("rules"),  # JSON: {"only": [...], "except": [...]}
    _text("mask", null=True),  # JSON: {"write": [...]} | {"skip": [...]}
    _text("since", null=True),
    _text("managed_by"),
)

policy = Table(
    "policy",
    metadata,
    Column("merchant", Text, ForeignKey("merchant.name"), nullable=False),
    _text("entity"),
    _text("field"),
    _text("owner"),  # a connection, or "newest"
    _text("managed_by"),
    PrimaryKeyConstraint("merchant", "entity", "field"),
)

custom_field = Table(
    "custom_field",
    metadata,
    _text("entity"),
    _text("name"),
    _text("type"),
    _text("managed_by"),
    PrimaryKeyConstraint("entity", "name"),
)

schedule = Table(
    "schedule",
    metadata,
    Column("name", Text, primary_key=True),
    Column("connection", Text, ForeignKey("connection.name"), nullable=False),
    _text("streams"),  # JSON list; empty: all
    _text("every", null=True),
    _text("cron", null=True),
    _text("zone", null=True),
    _text("managed_by"),
)

schedule_run = Table(  # the primary key lets one of several schedulers take a due time
    "schedule_run",
    metadata,
    Column("schedule", Text, ForeignKey("schedule.name", ondelete="CASCADE"), nullable=False),
    _text("due_at"),
    _text("state"),  # running | done | failed
    _text("started_at"),
    _text("ended_at", null=True),
    PrimaryKeyConstraint("schedule", "due_at"),
)

# -- who may act -------------------------------------------------------------------------------------------------

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    _text("holder"),
    Column("epoch", Integer, nullable=False),
    _text("expires_at"),
)

# -- what is known -----------------------------------------------------------------------------------------------

record = Table(
    "record",
    metadata,
    Column("id", Text, primary_key=True),
    _text("merchant"),
    _text("entity"),
    Column("version", Integer, nullable=False),
    _text("data"),
    _text("number", null=True),
    _text("email", null=True),
    _text("status", null=True),
    _text("currency", null=True),
    _text("total", null=True),
    _text("occurred_at", null=True),
    _text("changed_at"),
    _text("source"),  # the connection, or "operator", whose change made this version
    _text("run", null=True),
    Index("ix_record_number", "number"),
    Index("ix_record_email", "email"),
    Index("ix_record_occurred", "entity", "occurred_at"),
)

record_version = Table(
    "record_version",
    metadata,
    Column("record", Text, ForeignKey("record.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    _text("data"),
    _text("changed_at"),
    _text("source"),
    _text("run", null=True),
    PrimaryKeyConstraint("record", "version"),
)

record_key = Table(  # what else a person may look a record up by
    "record_key",
    metadata,
    _text("record"),
    _text("kind"),  # sku | barcode | tracking_number
    _text("value"),
    PrimaryKeyConstraint("record", "kind", "value"),
    Index("ix_record_key_value", "value"),
    sqlite_with_rowid=False,
)

link = Table(
    "link",
    metadata,
    _text("connection"),
    _text("stream"),
    _text("external_id"),
    _text("record"),  # or the id of a part of a record, such as a variant
    _text("state"),  # promised | active | gone
    Column("document_hash", LargeBinary),
    Column("mapping_hash", LargeBinary),
    Column("version", Integer, nullable=False, default=0),  # of the record, at agreement
    _text("ours", null=True),
    _text("theirs", null=True),
    _text("remote_version", null=True),
    Column("asked", Integer, nullable=False, default=0),
    Column("answered", Integer, nullable=False, default=0),
    _text("seen_at", null=True),
    PrimaryKeyConstraint("connection", "stream", "external_id"),
    UniqueConstraint("record", "connection", "stream"),
    sqlite_with_rowid=False,
)

document = Table(
    "document",
    metadata,
    _text("connection"),
    _text("stream"),
    _text("external_id"),
    _text("body"),
    _text("received_at"),
    _text("run", null=True),
    PrimaryKeyConstraint("connection", "stream", "external_id"),
)

# -- what is under way -------------------------------------------------------------------------------------------

checkpoint = Table(
    "checkpoint",
    metadata,
    _text("connection"),
    _text("stream"),
    _text("lane"),  # live | backfill | sweep
    _text("high_water", null=True),
    _text("window", null=True),  # JSON {"since", "until", "resume"} of the window under way
    Column("skew", Integer, nullable=False, default=0),  # seconds that the remote's clock is ahead
    _text("changed_at"),
    PrimaryKeyConstraint("connection", "stream", "lane"),
)

inbox = Table(  # a dirty set: what must be fetched by id; cleared only by a document asked for afterwards
    "inbox",
    metadata,
    _text("connection"),
    _text("stream"),
    _text("external_id"),
    _text("reason"),
    _text("added_at"),
    PrimaryKeyConstraint("connection", "stream", "external_id"),
)

outbox = Table(  # at most one `pending` and one `in_flight` row a record
    "outbox",
    metadata,
    _text("connection"),
    _text("stream"),
    _text("record"),
    _text("slot"),  # pending | in_flight
    _text("key", null=True),
    _text("external_id", null=True),
    _text("body", null=True),
    Column("version", Integer, nullable=False, default=0),  # of the record, that the body was made from
    Column("attempts", Integer, nullable=False, default=0),
    _text("not_before", null=True),
    _text("waits_stream", null=True),
    _text("waits_record", null=True),
    _text("created_at"),
    _text("run", null=True),
    PrimaryKeyConstraint("connection", "stream", "record", "slot"),
    Index("ix_outbox_waits", "waits_record"),
    sqlite_with_rowid=False,
)

problem = Table(
    "problem",
    metadata,
    Column("id", Text, primary_key=True),
    _text("merchant"),
    _text("connection"),
    _text("stream"),
    _text("kind"),  # dead_letter | outcome_unknown | conflict | repair
    _text("direction"),  # pull | push
    _text("subject"),  # the external id of a pull, the record id of a push
    _text("error"),
    _text("message"),
    _text("hint"),
    _text("context"),  # JSON
    _text("document", null=True),
    _text("state"),  # open | closed
    _text("note", null=True),
    Column("attempts", Integer, nullable=False, default=1),
    _text("first_at"),
    _text("last_at"),
    _text("run", null=True),
    Index("ix_problem_state", "state", "connection", "stream"),
    Index("ix_problem_subject", "connection", "stream", "direction", "subject"),
)

# -- what happened -----------------------------------------------------------------------------------------------

run = Table(
    "run",
    metadata,
    Column("id", Text, primary_key=True),
    _text("connection"),
    _text("stream"),
    _text("kind"),  # pull | push | track
    _text("lane"),
    _text("state"),  # running | ok | partial | failed | crashed
    _text("started_at"),
    _text("ended_at", null=True),
    Column("read", Integer, nullable=False, default=0),
    Column("written", Integer, nullable=False, default=0),
    Column("unchanged", Integer, nullable=False, default=0),
    Column("skipped", Integer, nullable=False, default=0),
    Column("parked", Integer, nullable=False, default=0),
    _text("message", null=True),
    Index("ix_run_connection", "connection", "stream", "started_at"),
)

event = Table(
    "event",
    metadata,
    Column("id", Text, primary_key=True),
    _text("run", null=True),
    _text("at"),
    _text("kind"),  # written | skipped | parked | woken | stale | status | discrepancy | ...
    _text("connection"),
    _text("stream"),
    _text("record", null=True),
    _text("external_id", null=True),
    _text("detail"),  # JSON, ids and reasons only
    Index("ix_event_record", "record"),
    Index("ix_event_run", "run"),
)

# -- what buyers are told ----------------------------------------------------------------------------------------

notice = Table(
    "notice",
    metadata,
    Column("id", Text, primary_key=True),
    _text("merchant"),
    _text("shipment"),
    _text("status"),
    _text("channel"),
    _text("role"),  # buyer
    _text("recipient", null=True),
    _text("language", null=True),
    _text("state"),  # pending | sending | sent | refused | failed | unknown | held | skipped
    _text("reason", null=True),
    Column("attempts", Integer, nullable=False, default=0),
    _text("not_before", null=True),
    _text("created_at"),
    _text("changed_at"),
    UniqueConstraint("shipment", "status", "channel", "role"),
    Index("ix_notice_state", "state", "not_before"),
)

notice_attempt = Table(
    "notice_attempt",
    metadata,
    Column("notice", Text, ForeignKey("notice.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    _text("at"),
    _text("delivery"),
    _text("detail"),
    PrimaryKeyConstraint("notice", "number"),
)

opt_out = Table(
    "opt_out",
    metadata,
    _text("merchant"),
    _text("channel"),
    _text("recipient"),
    _text("created_at"),
    _text("reason", null=True),
    PrimaryKeyConstraint("merchant", "channel", "recipient"),
)
