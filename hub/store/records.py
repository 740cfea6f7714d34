"""Canonical records: the current version in `record`, the superseded ones in `record_version`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from hub.store.among import among, texts
from hub.store.hot import Json, Upsert
from hub.store.tables import link, record, record_key, record_version

AUTHORIZATION = "authorization_ends"
"""The kind of key under which the end of an authorized payment is found."""


class RecordRow(NamedTuple):
    """One record as it is now; `data` is its canonical JSON, `source` the connection whose change made this version."""

    id: str
    merchant: str
    entity: str
    version: int
    data: Json
    number: str | None
    email: str | None
    status: str | None
    currency: str | None
    total: str | None
    occurred_at: str | None
    changed_at: str
    source: str
    run: str | None


class VersionRow(NamedTuple):
    """One version of a record."""

    record: str
    version: int
    data: Json
    changed_at: str
    source: str
    run: str | None


COLUMNS = RecordRow._fields
PUT = Upsert(record, COLUMNS, ["id"], COLUMNS[3:], json=["data"])
PUT_VERSION = Upsert(record_version, VersionRow._fields, ["record", "version"], [], json=["data"])
PUT_KEY = Upsert(record_key, ["record", "kind", "value"], ["record", "kind", "value"], [])
CHUNK = 500
BY_IDS = select(record).where(among(record.c.id, texts("ids")))
CURRENT_VERSIONS = BY_IDS.with_only_columns(record.c.id, record.c.version)

Promoted = tuple[str | None, str | None, str | None, str | None, str | None, str | None]


def promoted(data: dict[str, Any]) -> Promoted:
    """Take the indexed values out of a record: number, email, status, currency, total, occurred_at."""
    email = data.get("email")
    return (
        data.get("number"),
        email.casefold() if email else None,
        data.get("status"),
        data.get("currency"),
        data.get("total"),
        data.get("placed_at") or data.get("created_at"),
    )


def keys(data: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """List what else a record is looked up by.

    That is the SKUs and barcodes of variants, tracking numbers, the order it is of, and when its authorizations end.
    """
    if isinstance(data.get("order"), str):
        yield "order", data["order"]
    for end in ends(data):
        yield AUTHORIZATION, end
    for variant in data.get("variants") or ():
        for kind in ("sku", "barcode"):
            if variant.get(kind):
                yield kind, variant[kind]
    for holder in (data, *(data.get("parcels") or ())):
        if holder.get("tracking_number"):
            yield "tracking_number", holder["tracking_number"]


def ends(data: dict[str, Any]) -> Iterable[str]:
    """List when authorized payments of an order run out."""
    for moved in data.get("transactions") or ():
        if moved.get("kind") == "authorization" and moved.get("status") == "success" and moved.get("expires_at"):
            yield moved["expires_at"]


def put_many(tx: Connection, rows: Sequence[RecordRow], superseded: Sequence[VersionRow] = ()) -> None:
    """Make these the current versions, and keep the superseded ones."""
    PUT_VERSION.many(tx, superseded)
    PUT.many(tx, rows)


def origins(tx: Connection, rows: Collection[RecordRow]) -> dict[str, str]:
    """Tell which connection's document each record was made of."""
    later = [row.id for row in rows if row.version > 1]
    found = {row.id: row.source for row in rows if row.version == 1}
    if later:
        query = select(record_version.c.record, record_version.c.source)
        first = query.where(among(record_version.c.record, later), record_version.c.version == 1)
        found |= {row.record: row.source for row in tx.execute(first)}
    return found


def put_keys(tx: Connection, rows: Sequence[tuple[str, str, str]]) -> None:
    """Make records findable: (record, kind, value)."""
    PUT_KEY.many(tx, sorted(set(rows)))


def by_ids(tx: Connection, ids: Collection[str]) -> dict[str, RecordRow]:
    """Find records by id; those that are not there are left out."""
    return {row.id: RecordRow(*row) for row in tx.execute(BY_IDS, {"ids": ids})} if ids else {}


def with_key(tx: Connection, kind: str, first: str, last: str) -> list[str]:
    """List the records that have a key of a kind between two values, both included."""
    here = (record_key.c.kind == kind, record_key.c.value >= first, record_key.c.value <= last)
    return list(tx.execute(select(record_key.c.record).where(*here).distinct()).scalars())


def current_versions(tx: Connection, ids: Collection[str]) -> dict[str, int]:
    """Give the version numbers of records, without their data."""
    return {row.id: row.version for row in tx.execute(CURRENT_VERSIONS, {"ids": ids})} if ids else {}


def version(tx: Connection, record_id: str, number: int) -> str | None:
    """Give the data of one superseded version."""
    query = select(record_version.c.data).where(
        record_version.c.record == record_id, record_version.c.version == number
    )
    found: str | None = tx.execute(query).scalar()
    return found


def versions(tx: Connection, record_id: str) -> list[VersionRow]:
    """List the superseded versions, oldest first."""
    query = select(record_version).where(record_version.c.record == record_id).order_by(record_version.c.version)
    return [VersionRow(*row) for row in tx.execute(query)]


def search(tx: Connection, text: str, *, merchant: str | None = None, limit: int = 50) -> list[RecordRow]:
    """Find records by number, e-mail, SKU, barcode, tracking number, external id or own id."""
    wanted = text.strip()
    numbers = {wanted, wanted.lstrip("#"), f"#{wanted}"}
    by_key = select(record_key.c.record).where(record_key.c.value == wanted)
    by_link = select(link.c.record).where(link.c.external_id == wanted)
    query = select(record).where(
        record.c.number.in_(numbers)
        | (record.c.email == wanted.casefold())
        | (record.c.id == wanted)
        | record.c.id.in_(by_key)
        | record.c.id.in_(by_link)
    )
    if merchant is not None:
        query = query.where(record.c.merchant == merchant)
    return list(_rows(tx, query.order_by(record.c.entity, record.c.id).limit(limit)))


def of_entity(tx: Connection, entity: str, *, merchant: str | None = None) -> Iterable[RecordRow]:
    """Go through all records of an entity by id, without holding them all."""
    after = ""
    while True:
        query = select(record).where(record.c.entity == entity, record.c.id > after).order_by(record.c.id).limit(CHUNK)
        if merchant is not None:
            query = query.where(record.c.merchant == merchant)
        rows = list(_rows(tx, query))
        yield from rows
        if len(rows) < CHUNK:
            return
        after = rows[-1].id


def linked(tx: Connection, connection: str, entity: str, *, without: Collection[str]) -> list[RecordRow]:
    """List the records of an entity that are linked in a connection and are not in one of these statuses."""
    mine = select(link.c.record).where(link.c.connection == connection)
    query = select(record).where(
        record.c.entity == entity,
        record.c.status.is_(None) | record.c.status.not_in(without),
        record.c.id.in_(mine),
    )
    return list(_rows(tx, query.order_by(record.c.id)))


def chunks(ids: Collection[str]) -> Iterator[list[str]]:
    """Cut a collection into pieces whose records can be held in memory."""
    ordered = list(ids)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def _rows(tx: Connection, query: Select[Any]) -> Iterable[RecordRow]:
    return (RecordRow(*row) for row in tx.execute(query))
