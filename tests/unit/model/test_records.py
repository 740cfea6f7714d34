"""The canonical records: strict, closed, immutable, and exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from hub import model
from hub.api import Entity
from hub.model import ENTITIES, Model, Order

ORDER = {"number": "1001", "status": "open", "currency": "EUR", "total": "24.99"}


def parse(**changes: Any) -> Order:
    return Order.model_validate_json(orjson.dumps(ORDER | changes))


def test_every_entity_has_its_record_and_each_takes_custom_fields() -> None:
    assert list(ENTITIES) == list(Entity)
    assert all("custom" in record.model_fields for record in ENTITIES.values())


def test_lines_take_custom_fields_too() -> None:
    lines = [model.OrderLine, model.ShippingLine, model.Fee, model.RefundLine, model.Variant]
    lines += [model.ReturnLine, model.ExchangeLine, model.CheckoutLine]
    assert [record.__name__ for record in lines if "custom" not in record.model_fields] == []


def test_an_amount_is_read_exactly_as_it_is_written() -> None:
    """T061: a coin's eight decimals and a sum beyond a float's reach survive."""
    assert str(parse(total="0.10000001", currency="BTC").total) == "0.10000001"
    assert parse(total="90071992547409.93").total == Decimal("90071992547409.93")


@pytest.mark.parametrize("total", ["NaN", "Infinity", "-Infinity", "12,50", ""])
def test_an_amount_that_is_no_number_is_refused(total: str) -> None:
    with pytest.raises(ValidationError):
        parse(total=total)


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "XYZ"},
        {"status": "shipped-ish"},
        {"placed_at": "2026-08-18T01:23:56"},
        {"number": 1001},
        {"surprise": "x"},
        {"billing_address": {"country": "UK"}},
        {"lines": [{"id": "1", "total": "1.00"}]},
    ],
)
def test_what_breaks_the_model_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        parse(**changes)


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        parse().number = "1002"  # type: ignore[misc]


@pytest.mark.parametrize(
    "record", [part for part in vars(model).values() if isinstance(part, type) and issubclass(part, Model)]
)
def test_every_part_is_strict_closed_and_frozen(record: type[Model]) -> None:
    assert record.model_config["strict"]
    assert record.model_config["extra"] == "forbid"
    assert record.model_config["frozen"]


def test_unicode_is_kept_exactly() -> None:
    """T046: emoji, right-to-left text, five thousand characters, HTML."""
    note = "🎁 שלום <b>bold</b> \u202e " + "ä" * 5000
    assert parse(note=note).note == note


def test_the_names_of_the_model_are_complete() -> None:
    records = {name for name, part in vars(model).items() if isinstance(part, type)}
    assert records <= set(model.__all__)
