"""Links between external ids and records, with the shadows of both sides, and the last document seen.

A link may be promised: the remote has referred to an id whose document has not come yet. A link may also lead to a
part of a record, such as a variant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, exists, func, select, update

from hub.store.among import among, texts
from hub.store.hot import Json, Upsert
from hub.store.tables import document, inbox, link
from hub.store.tables.known import WRITTEN


class LinkState(StrEnum):
    """What is known of the remote's side of a link."""

    PROMISED = "promised"
    ACTIVE = "active"
    GONE = "gone"


class LinkRow(NamedTuple):
    """A link. `ours` is the record at agreement and `theirs` the decoded read-back, as canonical JSON; None for
    either means: the record's data at `version`. `asked` and `answered` order reads and writes of the connection.
    """

    connection: str
    stream: str
    external_id: str
    record: str
    state: str = LinkState.PROMISED
    document_hash: bytes | None = None
    mapping_hash: bytes | None = None
    version: int = 0
    ours: str | None = None
    theirs: str | None = None
    remote_version: str | None = None
    asked: int = 0
    answered: int = 0
    seen_at: str | None = None


COLUMNS = LinkRow._fields
KEY = ("connection", "stream", "external_id")
PUT = Upsert(link, COLUMNS, KEY, COLUMNS[4:])
PROMISE = Upsert(link, COLUMNS, KEY, [])
KEPT = ["body", "received_at", "run"]
PUT_DOCUMENT = Upsert(document, [*KEY, *KEPT], KEY, KEPT, json=["body"])
KNOWN = select(link).where(
    link.c.connection == bindparam("connection"),
    link.c.stream == bindparam("stream"),
    among(link.c.external_id, texts("external_ids")),
)
RESOLVE = KNOWN.with_only_columns(link.c.external_id, link.c.record)
VERSIONS = KNOWN.with_only_columns(link.c.external_id, link.c.remote_version)
OF_RECORDS = select(link).where(among(link.c.record, texts("records"))).order_by(link.c.connection, link.c.stream)
Ref = tuple[str, str]
"""A stream and an external id."""


def known(tx: Connection, connection: str, stream: str, external_ids: Collection[str]) -> dict[str, LinkRow]:
    """Find the links of external ids in a stream."""
    these = {"connection": connection, "stream": stream, "external_ids": external_ids}
    return {row.external_id: LinkRow(*row) for row in tx.execute(KNOWN, these)}


def versions(tx: Connection, connection: str, stream: str, external_ids: Collection[str]) -> dict[str, str | None]:
    """Give the remote's version of each linked document as it was last seen."""
    these = {"connection": connection, "stream": stream, "external_ids": external_ids}
    return {row.external_id: row.remote_version for row in tx.execute(VERSIONS, these)}


def resolve(tx: Connection, connection: str, refs: Collection[Ref]) -> dict[Ref, str]:
    """Find the record ids that external ids of any stream of a connection stand for."""
    by_stream: dict[str, list[str]] = defaultdict(list)
    for stream, external_id in refs:
        by_stream[stream].append(external_id)
    found: dict[Ref, str] = {}
    for stream, external_ids in by_stream.items():
        these = {"connection": connection, "stream": stream, "external_ids": external_ids}
        found |= {(stream, external_id): record for external_id, record in tx.execute(RESOLVE, these)}
    return found


def external_ids(tx: Connection, connection: str, refs: Collection[Ref]) -> dict[Ref, str]:
    """Find the external ids in a connection for (stream, record id) pairs; a gone link does not count."""
    by_stream: dict[str, list[str]] = defaultdict(list)
    for stream, record_id in refs:
        by_stream[stream].append(record_id)
    found: dict[Ref, str] = {}
    for stream, record_ids in by_stream.items():
        query = select(link.c.external_id, link.c.record).where(
            link.c.connection == connection,
            link.c.stream == stream,
            among(link.c.record, record_ids),
            link.c.state != LinkState.GONE,
        )
        found |= {(stream, row.record): row.external_id for row in tx.execute(query)}
    return found


def beginning(tx: Connection, connection: str, stream: str, prefixes: Collection[str]) -> dict[str, str]:
    """Find the records whose external ids begin with one of these: external id -> record id."""
    found: dict[str, str] = {}
    c = link.c
    for prefix in prefixes:
        after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        query = select(c.external_id, c.record).where(c.connection == connection, c.stream == stream)
        found |= {row.external_id: row.record for row in tx.execute(query.where(c.external_id.between(prefix, after)))}
    return found


def written(tx: Connection, connection: str, stream: str, since: int, until: int | None) -> list[str]:
    """List the records that were written to a stream from one request number on, and before another."""
    c = link.c
    query = select(c.record).where(
        c.connection == connection, c.stream == stream, WRITTEN, c.answered >= since, c.state == LinkState.ACTIVE
    )
    return list(tx.execute(query if until is None else query.where(c.answered < until)).scalars())


