"""Times as they are stored, and ids that sort by the time they were made."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from hub.clock import ALPHABET, IdSource, World, short_text, utc_now, utc_parse, utc_text


def test_a_stored_time_is_utc_with_microseconds_and_ends_in_z() -> None:
    berlin = timezone(timedelta(hours=2))
    assert utc_text(datetime(2026, 8, 18, 3, 23, 56, tzinfo=berlin)) == "2026-08-18T01:23:56.000000Z"
    assert utc_text(datetime(2026, 8, 18, 1, 23, 56, 120, tzinfo=UTC)) == "2026-08-18T01:23:56.000120Z"


def test_stored_times_sort_as_the_times_do_within_one_second() -> None:
    second = datetime(2026, 8, 18, 1, 23, 56, tzinfo=UTC)
    moments = [second, second + timedelta(microseconds=1), second + timedelta(seconds=1)]
    assert sorted(map(utc_text, reversed(moments))) == [utc_text(moment) for moment in moments]


def test_a_time_for_people_has_a_fraction_only_where_there_is_one() -> None:
    assert short_text(datetime(2026, 8, 18, 1, 23, 56, tzinfo=UTC)) == "2026-08-18T01:23:56Z"
    assert short_text(datetime(2026, 8, 18, 1, 23, 56, 120, tzinfo=UTC)) == "2026-08-18T01:23:56.000120Z"


def test_a_stored_time_is_read_back_as_it_was() -> None:
    moment = datetime(2026, 10, 25, 0, 30, 0, 1, tzinfo=UTC)
    assert utc_parse(utc_text(moment)) == moment


def test_now_is_aware() -> None:
    assert utc_now().tzinfo is UTC


def ids(milliseconds: list[int], chance: int = 0) -> list[str]:
    clock = iter(milliseconds)
    source = IdSource(lambda: next(clock), lambda bits: chance)
    return [source() for _ in milliseconds]


def test_an_id_has_twenty_characters_that_nobody_mistakes() -> None:
    [made] = ids([1_790_000_000_000], chance=2**51 - 1)
    assert len(made) == 20
    assert set(made) <= set(ALPHABET)
    assert not set("ilou") & set(ALPHABET)


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = ids([5, 5, 5, 6, 9, 2**47])
    assert made == sorted(made)
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("chance", [0, 2**51 - 1])
def test_ids_stay_in_order_when_the_clock_jumps_back(chance: int) -> None:
    made = ids([1000, 999, 1, 1001], chance)
    assert made == sorted(made)
    assert len(set(made)) == 4


def test_threads_never_get_the_same_id() -> None:
    new_id, made = World().new_id, list[str]()
    threads = [threading.Thread(target=lambda: made.extend(new_id() for _ in range(500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2000


def test_two_worlds_do_not_make_the_same_ids() -> None:
    assert World().new_id() != World().new_id()
