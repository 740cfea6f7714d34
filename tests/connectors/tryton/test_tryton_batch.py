"""Many at once, and the bad ones found by halving."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.erp.tryton.batch import halving
from hub.api import RecordError


@pytest.mark.parametrize("bad", [set(), {0}, {49}, {7, 8}, {0, 13, 49}, set(range(50))])
def test_the_bad_ones_are_left_alone_and_all_others_done_once(bad: set[int]) -> None:
    """T126."""
    done: list[int] = []
    refused: list[int] = []

    def act(items: Sequence[int]) -> None:
        if bad & set(items):
            raise RecordError("one of them is bad")
        done.extend(items)

    halving(range(50), act, lambda item, error: refused.append(item))
    assert done == sorted(set(range(50)) - bad)
    assert refused == sorted(bad)


def test_a_good_batch_takes_one_call() -> None:
    calls: list[Sequence[int]] = []
    halving(range(50), calls.append, lambda item, error: None)
    assert calls == [range(50)]


def test_an_outage_is_nobodys_fault() -> None:
    def act(items: Sequence[int]) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        halving(range(50), act, lambda item, error: None)
