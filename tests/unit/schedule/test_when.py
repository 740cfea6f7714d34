"""Due times are pure functions of a schedule and a moment, also across changes to and from summer time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from hub.errors import ConfigError
from hub.schedule.cron import Cron, moments, parse_cron
from hub.schedule.when import Every, latest_due, next_due, read_timing
from hub.store.schedules import Schedule


def at(text: str) -> datetime:
    """Read "2026-08-18 01:00" as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fires(text: str, zone: str, start: str, hours: int) -> list[str]:
    """List the UTC times at which a cron expression fires in some hours."""
    cron, now = parse_cron(text, zone), at(start)
    found = []
    while (now := next_due(cron, now)) <= at(start) + timedelta(hours=hours):
        found.append(f"{now:%m-%d %H:%M}")
    return found


def schedule(**timing: str) -> Schedule:
    return Schedule("shop", "shop", (), timing.get("every"), timing.get("cron"), timing.get("zone"))


@pytest.mark.parametrize(
    ("text", "zone", "start", "hours", "expected"),
    [
        # Berlin, 29 March 2026: 02:00 becomes 03:00. What does not exist fires once, after.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28 12:00", 48, ["03-29 01:30", "03-30 00:30"]),
        ("0 2 * * *", "Europe/Berlin", "2026-03-28 12:00", 24, ["03-29 01:00"]),
        ("0 3 * * *", "Europe/Berlin", "2026-03-28 12:00", 24, ["03-29 01:00"]),
        ("0 2,3 * * *", "Europe/Berlin", "2026-03-28 12:00", 24, ["03-29 01:00"]),
        (
            "*/30 * * * *",
            "Europe/Berlin",
            "2026-03-29 00:00",
            2,
            ["03-29 00:30", "03-29 01:00", "03-29 01:30", "03-29 02:00"],
        ),
        # Berlin, 25 October 2026: 03:00 becomes 02:00. What occurs twice fires once, at first.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24 12:00", 48, ["10-25 00:30", "10-26 01:30"]),
        ("0 3 * * *", "Europe/Berlin", "2026-10-24 12:00", 24, ["10-25 02:00"]),
        ("30 1-3 * * *", "Europe/Berlin", "2026-10-24 22:00", 6, ["10-24 23:30", "10-25 00:30", "10-25 02:30"]),
        # An expression that names every hour follows elapsed time.
        ("30 * * * *", "Europe/Berlin", "2026-10-25 00:00", 3, ["10-25 00:30", "10-25 01:30", "10-25 02:30"]),
        # New York, 8 March and 1 November 2026.
        ("30 2 * * *", "America/New_York", "2026-03-07 12:00", 48, ["03-08 07:30", "03-09 06:30"]),
        ("30 1 * * *", "America/New_York", "2026-10-31 12:00", 48, ["11-01 05:30", "11-02 06:30"]),
        ("15 * * * *", "America/New_York", "2026-11-01 05:00", 2, ["11-01 05:15", "11-01 06:15"]),
        # Zones of half hours, and one that moves by half an hour (Lord Howe, 4 October 2026, 02:00 becomes 02:30).
        ("0 9 * * *", "Asia/Kolkata", "2026-08-18 00:00", 24, ["08-18 03:30"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03 00:00", 24, ["10-03 15:45"]),
        # Weekdays by name, lists, steps, ends of months, leap days.
        ("0 3 * * mon", "UTC", "2026-08-18 00:00", 24 * 8, ["08-24 03:00"]),
        ("0 0 * * sun", "UTC", "2026-08-18 00:00", 24 * 8, ["08-23 00:00"]),
        ("0 12 * * mon-fri", "UTC", "2026-08-21 00:00", 24 * 4, ["08-21 12:00", "08-24 12:00"]),
        (
            "5,35 8-9 18 aug *",
            "UTC",
            "2026-08-18 00:00",
            24,
            ["08-18 08:05", "08-18 08:35", "08-18 09:05", "08-18 09:35"],
        ),
        ("0 */8 * * *", "UTC", "2026-08-18 00:00", 24, ["08-18 08:00", "08-18 16:00", "08-19 00:00"]),
        ("0 0 31 * *", "UTC", "2026-08-31 00:00", 24 * 62, ["10-31 00:00"]),
    ],
)
def test_cron_means_the_clock_on_the_wall(text: str, zone: str, start: str, hours: int, expected: list[str]) -> None:
    assert fires(text, zone, start, hours) == expected


def test_a_leap_day_is_found_years_ahead() -> None:
    assert next_due(parse_cron("0 0 29 2 *", "UTC"), at("2096-03-01 00:00")) == at("2104-02-29 00:00")


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", "2026-03-29 00:00"),
        ("Europe/Berlin", "2026-10-25 00:00"),
        ("America/New_York", "2026-03-08 00:00"),
        ("America/New_York", "2026-11-01 00:00"),
        ("Australia/Lord_Howe", "2026-04-05 00:00"),
        ("Australia/Lord_Howe", "2026-10-04 00:00"),
        ("Asia/Kolkata", "2026-08-18 00:00"),
    ],
)
@pytest.mark.parametrize("text", ["*/15 * * * *", "30 2 * * *", "0 */6 * * *", "10 1-3 * * sun"])
def test_stepping_from_due_time_to_due_time_misses_and_repeats_none(text: str, zone: str, change: str) -> None:
    cron = parse_cron(text, zone)
    start, end = at(change) - timedelta(days=2), at(change) + timedelta(days=2)
    whole, now, stepped = moments(cron, start, end), start, []
    while (now := next_due(cron, now)) <= end:
        stepped.append(now)
    assert stepped == whole
    assert len(set(whole)) == len(whole)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_every_hour_is_every_hour_all_year(zone: str) -> None:
    hourly = moments(parse_cron("0 * * * *", zone), at("2026-01-01 00:00"), at("2027-01-01 00:00"))
    assert {later - earlier for earlier, later in pairwise(hourly)} == {timedelta(hours=1)}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_every_night_is_once_every_night_all_year(zone: str) -> None:
    nightly = moments(parse_cron("30 2 * * *", zone), at("2026-01-01 12:00"), at("2026-12-31 12:00"))
    assert len(nightly) == 364


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0 0 * * 0", "write its name"),
        ("0 0 * * 1-5", "write its name"),
        ("0 0 * *", "4 fields instead of 5"),
        ("60 0 * * *", "out of range"),
        ("0 0 1 * mon", "two ways"),
        ("0 0 31 feb *", "no year has"),
        ("a b c d e", "minute"),
    ],
)
def test_a_cron_expression_that_would_surprise_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_cron(text, "UTC")


