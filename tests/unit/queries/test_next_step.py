"""What the operator is told to do next can be copied as it stands."""

from __future__ import annotations

from dataclasses import replace

from hub.queries.problem import next_step
from hub.store.problems import Problem

PROBLEM = Problem(
    id="06h2hd36b8zrzr7rjq5e",
    merchant="default",
    connection="erp",
    stream="sales",
    kind="rejected",
    direction="push",
    subject="06h2hcqrfmedt1zeqp7h",
    field="",
    error="UnknownValueError",
    message="taxes: 19 is not in the table taxes",
    hint="",
    context={},
    cause="",
    document=None,
    edited=None,
    edited_by=None,
    edited_at=None,
    state="open",
    note=None,
    attempts=1,
    first_at="2026-11-29T00:00:00.000000Z",
    last_at="2026-11-29T00:00:00.000000Z",
    run=None,
)


def told(hint: str, **facts: str) -> str:
    return next_step(replace(PROBLEM, hint=hint, **facts))


def test_the_connection_is_named() -> None:
    assert told("hub table set CONNECTION taxes 'NAME IN TRYTON' 19") == "hub table set erp taxes 'NAME IN TRYTON' 19"


def test_the_problem_is_named_as_it_is_listed() -> None:
    assert told("`hub problems close PROBLEM --as ID`") == "`hub problems close 7rjq5e --as ID`"


def test_the_record_is_named_where_it_was_to_be_written() -> None:
    assert told("`hub record unlink RECORD CONNECTION`") == "`hub record unlink 06h2hcqrfmedt1zeqp7h erp`"
    assert told("`hub record unlink RECORD CONNECTION`", direction="pull") == "`hub record unlink RECORD erp`"
