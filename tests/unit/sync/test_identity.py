"""A record's id follows from where it was first seen."""

from __future__ import annotations

import pytest

from hub.clock import ALPHABET
from hub.sync.identity import HASHED, HIGHEST, NUMBERED, identify, is_id, places

TEXTS = ("1", "7", "007", "-1", "٣", "", "gid://shopify/Order/1", str(HIGHEST), str(HIGHEST + 1), "9" * 400)


def made(external_id: str, stream: str = "orders", connection: str = "shop", merchant: str = "acme") -> str:
    return identify(merchant, connection, stream, external_id)


def test_the_same_place_gives_the_same_id_whenever_it_is_asked_for() -> None:
    assert made("17") == made("17") == "n99pmh5dx0000000000h"


def test_every_part_of_the_place_counts() -> None:
    places = [{}, {"stream": "customers"}, {"connection": "erp"}, {"merchant": "other"}]
    for text in ("17", "A-17"):
        assert len({made(text, **place) for place in places}) == len(places)


def test_parts_are_not_run_together() -> None:
    assert identify("a", "bc", "d", "x") != identify("ab", "c", "d", "x")


@pytest.mark.parametrize("text", TEXTS)
def test_an_id_is_twenty_characters_of_the_alphabet(text: str) -> None:
    assert is_id(made(text))


def test_ids_that_are_written_differently_are_different() -> None:
    assert len({made(text) for text in TEXTS}) == len(TEXTS)


def test_numbers_keep_their_order_so_that_neighbours_lie_side_by_side() -> None:
    ids = [made(str(number)) for number in (0, 9, 10, 99, 100, 31999, HIGHEST)]
    assert ids == sorted(ids)


def test_a_number_and_a_text_can_never_have_the_same_id() -> None:
    """What the first character says tells them apart, and from ids that are made by the time."""
    assert (made("7")[0], made("007")[0], ALPHABET[0]) == (NUMBERED, HASHED, "0")


@pytest.mark.parametrize("text", TEXTS)
def test_an_id_tells_where_its_record_was_first_seen(text: str) -> None:
    assert made(text).startswith(places("acme", "shop", "orders"))
    assert not made(text).startswith(places("acme", "erp", "orders"))


@pytest.mark.parametrize("text", ["", "17", "u" * 20, "A" * 20, "0" * 21])
def test_what_has_another_shape_is_no_id(text: str) -> None:
    assert not is_id(text)
