"""What the quick look lets through, the model accepts; and it lets through what usually comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.mapping.paths import MISSING
from hub.model import ENTITIES
from hub.model.shape import fits

NUMBERS = st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False).map(str)
TIMES = st.integers(0, 32_503_679_999).map(lambda seconds: f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}")
ODD = [
    *(None, True, 0, 7, -1.5, [], {}, ["DE"], {"a": "b"}),
    *(
        "",
        " ",
        "1e3",
        "-0",
        "+1",
        "1_000",
        ".5",
        "5.",
        "1.2.3",
        "NaN",
        "-Infinity",
        "0x1",
        "\u0663",
        "1\n",
        "eur",
        "EUR",
        "DE",
    ),
    *("2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2026-02-30T00:00:00Z", "2026-04-31T00:00:00Z"),
    *("2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00"),
    *("2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00.1234567Z", "2026-01-01 00:00:00Z", "1700000000"),
]


def values(schema: Any, shared: dict[str, Any], full: bool) -> st.SearchStrategy[Any]:
    """Values that fit a part of a model, spelled as the hub spells them."""
    match schema["type"]:
        case "definitions" | "default" | "function-after" if known(schema) is None:
            return values(schema["schema"], shared, full)
        case "function-after":
            return st.sampled_from(known(schema) or [])
        case "definition-ref":
            return values(shared[schema["schema_ref"]], shared, full)
        case "nullable":
            return (
                values(schema["schema"], shared, full) if full else st.none() | values(schema["schema"], shared, full)
            )
        case "model":
            fields = schema["schema"]["fields"].items()
            each = {name: values(field["schema"], shared, full) for name, field in fields}
            optional = {name for name, field in fields if field["schema"]["type"] == "default" and not full}
            return st.fixed_dictionaries(
                {name: value for name, value in each.items() if name not in optional},
                optional={name: value for name, value in each.items() if name in optional},
            )
        case "list":
            return st.lists(values(schema["items_schema"], shared, full), min_size=int(full), max_size=2)
        case "enum":
            return st.sampled_from([member.value for member in schema["members"]])
    plain = {"str": st.text(max_size=8), "bool": st.booleans(), "int": st.integers(), "dict": st.just({})}
    return {**plain, "decimal": NUMBERS, "datetime": TIMES}[schema["type"]]


def known(schema: Any) -> list[str] | None:
    """Codes that a named check of the model knows."""
    name = schema["function"]["function"].__name__ if schema["type"] == "function-after" else ""
    return {"_known_currency": ["EUR", "JPY"], "_known_country": ["DE", "FR"]}.get(name)


def records(entity: str, *, full: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Records of an entity that fit."""
    ENTITIES[entity].model_rebuild()
    schema: Any = ENTITIES[entity].__pydantic_core_schema__
    return values(schema, {each["ref"]: each for each in schema.get("definitions", ())}, full)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place inside a record: its container and the key or index there."""
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def accepts(entity: str, record: dict[str, Any]) -> bool:
    """Tell what the model itself says."""
    try:
        ENTITIES[entity].model_validate_json(orjson.dumps(record))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("entity", ENTITIES)
@given(data=st.data())
def test_what_the_hub_writes_fits_at_a_glance(entity: str, data: st.DataObject) -> None:
    record = data.draw(records(entity))
    assert accepts(entity, record)
    assert fits(entity, record) or "-02-29T" in str(record)


@pytest.mark.parametrize("entity", ENTITIES)
@settings(max_examples=3)
@given(data=st.data())
def test_nothing_fits_that_the_model_refuses(entity: str, data: st.DataObject) -> None:
    record = data.draw(records(entity, full=True))
    for container, key in [*places(record), (record, "unheard_of")]:
        before = container.get(key, MISSING) if isinstance(container, dict) else container[key]
        for odd in ODD:
            container[key] = odd
            assert accepts(entity, record) or not fits(entity, record), (key, odd)
        container[key] = before
        if before is MISSING:
            del container[key]
