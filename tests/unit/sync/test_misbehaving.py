"""Remotes and connectors that do not behave: one bad thing is one problem, and the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from house import House, order

from hub.api import (
    BadResponseError,
    ConflictError,
    Cursor,
    Document,
    Page,
    Refused,
    RejectedError,
    Window,
    Write,
    Written,
)
from hub.sync.execute import CrashError
from hub.testing.memory import MemoryConnector


class Strict(MemoryConnector):
    """Refuses a whole batch for one bad record, before anything is kept."""

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Refuse, or write."""
        self._remote.requests.append(f"batch of {len(writes)}")
        if any(write.document.get("number") in ("3", "6") for write in writes):
            raise RejectedError("one of them has no such tax", code="tax")
        yield from super().upsert(stream, writes)


class Forgetful(MemoryConnector):
    """Forgets to tell some outcomes."""

    told = 0

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Write everything, tell the first."""
        for n, outcome in enumerate(list(super().upsert(stream, writes))):
            if n < self.told:
                yield outcome


class Raising(MemoryConnector):
    """Raises what it should yield."""

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Write one after another."""
        for write in writes:
            if write.document.get("number") == "3":
                raise RejectedError("no such tax", code="tax")
            yield from super().upsert(stream, [write])


class Buggy(MemoryConnector):
    """Has a bug."""

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Fail on one of them."""
        for write in writes:
            if write.document.get("number") == "3":
                raise KeyError("billing")
            yield from super().upsert(stream, [write])


def ten(house: House) -> None:
    for number in range(1, 11):
        house.shop.put("orders", order(str(number)))


def numbers(house: House) -> list[int]:
    return sorted(int(row["number"]) for row in house.erp.tables.get("orders", {}).values())


def test_a_batch_that_is_refused_for_one_record_is_split_until_that_one_is_alone(house: House) -> None:
    """T126."""
    house.swap("erp", Strict, batch=10)
    ten(house)
    house.sync_well()
    assert numbers(house) == [1, 2, 4, 5, 7, 8, 9, 10]
    assert [p.message for p in house.problems()] == ["one of them has no such tax"] * 2
    assert house.owed() == {}
    assert len([r for r in house.erp.requests if r.startswith("batch")]) < 20


@pytest.mark.parametrize("batch", [1, 2, 3, 10])
def test_a_refusal_that_is_raised_is_a_refusal_of_that_record(house: House, batch: int) -> None:
    """T125."""
    house.swap("erp", Raising, batch=batch)
    ten(house)
    house.sync_well()
    assert numbers(house) == [1, 2, 4, 5, 6, 7, 8, 9, 10]
    assert len(house.problems()) == 1


@pytest.mark.parametrize("told", [0, 1])
def test_a_connector_that_does_not_tell_every_outcome_is_not_asked_forever(house: House, told: int) -> None:
    """What it did not tell is looked for, never written twice."""
    house.swap("erp", type("Told", (Forgetful,), {"told": told}), batch=4)
    ten(house)
    report = house.sync()
    assert [type(error) for error in report.errors] == [BadResponseError]
    assert "of 2 writes" in str(report.errors[0]) or "writes to" in str(report.errors[0])
    for _ in range(12):
        house.sync()
    assert numbers(house) == list(range(1, 11))


def test_a_bug_in_a_connector_ends_the_run_and_nothing_else(house: House) -> None:
    house.swap("erp", Buggy)
    ten(house)
    report = house.sync()
    assert [type(error) for error in report.errors] == [CrashError]
    house.swap("erp", MemoryConnector)
    house.sync_well()
    assert numbers(house) == list(range(1, 11))
    assert house.owed() == {}


def test_a_conflict_is_for_a_person_as_long_as_it_lasts(house: House) -> None:
    def conflict(when: str, write: Write) -> None:
        if when == "before" and write.document.get("number") == "2":
            raise ConflictError("changed meanwhile", hint="Read it again.")

    house.erp.fail = conflict
    ten(house)
    house.sync_well()
    assert [p.error for p in house.problems()] == ["ConflictError"]
    assert len(numbers(house)) == 9


@pytest.mark.parametrize(
    "bad",
    [
        {"status": "bogus"},
        {"status": 5},
        {"status": ["processing"]},
        {"number": 5},
        {"number": None},
        {"currency": "EURO"},
        {"total": "ten"},
        {"total": {}},
        {"lines": "none"},
        {"lines": [5]},
        {"lines": [{"sku": "A"}]},
        {"email": {"not": "text"}},
        {"customer": {"id": 1}},
        {"note": 5},
        {"note": "x" * 5_000_000},
    ],
)
def test_no_single_document_stops_a_page(house: House, bad: dict[str, Any]) -> None:
    """One bad order between two good ones: at most one problem, the others are written, the checkpoint moves."""
    house.shop.put("orders", order("1"))
    house.shop.put("orders", order("2", **bad))
    house.shop.put("orders", order("3"))
    report = house.sync()
    assert not report.errors, report.errors
    assert {1, 3} <= {int(row["number"]) for row in house.erp.tables["orders"].values()}
    assert {p.subject for p in house.problems()} <= {"2"}
    assert all(result.counts.add_up() for result in report.results)
    house.shop.put("orders", order("2"))
    house.sync_well()
    assert house.problems() == []
    assert numbers(house) == [1, 2, 3]


@pytest.mark.parametrize("bad", [{"id": None}, {"id": {}}, {"id": ""}])
def test_a_document_without_an_id_is_a_problem(house: House, bad: dict[str, Any]) -> None:
    class Nameless(MemoryConnector):
        def read(self, stream: str, window: Window) -> Iterator[Page]:
            if stream == "orders":
                yield Page([{**order("1"), **bad, "updated": "t"}, order("2", updated="t")])
            else:
                yield Page([])

    house.swap("shop", Nameless)
    report = house.sync()
    assert not report.errors
    assert [p.error for p in house.problems()] == ["InvalidRecordError"]
    assert numbers(house) == [2]


def test_a_problem_closes_when_the_shop_goes_back_to_what_was_read_before(house: House) -> None:
    house.swap("shop", MemoryConnector, cursor=Cursor.NONE)
    house.shop.put("orders", order("1"))
    house.sync_well()
    before = dict(house.shop.tables["orders"]["1"])
    house.shop.put("orders", {"id": "1", "status": "bogus"})
    house.sync()
    assert len(house.problems()) == 1
    house.shop.tables["orders"]["1"] = before
    house.sync_well("shop")
    assert house.problems() == []


def test_an_empty_list_during_an_outage_deletes_nothing(house: House) -> None:
    """T028."""

    class Empty(MemoryConnector):
        def read(self, stream: str, window: Window) -> Iterator[Page]:
            yield Page([], remote_time=self._remote.now())

        def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
            return iter(())

    ten(house)
    house.sync_well()
    house.swap("shop", Empty)
    house.sync_well()
    house.swap("shop", MemoryConnector)
    house.sync_well()
    assert numbers(house) == list(range(1, 11))
    assert len(house.erp.writes) == 11
