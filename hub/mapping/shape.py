"""The canonical model as a mapping sees it: which fields a record has, and what kind of value each one holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hub.model.country import COUNTRIES
from hub.model.field import Country, Currency, LinkTag, MoneyTag
from hub.model.money import CURRENCIES

CLOSED = tuple((get_args(alias)[1], codes) for alias, codes in ((Country, COUNTRIES), (Currency, CURRENCIES)))
"""How the model marks a code that must be in a list, and the list."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a field holds: one value of `kind`, or with `many` a list of them; `kind` None is anything.

    `money` marks an amount in the nearest enclosing currency, `entity` the id of another record, `closed` the codes
    that are allowed. `plain` says that this is all there is to it: no limit that is not told here.
    """

    kind: type | None
    many: bool = False
    nullable: bool = False
    required: bool = False
    money: bool = False
    entity: str = ""
    closed: frozenset[str] | None = None
    plain: bool = False

    @property
    def model(self) -> type[BaseModel] | None:
        """The model of the value or of the list's elements, None for plain values."""
        return self.kind if self.kind is not None and issubclass(self.kind, BaseModel) else None


@cache
def shapes(model: type[BaseModel]) -> Mapping[str, Shape]:
    """Give the shape of every field of a model."""
    return {name: _shape(info) for name, info in model.model_fields.items()}


def _shape(info: FieldInfo) -> Shape:
    marks = [*info.metadata, *_marks(info.annotation)]
    options = [_bare(option) for option in _options(info.annotation)]
    kinds = [option for option in options if option is not NoneType]
    many = len(kinds) == 1 and get_origin(kinds[0]) is list
    held = get_args(kinds[0])[0] if many else kinds[0] if len(kinds) == 1 else None
    return Shape(
        _plain(held),
        many=many,
        nullable=NoneType in options or len(kinds) != 1,
        required=info.is_required(),
        money=any(isinstance(mark, MoneyTag) for mark in marks),
        entity=next((mark.entity for mark in marks if isinstance(mark, LinkTag)), ""),
        closed=next((codes for mark, codes in CLOSED if mark in marks), None),
        plain=all(map(_is_told, marks)),
    )


def _is_told(mark: Any) -> bool:
    """Tell whether a shape says what a mark of the model says; decimal text is finite anyway."""
    if isinstance(mark, FieldInfo):
        return all(map(_is_told, mark.metadata))
    tells = isinstance(mark, MoneyTag | LinkTag) or any(mark == known for known, _ in CLOSED)
    return tells or getattr(mark, "allow_inf_nan", None) is False


def _options(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _marks(annotation: Any) -> list[Any]:
    return [mark for option in _options(annotation) if get_origin(option) is Annotated for mark in get_args(option)[1:]]


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _plain(annotation: Any) -> type | None:
    bare = _bare(annotation)
    origin = get_origin(bare) or bare
    return origin if isinstance(origin, type) else None
