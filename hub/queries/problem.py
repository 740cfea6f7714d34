"""What an operator sees of problems: everything that needs a person."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from hub.clock import utc_parse
from hub.errors import ConfigError
from hub.queries.words import record_words
from hub.store import problems, records
from hub.store.database import Database
from hub.store.problems import Problem, ProblemKind
from hub.store.records import RecordRow
from hub.sync.agreeing.conflict import Card, read_card

SHORTEST_PREFIX = 4
SHOWN = 6  # characters at the end of an id
NAMED = 3


class Owner(StrEnum):
    """Who can do something about a problem."""

    MERCHANT = "merchant"
    """Whoever runs the shop: correct a record, decide, agree, look something up."""
    INTEGRATOR = "integrator"
    """Whoever set the hub up: mapping, value tables, routes, settings."""
    VENDOR = "vendor"
    """Whoever wrote the connector or runs the remote system."""


OWNERS = {
    "UnknownValueError": Owner.INTEGRATOR,
    "LinkMissingError": Owner.INTEGRATOR,
    "MappingFileError": Owner.INTEGRATOR,
    "ConfigError": Owner.INTEGRATOR,
    "BadResponseError": Owner.VENDOR,
    "UnavailableError": Owner.VENDOR,
    "PluginError": Owner.VENDOR,
}


def owner_of(problem: Problem) -> Owner:
    """Tell who can do something about a problem; what concerns one record is the merchant's."""
    return OWNERS.get(problem.error, Owner.MERCHANT)


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
    owner: Owner
    edited_by: str | None
    edited_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems with one cause; `newest` speaks for all `count` of them, `subjects` names some."""

    newest: ProblemView
    count: int
    first_at: datetime
    last_at: datetime
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """One problem with the context of the error, the document that it is about, and the edit of it where there is one.

    `alike` is how many problems have the same cause. A conflict has a card instead of a document.
    """

    problem: ProblemView
    context: dict[str, str]
    document: Any
    edited: Any
    alike: int
    card: Card | None = None


def problem_groups(
    database: Database, *, connection: str | None = None, closed: bool = False, limit: int = 50
) -> list[ProblemGroup]:
    """List problems by their cause, the newest first: the same mistake in thousands of records is one group."""
    with database.read() as tx:
        found = problems.groups(tx, state="closed" if closed else "open", connection=connection, limit=limit)
        named = {group.newest.id: problems.like(tx, group.newest, NAMED) for group in found}
        pushed = records.by_ids(tx, {p.subject for some in named.values() for p in some if p.direction == "push"})
    return [_group(group, named[group.newest.id], pushed) for group in found]


def _group(group: problems.Group, named: Sequence[Problem], pushed: Mapping[str, RecordRow]) -> ProblemGroup:
    views = [problem_view(one, pushed.get(one.subject)) for one in named]
    newest = problem_view(group.newest, pushed.get(group.newest.subject))
    subjects = tuple(view.subject for view in views)
    return ProblemGroup(newest, group.count, utc_parse(group.first_at), utc_parse(group.last_at), subjects)


def problem_page(database: Database, problem_id: str) -> ProblemPage:
    """Show one problem, by its id or the end of it."""
    found = find_problem(database, problem_id)
    with database.read() as tx:
        pushed = records.by_ids(tx, [found.subject])
        alike = len(problems.like(tx, found))
    view = problem_view(found, pushed.get(found.subject))
    if found.kind == ProblemKind.CONFLICT:
        return ProblemPage(view, found.context, None, None, alike, read_card(found))
    document, edited = (json.loads(text) if text else None for text in (found.document, found.edited))
    return ProblemPage(view, found.context, document, edited, alike)


def find_problem(database: Database, problem_id: str) -> Problem:
    """Find a problem by its id, or by the end of it as lists show it; ConfigError when there is none or are several."""
    with database.read() as tx:
        exact = problems.get(tx, problem_id)
        if exact:
            return exact
        near = problems.ending(tx, problem_id) if len(problem_id) >= SHORTEST_PREFIX else []
    if len(near) == 1:
        return near[0]
    many = "several problems end" if near else "no problem ends"
    raise ConfigError(f"{many} in {problem_id}", hint="List them with `hub problems list`.")


def next_step(problem: Problem) -> str:
    """Say what to do next, with the names that the hint leaves open: a command that can be copied as it stands."""
    named = {"CONNECTION": problem.connection, "PROBLEM": problem.id[-SHOWN:]}
    if problem.direction == "push":
        named["RECORD"] = problem.subject
    return re.sub(r"\b[A-Z]+\b", lambda found: named.get(found[0], found[0]), problem.hint)


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
        hint=next_step(problem),
        state=problem.state,
        note=problem.note,
        attempts=problem.attempts,
        first_at=utc_parse(problem.first_at),
        last_at=utc_parse(problem.last_at),
        record=problem.subject if problem.direction == "push" else None,
        run=problem.run,
        owner=owner_of(problem),
        edited_by=problem.edited_by,
        edited_at=utc_parse(problem.edited_at) if problem.edited_at else None,
    )
