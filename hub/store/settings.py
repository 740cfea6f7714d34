"""What is configured: merchants, connections, routes, policies, value tables, custom fields, mapping overrides."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, update

from hub.clock import utc_text
from hub.store import tables

KEEP_ASKED = (
    update(tables.connection)
    .where(tables.connection.c.name == bindparam("connection"))
    .values(asked=bindparam("asked"))
)


@dataclass(frozen=True, slots=True)
class MerchantRow:
    """A merchant; `notices`, `alerts` and `retention` are its tables of that name in hub.toml."""

    name: str
    title: str | None = None
    language: str | None = None
    notices: Mapping[str, Any] | None = None
    managed_by: str = "operator"
    alerts: Mapping[str, Any] | None = None
    retention: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A configured account; secrets among its settings are references."""

    name: str
    merchant: str
    connector: str
    settings: Mapping[str, Any]
    state: str = "ok"
    reason: str | None = None
    state_at: str | None = None
    asked: int = 0
    managed_by: str = "operator"


@dataclass(frozen=True, slots=True)
class RouteRow:
    """Which records go from where to where; a `since` bars older records from being created. `buffer`: pieces that
    a route of stock keeps back.
    """

    name: str
    merchant: str
    entity: str
    source: str
    target: str
    source_stream: str
    target_stream: str
    direction: str = "one-way"
    state: str = "live"
    rules: Mapping[str, Any] = field(default_factory=dict)
    mask: Mapping[str, Any] | None = None
    since: str | None = None
    caps: Mapping[str, int] | None = None
    buffer: int = 0
    managed_by: str = "operator"


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """Who decides a field, merchant-wide: the connection that owns it, or newest, union, lattice or human."""

    merchant: str
    entity: str
    field: str
    decider: str
    managed_by: str = "operator"


@dataclass(frozen=True, slots=True)
class CustomFieldRow:
    """A custom field that a merchant declares."""

    merchant: str
    entity: str
    name: str
    type: str
    managed_by: str = "operator"


def merchants(tx: Connection) -> list[MerchantRow]:
    """List the merchants by name."""
    query = select(tables.merchant).order_by(tables.merchant.c.name)
    return [
        MerchantRow(r.name, r.title, r.language, _json(r.notices), r.managed_by, _json(r.alerts), _json(r.retention))
        for r in tx.execute(query)
    ]


def put_merchant(tx: Connection, new: MerchantRow) -> None:
    """Create or replace a merchant."""
    told = {name: json.dumps(table) if table else None for name, table in _tables_of(new).items()}
    values = {"title": new.title, "language": new.language, "managed_by": new.managed_by, **told}
    _put(tx, tables.merchant, {"name": new.name}, values)


def _tables_of(row: MerchantRow) -> dict[str, Mapping[str, Any] | None]:
    return {"notices": row.notices, "alerts": row.alerts, "retention": row.retention}


def connections(tx: Connection) -> list[ConnectionRow]:
    """List the connections by name."""
    query = select(tables.connection).order_by(tables.connection.c.name)
    return [
        ConnectionRow(
            r.name,
            r.merchant,
            r.connector,
            json.loads(r.settings),
            r.state,
            r.reason,
            r.state_at,
            r.asked,
            r.managed_by,
        )
        for r in tx.execute(query)
    ]


def connection(tx: Connection, name: str) -> ConnectionRow | None:
    """Find a connection by name."""
    return next((row for row in connections(tx) if row.name == name), None)


def put_connection(tx: Connection, new: ConnectionRow) -> None:
    """Create or replace a connection; its state and request counter stay."""
    values = {
        "merchant": new.merchant,
        "connector": new.connector,
        "settings": json.dumps(new.settings),
        "managed_by": new.managed_by,
    }
    _put(tx, tables.connection, {"name": new.name}, values, once={"state": new.state, "asked": 0, "failures": 0})


def set_connection_state(tx: Connection, name: str, state: str, reason: str | None, now: datetime) -> bool:
    """Move a connection to another state; False when it is in that state already."""
    c = tables.connection.c
    changed = tx.execute(
        update(tables.connection)
        .where(c.name == name, (c.state != state) | (c.reason.is_distinct_from(reason)))
        .values(state=state, reason=reason, state_at=utc_text(now))
    )
    return bool(changed.rowcount)


def keep_asked(tx: Connection, name: str, asked: int) -> None:
    """Keep how far the connection's request counter has come."""
    tx.execute(KEEP_ASKED, {"connection": name, "asked": asked})


