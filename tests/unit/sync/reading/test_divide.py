"""A batch in which one id always fails: the others get through, and the remote is not asked for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from house import House, order

from hub.api import Document, RejectedError, UnavailableError
from hub.errors import RecordError, TransientError
from hub.store import inbox
from hub.sync.reading.divide import divide
from hub.testing.memory import MemoryConnector

IDS = [str(number) for number in range(50)]


class Remote:
    """Answers for ids; those in `bad` make the whole request fail."""

    def __init__(self, error: Callable[[], Exception], *bad: str) -> None:
        self._error, self._bad = error, set(bad)
        self.got: list[str] = []
        self.requests = 0

    def ask(self, ids: Sequence[str]) -> None:
        self.requests += 1
        if self._bad & set(ids):
            raise self._error()
        self.got += ids


def refusal() -> RecordError:
    return RejectedError("no such thing", code="x")


def stumble() -> TransientError:
    return UnavailableError("it stumbled", context={"status": "500"})


def nothing(_external_id: str, _error: RecordError) -> None:
    raise AssertionError("nothing was refused")


def test_a_batch_that_is_sound_is_asked_for_once() -> None:
    remote = Remote(refusal)
    divide(remote.ask, IDS, nothing)
    assert (remote.got, remote.requests) == (IDS, 1)


def test_one_that_is_refused_is_told_and_the_others_come() -> None:
    """T126."""
    remote, refused = Remote(refusal, "17", "49"), list[str]()
    divide(remote.ask, IDS, lambda external_id, _error: refused.append(external_id))
    assert refused == ["17", "49"]
    assert sorted(remote.got + refused) == sorted(IDS)
    assert remote.requests < 30


def test_one_that_the_remote_stumbles_over_is_told_after_the_others_came() -> None:
    remote = Remote(stumble, "17")
    with pytest.raises(UnavailableError, match="stumbled"):
        divide(remote.ask, IDS, nothing)
    assert sorted(remote.got) == sorted(set(IDS) - {"17"})


def test_a_remote_that_stumbles_over_everything_is_soon_left_alone() -> None:
    remote = Remote(stumble, *IDS)
    with pytest.raises(UnavailableError):
        divide(remote.ask, IDS, nothing)
    assert remote.requests < 12


def test_a_remote_that_is_away_is_asked_once() -> None:
    remote = Remote(lambda: UnavailableError("away", context={"status": "503"}), "17")
    with pytest.raises(UnavailableError):
        divide(remote.ask, IDS, nothing)
    assert remote.requests == 1


def test_a_record_that_cannot_be_fetched_is_parked_and_asked_for_no_more(house: House) -> None:
    class Picky(MemoryConnector):
        def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
            if "2" in ids:
                raise RejectedError("order 2 is corrupt", code="x")
            return super().fetch(stream, ids)

    house.sync_well()
    house.swap("shop", Picky)
    for number in ("1", "2", "3"):
        house.shop.tables.setdefault("orders", {})[number] = {**order(number), "updated": "2020"}
    with house.hub.database.write() as tx:
        inbox.add(tx, [("shop", "orders", number) for number in ("1", "2", "3")], "test", house.clock())
    house.sync_well()
    assert {row["number"] for row in house.erp.tables["orders"].values()} == {"1", "3"}
    assert [(one.subject, one.message) for one in house.problems()] == [("2", "order 2 is corrupt")]
    with house.hub.database.read() as tx:
        assert inbox.backlog(tx) == {}
