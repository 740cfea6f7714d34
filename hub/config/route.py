"""Reads the routes of hub.toml, the policies of fields and the custom fields."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from hub.clock import short_text
from hub.config.cap import read_caps
from hub.config.declaration import CustomKind, Direction, Operator, Route, Rule
from hub.config.table import Table, kind_of

FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def read_routes(root: Table) -> tuple[Route, ...]:
    """Read [[routes]]; the same route twice is a mistake."""
    routes: list[Route] = []
    seen: dict[tuple[object, ...], int | None] = {}
    for index, table in enumerate(root.tables("routes")):
        route = _route(table)
        key = (route.entity, route.source, route.target, *sorted(route.streams.items()))
        if key in seen:
            ends = f"from {route.source} to {route.target}"
            table.wrong(None, f"carries {route.entity} {ends} a second time, first on line {seen[key]}")
        seen.setdefault(key, root.mistakes.lines.line("routes", index))
        routes.append(route)
    return tuple(routes)


def _route(table: Table) -> Route:
    source, target = table.needed("source", "shop"), table.needed("target", "erp")
    if source and source == target:
        table.wrong("target", f'cannot be "{target}"', "that is the source; a route joins two connections")
    if "write" in table.values and "skip" in table.values:
        table.wrong("skip", "cannot stand beside write", "name the fields to write, or those to skip")
    route = Route(
        entity=table.needed("entity", "order"),
        source=source,
        target=target,
        direction=table.choice("direction", Direction, Direction.ONE_WAY),
        streams=_streams(table.table("streams"), source, target),
        only=_rules(table, "only"),
        except_=_rules(table, "except"),
        write=table.texts("write"),
        skip=table.texts("skip") or (),
        since=table.instant("since"),
        caps=read_caps(table),
        buffer=_buffer(table),
    )
    table.close()
    return route


def _buffer(table: Table) -> int:
    """Read how many pieces of each item a route of stock keeps back."""
    value = table.get("buffer", int)
    if value is not None and table.values.get("entity") != "inventory":
        table.wrong("buffer", "is for stock only", 'write it in a route with entity = "inventory"')
    elif value is not None and value < 0:
        table.wrong("buffer", f"cannot be {value}", "write how many pieces are kept back, 0 or more")
    return value or 0


def _streams(table: Table, source: str, target: str) -> dict[str, str]:
    for name in table.values:
        if source and target and name not in (source, target):
            table.wrong(name, "is neither the source nor the target", f"write {source} or {target}")
    return {name: table.text(name) for name in table.values}


def _rules(table: Table, key: str) -> tuple[Rule, ...]:
    return tuple(rule for item in table.tables(key) if (rule := _rule(item)))


def _rule(table: Table) -> Rule | None:
    field = table.needed("field", "status")
    used = [operator for operator in Operator if operator in table.values]
    table.know(*Operator)
    table.close()
    if len(used) != 1:
        reason = "has several comparisons" if used else "needs a comparison"
        table.wrong(None, reason, f"write exactly one of {', '.join(Operator)}")
        return None
    return Rule(field, used[0], _operand(table, used[0]))


def _operand(table: Table, operator: Operator) -> Any:
    if operator in (Operator.BEFORE, Operator.AFTER):
        moment = table.instant(operator)
        return short_text(moment) if moment else None
    if operator is Operator.EXISTS:
        return table.get(operator, bool)
    if operator in (Operator.IN, Operator.NOT_IN):
        values = table.get(operator, list)
        if values == []:
            table.wrong(operator, "is an empty list", "name at least one value")
        return [_canonical(value, table, operator) for value in values or ()]
    return _canonical(table.values[operator], table, operator)


def _canonical(value: object, table: Table, operator: Operator) -> Any:
    """Turn a rule's value into canonical JSON, as the fields of records are."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return short_text(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if not isinstance(value, (str, int)):
        table.wrong(operator, f"cannot be {kind_of(value)}", "write text, a number, true or false")
    return value


def read_policies(table: Table) -> dict[str, str]:
    """Read [policies]: both "order.status" = "erp" and the nested order.status = "erp"."""
    policies: dict[str, str] = {}
    for key, value in table.values.items():
        if isinstance(value, dict):
            policies.update({f"{key}.{field}": text for field, text in read_policies(table.table(key)).items()})
            continue
        policies[key] = table.text(key)
        if len(table.path) == 1 and "." not in key:
            table.wrong(key, "names no field", f'write it like "{key}.status" = "erp"')
    return policies


def read_custom(table: Table) -> dict[str, dict[str, CustomKind]]:
    """Read [custom.ENTITY]: the name of each field and its kind."""
    return {entity: _custom_fields(fields) for entity, fields in table.named_tables().items()}


def _custom_fields(table: Table) -> dict[str, CustomKind]:
    for name in table.values:
        if not FIELD_NAME.fullmatch(name):
            table.wrong(name, "is not a good field name", "use small letters, digits and _")
    return {name: table.choice(name, CustomKind, CustomKind.TEXT) for name in table.values}
