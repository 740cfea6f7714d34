"""The first schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("told_at", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("merchant", "subject", name=op.f("pk_alert")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("high_water", sa.Text(), nullable=True),
        sa.Column("window", sa.Text(), nullable=True),
        sa.Column("skew", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "stream", "lane", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "consent",
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("redirect", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_consent")),
    )
    op.create_table(
        "delivery",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("last_at", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "digest", name=op.f("pk_delivery")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_last", ["last_at"], unique=False)

    op.create_table(
        "document",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "stream", "external_id", name=op.f("pk_document")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_record", ["record"], unique=False)
        batch_op.create_index("ix_event_run", ["run"], unique=False)

    op.create_table(
        "full_pass",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "stream", "lane", name=op.f("pk_full_pass")),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.create_index("ix_history_at", ["at"], unique=False)
        batch_op.create_index("ix_history_record", ["record"], unique=False)

    op.create_table(
        "hook_count",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "day", "outcome", name=op.f("pk_hook_count")),
    )
    op.create_table(
        "inbox",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_at", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "stream", "external_id", name=op.f("pk_inbox")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("wanted_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "link",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document_hash", sa.LargeBinary(), nullable=True),
        sa.Column("mapping_hash", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=True),
        sa.Column("theirs", sa.Text(), nullable=True),
        sa.Column("remote_version", sa.Text(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "stream", "external_id", name=op.f("pk_link")),
        sa.UniqueConstraint("record", "connection", "stream", name=op.f("uq_link_record_connection_stream")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index(
            "ix_link_answered",
            ["connection", "stream", "answered"],
            unique=False,
            sqlite_where=sa.text("answered > 0"),
            postgresql_where=sa.text("answered > 0"),
        )

    op.create_table(
        "mapping_override",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "connector", "stream", "version", name=op.f("pk_mapping_override")),
    )
    op.create_table(
        "merchant",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("notices", sa.Text(), nullable=True),
        sa.Column("alerts", sa.Text(), nullable=True),
        sa.Column("retention", sa.Text(), nullable=True),
        sa.Column("managed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_merchant")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("shipment", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "shipment", "status", "channel", "role", name=op.f("uq_notice_shipment_status_channel_role")
        ),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_state", ["state", "not_before"], unique=False)

    op.create_table(
        "opt_out",
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("merchant", "channel", "recipient", name=op.f("pk_opt_out")),
    )
    op.create_table(
        "outbox",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Text(), nullable=True),
        sa.Column("waits_stream", sa.Text(), nullable=True),
        sa.Column("waits_record", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=True),
        sa.Column("bulk", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "stream", "record", "slot", name=op.f("pk_outbox")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_flying",
            ["connection", "stream"],
            unique=False,
            sqlite_where=sa.text("slot = 'in_flight'"),
            postgresql_where=sa.text("slot = 'in_flight'"),
        )
        batch_op.create_index(
            "ix_outbox_live",
            ["connection", "stream", "created_at"],
            unique=False,
            sqlite_where=sa.text("bulk = 0"),
            postgresql_where=sa.text("bulk = 0"),
        )
        batch_op.create_index(
            "ix_outbox_waits",
            ["waits_record"],
            unique=False,
            sqlite_where=sa.text("waits_record IS NOT NULL"),
            postgresql_where=sa.text("waits_record IS NOT NULL"),
        )

    op.create_table(
        "problem",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("edited", sa.Text(), nullable=True),
        sa.Column("edited_by", sa.Text(), nullable=True),
        sa.Column("edited_at", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.Text(), nullable=False),
        sa.Column("last_at", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
    )
    with op.batch_alter_table("problem", schema=None) as batch_op:
        batch_op.create_index("ix_problem_cause", ["state", "cause"], unique=False)
        batch_op.create_index("ix_problem_run", ["run"], unique=False)
        batch_op.create_index("ix_problem_state", ["state", "connection", "stream"], unique=False)
        batch_op.create_index("ix_problem_subject", ["connection", "stream", "direction", "subject"], unique=False)

    op.create_table(
        "record",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("total", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
    )
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.create_index("ix_record_email", ["email"], unique=False)
        batch_op.create_index("ix_record_number", ["number"], unique=False)
        batch_op.create_index("ix_record_occurred", ["entity", "occurred_at"], unique=False)

    op.create_table(
        "record_key",
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("record", "kind", "value", name=op.f("pk_record_key")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("record_key", schema=None) as batch_op:
        batch_op.create_index("ix_record_key_value", ["value"], unique=False)

    op.create_table(
        "restoration",
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_restoration")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("parked", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("mapping", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index("ix_run_connection", ["connection", "stream", "started_at"], unique=False)

    op.create_table(
        "seen",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "stream", "lane", "generation", "external_id", name=op.f("pk_seen")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "connection",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state_at", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.Text(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("managed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant"], ["merchant.name"], name=op.f("fk_connection_merchant")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_connection")),
    )
    op.create_table(
        "custom_field",
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("managed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant"], ["merchant.name"], name=op.f("fk_custom_field_merchant")),
        sa.PrimaryKeyConstraint("merchant", "entity", "name", name=op.f("pk_custom_field")),
    )
    op.create_table(
        "notice_attempt",
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notice.id"], name=op.f("fk_notice_attempt_notice"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("notice", "number", name=op.f("pk_notice_attempt")),
    )
    op.create_table(
        "policy",
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("decider", sa.Text(), nullable=False),
        sa.Column("managed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant"], ["merchant.name"], name=op.f("fk_policy_merchant")),
        sa.PrimaryKeyConstraint("merchant", "entity", "field", name=op.f("pk_policy")),
    )
    op.create_table(
        "record_version",
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["record"], ["record.id"], name=op.f("fk_record_version_record"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record", "version", name=op.f("pk_record_version")),
    )
    op.create_table(
        "closed_day",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.Text(), nullable=False),
        sa.Column("orders", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection"], ["connection.name"], name=op.f("fk_closed_day_connection"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection", "stream", "day", name=op.f("pk_closed_day")),
    )
    op.create_table(
        "route",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("source_stream", sa.Text(), nullable=False),
        sa.Column("target_stream", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("mask", sa.Text(), nullable=True),
        sa.Column("since", sa.Text(), nullable=True),
        sa.Column("caps", sa.Text(), nullable=True),
        sa.Column("buffer", sa.Integer(), nullable=False),
        sa.Column("managed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant"], ["merchant.name"], name=op.f("fk_route_merchant")),
        sa.ForeignKeyConstraint(["source"], ["connection.name"], name=op.f("fk_route_source")),
        sa.ForeignKeyConstraint(["target"], ["connection.name"], name=op.f("fk_route_target")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_route")),
    )
    op.create_table(
        "schedule",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("streams", sa.Text(), nullable=False),
        sa.Column("does", sa.Text(), nullable=False),
        sa.Column("every", sa.Text(), nullable=True),
        sa.Column("cron", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("managed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connection.name"], name=op.f("fk_schedule_connection")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedule")),
    )
    op.create_table(
        "secret",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection"], ["connection.name"], name=op.f("fk_secret_connection"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection", "name", "number", name=op.f("pk_secret")),
    )
    op.create_table(
        "subscription",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.Text(), nullable=False),
        sa.Column("repaired_at", sa.Text(), nullable=True),
        sa.Column("repair", sa.Text(), nullable=True),
        sa.Column("gap_since", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection"], ["connection.name"], name=op.f("fk_subscription_connection"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection", "topic", name=op.f("pk_subscription")),
    )
    op.create_table(
        "value",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("table", sa.Text(), nullable=False),
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("managed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connection.name"], name=op.f("fk_value_connection")),
        sa.PrimaryKeyConstraint("connection", "table", "remote", name=op.f("pk_value")),
    )
    op.create_table(
        "schedule_run",
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["schedule"], ["schedule.name"], name=op.f("fk_schedule_run_schedule"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("schedule", "due_at", name=op.f("pk_schedule_run")),
    )


def downgrade() -> None:
    op.drop_table("schedule_run")
    op.drop_table("value")
    op.drop_table("subscription")
    op.drop_table("secret")
    op.drop_table("schedule")
    op.drop_table("route")
    op.drop_table("closed_day")
    op.drop_table("restoration")
    op.drop_table("record_version")
    op.drop_table("policy")
    op.drop_table("notice_attempt")
    op.drop_table("custom_field")
    op.drop_table("connection")
    op.drop_table("seen")
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_index("ix_run_connection")

    op.drop_table("run")
    with op.batch_alter_table("record_key", schema=None) as batch_op:
        batch_op.drop_index("ix_record_key_value")

    op.drop_table("record_key")
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.drop_index("ix_record_occurred")
        batch_op.drop_index("ix_record_number")
        batch_op.drop_index("ix_record_email")

    op.drop_table("record")
    with op.batch_alter_table("problem", schema=None) as batch_op:
        batch_op.drop_index("ix_problem_subject")
        batch_op.drop_index("ix_problem_state")
        batch_op.drop_index("ix_problem_run")
        batch_op.drop_index("ix_problem_cause")

    op.drop_table("problem")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_waits",
            sqlite_where=sa.text("waits_record IS NOT NULL"),
            postgresql_where=sa.text("waits_record IS NOT NULL"),
        )
        batch_op.drop_index("ix_outbox_live", sqlite_where=sa.text("bulk = 0"), postgresql_where=sa.text("bulk = 0"))
        batch_op.drop_index(
            "ix_outbox_flying",
            sqlite_where=sa.text("slot = 'in_flight'"),
            postgresql_where=sa.text("slot = 'in_flight'"),
        )

    op.drop_table("outbox")
    op.drop_table("opt_out")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_state")

    op.drop_table("notice")
    op.drop_table("merchant")
    op.drop_table("mapping_override")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_link_answered", sqlite_where=sa.text("answered > 0"), postgresql_where=sa.text("answered > 0")
        )

    op.drop_table("link")
    op.drop_table("lease")
    op.drop_table("inbox")
    op.drop_table("hook_count")
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_index("ix_history_record")
        batch_op.drop_index("ix_history_at")

    op.drop_table("history")
    op.drop_table("full_pass")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_run")
        batch_op.drop_index("ix_event_record")

    op.drop_table("event")
    op.drop_table("document")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_last")

    op.drop_table("delivery")
    op.drop_table("consent")
    op.drop_table("checkpoint")
    op.drop_table("alert")
