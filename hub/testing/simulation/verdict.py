"""What must hold once the faults have stopped and the retries have settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from hub.operations.conflict import OPERATOR
from hub.store import inbox, links, notices, outbox, runs
from hub.store.database import Transaction
from hub.testing.simulation.dialect import MAKES, Document, path, word
from hub.testing.simulation.evidence import ENTITIES, Evidence, gather
from hub.testing.simulation.people import WORDS
from hub.testing.simulation.remote import part
from hub.testing.simulation.town import OWNERS, Change, Town

ALL = 1_000_000
RANKS = {"label_created": 0, "in_transit": 1, "out_for_delivery": 2, "delivered": 3}
ENDS = frozenset({"sent", "skipped", "refused", "failed", "unknown", "held"})
STATUSES = {"open": "processing", "completed": "done", "cancelled": "off"}


def judge(town: Town) -> list[str]:
    """List everything that does not hold."""
    seen = gather(town)
    found = list(town.accusations)
    found += [f"fell: {name}: {type(error).__name__}: {error}" for name, error in town.baton.failures()]
    with town.database.read() as tx:
        found += _accounts(tx)
        found += _owed(tx, seen)
        found += _told(tx, town)
    found += _no_next_step(seen)
    found += [
        f"locked out: {name} was asked with a code that is used up"
        for name, r in town.remotes.items()
        if r.gate.refused
    ]
    found += _one_of_each(seen)
    found += _agreement(seen)
    found += _remapped(seen)
    found += _nothing_lost(seen)
    return found


def asleep(tx: Transaction) -> Iterator[str]:
    """List who waits for something that is there, whenever the hub has come to rest."""
    for row in outbox.waiting(tx):
        wanted = (row.waits_stream or "", row.waits_record or "")
        if links.external_ids(tx, row.connection, [wanted]):
            yield f"never woken: {row.record} waits in {row.connection} for {wanted[1]}, which is there"


def _no_next_step(seen: Evidence) -> Iterator[str]:
    for problem in (*seen.problems, *seen.closed):
        if not problem.hint.strip():
            yield f"no next step: {problem.error} {problem.message}"


def _accounts(tx: Transaction) -> Iterator[str]:
    """read = written + unchanged + skipped + parked, and no run ended by a bug."""
    for run in runs.listing(tx, limit=ALL):
        if run.read != run.written + run.unchanged + run.skipped + run.parked:
            yield f"accounts: {run}"
        if run.state == "crashed" and run.message and "Traceback" in run.message:
            yield f"a bug: {run.message.strip().splitlines()[-1]}"
        if run.state == "ok" and run.parked:
            yield f"accounts: run {run.id} is ok and parked {run.parked}"


def _owed(tx: Transaction, seen: Evidence) -> Iterator[str]:
    """Nothing is owed, wanted or in flight that no problem tells of."""
    told = {(problem.connection, problem.stream, problem.subject) for problem in seen.problems}
    for (connection, stream), count in inbox.backlog(tx).items():
        yield f"left over: {count} to fetch from {connection} {stream}"
    for (connection, stream), counts in outbox.backlog(tx).items():
        rows = [*outbox.in_flight(tx, connection, stream), *outbox.waiting(tx, connection)]
        known = {(row.slot, row.record) for row in rows if (connection, stream, row.record) in told}
        if sum(counts) > len(known):
            yield f"left over: {sum(counts) - len(known)} owed to {connection} {stream}, and nobody is told"


def _told(tx: Transaction, town: Town) -> Iterator[str]:
    """No notice twice, none backwards, none that nobody knows of, none forgotten."""
    planned = notices.in_state(tx, ["pending", "sending", *sorted(ENDS)], limit=ALL)
    for notice in planned:
        if notice.state not in ENDS:
            yield f"notice unfinished: {notice.shipment} {notice.status} is {notice.state}"
    arrived = [key for key, _ in town.mail.mails]
    for key in sorted({key for key in arrived if arrived.count(key) > 1}):
        yield f"notice twice: {key}"
    ranks: dict[str, list[int]] = defaultdict(list)
    for key in arrived:
        shipment, status, *_ = key.split("/")
        ranks[shipment].append(RANKS[status])
    for shipment, steps in ranks.items():
        if any(after < before for before, after in pairwise(steps)):
            yield f"notice backwards: {shipment} {steps}"
    judged = {(notice.shipment, notice.status) for notice in planned}
    for event in runs.events(tx, kind="status", limit=ALL):
        after = (event.detail or {})["after"]
        if after in RANKS and (event.record, after) not in judged:
            yield f"notice forgotten: nobody decided whether to tell of {after} of {event.record}"
    known = {(notice.shipment, notice.status) for notice in planned if notice.state in ("sent", "unknown")}
    for key in arrived[town.told_before :]:
        if tuple(key.split("/")[:2]) not in known:
            yield f"notice that nobody knows of: {key}"


def expected(stream: str, where: str) -> list[str]:
    """List the systems in which a thing must be, by where it was born."""
    if stream == "customers":
        return ["north", "south", "erp"]
    return [where, "erp"] if stream == "orders" else ["erp", "carrier"]


def _one_of_each(seen: Evidence) -> Iterator[str]:
    """Exactly one of everything in every system that should have it, unless a problem says why not."""
    for thing, (where, stream) in seen.town.born.items():
        if len(seen.known.get(thing, ())) > 1:
            yield f"twice: the hub has {len(seen.known[thing])} records of {stream} {thing}"
        for system in expected(stream, where):
            found = seen.copies(system, stream, thing)
            if len(found) > 1:
                yield f"twice: {stream} {thing} is in {system} {len(found)} times"
            if not found and not _may_miss(seen, stream, thing, where):
                yield f"missing: {stream} {thing} of {where} is not in {system}"
        for system in sorted(set(seen.town.remotes) - set(expected(stream, where))):
            if seen.copies(system, stream, thing):
                yield f"astray: {stream} {thing} of {where} is in {system}"


def _may_miss(seen: Evidence, stream: str, thing: str, where: str) -> bool:
    """Tell whether there is a reason why a thing is missing: it was deleted, is not packed yet, or a problem tells."""
    origin = seen.copies(where, stream, thing)
    if not origin or origin[0].get("status") == "waiting":
        return True
    return seen.excused(seen.record(thing)) or any(origin[0]["id"] == problem.subject for problem in seen.problems)


def _agreement(seen: Evidence) -> Iterator[str]:
    """All sides hold the record's value, or what each of them makes of it."""
    for thing, (where, stream) in seen.town.born.items():
        record = seen.record(thing)
        if record is None or seen.excused(record):
            continue
        for system in expected(stream, where):
            for row in seen.copies(system, stream, thing):
                yield from _differences(seen, system, stream, thing, seen.data[record], row)


