"""`hub export`: writes what is configured as a hub.toml that would configure the same."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hub.clock import utc_parse
from hub.config import (
    DEFAULT_MERCHANT,
    Alerts,
    Config,
    Connection,
    CustomKind,
    Direction,
    Does,
    Merchant,
    Notices,
    Operator,
    Route,
    Rule,
    Schedule,
    Serve,
    parse_duration,
    write_config,
)
from hub.config.cap import caps_of
from hub.config.declaration import DEFAULT_LATE, DEFAULT_MAX_AGE
from hub.config.retention import DEFAULT_RETENTION, retention_of
from hub.operations.setting import ValueRow, read_settings
from hub.plugins import Plugins
from hub.store import schedules
from hub.store.database import Database
from hub.store.settings import ConnectionRow, CustomFieldRow, MerchantRow, PolicyRow, RouteRow

NOWHERE = Serve()


def export(database: Database, plugins: Plugins, *, path: Path, database_text: str, serve: Serve = NOWHERE) -> str:
    """Write everything that is configured, through whatever door it came, as the text of a hub.toml.

    `database_text` and `serve` are what the file says of itself: they stand nowhere else.
    """
    return write_config(exported(database, plugins, path=path, database_text=database_text, serve=serve))


def exported(database: Database, plugins: Plugins, *, path: Path, database_text: str, serve: Serve = NOWHERE) -> Config:
    """Read everything that is configured as a declaration."""
    with database.read() as tx:
        rows = read_settings(tx).values()
    merchants = [row for row in rows if isinstance(row, MerchantRow)]
    connections = {row.name: row for row in rows if isinstance(row, ConnectionRow)}
    return Config(
        path=path,
        database=database_text,
        merchants={row.name: _merchant(row) for row in merchants if not _is_implied(row, merchants)},
        connections={row.name: _connection(row, rows) for row in connections.values()},
        routes=tuple(_route(row, connections, plugins) for row in rows if isinstance(row, RouteRow)),
        policies={f"{row.entity}.{row.field}": row.decider for row in rows if isinstance(row, PolicyRow)},
        schedules=tuple(_schedule(row) for row in rows if isinstance(row, schedules.Schedule)),
        notices=next((_notices(dict(row.notices)) for row in merchants if row.notices), None),
        alerts=next((_alerts(dict(row.alerts)) for row in merchants if row.alerts), None),
        retention=next((retention_of(row.retention) for row in merchants if row.retention), DEFAULT_RETENTION),
        serve=serve,
        custom=_custom(row for row in rows if isinstance(row, CustomFieldRow)),
    )


def _is_implied(row: MerchantRow, merchants: list[MerchantRow]) -> bool:
    return len(merchants) == 1 and row.name == DEFAULT_MERCHANT and row.title is None


def _merchant(row: MerchantRow) -> Merchant:
    return Merchant(row.name, row.title or row.name, row.language or "en")


def _connection(row: ConnectionRow, rows: Iterable[object]) -> Connection:
    tables: dict[str, dict[str, str]] = {}
    for value in rows:
        if isinstance(value, ValueRow) and value.connection == row.name:
            tables.setdefault(value.table, {})[value.remote] = value.canonical
    return Connection(
        name=row.name, connector=row.connector, merchant=row.merchant, settings=dict(row.settings), tables=tables
    )


def _route(row: RouteRow, connections: dict[str, ConnectionRow], plugins: Plugins) -> Route:
    ends = {row.source: row.source_stream, row.target: row.target_stream}
    needed = {
        name: stream for name, stream in ends.items() if _is_ambiguous(connections[name].connector, row.entity, plugins)
    }
    mask = row.mask or {}
    return Route(
        entity=row.entity,
        source=row.source,
        target=row.target,
        direction=Direction(row.direction),
        streams=needed,
        only=_rules(row.rules.get("only")),
        except_=_rules(row.rules.get("except")),
        write=tuple(mask["write"]) if "write" in mask else None,
        skip=tuple(mask.get("skip") or ()),
        since=utc_parse(row.since) if row.since else None,
        caps=caps_of(row.caps),
        buffer=row.buffer,
    )


def _is_ambiguous(connector: str, entity: str, plugins: Plugins) -> bool:
    """A connector that is not installed may have several streams of the entity."""
    spec = plugins.connectors.get(connector)
    return spec is None or sum(stream.entity == entity for stream in spec.streams) > 1


def _rules(rules: Iterable[dict[str, Any]] | None) -> tuple[Rule, ...]:
    return tuple(
        Rule(rule["field"], Operator(name), value)
        for rule in rules or ()
        for name, value in rule.items()
        if name != "field"
    )


def _schedule(row: schedules.Schedule) -> Schedule:
    return Schedule(
        connection=row.connection,
        streams=row.streams,
        every=parse_duration(row.every) if row.every else None,
        cron=row.cron,
        zone=row.zone or "UTC",
        does=Does(row.does),
    )


def _notices(told: dict[str, Any]) -> Notices:
    values = told | {name: tuple(told[name]) for name in told.keys() & {"languages", "statuses"}}
    values["max_age"] = parse_duration(told.get("max_age", "")) or DEFAULT_MAX_AGE
    return Notices(**values)


def _alerts(told: dict[str, Any]) -> Alerts:
    late = parse_duration(told.get("late", "")) or DEFAULT_LATE
    return Alerts(**{**told, "late": late, "to": tuple(told.get("to") or ())})


def _custom(rows: Iterable[CustomFieldRow]) -> dict[str, dict[str, CustomKind]]:
    found: dict[str, dict[str, CustomKind]] = {}
    for row in rows:
        found.setdefault(row.entity, {})[row.name] = CustomKind(row.type)
    return found
