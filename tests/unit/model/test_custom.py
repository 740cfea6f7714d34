"""Custom fields are typed by their declaration in hub.toml, without a migration."""

from __future__ import annotations

import pytest

from hub.errors import InvalidRecordError
from hub.model.custom import CustomType, check_custom

DECLARED = {name: CustomType(name) for name in ("text", "integer", "decimal", "boolean", "time")}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "für dich"),
        ("text", ""),
        ("integer", 0),
        ("integer", 2**70),
        ("decimal", "24.990"),
        ("decimal", "-1"),
        ("boolean", False),
        ("time", "2026-08-18T01:23:56Z"),
        ("time", "2026-08-18T01:23:56+02:00"),
    ],
)
def test_a_value_of_the_declared_type_is_taken(name: str, value: object) -> None:
    check_custom({name: value}, DECLARED, "order")


@pytest.mark.parametrize("name", list(DECLARED))
def test_null_is_taken_for_every_type(name: str) -> None:
    check_custom({name: None}, DECLARED, "order")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", 5),
        ("integer", True),
        ("integer", "5"),
        ("integer", 1.5),
        ("decimal", 24.99),
        ("decimal", "24,99"),
        ("decimal", "NaN"),
        ("decimal", "Infinity"),
        ("boolean", 0),
        ("boolean", "yes"),
        ("time", "2026-08-18T01:23:56"),
        ("time", "tomorrow"),
        ("time", 1),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_path(name: str, value: object) -> None:
    with pytest.raises(InvalidRecordError, match=f"declared is {name}") as caught:
        check_custom({name: value}, DECLARED, "order")
    assert caught.value.path == f"custom.{name}"


def test_an_undeclared_field_is_refused_with_the_line_to_add() -> None:
    with pytest.raises(InvalidRecordError, match="order has no custom field 'gift'") as caught:
        check_custom({"gift": "x"}, DECLARED, "order")
    assert '[custom.order] gift = "text"' in caught.value.hint