def _remapped(seen: Evidence) -> Iterator[str]:
    """What a changed mapping makes of documents that have not changed is in the records."""
    for thing, (where, stream) in seen.town.born.items():
        record = seen.record(thing)
        if not seen.town.script.remaps or record is None or (where, stream) != ("north", "customers"):
            continue
        for row in seen.copies("north", stream, thing):
            if seen.data[record].get("vat_number") != row["vat"]:
                yield f"not mapped again: {thing} has {seen.data[record].get('vat_number')}, not {row['vat']}"


def _differences(
    seen: Evidence, system: str, stream: str, thing: str, data: dict[str, Any], row: Document
) -> Iterator[str]:
    make = MAKES[seen.town.script.dialects[system].makes]
    for name in WORDS.get(stream, ()):
        there = part(row, path(system, name))
        if there not in (data.get(name), make(data.get(name) or "")):
            yield f"apart: {stream} {thing} {name} is {data.get(name)!r}, but {there!r} in {system}"
    if stream == "orders":
        if row["total"] != data["total"]:
            yield f"apart: {thing} costs {data['total']}, but {row['total']} in {system}"
        if STATUSES[data["status"]] != row["status"]:
            yield f"apart: {thing} is {data['status']}, but {row['status']} in {system}"
        yield from _buyer(seen, system, thing, row)
    if stream == "shipments" and system == "erp" and row["tracking_number"] != data.get("tracking_number"):
        yield f"apart: {thing} travels as {data.get('tracking_number')}, but {row['tracking_number']} in {system}"


def _buyer(seen: Evidence, system: str, thing: str, row: Document) -> Iterator[str]:
    buyer = seen.town.remotes[system].tables["customers"].get(str(row["customer"]))
    wanted = seen.town.buyers[thing]
    if buyer is None or buyer["company"] != wanted:
        yield f"mixed up: {thing} in {system} belongs to {buyer and buyer['company']}, not to {wanted}"


def _nothing_lost(seen: Evidence) -> Iterator[str]:
    """The last word on a field is one that nobody has replaced knowingly; an owner's last word always counts.

    Where a backup was put back, a word that moved after it may be taken for newer than the one that replaced it.
    """
    for (thing, name), changes in seen.town.changes.items():
        where, stream = seen.town.born[thing]
        if seen.excused(seen.record(thing)):
            continue
        owner = OWNERS.get((ENTITIES[stream], name))
        mine = [change.word for change in changes if change.where == owner]
        replaced = _replaced(changes) if owner is None else set()
        replaced -= seen.town.forgotten.get((thing, name), set())
        last = {mine[-1]} if mine else {change.word for change in changes} - replaced
        for system in expected(stream, where):
            for row in seen.copies(system, stream, thing):
                value = part(row, path(system, name))
                if (word(value) or value) not in last:
                    yield f"lost: {stream} {thing} {name} is {value!r} in {system}, the last word is {sorted(last)}"


def _replaced(changes: Sequence[Change]) -> set[str]:
    """Collect the words that somebody replaced; a decision brings back the one that it chooses."""
    replaced: set[str] = set()
    for change in changes:
        if change.where == OPERATOR:
            replaced.discard(change.word)
        replaced.add(change.over)
    return replaced
