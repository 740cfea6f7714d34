"""Plans a notice in the very transaction that accepts a shipment's change of status."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from hub.clock import World, utc_text
from hub.model import Customer, Order, Shipment, ShipmentStatus
from hub.notify.address import address_problem
from hub.notify.judgement import EMAIL, why_not_planned
from hub.notify.rules import NoticeRules
from hub.notify.status import told_as
from hub.notify.tracking import happened_at
from hub.store import notices, records, restorations
from hub.store.notices import Notice

if TYPE_CHECKING:
    from hub.store.database import Transaction

BUYER = "buyer"
COUNTS_AS_TOLD = frozenset({"pending", "held", "sending", "sent", "unknown"})


def plan_notice(
    tx: Transaction,
    rules: NoticeRules,
    *,
    merchant: str,
    shipment_id: str,
    data: Mapping[str, object],
    before: str | None,
    after: str,
    world: World,
    channel: str = EMAIL,
) -> Notice | None:
    """Keep what a status change calls for: a `pending` notice, or a `skipped` one that says why.

    `data` is the shipment's canonical record after the change; `before` None means that it was never seen before.
    Returns None where there is nothing to keep: a status that is never told, or one that is planned already.
    """
    status = told_as(ShipmentStatus(after))
    if status is None or notices.find(tx, shipment_id, status, channel, BUYER):
        return None
    shipment = Shipment.model_validate_json(json.dumps(data))
    order = read_order(tx, shipment.order)
    reason = why_not_planned(
        status,
        before=ShipmentStatus(before) if before else None,
        happened=happened_at(shipment, status),
        told=told(notices.of_shipment(tx, shipment_id), channel, COUNTS_AS_TOLD),
        rules=rules,
        now=world.now(),
        restored=restorations.lately(tx, world.now()),
    )
    if not reason and order:
        reason = address_problem(order.email)
    notice = _notice(world, merchant, shipment_id, status, channel, reason)
    if order:
        notice = replace(notice, recipient=order.email, language=language_of(tx, order))
    notices.add(tx, notice)
    return notice


def _notice(world: World, merchant: str, shipment_id: str, status: ShipmentStatus, channel: str, reason: str) -> Notice:
    now = utc_text(world.now())
    return Notice(
        id=world.new_id(),
        merchant=merchant,
        shipment=shipment_id,
        status=status,
        channel=channel,
        role=BUYER,
        recipient=None,
        language=None,
        state="skipped" if reason else "pending",
        reason=reason or None,
        attempts=0,
        not_before=None,
        created_at=now,
        changed_at=now,
    )


def told(planned: Iterable[Notice], channel: str, states: frozenset[str]) -> list[ShipmentStatus]:
    """List the statuses that the buyer was told, or will be, through a channel."""
    return [ShipmentStatus(notice.status) for notice in planned if notice.channel == channel and notice.state in states]


def read_order(tx: Transaction, order_id: str | None) -> Order | None:
    """Find the order of a shipment; None while it has not arrived."""
    row = records.by_ids(tx, [order_id]).get(order_id) if order_id else None
    return Order.model_validate_json(row.data) if row else None


def read_customer(tx: Transaction, order: Order) -> Customer | None:
    """Find the customer of an order; None for a guest, or while the customer has not arrived."""
    row = records.by_ids(tx, [order.customer]).get(order.customer) if order.customer else None
    return Customer.model_validate_json(row.data) if row else None


def language_of(tx: Transaction, order: Order) -> str | None:
    """Tell the buyer's language: of the order, else of the customer."""
    if order.language:
        return order.language
    customer = read_customer(tx, order)
    return customer.language if customer else None
