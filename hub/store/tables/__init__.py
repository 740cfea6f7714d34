"""Every table of the hub. A record is a JSON document with promoted columns; the rest is relational.

The record row IS its current version; `record_version` holds the superseded ones. A link's shadow that is NULL equals
the record's data at `link.version`. Times are UTC text, which sorts.
"""

from __future__ import annotations

from hub.store.tables.called import delivery, hook_count, subscription
from hub.store.tables.configured import (
    connection,
    custom_field,
    mapping_override,
    merchant,
    policy,
    route,
    schedule,
    schedule_run,
    value,
)
from hub.store.tables.happened import event, restoration, run
from hub.store.tables.known import document, history, link, record, record_key, record_version
from hub.store.tables.metadata import metadata
from hub.store.tables.secret import consent, secret
from hub.store.tables.told import notice, notice_attempt, opt_out
from hub.store.tables.under_way import checkpoint, full_pass, inbox, lease, outbox, problem, seen
from hub.store.tables.watched import alert, closed_day

__all__ = [
    "alert",
    "checkpoint",
    "closed_day",
    "connection",
    "consent",
    "custom_field",
    "delivery",
    "document",
    "event",
    "full_pass",
    "history",
    "hook_count",
    "inbox",
    "lease",
    "link",
    "mapping_override",
    "merchant",
    "metadata",
    "notice",
    "notice_attempt",
    "opt_out",
    "outbox",
    "policy",
    "problem",
    "record",
    "record_key",
    "record_version",
    "restoration",
    "route",
    "run",
    "schedule",
    "schedule_run",
    "secret",
    "seen",
    "subscription",
    "value",
]
