"""What is under way: leases, checkpoints, inbox, outbox and problems."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from hub.store.tables.metadata import metadata, partial, text

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    text("holder"),
    Column("epoch", Integer, nullable=False),
    text("expires_at"),
    text("wanted_at", null=True),  # when somebody else last asked for it
)


checkpoint = Table(
    "checkpoint",
    metadata,
    text("connection"),
    text("stream"),
    text("lane"),  # live | backfill | sweep
    text("high_water", null=True),
    text("window", null=True),  # JSON {"since", "until", "resume"} of the window under way
    Column("skew", Integer, nullable=False, default=0),  # seconds that the remote's clock is ahead
    Column("asked", Integer, nullable=False, default=0),  # the counter when the last window read to its end began
    text("changed_at"),
    PrimaryKeyConstraint("connection", "stream", "lane"),
)

inbox = Table(  # a dirty set: what must be fetched by id; cleared only by a document asked for afterwards
    "inbox",
    metadata,
    text("connection"),
    text("stream"),
    text("external_id"),
    text("reason"),
    text("added_at"),
    Column("times", Integer, nullable=False),  # how often it was added: with the time a ticket that tells a later hook
    PrimaryKeyConstraint("connection", "stream", "external_id"),
)

full_pass = Table(  # a stream that is being read whole, to learn what is no longer there
    "full_pass",
    metadata,
    text("connection"),
    text("stream"),
    text("lane"),
    Column("generation", Integer, nullable=False),
    Column("asked", Integer, nullable=False),  # the connection's counter when it began: what is newer does not count
    Column("known", Integer, nullable=False),  # how many links it should find
    text("began_at"),
    PrimaryKeyConstraint("connection", "stream", "lane"),
)

seen = Table(  # what a full pass has come across so far
    "seen",
    metadata,
    text("connection"),
    text("stream"),
    text("lane"),
    Column("generation", Integer, nullable=False),
    text("external_id"),
    PrimaryKeyConstraint("connection", "stream", "lane", "generation", "external_id"),
    sqlite_with_rowid=False,
)

outbox = Table(  # at most one `pending` and one `in_flight` row a record
    "outbox",
    metadata,
    text("connection"),
    text("stream"),
    text("record"),
    text("slot"),  # pending | in_flight
    text("key", null=True),
    text("external_id", null=True),
    text("body", null=True),
    text("fields", null=True),  # JSON list: the fields of the record that the body writes
    Column("version", Integer, nullable=False, default=0),  # of the record, that the body was made from
    Column("attempts", Integer, nullable=False, default=0),
    text("not_before", null=True),
    text("waits_stream", null=True),
    text("waits_record", null=True),
    text("created_at"),
    text("run", null=True),
    Column("bulk", Integer, nullable=False, default=0),  # 1: it may wait until nothing live is owed
    PrimaryKeyConstraint("connection", "stream", "record", "slot"),
    Index("ix_outbox_waits", "waits_record", **partial("waits_record IS NOT NULL")),
    Index("ix_outbox_live", "connection", "stream", "created_at", **partial("bulk = 0")),
    Index("ix_outbox_flying", "connection", "stream", **partial("slot = 'in_flight'")),
    sqlite_with_rowid=False,
)

problem = Table(
    "problem",
    metadata,
    Column("id", Text, primary_key=True),
    text("merchant"),
    text("connection"),
    text("stream"),
    text("kind"),  # dead_letter | outcome_unknown | conflict | repair
    text("direction"),  # pull | push
    text("subject"),  # the external id of a pull, the record id of a push
    text("field"),  # of a conflict; else empty
    text("error"),
    text("message"),
    text("hint"),
    text("context"),  # JSON
    text("cause"),  # the same for the same mistake in many records
    text("document", null=True),
    text("edited", null=True),  # the document as a person changed it; it is taken in instead
    text("edited_by", null=True),
    text("edited_at", null=True),
    text("state"),  # open | closed
    text("note", null=True),
    Column("attempts", Integer, nullable=False, default=1),
    text("first_at"),
    text("last_at"),
    text("run", null=True),
    Index("ix_problem_cause", "state", "cause"),
    Index("ix_problem_state", "state", "connection", "stream"),
    Index("ix_problem_run", "run"),
    Index("ix_problem_subject", "connection", "stream", "direction", "subject"),
)
