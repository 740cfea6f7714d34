"""What an operator may do with a problem: have the work done again, or close it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hub.clock import utc_text
from hub.connector import Stream
from hub.errors import ConfigError
from hub.plugins import Plugins
from hub.store import inbox, links, outbox, problems, records, runs, settings
from hub.store.database import Database, Transaction
from hub.store.outbox import IN_FLIGHT, OutboxRow
from hub.store.problems import Problem, ProblemKind
from hub.store.runs import Counts, RunState
from hub.sync.connection.session import Session, open_session
from hub.sync.hub import Hub
from hub.sync.reading import full_pass
from hub.sync.reading.pull import Reading, reprocess
from hub.sync.writing.send import Writing, send

PULL, PUSH = "pull", "push"
NOT_REPLAYED = (ProblemKind.HELD, ProblemKind.CONFLICT, ProblemKind.DEMAND)
"""Only a person's word settles these."""


def queue_replay(database: Database, plugins: Plugins, chosen: Sequence[Problem], now: datetime) -> list[Problem]:
    """Have the work behind problems done again by the next sync, with current data; each closes once it succeeds.

    Gives back the problems whose documents can only be taken in again as they were received: see `reprocess_stored`.
    """
    stored = []
    with database.write() as tx:
        refetched = _can_refetch(tx, plugins)
        for problem in chosen:
            if problem.state != "open":
                raise ConfigError(f"problem {problem.id} is closed already", hint="There is nothing to replay.")
            if problem.kind in (ProblemKind.HELD, ProblemKind.DEMAND):
                continue  # only a release lets it through, or a person does it
            if problem.kind == ProblemKind.CONFLICT:
                _queue_again(tx, problem, now)
            elif problem.edited:
                stored.append(problem)
            elif problem.direction == PUSH:
                _queue_push(tx, problem, now)
            elif problem.subject == full_pass.SUBJECT and problem.kind == ProblemKind.REPAIR:
                missing = full_pass.reread(tx, problem.connection, problem.stream)
                inbox.add(tx, missing, "not seen in a full pass", now)
                place = (problem.connection, problem.stream, problem.direction, [problem.subject])
                problems.close(tx, *place, note=f"{len(missing)} are asked for by id.", now=now)
            elif (problem.connection, problem.stream) in refetched:
                inbox.add(tx, [(problem.connection, problem.stream, problem.subject)], "replay", now)
            else:
                stored.append(problem)
    return stored


def reprocess_stored(hub: Hub, chosen: Sequence[Problem]) -> None:
    """Take the stored documents of problems in again, and send edited ones as they are now."""
    for connection, stream in sorted({(problem.connection, problem.stream) for problem in chosen}):
        here = [p for p in chosen if (p.connection, p.stream) == (connection, stream) and p.document]
        received = [p for p in here if p.direction == PULL]
        to_send = [p for p in here if p.direction == PUSH]
        with open_session(hub, connection) as session:
            if received:
                _take_in(session, session.spec.stream(stream), received)
            if to_send:
                _send(session, session.spec.stream(stream), to_send)


def _take_in(session: Session, stream: Stream, received: Sequence[Problem]) -> None:
    bodies = {p.subject: p.edited or p.document or "" for p in received}
    originals = {p.subject: p.document for p in received if p.edited and p.document}
    reading = Reading(session, stream, _start(session, stream, PULL))
    reprocess(reading, bodies, originals)
    _finish(session, reading.run, reading.counts, "Replay of stored documents.")


def _send(session: Session, stream: Stream, edited: Sequence[Problem]) -> None:
    writing = Writing(session, stream, _start(session, stream, PUSH))
    with session.commit() as tx:
        current = records.current_versions(tx, [p.subject for p in edited])
        there = links.external_ids(tx, session.name, [(stream.name, p.subject) for p in edited])
        rows = [
            OutboxRow(
                session.name,
                stream.name,
                p.subject,
                IN_FLIGHT,
                key=session.hub.world.new_id(),
                external_id=there.get((stream.name, p.subject)),
                body=p.edited,
                version=current[p.subject],
                created_at=utc_text(session.hub.world.now()),
                run=writing.run,
            )
            for p in edited
            if p.subject in current
        ]
        outbox.launch(tx, rows)
    for start in range(0, len(rows), stream.batch):
        send(writing, rows[start : start + stream.batch])
    _finish(session, writing.run, writing.counts, "Edited writes, sent again.")


