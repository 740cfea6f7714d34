"""What an operator sees of problems: everything that needs a person."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.clock import utc_parse
from hub.errors import ConfigError
from hub.queries.words import record_words
from hub.store import problems, records
from hub.store.database import Database
from hub.store.problems import Problem, ProblemKind
from hub.store.records import RecordRow
from hub.sync.conflict import Card, read_card

SHORTEST_PREFIX = 4


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One problem: where, what, and what to do. `subject` is the external id of what was read, or what was to be
    written in words."""

    id: str
    kind: str
    connection: str
    stream: str
    direction: str
    subject: str
    error: str
    message: str
    hint: str
    state: str
    note: str | None
    attempts: int
    first_at: datetime
    last_at: datetime
    record: str | None
    run: str | None


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems with one reason; `newest` speaks for them."""

    newest: ProblemView
    members: tuple[ProblemView, ...]


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """One problem with the context of the error and the document that it is about; a conflict has a card instead."""

    problem: ProblemView
    context: dict[str, str]
    document: Any
    card: Card | None = None


def problem_list(
    database: Database, *, connection: str | None = None, closed: bool = False, limit: int = 1000
) -> list[ProblemView]:
    """List problems, newest first."""
    with database.read() as tx:
        found = problems.listing(tx, state="closed" if closed else "open", connection=connection, limit=limit)
        pushed = records.by_ids(tx, {one.subject for one in found if one.direction == "push"})
    return [problem_view(one, pushed.get(one.subject)) for one in found]


def problem_groups(found: Iterable[ProblemView]) -> list[ProblemGroup]:
    """Put problems of one kind, place and reason together, in the order of the newest of each."""
    groups: dict[tuple[str, ...], list[ProblemView]] = {}
    for one in found:
        key = (one.kind, one.connection, one.stream, one.direction, one.message)
        groups.setdefault(key, []).append(one)
    return [ProblemGroup(members[0], tuple(members)) for members in groups.values()]


def problem_page(database: Database, problem_id: str) -> ProblemPage:
    """Show one problem, by its id or the end of it."""
    found = find_problem(database, problem_id)
    with database.read() as tx:
        pushed = records.by_ids(tx, [found.subject])
    if found.kind == ProblemKind.CONFLICT:
        return ProblemPage(problem_view(found, pushed.get(found.subject)), found.context, None, read_card(found))
    document = json.loads(found.document) if found.document else None
    return ProblemPage(problem_view(found, pushed.get(found.subject)), found.context, document)


def find_problem(database: Database, problem_id: str) -> Problem:
    """Find a problem by its id, or by the end of it as lists show it; ConfigError when there is none or are several."""
    with database.read() as tx:
        exact = problems.get(tx, problem_id)
        if exact:
            return exact
        found = [p for state in ("open", "closed") for p in problems.listing(tx, state=state)]
    near = [p for p in found if len(problem_id) >= SHORTEST_PREFIX and p.id.endswith(problem_id)]
    if len(near) == 1:
        return near[0]
    many = "several problems end" if near else "no problem ends"
    raise ConfigError(f"{many} in {problem_id}", hint="List them with `hub problems list`.")


def problem_view(problem: Problem, record: RecordRow | None) -> ProblemView:
    """Show a problem's row; `record` is what was to be written."""
    return ProblemView(
        id=problem.id,
        kind=problem.kind,
        connection=problem.connection,
        stream=problem.stream,
        direction=problem.direction,
        subject=record_words(record) if record else problem.subject,
        error=problem.error,
        message=problem.message,
        hint=problem.hint,
        state=problem.state,
        note=problem.note,
        attempts=problem.attempts,
        first_at=utc_parse(problem.first_at),
        last_at=utc_parse(problem.last_at),
        record=problem.subject if problem.direction == "push" else None,
        run=problem.run,
    )