def routes(tx: Connection, merchant: str | None = None) -> list[RouteRow]:
    """List the routes by name."""
    query = select(tables.route).order_by(tables.route.c.name)
    if merchant is not None:
        query = query.where(tables.route.c.merchant == merchant)
    return [_route(row._asdict()) for row in tx.execute(query)]


def put_route(tx: Connection, new: RouteRow) -> None:
    """Create or replace a route."""
    values = {name: getattr(new, name) for name in RouteRow.__slots__ if name not in {"name", "rules", "mask", "caps"}}
    values |= {"rules": json.dumps(new.rules), "mask": json.dumps(new.mask) if new.mask else None}
    values |= {"caps": json.dumps(new.caps) if new.caps else None}
    _put(tx, tables.route, {"name": new.name}, values)


def policies(tx: Connection, merchant: str | None = None) -> list[PolicyRow]:
    """List the field policies."""
    query = select(tables.policy).order_by(tables.policy.c.entity, tables.policy.c.field)
    if merchant is not None:
        query = query.where(tables.policy.c.merchant == merchant)
    return [PolicyRow(**row._asdict()) for row in tx.execute(query)]


def put_policy(tx: Connection, new: PolicyRow) -> None:
    """Create or replace the policy of a field."""
    key = {"merchant": new.merchant, "entity": new.entity, "field": new.field}
    _put(tx, tables.policy, key, {"decider": new.decider, "managed_by": new.managed_by})


def custom_fields(tx: Connection, merchant: str | None = None) -> list[CustomFieldRow]:
    """List the declared custom fields, of one merchant or of all."""
    field = tables.custom_field.c
    query = select(tables.custom_field).order_by(field.entity, field.name, field.merchant)
    if merchant is not None:
        query = query.where(field.merchant == merchant)
    return [CustomFieldRow(**row._asdict()) for row in tx.execute(query)]


def put_custom_field(tx: Connection, new: CustomFieldRow) -> None:
    """Declare a custom field."""
    key = {"merchant": new.merchant, "entity": new.entity, "name": new.name}
    _put(tx, tables.custom_field, key, {"type": new.type, "managed_by": new.managed_by})


def value_tables(tx: Connection, connection_name: str) -> dict[str, dict[str, str]]:
    """Give a connection's value tables: table -> remote value -> canonical value."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    query = select(tables.value).where(tables.value.c.connection == connection_name).order_by(tables.value.c.remote)
    for row in tx.execute(query):
        found[row.table][row.remote] = row.canonical
    return dict(found)


def put_value(
    tx: Connection, connection_name: str, table: str, remote: str, canonical: str, *, managed_by: str = "operator"
) -> None:
    """Add or replace one row of a value table."""
    key = {"connection": connection_name, "table": table, "remote": remote}
    _put(tx, tables.value, key, {"canonical": canonical, "managed_by": managed_by})


def mapping_overrides(tx: Connection, scope: str, connector: str) -> dict[str, str]:
    """Give the newest overriding mapping of each stream in a scope ("merchant:NAME", "connection:NAME")."""
    t = tables.mapping_override.c
    query = select(t.stream, t.body).where(t.scope == scope, t.connector == connector).order_by(t.version)
    return {row.stream: row.body for row in tx.execute(query)}


def add_mapping_override(tx: Connection, scope: str, connector: str, stream: str, body: str, now: datetime) -> int:
    """Keep a new version of an overriding mapping and tell its number; an empty body takes the override back."""
    t = tables.mapping_override.c
    newest = select(func.max(t.version)).where(t.scope == scope, t.connector == connector, t.stream == stream)
    version = (tx.execute(newest).scalar() or 0) + 1
    row = {"scope": scope, "connector": connector, "stream": stream, "version": version, "body": body}
    tx.execute(insert(tables.mapping_override).values(**row, created_at=utc_text(now)))
    return int(version)


def remove(tx: Connection, table: Table, /, **key: str) -> None:
    """Take rows out of one of the settings tables."""
    tx.execute(delete(table).where(*(table.c[name] == value for name, value in key.items())))


def _put(
    tx: Connection,
    table: Table,
    key: Mapping[str, str],
    values: Mapping[str, Any],
    once: Mapping[str, Any] | None = None,
) -> None:
    where = [table.c[name] == value for name, value in key.items()]
    if tx.execute(update(table).where(*where).values(values)).rowcount == 0:
        tx.execute(insert(table).values({**key, **values, **(once or {})}))


def _route(row: dict[str, Any]) -> RouteRow:
    parsed = {"rules": json.loads(row["rules"]), "mask": _json(row["mask"]), "caps": _json(row["caps"])}
    return RouteRow(**{**row, **parsed})


def _json(text: str | None) -> Mapping[str, Any] | None:
    return json.loads(text) if text else None
