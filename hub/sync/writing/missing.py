"""What writes wait for: sees to it that it comes, and tells a person when it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from hub.clock import utc_parse
from hub.connector import Stream
from hub.errors import LinkMissingError
from hub.store import inbox, links, outbox, problems, records, settings
from hub.store.database import Transaction
from hub.store.links import LinkRow, LinkState
from hub.store.outbox import OutboxRow
from hub.store.problems import Place
from hub.sync.agreeing.part import PARTS
from hub.sync.connection.session import Session
from hub.sync.routing import Leg, legs

PATIENCE = timedelta(hours=1)
"""A write that has waited longer than this needs a person."""


def want(session: Session, tx: Transaction, missing: LinkMissingError, *, bulk: bool) -> None:
    """See to it that what a record waits for comes: written here if it is known, else fetched where it was promised."""
    now = session.hub.world.now()
    if missing.record_id in records.by_ids(tx, [missing.record_id]):
        if any(stream.writes for stream in session.spec.streams if stream.name == missing.stream):
            outbox.owe(tx, [(session.name, missing.stream, missing.record_id)], now, bulk=bulk)
        return
    promised = [
        (link.connection, link.stream, link.external_id)
        for link in links.of_records(tx, [missing.record_id]).get(missing.record_id, ())
        if link.state == LinkState.PROMISED and link.connection != session.name and _can_fetch(session, tx, link)
    ]
    inbox.add(tx, promised, "something waits for it", now)


def is_foreign(connection: str, all_legs: Iterable[Leg], stream: str, linked: Sequence[LinkRow]) -> bool:
    """Tell whether what a write refers to is another system's own, as the orders of one shop are to another.

    It is linked elsewhere, never was here, and no route brings it. Who links it by hand wakes what waits for it.
    """
    homes = {link.connection for link in linked if link.state != LinkState.GONE}
    if not homes or connection in {link.connection for link in linked}:
        return False
    wholes = {whole for whole, parts in PARTS.items() if stream in parts}
    into = [leg for leg in all_legs if leg.target == connection and leg.source in homes]
    return not any(leg.target_stream == stream or leg.route.entity in wholes for leg in into)


def count_foreign(tx: Transaction) -> dict[tuple[str, str], int]:
    """Count by (connection, stream) the parked writes that will never go: they refer to another system's own."""
    awaited, all_legs = outbox.awaited(tx), legs(settings.routes(tx))
    linked = links.of_records(tx, {one.record for one in awaited})
    found: Counter[tuple[str, str]] = Counter()
    for one in awaited:
        if is_foreign(one.connection, all_legs, one.waits_stream, linked.get(one.record, ())):
            found[one.connection, one.stream] += one.writes
    return found


def complain(session: Session, stream: Stream, run: str) -> None:
    """Open a problem for each write that waits for something that is gone, or has waited for too long."""
    now = session.hub.world.now()
    with session.hub.database.read() as tx:
        rows = [row for row in outbox.waiting(tx, session.name) if row.stream == stream.name]
        told = {
            one.subject
            for one in problems.listing(tx, connection=session.name)
            if (one.stream, one.field) == (stream.name, "")
        }
        rows = [row for row in rows if row.record not in told]
        linked = links.of_records(tx, [row.waits_record or "" for row in rows])
        arrived = records.by_ids(tx, list(linked))
    late = [
        row
        for row in rows
        if _hopeless(row, known := linked.get(row.waits_record or "", ()), arrived, now)
        and not is_foreign(session.name, session.legs, row.waits_stream or "", known)
    ]
    if not late:
        return
    with session.commit() as tx:
        for row in late:
            error = _error(row, linked.get(row.waits_record or "", ()))
            place = Place(session.merchant, session.name, stream.name, "push", row.record)
            problems.report(tx, place, error, problem_id=session.hub.world.new_id(), now=now, run=run)


def _can_fetch(session: Session, tx: Transaction, link: LinkRow) -> bool:
    """Tell whether a link is of a stream that can be read: a part of a record, such as a variant, has none."""
    row = settings.connection(tx, link.connection)
    spec = session.hub.plugins.connectors.get(row.connector) if row else None
    return spec is not None and any(stream.reads for stream in spec.streams if stream.name == link.stream)


def _hopeless(row: OutboxRow, linked: Sequence[LinkRow], arrived: Collection[str], now: datetime) -> bool:
    gone = bool(linked) and all(link.state == LinkState.GONE for link in linked) and row.waits_record not in arrived
    return gone or utc_parse(row.created_at) < now - PATIENCE


def _error(row: OutboxRow, linked: Sequence[LinkRow]) -> LinkMissingError:
    known = [f"{link.stream} {link.external_id} of {link.connection}" for link in linked]
    gone = any(link.state == LinkState.GONE for link in linked)
    what = f"{known[0]}{', which is gone there' if gone else ''}" if known else "a record that no connection knows"
    return LinkMissingError(
        f"It cannot be written because it refers to {what}.",
        stream=row.waits_stream or "",
        record_id=row.waits_record or "",
        hint="Read or link what is missing, or let a route carry it; the write follows by itself.",
    )
