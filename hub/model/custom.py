"""The types of `custom.NAME` fields, declared in hub.toml and checked without a migration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from hub.errors import InvalidRecordError

PREFIX = "custom."


class CustomType(StrEnum):
    """What a custom field may hold."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    TIME = "time"


def _is_decimal(value: object) -> bool:
    try:
        return isinstance(value, str) and Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


CHECKS: dict[CustomType, Callable[[object], bool]] = {
    CustomType.TEXT: lambda value: isinstance(value, str),
    CustomType.INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    CustomType.DECIMAL: _is_decimal,
    CustomType.BOOLEAN: lambda value: isinstance(value, bool),
    CustomType.TIME: _is_time,
}


def spread(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give a record with each of its custom fields beside the others, as `custom.NAME`."""
    flat = dict(data)
    if data.get("custom"):
        del flat["custom"]
        flat.update((f"{PREFIX}{name}", value) for name, value in data["custom"].items())
    return flat


def gather(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Put spread custom fields back into `custom`."""
    data = {name: value for name, value in flat.items() if not name.startswith(PREFIX)}
    custom = {name.removeprefix(PREFIX): value for name, value in flat.items() if name.startswith(PREFIX)}
    return {**data, "custom": custom} if custom else data


def overlay(data: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Give a record with the fields of another over its own; each custom field is one of its own."""
    return gather({**spread(data), **spread(more)})


def check_custom(values: Mapping[str, object], declared: Mapping[str, CustomType], entity: str) -> None:
    """Check custom values against their declaration; InvalidRecordError names the field that does not fit."""
    for name, value in values.items():
        if name not in declared:
            raise InvalidRecordError(
                f"{entity} has no custom field {name!r}",
                path=f"custom.{name}",
                hint=f'Declare it in hub.toml: [custom.{entity}] {name} = "text", then run hub apply.',
            )
        if value is not None and not CHECKS[declared[name]](value):
            raise InvalidRecordError(
                f"custom.{name} is {type(value).__name__}, declared is {declared[name]}", path=f"custom.{name}"
            )
