"""Hypothesis strategies for what the canonical model can hold, narrowed to what a rule's codecs can say."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from hub.mapping.amount import plain
from hub.mapping.codecs import BUILT_IN, decode_json
from hub.mapping.field import Field
from hub.mapping.shape import Shape, shapes
from hub.model.country import COUNTRIES
from hub.model.money import EXPONENTS

Values: TypeAlias = SearchStrategy[Any]

DEEPEST = 3
UNFORESEEN = "?"
"""The currency of an object that the mapping only reads: nobody knows the decimals of its amounts."""
BUILT_IN_NAMES = frozenset(codec.name for codec in BUILT_IN)
NAMES = ["Ada Lovelace", "王小明", "שלום עולם", "🧶 Knit & Purl <b>", "O'Neil \\ Søn", "null", "0", "", " x "]
TEXT = st.text(max_size=40) | st.sampled_from(NAMES)
WORDS = st.text(min_size=1, max_size=20).map(str.strip).filter(lambda text: text and "," not in text)
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(  # noqa: DTZ001 - UTC by its Z
    lambda moment: f"{moment.replace(microsecond=0).isoformat()}Z"
)
DECIMALS = st.decimals(-(10**9), 10**9, places=4).map(plain)
BY_CODEC: dict[str, Values] = {
    "decimal": DECIMALS,
    "number": DECIMALS,
    "integer": st.integers(-(2**53), 2**53),
    "boolean": st.booleans(),
    "utc": TIMES,
    "utc_bare": TIMES,
    "date": st.dates().map(str),
    "id": st.text("123456789abcdef-", min_size=1, max_size=20),
    "id_number": st.integers(1, 2**53).map(str),
    "country": st.sampled_from(sorted(COUNTRIES)),
    "strip": WORDS,
    "phone": WORDS,
    "lower": TEXT.map(str.lower),
    "list_of_text": st.lists(TEXT, max_size=4),
    "comma_list": st.lists(WORDS, max_size=4),
    "json": (st.integers() | TEXT | st.dictionaries(TEXT, TEXT, max_size=2)).map(lambda value: decode_json(value, {})),
}
BY_KIND: dict[type | None, Values] = {
    bool: st.booleans(),
    int: st.integers(-(2**53), 2**53),
    Decimal: DECIMALS,
    datetime: TIMES,
    str: TEXT,
    None: TEXT,
}


def plain_values(f: Field, currency: str | None) -> Values | None:
    """Give what a field without a part can hold; None where nobody can tell."""
    if f.shape.money and currency == UNFORESEEN:
        return None
    named = [codec.name for codec in f.codecs if codec.name in BY_CODEC]
    open_ended = f.shape.kind in (str, None) and f.shape.closed is None
    return BY_CODEC[named[0]] if named and (open_ended or f.shape.kind is int) else _of_shape(f.shape, currency)


def _of_shape(shape: Shape, currency: str | None, depth: int = 0) -> Values | None:
    """Make whatever the model allows."""
    one = BY_KIND.get(shape.kind)
    if shape.model is not None and depth < DEEPEST:
        inner = {name: _of_shape(field, currency, depth + 1) for name, field in shapes(shape.model).items()}
        said = {name: values for name, values in inner.items() if values is not None}
        required = {name: values for name, values in said.items() if shapes(shape.model)[name].required}
        one = st.fixed_dictionaries(required, optional={n: v for n, v in said.items() if n not in required})
    elif shape.kind is not None and issubclass(shape.kind, StrEnum):
        one = st.sampled_from([str(word) for word in shape.kind])
    elif shape.closed is not None:
        one = st.sampled_from(sorted(shape.closed))
    elif shape.money:
        one = _amounts(currency)
    return st.lists(one, max_size=3) if shape.many and one is not None else one


def _amounts(currency: str | None) -> Values:
    places = EXPONENTS.get(currency or "", 2)
    return st.decimals(-(10**9), 10**9, places=places).map(lambda number: plain(number, places))
