"""Tells whether a route may name a field of an entity, and whether a rule can hold for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from hub.config import Operator, Rule, did_you_mean
from hub.mapping.shape import Shape, shapes
from hub.model import ENTITIES
from hub.sync.agreeing.policy import WORDS, Policy, lists, statuses

Fault: TypeAlias = tuple[str, str]
"""A reason and a hint."""


def field_fault(entity: str, path: str, custom: Collection[str], *, top: bool = False) -> Fault | None:
    """Say why a path is no field of an entity; None when it is one. `top` allows only whole fields."""
    first, _, rest = path.partition(".")
    known = shapes(ENTITIES[entity])
    if first not in known:
        return f'names "{first}", which {_article(entity)} does not have', did_you_mean(first, known)
    if first == "custom":
        return _custom_fault(entity, rest, custom)
    if rest and top:
        return f'names "{path}", a part of a field', f'name the whole field, "{first}"'
    return _inner_fault(known[first], first, rest) if rest else None


def operand_fault(entity: str, rule: Rule) -> Fault | None:
    """Say why a rule can never hold, such as a status that does not exist; None when it can."""
    shape = shape_at(entity, rule.field)
    if shape is None or shape.kind is None or shape.many or rule.operator is Operator.EXISTS:
        return None
    is_time = issubclass(shape.kind, datetime)
    if rule.operator in (Operator.BEFORE, Operator.AFTER) and not is_time:
        return f"compares times, and {rule.field} is none", ""
    if issubclass(shape.kind, StrEnum):
        words = [str(word) for word in shape.kind]
        values = rule.value if isinstance(rule.value, list) else [rule.value]
        unknown = next((str(value) for value in values if value not in words), None)
        if unknown is not None:
            return f'names "{unknown}", which {rule.field} never is', did_you_mean(unknown, words)
    if issubclass(shape.kind, bool) and not isinstance(rule.value, bool):
        return f"must be true or false, as {rule.field} is", ""
    return None


def policy_fault(entity: str, field: str, decider: str, connections: Collection[str]) -> Fault | None:
    """Say why a policy cannot decide a field that exists; None when it can."""
    if decider == Policy.UNION and field not in lists(entity):
        return "cannot be joined: it is no list", "write newest, human or the connection that owns it"
    if decider == Policy.LATTICE and field not in statuses(entity):
        known = ", ".join(sorted(statuses(entity)))
        reason = f"has no order of business; {_article(entity)} has one for {known}" if known else "has no order"
        return reason, "write newest, human or the connection that owns it"
    if decider in WORDS or decider in connections:
        return None
    near = did_you_mean(decider, [*connections, *WORDS])
    return f'names "{decider}", which is neither a connection nor a policy', near


def shape_at(entity: str, path: str) -> Shape | None:
    """Find the shape of a field that exists; None inside custom fields."""
    first, *rest = path.split(".")
    shape = shapes(ENTITIES[entity]).get(first)
    for name in rest:
        shape = shapes(shape.model).get(name) if shape and shape.model else None
    return shape


def _custom_fault(entity: str, name: str, declared: Collection[str]) -> Fault | None:
    if not name or name in declared:
        return None
    near = did_you_mean(name, declared) if declared else f'declare it: [custom.{entity}] {name} = "text"'
    return f'names "custom.{name}", which is not declared', near


def _inner_fault(shape: Shape, path: str, rest: str) -> Fault | None:
    name, _, more = rest.partition(".")
    if shape.many:
        return f"looks into {path}, which is a list", "a rule can only look at single values"
    if shape.model is None:
        return f"looks into {path}, which has no parts", ""
    inner = shapes(shape.model)
    if name not in inner:
        return f'names "{path}.{name}", which does not exist', did_you_mean(name, inner)
    return _inner_fault(inner[name], f"{path}.{name}", more) if more else None


def _article(entity: str) -> str:
    return f"an {entity}" if entity[0] in "aeiou" else f"a {entity}"
