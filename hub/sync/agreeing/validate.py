"""Holds a record against the canonical model, and names what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from hub.connector import Entity
from hub.errors import InvalidRecordError
from hub.model import ENTITIES
from hub.model.custom import CustomType, check_custom
from hub.model.shape import fits
from hub.model.total import Discrepancy, discrepancies, number


def validate(
    entity: str, body: bytes, data: Mapping[str, Any], custom: Mapping[str, CustomType], *, is_certain: bool = False
) -> None:
    """Check a record and its JSON strictly; InvalidRecordError names the first field that does not fit.

    `is_certain` says that decoding left no doubt; the values of custom fields are looked at all the same.
    """
    if not is_certain and not fits(entity, data):
        _ask_model(entity, body)
    if data.get("custom"):
        check_custom(data["custom"], custom, entity)


def _ask_model(entity: str, body: bytes) -> None:
    try:
        ENTITIES[entity].model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        path = ".".join(map(str, first["loc"]))
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise InvalidRecordError(
            f"{entity}.{path}: {first['msg'].removeprefix('Value error, ')}{more}",
            path=path,
            hint="Correct it in the remote system, or the mapping.",
        ) from None


def findings(entity: str, data: Mapping[str, Any]) -> list[Discrepancy]:
    """Name the totals of an order that do not add up; a negative total is refused."""
    if entity != Entity.ORDER:
        return []
    if number(data["total"]) < 0:
        raise InvalidRecordError(
            f"The order's total is negative: {data['total']} {data['currency']}.",
            path="total",
            hint="Correct the order in the shop, then replay the problem.",
        )
    return discrepancies(data)
