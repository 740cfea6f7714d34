"""What buyers are told."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from hub.store.tables.metadata import metadata, text

notice = Table(
    "notice",
    metadata,
    Column("id", Text, primary_key=True),
    text("merchant"),
    text("shipment"),
    text("status"),
    text("channel"),
    text("role"),  # buyer
    text("recipient", null=True),
    text("language", null=True),
    text("state"),  # pending | sending | sent | refused | failed | unknown | held | skipped
    text("reason", null=True),
    Column("attempts", Integer, nullable=False, default=0),
    text("not_before", null=True),
    text("created_at"),
    text("changed_at"),
    UniqueConstraint("shipment", "status", "channel", "role"),
    Index("ix_notice_state", "state", "not_before"),
)

notice_attempt = Table(
    "notice_attempt",
    metadata,
    Column("notice", Text, ForeignKey("notice.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    text("at"),
    text("delivery"),
    text("detail"),
    PrimaryKeyConstraint("notice", "number"),
)

opt_out = Table(
    "opt_out",
    metadata,
    text("merchant"),
    text("channel"),
    text("recipient"),
    text("created_at"),
    text("reason", null=True),
    PrimaryKeyConstraint("merchant", "channel", "recipient"),
)
