"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5m", 300), ("12h", 43200), ("1h30m", 5400), ("2w", 1209600), ("1d", 86400)]
)
def test_a_duration_is_read_in_its_units(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "5min", "-5m", "1.5h", "5M"])
def test_anything_else_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None


@given(st.integers(0, 10_000_000))
def test_what_is_written_reads_back_as_the_same(seconds: int) -> None:
    assert parse_duration(format_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)
