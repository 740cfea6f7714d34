"""Writes dates, amounts and quantities as the buyer's language does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date
from babel.numbers import format_decimal, parse_pattern

from hub.model import Money
from hub.model.money import exponent, rounded


def long_date(day: date, locale: Locale) -> str:
    """Write a date with its weekday and the month as a word, which no country misreads."""
    return format_date(day, "full", locale=locale)


def money(amount: Money, locale: Locale) -> str:
    """Write an amount with exactly the decimals of its currency by ISO 4217, which for some differ from CLDR's."""
    digits = exponent(amount.currency)
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (digits, digits)
    value = rounded(amount.amount, amount.currency)
    written: str = pattern.apply(value, locale, currency=amount.currency, currency_digits=False)
    return written


def quantity(count: Decimal, locale: Locale) -> str:
    """Write a quantity without needless decimals."""
    return format_decimal(count, format="#,##0.###", locale=locale)


def local_day(moment: datetime, country: str | None) -> date:
    """Tell which day a moment is where the parcel goes.

    Midnight UTC is how remotes write a day without a time: it is that day everywhere. A country of several time
    zones that do not agree on the day gets the day in UTC.
    """
    there = moment.astimezone(UTC)
    if there.timetz() == time(0, tzinfo=UTC):
        return there.date()
    zones: list[str] = get_global("territory_zones").get(country or "", [])
    days = {moment.astimezone(ZoneInfo(name)).date() for name in zones}
    return days.pop() if len(days) == 1 else there.date()
