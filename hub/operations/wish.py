"""Turns a hub.toml that has been checked into the rows that it asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from hub.clock import short_text
from hub.config import Alerts, Config, Does, Notices, Route, Rule, Schedule, format_duration
from hub.config.cap import kept_caps
from hub.config.retention import kept_retention
from hub.operations.setting import FILE, SettingRow, Settings, ValueRow, key_of
from hub.store import schedules
from hub.store.settings import ConnectionRow, CustomFieldRow, MerchantRow, PolicyRow, RouteRow

StreamPair = tuple[str, str]
"""The streams of a route's source and target."""


def wanted_settings(config: Config, streams: list[StreamPair], merchant_of: Mapping[str, str]) -> Settings:
    """List the rows that a hub.toml asks for.

    `streams` are those of each of its routes, in their order; `merchant_of` tells whose each connection is, through
    whatever door it came.
    """
    rows: list[SettingRow] = [*_merchants(config), *_connections(config), *_custom_fields(config)]
    rows += [*_routes(config, streams, merchant_of), *_policies(config, merchant_of), *_schedules(config)]
    return {key_of(row): row for row in rows}


def _merchants(config: Config) -> Iterator[MerchantRow]:
    notices = _notices(config.notices) if config.notices else None
    alerts = _alerts(config.alerts) if config.alerts else None
    told = (notices, FILE, alerts, kept_retention(config.retention))
    for merchant in config.merchants.values():
        yield MerchantRow(merchant.name, merchant.title, merchant.language, *told)
    if not config.merchants:
        yield MerchantRow("default", None, None, *told)


def _notices(notices: Notices) -> dict[str, Any]:
    told = {**asdict(notices), "max_age": format_duration(notices.max_age)}
    told |= {"languages": list(notices.languages), "statuses": list(notices.statuses)}
    return {name: value for name, value in told.items() if value is not None}


def _alerts(alerts: Alerts) -> dict[str, Any]:
    told = {**asdict(alerts), "late": format_duration(alerts.late), "to": list(alerts.to)}
    return {name: value for name, value in told.items() if value is not None}


def _connections(config: Config) -> Iterator[ConnectionRow | ValueRow]:
    for one in config.connections.values():
        yield ConnectionRow(one.name, one.merchant, one.connector, dict(one.settings), managed_by=FILE)
        for table, rows in one.tables.items():
            yield from (ValueRow(one.name, table, remote, ours, FILE) for remote, ours in rows.items())


def _custom_fields(config: Config) -> Iterator[CustomFieldRow]:
    for merchant in config.merchants or ("default",):
        for entity, fields in config.custom.items():
            yield from (CustomFieldRow(merchant, entity, name, str(kind), FILE) for name, kind in fields.items())


def _routes(config: Config, streams: list[StreamPair], merchant_of: Mapping[str, str]) -> Iterator[RouteRow]:
    ends = Counter((route.entity, route.source, route.target) for route in config.routes)
    for route, (source_stream, target_stream) in zip(config.routes, streams, strict=True):
        name = f"{route.entity} {route.source}->{route.target}"
        if ends[route.entity, route.source, route.target] > 1:
            name += f" ({source_stream}->{target_stream})"
        yield RouteRow(
            name=name,
            merchant=merchant_of[route.source],
            entity=route.entity,
            source=route.source,
            target=route.target,
            source_stream=source_stream,
            target_stream=target_stream,
            direction=str(route.direction),
            rules={"only": _rules(route.only), "except": _rules(route.except_)},
            mask=_mask(route),
            since=short_text(route.since) if route.since else None,
            caps=kept_caps(route.caps),
            buffer=route.buffer,
            managed_by=FILE,
        )


def _rules(rules: tuple[Rule, ...]) -> list[dict[str, Any]]:
    return [{"field": rule.field, str(rule.operator): rule.value} for rule in rules]


def _mask(route: Route) -> dict[str, Any] | None:
    if route.write is not None:
        return {"write": list(route.write)}
    return {"skip": list(route.skip)} if route.skip else None


def _policies(config: Config, merchant_of: Mapping[str, str]) -> Iterator[PolicyRow]:
    for merchant in config.merchants or ("default",):
        for path, decider in config.policies.items():
            if merchant_of.get(decider, merchant) == merchant:  # "newest" is nobody's
                entity, field = path.split(".", 1)
                yield PolicyRow(merchant, entity, field, decider, FILE)


def _schedules(config: Config) -> Iterator[schedules.Schedule]:
    seen: Counter[str] = Counter()
    for one in config.schedules:
        name = _schedule_name(one)
        seen[name] += 1
        yield schedules.Schedule(
            name=name if seen[name] == 1 else f"{name} #{seen[name]}",
            connection=one.connection,
            streams=one.streams,
            every=format_duration(one.every) if one.every else None,
            cron=one.cron,
            zone=one.zone if one.cron else None,
            managed_by=FILE,
            does=str(one.does),
        )


def _schedule_name(one: Schedule) -> str:
    does = "" if one.does is Does.SYNC else str(one.does)
    return " ".join(filter(None, (one.connection, *one.streams, does)))
