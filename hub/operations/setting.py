"""One thing that can be configured: its row, what is worth telling about it, and how it is kept and removed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from hub.store import schedules, settings, tables
from hub.store.database import Transaction
from hub.store.schedules import Schedule
from hub.store.settings import ConnectionRow, CustomFieldRow, MerchantRow, PolicyRow, RouteRow

FILE = "file"
OPERATOR = "operator"
JSON_WORD = re.compile(r"true|false|null|-?[0-9.]+(?:[eE][+-]?[0-9]+)?")
"""Text that would read like another kind of value without its quotes."""


class Kind(StrEnum):
    """What can be configured, in the order in which it is created."""

    MERCHANT = "merchant"
    CONNECTION = "connection"
    VALUE = "value"
    CUSTOM_FIELD = "custom field"
    ROUTE = "route"
    POLICY = "policy"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One row of a value table."""

    connection: str
    table: str
    remote: str
    canonical: str
    managed_by: str = OPERATOR


SettingRow: TypeAlias = MerchantRow | ConnectionRow | ValueRow | CustomFieldRow | RouteRow | PolicyRow | Schedule
Key: TypeAlias = tuple[Kind, str]
Settings: TypeAlias = dict[Key, SettingRow]

KINDS: dict[type[SettingRow], Kind] = {
    MerchantRow: Kind.MERCHANT,
    ConnectionRow: Kind.CONNECTION,
    ValueRow: Kind.VALUE,
    CustomFieldRow: Kind.CUSTOM_FIELD,
    RouteRow: Kind.ROUTE,
    PolicyRow: Kind.POLICY,
    Schedule: Kind.SCHEDULE,
}


def key_of(row: SettingRow) -> Key:
    """Name a setting by its kind and what tells it from others of its kind."""
    if isinstance(row, ValueRow):
        return Kind.VALUE, f"{row.connection}.{row.table} {row.remote}"
    if isinstance(row, CustomFieldRow):
        return Kind.CUSTOM_FIELD, f"{row.merchant} {row.entity}.custom.{row.name}"
    if isinstance(row, PolicyRow):
        return Kind.POLICY, f"{row.merchant} {row.entity}.{row.field}"
    return KINDS[type(row)], row.name


def facts(row: SettingRow) -> dict[str, str]:
    """List what an operator decides about a setting, as text: name -> value. What is not said is left out."""
    told = FACTS[type(row)](row)
    return {name: _text(value) for name, value in told.items() if value not in (None, "", (), [], {})}


def read_settings(tx: Transaction) -> Settings:
    """Read everything that is configured."""
    connections = settings.connections(tx)
    rows: list[SettingRow] = [*settings.merchants(tx), *connections, *settings.custom_fields(tx), *settings.routes(tx)]
    rows += [*settings.policies(tx), *schedules.every(tx), *_values(tx)]
    return {key_of(row): row for row in rows}


def put(tx: Transaction, row: SettingRow) -> None:
    """Create a setting or replace it."""
    PUT[type(row)](tx, row)


def remove(tx: Transaction, row: SettingRow) -> None:
    """Take a setting away; links, records and history stay."""
    REMOVE[type(row)](tx, row)


def _values(tx: Transaction) -> list[SettingRow]:
    columns = tables.value.c
    query = tables.value.select().order_by(columns.connection, columns.table, columns.remote)
    return [ValueRow(*row) for row in tx.execute(query)]


def _text(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value) if JSON_WORD.fullmatch(value) else value
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _merchant_facts(row: Any) -> dict[str, Any]:
    notices = {f"notices.{name}": value for name, value in (row.notices or {}).items()}
    alerts = {f"alerts.{name}": value for name, value in (row.alerts or {}).items()}
    retention = {f"retention.{name}": value for name, value in (row.retention or {}).items()}
    return {"name": row.title, "language": row.language, **notices, **alerts, **retention}


def _route_facts(row: Any) -> dict[str, Any]:
    rules = {name: " and ".join(map(describe, row.rules.get(name) or ())) for name in ("only", "except")}
    streams = f"{row.source}/{row.source_stream} -> {row.target}/{row.target_stream}"
    return {
        "streams": streams,
        "direction": row.direction,
        **rules,
        **(row.mask or {}),
        "since": row.since,
        "buffer": row.buffer or None,
        **_cap_facts(row.caps),
    }


def _cap_facts(caps: Mapping[str, int] | None) -> dict[str, Any]:
    return {f"caps.{name}": f"{value} %" if name != "least" else value for name, value in (caps or {}).items()}


def describe(rule: Mapping[str, Any]) -> str:
    """Say a rule in words: status in open, completed."""
    said = [f"{name.replace('_', ' ')} {_text(wanted)}" for name, wanted in rule.items() if name != "field"]
    return f"{rule['field']} {' and '.join(said)}"


def _schedule_facts(row: Any) -> dict[str, Any]:
    when = {"every": row.every, "cron": row.cron, "zone": row.zone if row.cron else None}
    does = {"does": row.does} if row.does != schedules.SYNC else {}
    return {"connection": row.connection, "streams": row.streams or "all", **when, **does}


FACTS: dict[type, Callable[[Any], dict[str, Any]]] = {
    MerchantRow: _merchant_facts,
    ConnectionRow: lambda row: {"connector": row.connector, "merchant": row.merchant, **row.settings},
    ValueRow: lambda row: {"is": row.canonical},
    CustomFieldRow: lambda row: {"type": row.type},
    RouteRow: _route_facts,
    PolicyRow: lambda row: {"decided by": row.decider},
    Schedule: _schedule_facts,
}


def _put_value(tx: Transaction, row: ValueRow) -> None:
    settings.put_value(tx, row.connection, row.table, row.remote, row.canonical, managed_by=row.managed_by)


PUT: dict[type, Callable[[Transaction, Any], None]] = {
    MerchantRow: settings.put_merchant,
    ConnectionRow: settings.put_connection,
    ValueRow: _put_value,
    CustomFieldRow: settings.put_custom_field,
    RouteRow: settings.put_route,
    PolicyRow: settings.put_policy,
    Schedule: schedules.put,
}


def _remove_value(tx: Transaction, row: ValueRow) -> None:
    columns = tables.value.c
    here = (columns.connection == row.connection, columns.table == row.table, columns.remote == row.remote)
    tx.execute(tables.value.delete().where(*here))


REMOVE: dict[type, Callable[[Transaction, Any], None]] = {
    MerchantRow: lambda tx, row: settings.remove(tx, tables.merchant, name=row.name),
    ConnectionRow: lambda tx, row: settings.remove(tx, tables.connection, name=row.name),
    ValueRow: _remove_value,
    CustomFieldRow: lambda tx, row: settings.remove(
        tx, tables.custom_field, merchant=row.merchant, entity=row.entity, name=row.name
    ),
    RouteRow: lambda tx, row: settings.remove(tx, tables.route, name=row.name),
    PolicyRow: lambda tx, row: settings.remove(
        tx, tables.policy, merchant=row.merchant, entity=row.entity, field=row.field
    ),
    Schedule: lambda tx, row: schedules.remove(tx, row.name),
}
