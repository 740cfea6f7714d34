"""What an operator sees of notices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.clock import utc_parse
from hub.store import notices, records
from hub.store.database import Database
from hub.store.notices import Notice
from hub.store.records import RecordRow

STATES = ("pending", "sending", "sent", "refused", "failed", "unknown", "held", "skipped")


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One notice: what it tells whom, and how far it is. The recipient is masked, as everywhere outside its record."""

    id: str
    order: str | None
    shipment: str
    status: str
    channel: str
    recipient: str | None
    language: str | None
    state: str
    reason: str | None
    attempts: int
    created_at: datetime
    changed_at: datetime


def notice_list(database: Database, states: Sequence[str] = STATES, *, limit: int = 1000) -> list[NoticeView]:
    """List notices in some states, oldest first."""
    with database.read() as tx:
        found = notices.in_state(tx, states, limit=limit)
        shipments = records.by_ids(tx, {one.shipment for one in found})
        orders = records.by_ids(tx, {order for row in shipments.values() if (order := _order_of(row))})
    return [notice_view(one, shipments.get(one.shipment), orders) for one in found]


def notice_view(notice: Notice, shipment: RecordRow | None, orders: dict[str, RecordRow]) -> NoticeView:
    """Show a notice's row."""
    order = orders.get(_order_of(shipment) or "") if shipment else None
    return NoticeView(
        id=notice.id,
        order=order.number if order else None,
        shipment=(shipment and shipment.number) or notice.shipment,
        status=notice.status,
        channel=notice.channel,
        recipient=mask(notice.recipient) if notice.recipient else None,
        language=notice.language,
        state=notice.state,
        reason=notice.reason,
        attempts=notice.attempts,
        created_at=utc_parse(notice.created_at),
        changed_at=utc_parse(notice.changed_at),
    )


def mask(address: str) -> str:
    """Hide most of an address: anna@example.org becomes a***@example.org."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}"


def _order_of(shipment: RecordRow) -> str | None:
    order: str | None = json.loads(shipment.data).get("order")
    return order
