"""Looks for what may exist already before it is created: nobody knows what was written, or the database forgot it."""

from __future__ import annotations

from collections.abc import Sequence

from hub.connector import Finds, Written
from hub.errors import RecordError
from hub.store import outbox, problems, runs
from hub.store.outbox import OutboxRow
from hub.store.problems import ProblemKind
from hub.sync.writing.send import Writing, open_problem, settle_outcomes, to_write

OUTCOME = "outcome"
"""In `waits_stream` of a row in flight: a person must find out whether it arrived."""


def without_known(writing: Writing, flights: Sequence[OutboxRow]) -> Sequence[OutboxRow]:
    """Give the writes that may be sent.

    When the database was put back lately, a create is looked for first: it may have been written after the backup. What
    cannot be asked for becomes a person's question; what a person has answered is sent.
    """
    if writing.session.restored is None:
        return flights
    return [row for row in flights if row.external_id is not None or _may_create(writing, row)]


def _may_create(writing: Writing, row: OutboxRow) -> bool:
    if was_asked(writing, row):
        return True
    if not isinstance(writing.session.connector, Finds):
        ask_person(writing, row)
        return False
    return not found(writing, row)


def found(writing: Writing, row: OutboxRow) -> bool:
    """Ask for a create by our reference, and link what is there; tell whether it is."""
    session, stream = writing.session, writing.stream
    write = to_write(row)
    external_id = session.connector.find(stream.name, write)
    if external_id is not None:
        settle_outcomes(writing, [Written(write, external_id)])
        writing.seen.add(row.record)
    return external_id is not None


def was_asked(writing: Writing, row: OutboxRow) -> bool:
    """Tell whether a person was asked about a write: if it is owed all the same, they want it sent."""
    session, stream = writing.session, writing.stream
    with session.hub.database.read() as tx:
        told = problems.listing(tx, connection=session.name, subject=row.record)
    kind = ProblemKind.OUTCOME_UNKNOWN
    return any((one.kind, one.stream) == (kind, stream.name) for one in told)


def ask_person(writing: Writing, row: OutboxRow) -> None:
    """Have a person find out whether a write arrived; nothing is sent until they say so."""
    session, stream = writing.session, writing.stream
    writing.counts.read, writing.counts.parked = writing.counts.read + 1, writing.counts.parked + 1
    error = RecordError(
        f"Nobody knows whether {session.spec.title} received this {stream.entity}, and it cannot be asked.",
        hint="Look there. If it is missing: `hub problems replay PROBLEM`. If it is there: `hub problems close PROBLEM "
        "--as ID`, with its id over there. Until then nothing is sent.",
    )
    with session.commit() as tx:
        outbox.wait(tx, row, OUTCOME, row.record)
        open_problem(writing, tx, row, error, kind=ProblemKind.OUTCOME_UNKNOWN)
        runs.progress(tx, writing.run, writing.counts)
