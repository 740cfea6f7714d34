"""Notices and every attempt to send them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select, update

from hub.clock import utc_text
from hub.store.tables import notice, notice_attempt, opt_out


@dataclass(frozen=True, slots=True)
class Notice:
    """One message about one status of one shipment to one person through one channel."""

    id: str
    merchant: str
    shipment: str
    status: str
    channel: str
    role: str
    recipient: str | None
    language: str | None
    state: str
    reason: str | None
    attempts: int
    not_before: str | None
    created_at: str
    changed_at: str


def add(tx: Connection, new: Notice) -> bool:
    """Keep a notice; False when its key (shipment, status, channel, role) is there already."""
    if find(tx, new.shipment, new.status, new.channel, new.role):
        return False
    tx.execute(insert(notice).values({name: getattr(new, name) for name in Notice.__slots__}))
    return True


def find(tx: Connection, shipment: str, status: str, channel: str, role: str) -> Notice | None:
    """Find a notice by its key."""
    key = (notice.c.shipment == shipment, notice.c.status == status, notice.c.channel == channel, notice.c.role == role)
    row = tx.execute(select(notice).where(*key)).one_or_none()
    return _notice(row) if row else None


def get(tx: Connection, notice_id: str) -> Notice | None:
    """Find a notice by id."""
    row = tx.execute(select(notice).where(notice.c.id == notice_id)).one_or_none()
    return _notice(row) if row else None


def of_shipment(tx: Connection, shipment: str) -> list[Notice]:
    """List what was ever planned to be told about a shipment, oldest first."""
    return [
        _notice(row) for row in tx.execute(select(notice).where(notice.c.shipment == shipment).order_by(notice.c.id))
    ]


def in_state(
    tx: Connection,
    states: Sequence[str],
    *,
    now: datetime | None = None,
    merchant: str | None = None,
    limit: int = 1000,
) -> list[Notice]:
    """List notices in some states, oldest first; with `now` only those whose time has come."""
    query = select(notice).where(notice.c.state.in_(states)).order_by(notice.c.id).limit(limit)
    if now is not None:
        query = query.where((notice.c.not_before.is_(None)) | (notice.c.not_before <= utc_text(now)))
    if merchant is not None:
        query = query.where(notice.c.merchant == merchant)
    return [_notice(row) for row in tx.execute(query)]


def change(
    tx: Connection,
    notice_id: str,
    *,
    state: str,
    now: datetime,
    reason: str | None = None,
    not_before: datetime | None = None,
    attempts: int | None = None,
) -> None:
    """Move a notice to another state."""
    values: dict[str, str | int | None] = {
        "state": state,
        "reason": reason,
        "changed_at": utc_text(now),
        "not_before": utc_text(not_before) if not_before else None,
    }
    if attempts is not None:
        values["attempts"] = attempts
    tx.execute(update(notice).where(notice.c.id == notice_id).values(values))


def add_attempt(tx: Connection, notice_id: str, number: int, at: datetime, delivery: str, detail: str) -> None:
    """Keep how one attempt ended."""
    tx.execute(
        insert(notice_attempt).values(
            notice=notice_id, number=number, at=utc_text(at), delivery=delivery, detail=detail
        )
    )


def attempts(tx: Connection, notice_id: str) -> list[tuple[str, str, str]]:
    """List the attempts of a notice: time, delivery, detail."""
    query = select(notice_attempt).where(notice_attempt.c.notice == notice_id).order_by(notice_attempt.c.number)
    return [(row.at, row.delivery, row.detail) for row in tx.execute(query)]


def count_since(tx: Connection, merchant: str, since: datetime) -> int:
    """Count the notices that were planned for sending since a time (skipped ones do not count)."""
    query = select(func.count()).where(
        notice.c.merchant == merchant, notice.c.created_at >= utc_text(since), notice.c.state != "skipped"
    )
    return int(tx.execute(query).scalar_one())


def opted_out(tx: Connection, merchant: str, channel: str, recipient: str) -> bool:
    """Tell whether somebody asked not to be reached through a channel."""
    key = (opt_out.c.merchant == merchant, opt_out.c.channel == channel, opt_out.c.recipient == recipient.casefold())
    return tx.execute(select(opt_out.c.recipient).where(*key)).first() is not None


def add_opt_out(
    tx: Connection, merchant: str, channel: str, recipient: str, *, now: datetime, reason: str | None = None
) -> None:
    """Remember that somebody does not want to be reached through a channel."""
    if not opted_out(tx, merchant, channel, recipient):
        row = {"merchant": merchant, "channel": channel, "recipient": recipient.casefold()}
        tx.execute(insert(opt_out).values(**row, created_at=utc_text(now), reason=reason))


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    return Notice(**row._asdict())
