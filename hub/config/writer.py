"""Writes a hub.toml that reads back as the same declaration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from hub.clock import short_text
from hub.config.cap import NO_CAPS, kept_caps
from hub.config.declaration import (
    DEFAULT_MAX_AGE,
    DEFAULT_STATUSES,
    Alerts,
    Config,
    Connection,
    Direction,
    Does,
    Merchant,
    Notices,
    Route,
    Rule,
    Schedule,
    Serve,
)
from hub.config.duration import format_duration
from hub.config.retention import kept_retention

BARE = re.compile(r"[A-Za-z0-9_-]+")


def write_config(config: Config) -> str:
    """Write a whole hub.toml; what equals the default is left out."""
    blocks = [_block("[hub]", {"database": config.database})]
    blocks += [_merchant(merchant) for merchant in config.merchants.values()]
    for connection in config.connections.values():
        blocks += _connection(connection)
    blocks += [_block("[[routes]]", _route(route)) for route in config.routes]
    blocks += [_block("[policies]", config.policies)] if config.policies else []
    blocks += [_block("[[schedules]]", _schedule(schedule)) for schedule in config.schedules]
    blocks += [_block("[serve]", _serve(config.serve))] if config.serve != Serve() else []
    blocks += [_block("[notices]", _notices(config.notices))] if config.notices else []
    blocks += [_block("[alerts]", _alerts(config.alerts))] if config.alerts else []
    blocks += [_block("[retention]", kept)] if (kept := kept_retention(config.retention)) else []
    blocks += [_block(f"[custom.{_key(entity)}]", fields) for entity, fields in config.custom.items()]
    return "\n".join(blocks)


def _block(header: str, values: Mapping[str, Any]) -> str:
    return "\n".join([header, *_lines(values)]) + "\n"


def _lines(values: Mapping[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if value is not None:
            yield f"{_key(key)} = {_value(value)}"


def _merchant(merchant: Merchant) -> str:
    return _block(f"[merchants.{_key(merchant.name)}]", {"name": merchant.title, "language": merchant.language})


def _connection(connection: Connection) -> Iterator[str]:
    header = f"connections.{_key(connection.name)}"
    facts = {"connector": connection.connector, "merchant": connection.merchant}
    yield _block(f"[{header}]", {**facts, **connection.settings})
    for name, rows in connection.tables.items():
        yield _block(f"[{header}.tables.{_key(name)}]", rows)


def _route(route: Route) -> dict[str, Any]:
    return {
        "entity": route.entity,
        "source": route.source,
        "target": route.target,
        "direction": route.direction if route.direction is not Direction.ONE_WAY else None,
        "streams": route.streams or None,
        "only": [_rule(rule) for rule in route.only] or None,
        "except": [_rule(rule) for rule in route.except_] or None,
        "write": route.write,
        "skip": route.skip or None,
        "since": route.since,
        "buffer": route.buffer or None,
        "caps": False if route.caps == NO_CAPS else kept_caps(route.caps),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    is_time = rule.operator in ("before", "after")
    return {"field": rule.field, rule.operator: datetime.fromisoformat(rule.value) if is_time else rule.value}


def _schedule(schedule: Schedule) -> dict[str, Any]:
    return {
        "connection": schedule.connection,
        "streams": schedule.streams or None,
        "every": format_duration(schedule.every) if schedule.every else None,
        "cron": schedule.cron,
        "zone": schedule.zone if schedule.zone != "UTC" else None,
        "does": schedule.does if schedule.does is not Does.SYNC else None,
    }


def _serve(serve: Serve) -> dict[str, Any]:
    listen = serve.listen
    host = f"[{listen.host}]" if listen and ":" in listen.host else listen.host if listen else ""
    return {"listen": f"{host}:{listen.port}" if listen else None, "public_url": serve.public_url}


def _notices(notices: Notices) -> dict[str, Any]:
    return {
        "sender": notices.sender,
        "smtp": notices.smtp,
        "password": notices.password,
        "languages": notices.languages,
        "statuses": notices.statuses if notices.statuses != DEFAULT_STATUSES else None,
        "max_age": format_duration(notices.max_age) if notices.max_age != DEFAULT_MAX_AGE else None,
    }


def _alerts(alerts: Alerts) -> dict[str, Any]:
    told, plain = asdict(alerts), asdict(Alerts())
    values = {name: value for name, value in told.items() if value != plain[name]}
    return {name: format_duration(v) if isinstance(v, timedelta) else v for name, v in values.items()}


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return short_text(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_lines(value)) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return _text(value) if isinstance(value, str) else repr(value)
