"""Writes pending rows: works out what is owed, freezes it, sends it, and commits what needs no sending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hub.errors import HubError
from hub.store import links, outbox, records, runs
from hub.store.database import Transaction
from hub.store.outbox import IN_FLIGHT, PENDING, OutboxRow
from hub.sync.reading.pull import Reading, fetch, reprocess
from hub.sync.writing.look import without_known
from hub.sync.writing.missing import want
from hub.sync.writing.prepare import Prepared, prepare
from hub.sync.writing.send import Writing, add_event, close_problems, open_problem, send
from hub.sync.writing.stop import unmark_reopened


def work_off(writing: Writing, rows: Sequence[OutboxRow]) -> None:
    """Write what these pending rows owe now."""
    prepared = prepare(writing.session, writing.stream, rows)
    _settle(writing, prepared)
    _thaw(writing, prepared.thawed)
    _send_all(writing, without_known(writing, prepared.flights))
    _catch_up(writing)


def _send_all(writing: Writing, flights: Sequence[OutboxRow]) -> None:
    """Send batch after batch; when one fails, those after it were never sent and are only owed again."""
    session, stream = writing.session, writing.stream
    for start in range(0, len(flights), stream.batch):
        try:
            send(writing, flights[start : start + stream.batch])
        except HubError:
            with session.commit() as tx:
                for row in flights[start + stream.batch :]:
                    outbox.drop(tx, session.name, stream.name, row.record, IN_FLIGHT)
                    bulk = row.bulk == 1
                    outbox.owe(tx, [(session.name, stream.name, row.record)], session.hub.world.now(), bulk=bulk)
            raise
        writing.progress(session.name, stream.name, writing.counts.written, None)


def _settle(writing: Writing, prepared: Prepared) -> None:
    """Commit what needs no sending, and freeze what is about to be sent."""
    session, stream, counts = writing.session, writing.stream, writing.counts
    flights = [replace(row, run=writing.run) for row in prepared.flights]
    counts.read += (
        len(prepared.foreign)
        + len(prepared.waits)
        + len(prepared.refused)
        + len(prepared.skipped)
        + len(prepared.nothing)
    )
    counts.parked += len(prepared.waits) + len(prepared.refused)
    counts.skipped += len(prepared.skipped) + len(prepared.foreign)
    counts.unchanged += len(prepared.nothing)
    with session.commit() as tx:
        for row, missing in prepared.waits:
            outbox.wait(tx, row, missing.stream, missing.record_id)
            want(session, tx, missing, bulk=row.bulk == 1)
            add_event(writing, tx, "parked", row.record, {"waits": missing.stream, "for": missing.record_id})
        for row, missing in prepared.foreign:
            outbox.wait(tx, row, missing.stream, missing.record_id)
            add_event(writing, tx, "skipped", row.record, {"rule": f"its {missing.stream} are not of {session.name}"})
        for row, error in prepared.refused:
            open_problem(writing, tx, row, error)
            outbox.drop(tx, session.name, stream.name, row.record, PENDING)
        for row, reason in prepared.skipped:
            add_event(writing, tx, "skipped", row.record, {"rule": reason})
            outbox.drop(tx, session.name, stream.name, row.record, PENDING)
        for row in prepared.nothing:
            outbox.drop(tx, session.name, stream.name, row.record, PENDING)
        done = [row.record for row in prepared.nothing]
        done += [row.record for row, _ in (*prepared.skipped, *prepared.foreign)]
        close_problems(writing, tx, done, "Nothing is left to write.")
        unmark_reopened(session, stream, tx, [row.record for row in prepared.nothing], writing.run)
        for start in range(0, len(flights), stream.batch):
            outbox.launch(tx, flights[start : start + stream.batch])
        _owe_again(writing, tx, prepared)
        runs.progress(tx, writing.run, counts)


def _thaw(writing: Writing, record_ids: Sequence[str]) -> None:
    """Hold the last documents of records against them anew: their frozen fields may have become free."""
    session, stream = writing.session, writing.stream
    if not record_ids:
        return
    with session.commit() as tx:
        known = links.external_ids(tx, session.name, [(stream.name, record_id) for record_id in record_ids])
        bodies = dict(links.documents(tx, session.name, stream.name, list(known.values())))
        links.forget_hashes(tx, session.name, stream.name, list(bodies))
    reading = Reading(session, stream, writing.run, counts=writing.counts)
    reprocess(reading, bodies)
    writing.counts = reading.counts


def _catch_up(writing: Writing) -> None:
    """Read what overtook our writes, so that they are made anew of what both sides say now: never forced (T108)."""
    if not writing.overtaken:
        return
    overtaken, writing.overtaken = writing.overtaken, {}
    reading = Reading(writing.session, writing.stream, writing.run, counts=writing.counts)
    changed = [external_id for external_id in overtaken.values() if external_id]
    if changed:
        fetch(reading, changed)
        writing.counts = reading.counts
    writing.seen -= overtaken.keys()


def _owe_again(writing: Writing, tx: Transaction, prepared: Prepared) -> None:
    """Look once more at records that changed while they were prepared: what was decided is about an older version."""
    session, stream = writing.session, writing.stream
    current = records.current_versions(tx, prepared.versions)
    moved = [record for record, version in prepared.versions.items() if current.get(record, 0) != version]
    outbox.owe(tx, [(session.name, stream.name, record) for record in moved], session.hub.world.now())
