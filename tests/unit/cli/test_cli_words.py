"""How times, counts and foreign text are written for people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest

from hub.cli import words
from hub.cli.failure import sentence
from hub.cli.output import plain

NOW = datetime(2026, 3, 1, 12, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOW, "13:03"),
        (datetime(2026, 2, 28, 23, 30, tzinfo=UTC), "00:30"),
        (datetime(2026, 2, 28, 12, 0, tzinfo=UTC), "yesterday 13:00"),
        (datetime(2026, 1, 5, 8, 0, tzinfo=UTC), "5 Jan 09:00"),
        (datetime(2024, 7, 5, 8, 0, tzinfo=UTC), "5 Jul 2024"),
    ],
)
def test_a_time_is_told_in_the_local_zone_as_short_as_today_allows(moment: datetime, said: str) -> None:
    assert words.clock_time(moment, NOW) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(2, "now"), (45, "45 s ago"), (300, "5 min ago"), (7200, "2 h ago"), (400000, "5 days ago"), (-600, "in 10 min")],
)
def test_an_age_is_told_in_its_largest_unit(seconds: int, said: str) -> None:
    assert words.ago(NOW - timedelta(seconds=seconds), NOW) == said


def test_nothing_is_a_dash_and_thousands_stand_apart() -> None:
    assert (words.count(0), words.count(1234567)) == ("-", "1,234,567")
    assert (words.many(1, "record"), words.many(12000, "match", "matches")) == ("1 record", "12,000 matches")


def test_foreign_text_cannot_move_the_cursor_or_turn_the_line_around() -> None:
    assert words.clean("a\x1b[31mb\u202ec\nd\u0000é 山田") == "a·[31mbc d·é 山田"


def test_details_are_told_in_words_without_what_only_programs_need() -> None:
    detail = {"version": 2, "key": "k", "fields": ["a", "b", "c", "d", "e"]}
    assert words.said(detail) == "version 2; fields a, b, c, d, ..."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("there is no hub.toml", "There is no hub.toml."),
        ("/data/hub.toml:3: x", "/data/hub.toml:3: x."),
        ("hub.toml:3: x", "hub.toml:3: x."),
        ('did you mean "shop"?', 'Did you mean "shop"?'),
        ("Run `hub init`", "Run `hub init`"),
        ("", ""),
    ],
)
def test_a_message_becomes_a_sentence(text: str, said: str) -> None:
    assert sentence(text) == said


class Color(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class View:
    at: datetime
    took: timedelta
    color: Color
    inner: dict[str, object]


def test_a_read_model_becomes_json_values() -> None:
    view = View(NOW, timedelta(seconds=1.5), Color.RED, {"a": (Decimal("1.20"), Path("x"), None, True)})
    assert plain(view) == {
        "at": "2026-03-01T12:03:00Z",
        "took": 1.5,
        "color": "red",
        "inner": {"a": ["1.20", "x", None, True]},
    }
