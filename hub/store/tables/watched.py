"""What operators are told, and the days that they signed off."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, PrimaryKeyConstraint, Table, Text

from hub.store.tables.metadata import metadata, text

alert = Table(  # one row a thing that is watched: how it is, and which of its conditions the operators were told of
    "alert",
    metadata,
    text("merchant"),
    text("subject"),  # "connection shop", "disk"
    text("condition"),  # ok | degraded | needs_reauth | paused | late | silent | growing | full
    text("sentence"),
    text("hint"),
    text("since"),
    text("told"),  # the condition that they know of
    text("told_at", null=True),
    Column("attempts", Integer, nullable=False, default=0),
    text("not_before", null=True),
    text("detail", null=True),
    PrimaryKeyConstraint("merchant", "subject"),
)

closed_day = Table(  # what a day was worth when both sides agreed on it
    "closed_day",
    metadata,
    Column("connection", Text, ForeignKey("connection.name", ondelete="CASCADE"), nullable=False),
    text("stream"),
    text("day"),
    text("zone"),
    text("closed_at"),
    text("orders"),  # JSON {external id: [currency, gross, tax, refunded]}
    PrimaryKeyConstraint("connection", "stream", "day"),
)
