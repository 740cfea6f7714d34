"""Numbers and money: decimal text that is exact, and has the currency's decimals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from hub.errors import InvalidRecordError
from hub.model.money import CURRENCIES, EXPONENTS

Tables: TypeAlias = Mapping[str, Mapping[str, str]]
"""A connection's value tables: table name -> remote value -> canonical value."""
Amount: TypeAlias = Callable[[Any], str | None]
"""Reads an amount of one currency."""
Matches: TypeAlias = Callable[[str], object]
"""Tells whether text has a form."""

AMOUNT: Final = "amount"
SAFE_INTEGER: Final = 2**53
LONGEST: Final = 60
SHORTEST: Final = re.compile(r"-?(?:[1-9][0-9]*|0(?=\.))(?:\.[0-9]*[1-9])?").fullmatch


def unreadable(value: object, expected: str) -> InvalidRecordError:
    """Make the error for a value that a codec cannot read."""
    shown = str(value)
    return InvalidRecordError(f"{shown[:40]!r}{'...' if len(shown) > 40 else ''} is not {expected}")


def _decimal(value: Any, expected: str) -> Decimal | None:
    if value == "":
        return None
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise unreadable(value, expected)
    try:
        number = Decimal(digits_of(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise unreadable(value, expected) from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > LONGEST:  # 1e999999999 would fill the memory with zeros
        raise unreadable(value, expected)
    return number


def digits_of(value: float) -> str:
    """Write a float as its author did: 15 digits hold every decimal that a float can, more is binary noise."""
    text = repr(value)
    return text if len(text) < 16 else format(value, ".15g")


def plain(number: Decimal, digits: int = 0) -> str:
    """Write a decimal without exponent, with at least so many decimals and no more zeros than these."""
    text = format(number, "f")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(digits, "0")
    text = f"{whole}.{fraction}" if fraction else whole
    return text.lstrip("-") if not number else text


def decode_decimal(value: Any, tables: Tables) -> str | None:
    """Read text or a number as decimal text in its shortest form; empty text is null."""
    if value.__class__ is int:
        return str(value)
    text: str = repr(value) if value.__class__ is float else value
    if text.__class__ is str and SHORTEST(text) and (text is value or len(text) < 16):
        return text
    number = _decimal(value, "a decimal number")
    return None if number is None else plain(number)


def encode_number(value: Any, tables: Tables, base: Any) -> int | float:
    """Write decimal text as a JSON number, which it must fit without loss."""
    number = Decimal(value)
    if number == number.to_integral_value():
        return int(number)
    if Decimal(repr(float(number))) != number:
        raise unreadable(value, "a number that JSON can carry without loss")
    return float(number)


def amount_in(digits: int) -> Amount:
    """Make the reader of amounts of a currency with so many decimals.

    Text and numbers become decimal text with exactly the currency's decimals. What is finer is kept, without zeros
    at its end.
    """
    exact = _exact(digits)

    def read_amount(value: Any) -> str | None:
        if value.__class__ is str and exact(value):
            text: str = value
            return text
        number = _decimal(value, "an amount")
        return None if number is None else plain(number, digits)

    return read_amount


def _exact(digits: int) -> Matches:
    return re.compile(r"(?:0|[1-9][0-9]*)" + (rf"\.[0-9]{{{digits}}}" if digits else "")).fullmatch


def amount_as_it_is(value: Any) -> str | None:
    """Read an amount whose currency nobody knows: its decimals stay as they are."""
    number = _decimal(value, "an amount")
    return None if number is None else format(number if number else abs(number), "f")


READERS: Final = {digits: (amount_in(digits), _exact(digits)) for digits in {2, *EXPONENTS.values()}}
AMOUNTS: Final[Mapping[str | None, Amount]] = {c: READERS[EXPONENTS.get(c, 2)][0] for c in CURRENCIES}
EXACT: Final[Mapping[str | None, Matches]] = {c: READERS[EXPONENTS.get(c, 2)][1] for c in CURRENCIES}
"""By currency, what tells of text that it is an amount just as it should be: most are, and need no reader."""
NEVER_EXACT: Final[Matches] = re.compile(r"(?!)").fullmatch


def negate(value: Any, *_: Any) -> str | None:
    """Turn the sign of decimal text round, whatever its decimals; zero has no sign."""
    number = _decimal(value, "a decimal number")
    return None if number is None else format(number.copy_negate() if number else abs(number), "f")


def decode_integer(value: Any, tables: Tables) -> int | None:
    """Read a whole number; empty text is null."""
    if value.__class__ is int:
        return int(value)
    number = _decimal(value, "a whole number")
    if number is None:
        return None
    if number != number.to_integral_value() or (isinstance(value, float) and abs(value) > SAFE_INTEGER):
        raise unreadable(value, "a whole number")
    return int(number)