def test_a_zone_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="Europe/Berln"):
        parse_cron("0 0 * * *", "Europe/Berln")


@pytest.mark.parametrize(
    ("every", "after", "due"),
    [
        ("5m", "2026-08-18 01:00", "2026-08-18 01:05"),
        ("5m", "2026-08-18 01:04", "2026-08-18 01:05"),
        ("1h30m", "2026-08-18 00:00", "2026-08-18 01:30"),
        ("1d", "2026-03-28 12:00", "2026-03-29 00:00"),
    ],
)
def test_an_interval_is_elapsed_time(every: str, after: str, due: str) -> None:
    timing = read_timing(schedule(every=every))
    assert isinstance(timing, Every)
    assert next_due(Every(timing.period), at(after)) == at(due)


def test_intervals_of_different_schedules_are_spread_and_each_keeps_its_grid() -> None:
    timings = [read_timing(Schedule(name, name, (), "1h", None, None)) for name in "abcdef"]
    dues = {next_due(timing, at("2026-08-18 01:00")) for timing in timings}
    assert len(dues) == 6
    assert read_timing(Schedule("a", "a", (), "1h", None, None)) == timings[0]


@pytest.mark.parametrize("timing", [Every(timedelta(minutes=5)), parse_cron("*/5 * * * *", "Europe/Berlin")])
def test_what_was_missed_is_one_run_not_many(timing: Every | Cron) -> None:
    last, now = at("2026-08-01 00:00"), at("2026-08-18 01:03")
    due = latest_due(timing, last, now)
    assert due == at("2026-08-18 01:00")
    assert latest_due(timing, due, now) is None


@pytest.mark.parametrize(
    ("after", "now", "due"),
    [
        ("2026-08-17 01:00", "2026-08-18 00:59", None),
        ("2026-08-17 01:00", "2026-08-18 01:00", "2026-08-18 01:00"),
        ("2026-08-17 01:00", "2026-08-18 09:00", "2026-08-18 01:00"),
        ("2025-08-17 01:00", "2026-08-18 00:00", "2026-08-17 01:00"),
        ("2026-08-18 01:00", "2026-08-18 23:00", None),
    ],
)
def test_the_latest_due_time_is_the_newest_that_has_come(after: str, now: str, due: str | None) -> None:
    cron = parse_cron("0 3 * * *", "Europe/Berlin")
    assert latest_due(cron, at(after), at(now)) == (at(due) if due else None)


def test_a_yearly_run_that_was_missed_for_months_is_still_found() -> None:
    cron = parse_cron("0 0 1 jan *", "UTC")
    assert latest_due(cron, at("2025-12-31 00:00"), at("2026-11-30 00:00")) == at("2026-01-01 00:00")


@pytest.mark.parametrize("timing", [{"every": "soon"}, {"every": "0s"}, {}])
def test_an_interval_that_is_none_is_named(timing: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="is no duration"):
        read_timing(schedule(**timing))
