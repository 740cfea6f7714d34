"""The field types that the canonical records are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from hub.model.country import COUNTRIES
from hub.model.money import CURRENCIES


class Model(BaseModel):
    """A part of a record: strict, closed and immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class MoneyTag:
    """Marks a field as an amount in the currency of the nearest enclosing `currency`."""


@dataclass(frozen=True, slots=True)
class LinkTag:
    """Marks a field as the id of another record, of this entity."""

    entity: str


def _known_currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError(f"{code!r} is not an ISO 4217 currency")
    return code


def _known_country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError(f"{code!r} is not an ISO 3166-1 alpha-2 country")
    return code


FiniteDecimal: TypeAlias = Annotated[Decimal, Field(allow_inf_nan=False)]
Amount: TypeAlias = Annotated[Decimal, Field(allow_inf_nan=False), MoneyTag()]
Quantity: TypeAlias = FiniteDecimal
Percent: TypeAlias = FiniteDecimal
Currency: TypeAlias = Annotated[str, AfterValidator(_known_currency)]
Country: TypeAlias = Annotated[str, AfterValidator(_known_country)]
Instant: TypeAlias = AwareDatetime
CustomValue: TypeAlias = str | bool | int | Decimal | datetime | None
Custom: TypeAlias = dict[str, Any]
"""Values of `custom.NAME` fields; their types are declared in hub.toml and checked by `hub.model.custom`."""


class Attribute(Model):
    """A free key and value that a shop keeps with a record."""

    key: str
    value: str | None = None
