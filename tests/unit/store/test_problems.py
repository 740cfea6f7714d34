"""Problems: one open problem a place, which closes when the work is done."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hub.errors import RejectedError, UnknownValueError
from hub.store import problems
from hub.store.database import Database
from hub.store.problems import Place, Problem, ProblemKind

PLACE = Place("default", "shop", "orders", "pull", "17")
UNKNOWN = UnknownValueError("bogus is no status", path="status", value="bogus", table="statuses", hint="Add it.")


def open_problem(
    database: Database, now: datetime, place: Place = PLACE, problem_id: str = "p1", **more: object
) -> None:
    with database.write() as tx:
        problems.report(tx, place, UNKNOWN, problem_id=problem_id, now=now, document='{"id": 17}', **more)  # type: ignore[arg-type]


def listed(database: Database, **more: object) -> list[Problem]:
    with database.read() as tx:
        return problems.listing(tx, **more)  # type: ignore[arg-type]


def test_a_problem_keeps_what_a_person_needs(database: Database, now: datetime) -> None:
    open_problem(database, now, run="run1")
    only = listed(database)[0]
    assert (only.error, only.message, only.hint) == ("UnknownValueError", "bogus is no status", "Add it.")
    assert only.context == {"path": "status", "value": "bogus", "table": "statuses"}
    assert (only.kind, only.document, only.attempts, only.run) == (ProblemKind.DEAD_LETTER, '{"id": 17}', 1, "run1")


def test_the_same_place_has_one_open_problem_that_counts(database: Database, now: datetime) -> None:
    open_problem(database, now)
    with database.write() as tx:
        later = now + timedelta(hours=1)
        problems.report(tx, PLACE, RejectedError("no tax", code="t"), problem_id="p2", now=later)
    only = listed(database)[0]
    assert (only.id, only.attempts, only.error, only.message) == ("p1", 2, "RejectedError", "no tax")
    assert only.first_at < only.last_at


@pytest.mark.parametrize(
    "other",
    [
        Place("default", "shop", "orders", "pull", "18"),
        Place("default", "shop", "orders", "push", "17"),
        Place("default", "shop", "customers", "pull", "17"),
        Place("default", "erp", "orders", "pull", "17"),
    ],
)
def test_another_place_has_a_problem_of_its_own(database: Database, now: datetime, other: Place) -> None:
    open_problem(database, now)
    open_problem(database, now, other, "p2")
    assert len(listed(database)) == 2


def test_a_closed_problem_stays_as_history_and_a_new_one_opens(database: Database, now: datetime) -> None:
    open_problem(database, now)
    with database.write() as tx:
        assert problems.close(tx, "shop", "orders", "pull", ["17", "99"], note="Read.", now=now) == 1
        assert problems.close(tx, "shop", "orders", "pull", ["17"], note="Again.", now=now) == 0
        assert not problems.any_open(tx, "shop", "orders")
    open_problem(database, now, problem_id="p2")
    assert [p.id for p in listed(database)] == ["p2"]
    assert [(p.id, p.note) for p in listed(database, state="closed")] == [("p1", "Read.")]


def test_closing_one_direction_leaves_the_other_open(database: Database, now: datetime) -> None:
    open_problem(database, now, Place("default", "shop", "orders", "push", "17"))
    with database.write() as tx:
        assert problems.close(tx, "shop", "orders", "pull", ["17"], note="Read.", now=now) == 0
        assert problems.any_open(tx, "shop", "orders")
        assert not problems.any_open(tx, "shop", "customers")


def test_problems_are_listed_newest_first_and_by_what_they_are_about(database: Database, now: datetime) -> None:
    open_problem(database, now)
    open_problem(database, now + timedelta(hours=1), Place("other", "erp", "orders", "push", "r1"), "p2")
    assert [p.id for p in listed(database)] == ["p2", "p1"]
    assert [p.id for p in listed(database, merchant="other")] == ["p2"]
    assert [p.id for p in listed(database, connection="shop")] == ["p1"]
    assert [p.id for p in listed(database, subject="r1")] == ["p2"]
    assert len(listed(database, limit=1)) == 1


def test_open_problems_are_counted_by_connection_and_kind(database: Database, now: datetime) -> None:
    open_problem(database, now)
    open_problem(database, now, Place("default", "shop", "orders", "pull", "18"), "p2", kind=ProblemKind.CONFLICT)
    with database.read() as tx:
        assert problems.count_open(tx) == {("shop", "dead_letter"): 1, ("shop", "conflict"): 1}


def test_a_problem_is_found_by_its_id(database: Database, now: datetime) -> None:
    open_problem(database, now)
    with database.read() as tx:
        found = problems.get(tx, "p1")
        assert found is not None
        assert found.subject == "17"
        assert problems.get(tx, "p9") is None


def test_a_very_long_message_is_cut(database: Database, now: datetime) -> None:
    with database.write() as tx:
        problems.report(tx, PLACE, RejectedError("x" * 9000), problem_id="p1", now=now)
    assert len(listed(database)[0].message) == 2000
