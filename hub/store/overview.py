"""Counts and lists over all tables that only people ask for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, text

from hub.store import tables
from hub.store.database import Transaction
from hub.store.notices import Notice
from hub.store.records import RecordRow
from hub.store.runs import RunRow

NEWEST = 2_000
"""So many orders are looked through for a customer who gave another e-mail."""


def last_good_runs(tx: Transaction, kinds: Sequence[str]) -> dict[tuple[str, str], str]:
    """Tell when the last run of these kinds that read all news began, by (connection, stream)."""
    run = tables.run.c
    query = select(run.connection, run.stream, func.max(run.started_at))
    query = query.where(run.kind.in_(kinds), run.lane == "live", run.state.in_(("ok", "partial")))
    query = query.group_by(run.connection, run.stream)
    return {(row[0], row[1]): row[2] for row in tx.execute(query)}


def running(tx: Transaction) -> list[RunRow]:
    """List the runs that have not ended."""
    query = select(tables.run).where(tables.run.c.state == "running").order_by(tables.run.c.id)
    return [RunRow(*row) for row in tx.execute(query)]


def count_records(tx: Transaction) -> dict[str, int]:
    """Count the records of each entity."""
    entity = tables.record.c.entity
    return {row[0]: row[1] for row in tx.execute(select(entity, func.count()).group_by(entity))}


def count_links(tx: Transaction) -> dict[tuple[str, str], int]:
    """Count what is known to exist in each (connection, stream)."""
    link = tables.link.c
    query = select(link.connection, link.stream, func.count()).where(link.state == "active")
    return {(row[0], row[1]): row[2] for row in tx.execute(query.group_by(link.connection, link.stream))}


def count_notices(tx: Transaction) -> dict[str, int]:
    """Count the notices in each state."""
    state = tables.notice.c.state
    return {row[0]: row[1] for row in tx.execute(select(state, func.count()).group_by(state))}


def held_leases(tx: Transaction) -> list[tuple[str, str, str]]:
    """List the leases that somebody holds: name, holder, expiry."""
    lease = tables.lease.c
    query = select(lease.name, lease.holder, lease.expires_at).where(lease.holder != "").order_by(lease.name)
    return [(row[0], row[1], row[2]) for row in tx.execute(query)]


def value_rows(tx: Transaction) -> list[tuple[str, str, str, str, str]]:
    """List every row of the value tables: connection, table, remote, canonical, managed by."""
    value = tables.value.c
    query = select(value.connection, value.table, value.remote, value.canonical, value.managed_by)
    return [tuple(row) for row in tx.execute(query.order_by(value.connection, value.table, value.remote))]


def of_order(tx: Transaction, order: str, limit: int = 50) -> list[RecordRow]:
    """List the shipments, returns and refunds of an order."""
    record, key = tables.record.c, tables.record_key.c
    its = select(key.record).where(key.value == order, key.kind == "order")
    query = select(tables.record).where(record.id.in_(its)).order_by(record.entity, record.id)
    return [RecordRow(*row) for row in tx.execute(query.limit(limit))]


def of_customer(tx: Transaction, customer: RecordRow, limit: int = 50) -> list[RecordRow]:
    """List the newest orders of a customer: those with the same e-mail, and of the newest ones all that name it."""
    record = tables.record.c
    mine = record.data.contains(f'"{customer.id}"')
    newest = select(record.id).where(record.entity == "order").order_by(record.occurred_at.desc()).limit(NEWEST)
    found: dict[str, RecordRow] = {}
    for narrowed in (record.email == customer.email, record.id.in_(newest)):
        query = select(tables.record).where(narrowed, record.entity == "order", mine)
        rows = tx.execute(query.order_by(record.occurred_at.desc(), record.id).limit(limit))
        found |= {row.id: RecordRow(*row) for row in rows}
    return sorted(found.values(), key=lambda row: row.id)[:limit]


def notices_of(tx: Transaction, shipments: Sequence[str]) -> list[Notice]:
    """List the notices about some shipments, oldest first."""
    query = select(tables.notice).where(tables.notice.c.shipment.in_(shipments)).order_by(tables.notice.c.id)
    return [Notice(**row._asdict()) for row in tx.execute(query)]


def soundness(tx: Transaction) -> str:
    """Ask SQLite whether the file is sound; "ok" if it is, and for every other database."""
    if tx.dialect.name != "sqlite":
        return "ok"
    return str(tx.execute(text("PRAGMA quick_check(1)")).scalar())