def _start(session: Session, stream: Stream, kind: str) -> str:
    run = session.hub.world.new_id()
    with session.commit() as tx:
        runs.start(tx, run, session.name, stream.name, kind, "live", session.hub.world.now())
    return run


def _finish(session: Session, run: str, counts: Counts, message: str) -> None:
    state = RunState.PARTIAL if counts.parked else RunState.OK
    with session.commit() as tx:
        runs.finish(tx, run, state, counts, session.hub.world.now(), message)


def close_problem(database: Database, problem: Problem, note: str, now: datetime) -> None:
    """Close a problem without doing anything about it; a write whose outcome was unknown counts as settled."""
    if problem.kind == ProblemKind.CONFLICT:
        decide = f"hub problems decide {problem.id[-6:]}"
        raise ConfigError(
            "a conflict closes when somebody decides it, or when both sides agree again",
            hint=f"Say which side counts: `{decide} ours` or `{decide} theirs`.",
        )
    with database.write() as tx:
        if problem.kind == ProblemKind.OUTCOME_UNKNOWN:
            outbox.drop(tx, problem.connection, problem.stream, problem.subject, IN_FLIGHT)
        problems.close(tx, problem.connection, problem.stream, problem.direction, [problem.subject], note=note, now=now)


def release_problem(database: Database, problem: Problem, by: str, now: datetime) -> int:
    """Let the next run through that a cap holds back, once; tells how many changes that allows."""
    if problem.kind != ProblemKind.HELD or problem.state != "open":
        raise ConfigError(f"problem {problem.id} holds nothing back", hint="Do it again with `hub problems replay`.")
    found = problem.context["found"]
    with database.write() as tx:
        agreed = {"released": found, "released_by": by, "released_at": utc_text(now)}
        problems.put_context(tx, problem.id, {**problem.context, **agreed})
    return int(found)


def close_settled(database: Database, chosen: Sequence[Problem], now: datetime) -> None:
    """Close the replayed push problems of which nothing is owed any more, because there was nothing left to write."""
    with database.write() as tx:
        for problem in chosen:
            current = problems.get(tx, problem.id)
            if current is None or current.state != "open" or current.last_at != problem.last_at:
                continue
            if problem.direction == PUSH and problem.kind not in NOT_REPLAYED and not _is_owed(tx, problem):
                place = (problem.connection, problem.stream, problem.direction, [problem.subject])
                problems.close(tx, *place, note="Nothing was left to write.", now=now)


def waiting_for_table(tx: Transaction, connection: str, table: str) -> list[Problem]:
    """List the open problems of a connection that a row of a value table may solve.

    All of the table's: a value may be known by several words, and any of them may be the one that was added.
    """
    return [p for p in problems.listing(tx, connection=connection) if p.context.get("table") == table]


def _queue_again(tx: Transaction, problem: Problem, now: datetime) -> None:
    """Have a conflict looked at once more: the remote's record is read anew, and ours is held against it."""
    place = (problem.stream, problem.subject)
    known = links.external_ids(tx, problem.connection, [place]).get(place)
    if known:
        inbox.add(tx, [(problem.connection, problem.stream, known)], "replay", now)
    outbox.owe(tx, [(problem.connection, *place)], now)


def _queue_push(tx: Transaction, problem: Problem, now: datetime) -> None:
    if problem.kind == ProblemKind.OUTCOME_UNKNOWN:
        outbox.drop(tx, problem.connection, problem.stream, problem.subject, IN_FLIGHT)
    outbox.owe(tx, [(problem.connection, problem.stream, problem.subject)], now)


def _is_owed(tx: Transaction, problem: Problem) -> bool:
    place = (problem.connection, problem.stream)
    return any((row.connection, row.stream) == place for row in outbox.of_record(tx, problem.subject))


def _can_refetch(tx: Transaction, plugins: Plugins) -> set[tuple[str, str]]:
    """List the (connection, stream) whose single records are read by id; what is only tracked is not."""
    return {
        (row.name, stream.name)
        for row in settings.connections(tx)
        if (spec := plugins.connectors.get(row.connector)) and hasattr(spec.connector, "fetch")
        for stream in spec.streams
        if stream.reads
    }
