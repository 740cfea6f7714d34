"""Tells when a decoded value might not fit the model, so that a record without such values need not be held against it.

Most rules prove what they give: amounts come out as decimal text, translated values are the model's own words. What a
rule hands through as the remote wrote it is looked at in passing. Where neither is possible, there is always doubt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from pydantic import AwareDatetime

from hub.mapping.amount import AMOUNT
from hub.mapping.field import Field, Part
from hub.mapping.shape import Shape, shapes
from hub.model.country import COUNTRIES
from hub.model.shape import NUMBER, TIME, looker

PROVEN: Final[Mapping[str, type]] = {
    **dict.fromkeys((AMOUNT, "decimal", "number", "negate"), Decimal),
    **dict.fromkeys(("utc", "utc_bare"), AwareDatetime),
    **dict.fromkeys(("text", "html", "lower", "strip", "phone", "id", "id_number", "country", "country_text"), str),
    "boolean": bool,
    "integer": int,
}
"""What a built-in codec gives wherever it does not give null."""
WRONG: Final[Mapping[type, str]] = {
    str: "v.__class__ is not str",
    bool: "v.__class__ is not bool",
    int: "v.__class__ is not int",
    Decimal: "v.__class__ is not str or not is_number(v)",
    AwareDatetime: "v.__class__ is not str or not is_time(v)",
}
CHECKS: Final[Mapping[str, Any]] = {"is_number": re.compile(NUMBER).fullmatch, "is_time": re.compile(TIME).fullmatch}
"""The names that these conditions use."""
ALWAYS: Final = "True"
Bind = Callable[[object], str]
"""Gives a value a name that conditions can use."""


def doubt(f: Field, bind: Bind) -> str:
    """Write the condition under which the value in `v` may not fit the model; empty where it always fits."""
    is_judged = f.part is not None and f.part.model is not None  # field by field
    wrong = "" if is_judged or _is_proven(f) else _wrong(f.shape, bind)
    if f.shape.many or wrong == ALWAYS:
        return wrong
    if f.shape.nullable:
        return wrong and f"({wrong}) and v is not None"
    return wrong or "v is None"


def unread(part: Part) -> list[str]:
    """Name the fields that a record must have and that no rule of a part reads."""
    read = {f.keys[0] for f in part.fields if f.rule.reads}
    known = shapes(part.model) if part.model else {}
    return [name for name, shape in known.items() if shape.required and name not in read]


def nested(part: Part, bind: Bind) -> Iterator[tuple[str, str]]:
    """Name the objects that several rules put together, each with what judges it as a whole."""
    known = shapes(part.model) if part.model else {}
    for name in sorted({f.keys[0] for f in part.fields if f.rule.reads and len(f.keys) > 1}):
        if model := known[name].model:
            yield name, bind(looker(model))


def _is_proven(f: Field) -> bool:
    """Tell whether a rule gives nothing but what the field may hold, null aside."""
    kind, closed = f.shape.kind, _closed(f.shape)
    if f.shape.many or not f.shape.plain:
        return False
    if f.rule.link or f.rule.table:
        return kind is str and closed is None
    if f.ours is not None:
        ours = [value for value in f.ours.values() if value is not None]
        return all(value in closed for value in ours) if closed else all(value.__class__ is kind for value in ours)
    last = f.codecs[-1].name if f.codecs else ""
    if closed is not None:
        return last == "country" and closed is COUNTRIES
    return bool(last) and PROVEN.get(last) is kind


def _wrong(shape: Shape, bind: Bind) -> str:
    """Write the condition under which a value is wrong; null always is."""
    held = shape.model or (str if shape.many and shape.kind is str else None)
    if held:
        return f"not {bind(looker(held, many=shape.many))}(v)"
    if shape.many or not shape.plain or shape.kind is None:
        return ALWAYS
    closed = _closed(shape)
    if closed is not None:
        return f"v.__class__ is not str or v not in {bind(closed)}"
    return WRONG.get(shape.kind, ALWAYS)


def _closed(shape: Shape) -> Collection[str] | None:
    if shape.kind is not None and issubclass(shape.kind, Enum):
        return frozenset(member.value for member in shape.kind)
    return shape.closed