def of_records(tx: Connection, record_ids: Collection[str]) -> dict[str, list[LinkRow]]:
    """List all links of records, in every connection."""
    found: dict[str, list[LinkRow]] = defaultdict(list)
    for row in tx.execute(OF_RECORDS, {"records": record_ids}):
        found[row.record].append(LinkRow(*row))
    return found


def count(tx: Connection, connection: str, stream: str) -> int:
    """Count what is known to exist in a stream of a connection."""
    here = (link.c.connection == connection, link.c.stream == stream, link.c.state == LinkState.ACTIVE)
    return int(tx.execute(select(func.count()).select_from(link).where(*here)).scalar() or 0)


def promised(tx: Connection, connection: str, stream: str, limit: int = 1000) -> list[str]:
    """List external ids that were referred to and never read."""
    query = select(link.c.external_id).where(
        link.c.connection == connection, link.c.stream == stream, link.c.state == LinkState.PROMISED
    )
    return list(tx.execute(query.order_by(link.c.external_id).limit(limit)).scalars())


def promise(tx: Connection, rows: Sequence[LinkRow]) -> None:
    """Keep links to records that have not come yet; those that exist stay as they are."""
    PROMISE.many(tx, rows)


def repoint(tx: Connection, rows: Sequence[LinkRow]) -> None:
    """Promise links in place of those that led to the same records before: the remote gave a thing a new id."""
    for row in rows:
        here = (link.c.connection == row.connection, link.c.stream == row.stream, link.c.record == row.record)
        tx.execute(delete(link).where(*here, link.c.external_id != row.external_id))
    promise(tx, rows)


def put_many(tx: Connection, rows: Sequence[LinkRow]) -> None:
    """Create links or bring them up to date; which record a link leads to never changes here."""
    PUT.many(tx, rows)


def remove(tx: Connection, connection: str, stream: str, external_id: str) -> None:
    """Take a link away, with the last document seen."""
    for table in (link, document):
        c = table.c
        tx.execute(delete(table).where(c.connection == connection, c.stream == stream, c.external_id == external_id))


def mark_gone(tx: Connection, connection: str, stream: str, external_id: str) -> None:
    """Note that the remote no longer has a record; when it comes back, even unchanged, it is taken in again."""
    key = (link.c.connection == connection, link.c.stream == stream, link.c.external_id == external_id)
    tx.execute(update(link).where(*key).values(state=LinkState.GONE, mapping_hash=None))


def forget_hashes(tx: Connection, connection: str, stream: str, external_ids: Collection[str]) -> None:
    """See to it that documents are taken in again when they come, even unchanged."""
    here = (link.c.connection == connection, link.c.stream == stream, among(link.c.external_id, external_ids))
    tx.execute(update(link).where(*here).values(mapping_hash=None))


def alive(tx: Connection, connection: str, stream: str, limit: int) -> list[str]:
    """List external ids that were alive when last seen and that nobody waits for, the newest first."""
    wanted = exists().where(
        inbox.c.connection == link.c.connection,
        inbox.c.stream == link.c.stream,
        inbox.c.external_id == link.c.external_id,
    )
    here = (link.c.connection == connection, link.c.stream == stream, link.c.state == LinkState.ACTIVE)
    query = select(link.c.external_id).where(*here, ~wanted).order_by(link.c.asked.desc(), link.c.external_id)
    return list(tx.execute(query.limit(limit)).scalars())


def put_documents(tx: Connection, rows: Sequence[tuple[str, str, str, Json, str, str | None]]) -> None:
    """Keep the last documents seen: (connection, stream, external id, JSON, received at, run)."""
    PUT_DOCUMENT.many(tx, rows)


def documents(tx: Connection, connection: str, stream: str, external_ids: Collection[str]) -> Mapping[str, str]:
    """Give the last documents seen, as JSON."""
    query = select(document.c.external_id, document.c.body).where(
        document.c.connection == connection, document.c.stream == stream, among(document.c.external_id, external_ids)
    )
    return {row.external_id: row.body for row in tx.execute(query)}


class Received(NamedTuple):
    """The last document seen: its JSON, when it came and in which run."""

    body: str
    received_at: str
    run: str | None


def received(tx: Connection, connection: str, stream: str, external_ids: Collection[str]) -> dict[str, Received]:
    """Give the last documents seen, with when they came."""
    columns = (document.c.external_id, document.c.body, document.c.received_at, document.c.run)
    query = select(*columns).where(
        document.c.connection == connection, document.c.stream == stream, among(document.c.external_id, external_ids)
    )
    return {row[0]: Received(*row[1:]) for row in tx.execute(query)}


def all_documents(tx: Connection, connection: str, stream: str) -> Iterable[tuple[str, str]]:
    """Go through the last documents of a stream: external id and JSON."""
    after = ""
    while True:
        query = select(document.c.external_id, document.c.body).where(
            document.c.connection == connection, document.c.stream == stream, document.c.external_id > after
        )
        rows = tx.execute(query.order_by(document.c.external_id).limit(500)).all()
        yield from ((row.external_id, row.body) for row in rows)
        if len(rows) < 500:
            return
        after = rows[-1].external_id
