"""Why a field is as it is: which system said so, when, in which run, through which rule of which mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from hub.clock import utc_parse
from hub.errors import ConfigError
from hub.mapping.engine import Compiled
from hub.mapping.paths import path_text
from hub.mapping.rule import Rule
from hub.store import links, records, runs, settings
from hub.store.database import Transaction
from hub.store.records import RecordRow
from hub.sync.connection.session import mapping_hash, mappings_of
from hub.sync.hub import Hub


@dataclass(frozen=True, slots=True)
class Step:
    """One value that a field had: since when, with which version of the record, and who said so."""

    value: Any
    since: datetime
    version: int
    source: str
    run: str | None


@dataclass(frozen=True, slots=True)
class Why:
    """A field with its value now and those before, newest first.

    `rule` says where the mapping reads it, with the file and line of the rule; `is_current` tells whether the mapping
    that read it is still the one in use, None where nobody knows any more.
    """

    path: str
    steps: tuple[Step, ...]
    stream: str | None
    rule: str
    place: str
    layer: str
    is_current: bool | None


def why(hub: Hub, record_id: str, path: str) -> Why:
    """Tell where the value of a field comes from: "note", "shipping_address.city", "lines.17.quantity" by its id."""
    with hub.database.read() as tx:
        record = records.by_ids(tx, [record_id])[record_id]
        steps = tuple(_steps(tx, record, path))[::-1]
        if not steps:
            names = ", ".join(orjson.loads(record.data))
            raise ConfigError(f"{record.entity} {record_id} has no {path}", hint=f"It has: {names}.")
        return _why(hub, tx, record, path, steps)


def _steps(tx: Transaction, record: RecordRow, path: str) -> Iterator[Step]:
    before: Any = None
    now = (record.version, record.data, record.changed_at, record.source, record.run)
    rows = [(row.version, row.data, row.changed_at, row.source, row.run) for row in records.versions(tx, record.id)]
    for version, data, changed_at, source, run in [*rows, now]:
        value = _at(orjson.loads(data), path.split("."))
        if value != before or (version == now[0] and value is None and _has(orjson.loads(data), path)):
            yield Step(value, utc_parse(changed_at), version, source, run)
        before = value


def _has(data: Mapping[str, Any], path: str) -> bool:
    return path in data


def _at(value: Any, steps: list[str]) -> Any:
    """Look a dotted path up; an element of a list is named by its id, its SKU, or its place."""
    for step in steps:
        if isinstance(value, list):
            value = next((e for e in value if isinstance(e, dict) and step in _names(e)), _nth(value, step))
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def _names(element: Mapping[str, Any]) -> set[str]:
    return {str(element[name]) for name in ("id", "sku", "name") if element.get(name)}


def _nth(values: list[Any], step: str) -> Any:
    return values[int(step)] if step.isdecimal() and int(step) < len(values) else None


def _why(hub: Hub, tx: Transaction, record: RecordRow, path: str, steps: tuple[Step, ...]) -> Why:
    newest = steps[0]
    run = runs.get(tx, newest.run) if newest.run else None
    linked = links.of_records(tx, [record.id]).get(record.id, [])
    stream = run.stream if run else next((x.stream for x in linked if x.connection == newest.source), None)
    row = settings.connection(tx, newest.source)
    if row is None or stream is None or row.connector not in hub.plugins.connectors:
        return Why(path, steps, stream, "", "", "", None)
    spec = hub.plugins.connector(row.connector)
    if stream not in {one.name for one in spec.streams}:
        return Why(path, steps, stream, "", "", "", None)
    mapping = mappings_of(hub, tx, row, spec)[stream]
    today = mapping_hash(mapping, settings.value_tables(tx, row.name)).hex()
    rule = _rule(mapping, path)
    if rule is None:
        return Why(path, steps, stream, "", "", "", None)
    place = f"{rule.file}:{rule.line}" if rule.line else rule.file
    same = run.mapping == today if run and run.mapping else None
    return Why(path, steps, stream, " + ".join(map(path_text, rule.reads)), place, rule.layer, same)


def _rule(mapping: Compiled, path: str) -> Rule | None:
    """Find the rule that reads a field: the longest one whose path leads there, into parts and lists."""
    fields, found = mapping.top.fields, None
    steps = path.split(".")
    while fields and steps:
        fitting = [f for f in fields if tuple(steps[: len(f.keys)]) == f.keys or f.keys[0] == steps[0]]
        if not fitting:
            return found
        best = max(fitting, key=lambda f: len(f.keys) if tuple(steps[: len(f.keys)]) == f.keys else 0)
        found, steps = best.rule, steps[len(best.keys) :]
        steps = steps[1:] if best.rule.each else steps
        fields = best.part.fields if best.part else []
    return found
