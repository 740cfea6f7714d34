"""Amounts, the decimals of currencies, and splitting without losing a cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import InvalidRecordError
from hub.model.money import CURRENCIES, EXPONENTS, Money, allocate, exponent, rounded, smallest_unit

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
weights = st.lists(st.decimals(min_value=0, max_value=10**6, places=2), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("currency", "digits", "unit"),
    [
        ("EUR", 2, "0.01"),
        ("JPY", 0, "1"),
        ("KRW", 0, "1"),
        ("KWD", 3, "0.001"),
        ("CLF", 4, "0.0001"),
        ("BTC", 8, "1E-8"),
    ],
)
def test_the_exponent_comes_from_the_currency_table(currency: str, digits: int, unit: str) -> None:
    """T061: JPY has no decimals, KWD three, a coin eight."""
    assert exponent(currency) == digits
    assert smallest_unit(currency) == Decimal(unit)


def test_every_exception_to_two_decimals_belongs_to_a_known_currency() -> None:
    assert EXPONENTS.keys() - CURRENCIES <= {"UYI"}


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "XXX", "US$"])
def test_a_currency_that_does_not_exist_is_refused_with_advice(currency: str) -> None:
    with pytest.raises(InvalidRecordError, match="not an ISO 4217 currency") as caught:
        exponent(currency)
    assert caught.value.path == "currency"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("2.345", "EUR", "2.35"),
        ("2.3449", "EUR", "2.34"),
        ("-2.345", "EUR", "-2.35"),
        ("1999.5", "JPY", "2000"),
        ("0.0005", "KWD", "0.001"),
        ("0.000000015", "BTC", "0.00000002"),
    ],
)
def test_rounding_is_half_up_to_the_smallest_unit(amount: str, currency: str, expected: str) -> None:
    assert rounded(Decimal(amount), currency) == Decimal(expected)


def test_amounts_of_one_currency_are_added_and_subtracted() -> None:
    five, two = Money(Decimal("5.10"), "EUR"), Money(Decimal("2.20"), "EUR")
    assert five + two == Money(Decimal("7.30"), "EUR")
    assert five - two == Money(Decimal("2.90"), "EUR")
    assert -two == Money(Decimal("-2.20"), "EUR")


def test_two_currencies_are_never_added() -> None:
    """T060: every amount has its currency; never summed across."""
    with pytest.raises(InvalidRecordError, match="cannot add GBP to EUR"):
        Money(Decimal(1), "EUR") + Money(Decimal(1), "GBP")


def test_an_amount_is_written_with_the_decimals_of_its_currency() -> None:
    assert [str(Money(Decimal("12.5"), currency)) for currency in ("EUR", "JPY", "KWD")] == [
        "12.50 EUR",
        "13 JPY",
        "12.500 KWD",
    ]


def test_a_discount_over_three_equal_lines_leaves_no_cent_behind() -> None:
    """T056: the odd cent goes to one line, by largest remainder."""
    assert allocate(Decimal("10.00"), [Decimal(1)] * 3, "EUR") == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]


@pytest.mark.parametrize(
    ("total", "currency", "expected"),
    [
        ("100", "JPY", ["34", "33", "33"]),
        ("0.100", "KWD", ["0.034", "0.033", "0.033"]),
        ("-1", "EUR", ["-0.33", "-0.33", "-0.34"]),
    ],
)
def test_parts_have_the_decimals_of_the_currency(total: str, currency: str, expected: list[str]) -> None:
    """T061: no scaling errors."""
    parts = allocate(Decimal(total), [Decimal(1)] * 3, currency)
    assert sorted(parts, reverse=True) == [Decimal(part) for part in expected]


def test_an_equal_remainder_goes_to_the_larger_weight_wherever_it_stands() -> None:
    """T056: stable under line order."""
    assert allocate(Decimal("0.02"), [Decimal(1), Decimal(3)], "EUR") == [Decimal("0.00"), Decimal("0.02")]
    assert allocate(Decimal("0.02"), [Decimal(3), Decimal(1)], "EUR") == [Decimal("0.02"), Decimal("0.00")]


def test_weights_that_are_all_zero_share_equally() -> None:
    assert allocate(Decimal(1), [Decimal(0), Decimal(0)], "EUR") == [Decimal("0.50")] * 2


def test_a_line_of_weight_zero_gets_nothing() -> None:
    assert allocate(Decimal(1), [Decimal(0), Decimal(3)], "EUR") == [Decimal(0), Decimal(1)]


def test_nothing_to_share_over_is_no_parts() -> None:
    assert allocate(Decimal(5), [], "EUR") == []


@given(amounts, weights)
def test_parts_always_add_up_to_the_whole(total: Decimal, shares: list[Decimal]) -> None:
    """T056: for any amount and any lines."""
    assert sum(allocate(total, shares, "EUR")) == total


@given(amounts, weights)
def test_no_part_is_a_unit_or_more_off_its_exact_share(total: Decimal, shares: list[Decimal]) -> None:
    exact_shares = shares if any(shares) else [Decimal(1)] * len(shares)
    for part, share in zip(allocate(total, shares, "EUR"), exact_shares, strict=True):
        assert abs(part - total * share / sum(exact_shares)) < Decimal("0.0100001")


@given(amounts, weights, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_change_what_each_gets(
    total: Decimal, shares: list[Decimal], chance: object
) -> None:
    """T056: stable under line order."""
    shuffled = list(shares)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    there = sorted(zip(shares, allocate(total, shares, "EUR"), strict=True))
    back = sorted(zip(shuffled, allocate(total, shuffled, "EUR"), strict=True))
    assert there == back
