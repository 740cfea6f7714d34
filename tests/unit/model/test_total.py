"""Totals that do not add up are named, and nothing is spread to make them fit."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from hub.model import Order
from hub.model.total import discrepancies


def order(**changes: Any) -> dict[str, Any]:
    """An order of one line of 100.00 and shipping of 10.00, both at 19%."""
    body: dict[str, Any] = {
        "number": "1001",
        "status": "open",
        "currency": "EUR",
        "lines": [line("1", "100.00", "19.00")],
        "shipping_lines": [{"id": "s", "total": "10.00", "tax": "1.90"}],
        "tax_total": "20.90",
        "shipping_total": "10.00",
        "total": "130.90",
    }
    Order.model_validate_json(orjson.dumps(body | changes))
    return body | changes


def line(key: str, total: str, tax: str | None = None) -> dict[str, object]:
    return {"id": key, "quantity": "1", "total": total, "tax": tax}


def named(subject: dict[str, Any]) -> list[str]:
    return [str(discrepancy) for discrepancy in discrepancies(subject)]


def test_totals_that_add_up_have_nothing_to_tell() -> None:
    assert named(order()) == []


def test_a_tax_per_total_that_differs_from_the_tax_per_unit_is_shown() -> None:
    """T054: 1,920 pieces at 3.09 net and 21%: 7,178.69 taxed as a whole, 7,180.80 taxed by the piece."""
    lines = [{"id": "1", "quantity": "1920", "total": "5932.80", "tax": "1245.89"}]
    nothing_else = {"shipping_lines": [], "shipping_total": "0.00", "tax_total": "1245.89"}
    assert named(order(lines=lines, total="7178.69", **nothing_else)) == []
    subject = order(lines=lines, total="7180.80", **nothing_else)
    assert named(subject) == ["total says 7180.80, its parts give 7178.69"]
    assert subject["lines"][0]["total"] == "5932.80"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"total": "130.91"}, "total says 130.91, its parts give 130.90"),
        ({"tax_total": "20.89"}, "tax_total says 20.89, its parts give 20.90"),
        ({"shipping_total": "9.99"}, "shipping_total says 9.99, its parts give 10.00"),
    ],
)
def test_each_total_that_its_parts_do_not_give_is_named(changes: dict[str, str], expected: str) -> None:
    assert named(order(**changes)) == [expected]


def test_fees_and_deductions_count() -> None:
    fees = [{"id": "f", "total": "-5.00"}, {"id": "g", "total": "2.00", "tax": "0.38"}]
    assert named(order(fees=fees, total="128.28", tax_total="21.28")) == []


def test_a_total_that_the_shop_does_not_state_is_not_judged() -> None:
    assert named(order(tax_total=None, shipping_total=None)) == []


def test_an_amount_finer_than_its_currency_is_named() -> None:
    """T061: half a yen does not exist."""
    lines, nothing = [line("1", "99.5")], {"shipping_lines": [], "shipping_total": None, "tax_total": None}
    assert named(order(currency="JPY", lines=lines, total="99.5", **nothing)) == [
        "total (finer than JPY) says 99.5, its parts give 100"
    ]
    assert named(order(currency="KWD", lines=[line("1", "1.005")], total="1.005", **nothing)) == []


def test_a_negative_total_is_named() -> None:
    subject = order(lines=[line("1", "-5.00")], shipping_lines=[], shipping_total=None, tax_total=None, total="-5.00")
    assert named(subject) == ["total (negative) says -5.00, its parts give 0"]


def test_free_items_and_shipping_discounted_to_nothing_add_up() -> None:
    """T045: a free item stays 0.00. T057: shipping 0, its tax as given, nothing negative."""
    subject = order(
        lines=[line("1", "0.00", "0.00"), line("2", "50.00", "9.50")],
        shipping_lines=[{"id": "s", "total": "0.00", "tax": "0.00", "taxes": [{"id": "de", "amount": "0.00"}]}],
        shipping_total="0.00",
        tax_total="9.50",
        total="59.50",
    )
    assert named(subject) == []
    assert subject["lines"][0]["total"] == "0.00"
