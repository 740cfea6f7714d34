"""Decides where a record goes: routes with their rules, masks and go-live date."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.store.settings import RouteRow

LIVE = "live"
TWO_WAY = "two-way"


@dataclass(frozen=True, slots=True)
class Leg:
    """One direction of a route: what goes to `target` because it is linked in `source`."""

    route: RouteRow
    source: str
    target: str
    target_stream: str
    source_stream: str = ""


def legs(routes: Iterable[RouteRow]) -> list[Leg]:
    """List the directions of live routes."""
    found = []
    for route in routes:
        if route.state != LIVE:
            continue
        found.append(Leg(route, route.source, route.target, route.target_stream, route.source_stream))
        if route.direction == TWO_WAY:
            found.append(Leg(route, route.target, route.source, route.source_stream, route.target_stream))
    return found


def targets(all_legs: Iterable[Leg], entity: str, linked: Collection[str]) -> list[Leg]:
    """List where a record of an entity goes that is linked in some connections."""
    return [leg for leg in all_legs if leg.route.entity == entity and leg.source in linked]


def barred(leg: Leg, data: Mapping[str, Any], occurred_at: str | None, *, exists: bool) -> str | None:
    """Name the rule that keeps a record from being written, or None. What exists in the target is not barred by age."""
    rules = leg.route.rules
    for rule in rules.get("only") or ():
        if not holds(rule, data):
            return f"only {describe(rule)}"
    for rule in rules.get("except") or ():
        if holds(rule, data):
            return f"except {describe(rule)}"
    if not exists and leg.route.since and occurred_at and occurred_at < leg.route.since:
        return f"older than go-live ({leg.route.since})"
    return None


def holds(rule: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Tell whether a rule (field, operator, value) holds for a record."""
    value = _at(data, rule["field"])
    return all(OPERATORS[name](value, wanted) for name, wanted in rule.items() if name != "field")


def describe(rule: Mapping[str, Any]) -> str:
    """Say a rule in words: "status in open, completed"."""
    said = [f"{name.replace('_', ' ')} {_words(wanted)}" for name, wanted in rule.items() if name != "field"]
    return f"{rule['field']} {' and '.join(said)}"


def writable(leg: Leg, fields: Collection[str]) -> frozenset[str]:
    """Apply the route's mask to the fields that the mapping could write; `custom` masks all custom fields."""
    mask = leg.route.mask or {}
    write, skip = mask.get("write"), mask.get("skip") or ()
    return frozenset(name for name in fields if (not write or _named(name, write)) and not _named(name, skip))


def _named(field: str, mask: Collection[str]) -> bool:
    return field in mask or field.partition(".")[0] in mask


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda value, wanted: value == wanted,
    "not": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "not_in": lambda value, wanted: value not in wanted,
    "before": lambda value, wanted: isinstance(value, str) and value < wanted,
    "after": lambda value, wanted: isinstance(value, str) and value > wanted,
    "exists": lambda value, wanted: (value is not None) == wanted,
}


def _at(data: Mapping[str, Any], path: str) -> Any:
    value: Any = data
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _words(wanted: Any) -> str:
    return ", ".join(map(str, wanted)) if isinstance(wanted, list | tuple) else str(wanted)
