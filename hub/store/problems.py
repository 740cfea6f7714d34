"""Problems: everything that needs a person, in one list with one shape."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, insert, select, update

from hub.clock import utc_text
from hub.errors import HubError
from hub.store.among import among
from hub.store.cause import cause_of
from hub.store.tables import problem

ONE_OPEN = (
    select(problem.c.id)
    .where(
        problem.c.state == "open",
        problem.c.connection == bindparam("connection"),
        problem.c.stream == bindparam("stream"),
    )
    .limit(1)
)


class ProblemKind(StrEnum):
    """Why a person is needed."""

    DEAD_LETTER = "dead_letter"
    OUTCOME_UNKNOWN = "outcome_unknown"
    CONFLICT = "conflict"
    REPAIR = "repair"
    HELD = "held"
    DEMAND = "demand"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `subject` is the external id of what was read, or the record id of what was to be written."""

    id: str
    merchant: str
    connection: str
    stream: str
    kind: str
    direction: str
    subject: str
    field: str
    error: str
    message: str
    hint: str
    context: dict[str, str]
    cause: str
    document: str | None
    edited: str | None
    edited_by: str | None
    edited_at: str | None
    state: str
    note: str | None
    attempts: int
    first_at: str
    last_at: str
    run: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem is: its merchant, connection, stream, direction and subject; a conflict also has a field."""

    merchant: str
    connection: str
    stream: str
    direction: str
    subject: str
    field: str = ""


def report(
    tx: Connection,
    place: Place,
    error: HubError,
    *,
    problem_id: str,
    now: datetime,
    kind: ProblemKind = ProblemKind.DEAD_LETTER,
    document: str | None = None,
    run: str | None = None,
) -> None:
    """Open a problem, or count one more attempt of the one that is open at this place."""
    said: dict[str, Any] = {
        "error": type(error).__name__,
        "message": error.message[:2000],
        "hint": error.hint,
        "context": json.dumps(error.context),
        "cause": cause_of(error),
        "kind": kind,
        "last_at": utc_text(now),
        "run": run,
    }
    kept = _kept(document)
    again = update(problem).where(*_at(place)).values(**said, **kept, attempts=problem.c.attempts + 1)
    if tx.execute(again).rowcount == 0:
        where = {name: getattr(place, name) for name in Place.__slots__}
        new = {**where, **said, "document": document, "state": "open", "first_at": utc_text(now)}
        tx.execute(insert(problem).values(id=problem_id, **new))


def _kept(document: str | None) -> dict[str, Any]:
    """Keep an edit beside its original as long as that is what it is about; what is new from the remote ends it."""
    is_same = (problem.c.edited == document) | (problem.c.document == document)
    edit = (problem.c.edited, problem.c.edited_by, problem.c.edited_at)
    kept = {column.name: case((is_same, column), else_=None) for column in edit}
    return {"document": case((is_same, problem.c.document), else_=document), **kept}


def put_edit(tx: Connection, problem_id: str, edited: str, by: str, now: datetime) -> None:
    """Keep a document as a person changed it, beside the original."""
    values = {"edited": edited, "edited_by": by, "edited_at": utc_text(now)}
    tx.execute(update(problem).where(problem.c.id == problem_id).values(**values))


def close(
    tx: Connection, connection: str, stream: str, direction: str, subjects: Collection[str], *, note: str, now: datetime
) -> int:
    """Close the open problems of these subjects with a note, conflicts aside; tell how many there were."""
    these = update(problem).where(
        problem.c.connection == connection,
        problem.c.stream == stream,
        problem.c.direction == direction,
        problem.c.state == "open",
        among(problem.c.subject, subjects),
        problem.c.field == "",
    )
    return tx.execute(these.values(state="closed", note=note, last_at=utc_text(now))).rowcount


def settle(tx: Connection, problem_id: str, *, note: str, now: datetime) -> bool:
    """Close one open problem with a note; tell whether it was open."""
    this = update(problem).where(problem.c.id == problem_id, problem.c.state == "open")
    return tx.execute(this.values(state="closed", note=note, last_at=utc_text(now))).rowcount == 1


def conflicts(tx: Connection, connection: str, stream: str, subjects: Collection[str]) -> list[Problem]:
    """List the open conflicts of these records with a stream of a connection."""
    if not any_open(tx, connection, stream):
        return []
    query = select(problem).where(
        problem.c.connection == connection,
        problem.c.stream == stream,
        problem.c.direction == "push",
        problem.c.state == "open",
        among(problem.c.subject, subjects),
        problem.c.field != "",
    )
    return [_problem(row) for row in tx.execute(query)]


def any_open(tx: Connection, connection: str, stream: str) -> bool:
    """Tell whether a stream has an open problem: most have none, and need no closing."""
    return tx.execute(ONE_OPEN, {"connection": connection, "stream": stream}).first() is not None


def subjects(tx: Connection, connection: str, stream: str, direction: str) -> set[str]:
    """Name the records or external ids of a stream that have an open problem."""
    c = problem.c
    query = select(c.subject).where(c.state == "open", c.connection == connection, c.stream == stream)
    return set(tx.execute(query.where(c.direction == direction)).scalars())


def held(tx: Connection) -> dict[tuple[str, str], list[Problem]]:
    """List the writes that a cap holds back, by (connection, stream)."""
    query = select(problem).where(problem.c.state == "open", problem.c.kind == ProblemKind.HELD)
    found: dict[tuple[str, str], list[Problem]] = {}
    for row in tx.execute(query.order_by(problem.c.id)):
        found.setdefault((row.connection, row.stream), []).append(_problem(row))
    return found


def put_context(tx: Connection, problem_id: str, context: Mapping[str, str]) -> None:
    """Replace what is known about a problem beside its message."""
    tx.execute(update(problem).where(problem.c.id == problem_id).values(context=json.dumps(dict(context))))


def get(tx: Connection, problem_id: str) -> Problem | None:
    """Find a problem by id."""
    row = tx.execute(select(problem).where(problem.c.id == problem_id)).one_or_none()
    return _problem(row) if row else None


def ending(tx: Connection, end: str) -> list[Problem]:
    """List the problems whose ids end in a text, open or closed."""
    query = select(problem).where(problem.c.id.endswith(end, autoescape=True)).order_by(problem.c.id).limit(2)
    return [_problem(row) for row in tx.execute(query)]


def listing(
    tx: Connection,
    *,
    state: str = "open",
    merchant: str | None = None,
    connection: str | None = None,
    subject: str | None = None,
    limit: int = 10_000,
) -> list[Problem]:
    """List problems, newest first."""
    query = (
        select(problem).where(problem.c.state == state).order_by(problem.c.last_at.desc(), problem.c.id).limit(limit)
    )
    for column, wanted in (
        (problem.c.merchant, merchant),
        (problem.c.connection, connection),
        (problem.c.subject, subject),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return [_problem(row) for row in tx.execute(query)]


def of_run(tx: Connection, run: str, limit: int) -> list[Problem]:
    """List the problems that a run met last."""
    query = select(problem).where(problem.c.run == run, problem.c.state == "open").order_by(problem.c.id).limit(limit)
    return [_problem(row) for row in tx.execute(query)]


def tally(tx: Connection, run: str) -> dict[str, int]:
    """Count the problems that a run met last by what they say."""
    query = select(problem.c.message, func.count()).where(problem.c.run == run, problem.c.state == "open")
    return {row[0]: row[1] for row in tx.execute(query.group_by(problem.c.message))}


@dataclass(frozen=True, slots=True)
class Group:
    """Open or closed problems with one cause: how many, since when, and one of them that speaks for all."""

    newest: Problem
    count: int
    first_at: str
    last_at: str


GROUPED = [problem.c[name] for name in ("kind", "connection", "stream", "direction", "field", "error", "cause")]


def groups(tx: Connection, *, state: str = "open", connection: str | None = None, limit: int = 50) -> list[Group]:
    """Group problems by their cause, the newest first."""
    newest = func.max(problem.c.last_at)
    query = select(func.max(problem.c.id), func.count(), func.min(problem.c.first_at), newest)
    query = query.where(problem.c.state == state).group_by(*GROUPED).order_by(newest.desc()).limit(limit)
    if connection is not None:
        query = query.where(problem.c.connection == connection)
    rows = tx.execute(query).all()
    found = {p.id: p for p in _by_ids(tx, [row[0] for row in rows])}
    return [Group(found[row[0]], row[1], row[2], row[3]) for row in rows]


def like(tx: Connection, one: Problem, limit: int | None = None) -> list[Problem]:
    """List the problems of one state and cause, the given one among them, newest first."""
    same = [column == getattr(one, column.name) for column in GROUPED]
    query = select(problem).where(problem.c.state == one.state, *same).order_by(problem.c.last_at.desc(), problem.c.id)
    return [_problem(row) for row in tx.execute(query.limit(limit))]


def still_open(tx: Connection, ids: Collection[str]) -> list[Problem]:
    """List those of some problems that are open."""
    return [one for one in _by_ids(tx, ids) if one.state == "open"]


def _by_ids(tx: Connection, ids: Collection[str]) -> list[Problem]:
    return [_problem(row) for row in tx.execute(select(problem).where(among(problem.c.id, ids)))]


def count_open(tx: Connection) -> dict[tuple[str, str], int]:
    """Count open problems by (connection, kind)."""
    query = select(problem.c.connection, problem.c.kind, func.count()).where(problem.c.state == "open")
    return {(r[0], r[1]): r[2] for r in tx.execute(query.group_by(problem.c.connection, problem.c.kind))}


def count_since(tx: Connection, since: datetime) -> dict[str, int]:
    """Count the open problems that began since a time, by connection."""
    here = (problem.c.state == "open", problem.c.first_at >= utc_text(since))
    query = select(problem.c.connection, func.count()).where(*here).group_by(problem.c.connection)
    return {row[0]: row[1] for row in tx.execute(query)}


def _at(place: Place) -> list[Any]:
    return [problem.c.state == "open", *(problem.c[name] == getattr(place, name) for name in Place.__slots__)]


def _problem(row: Row[Any]) -> Problem:
    return Problem(**{**row._asdict(), "context": json.loads(row.context)})
