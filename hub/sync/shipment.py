"""What follows when a shipment's status changes: an event, and a notice to the buyer where one is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.clock import World, utc_text
from hub.notify.plan import plan_notice
from hub.notify.rules import NoticeRules, read_rules
from hub.store import runs, settings
from hub.store.database import Transaction
from hub.store.runs import Event


@dataclass(frozen=True, slots=True)
class StatusChange:
    """An accepted change of a shipment's status; `before` None where the shipment was seen for the first time."""

    shipment: str
    before: str | None
    after: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Teller:
    """Who told of a change: the merchant, connection and stream, and the run that read it."""

    merchant: str
    connection: str
    stream: str
    run: str


def announce(world: World, tx: Transaction, teller: Teller, changes: Sequence[StatusChange]) -> None:
    """Note accepted status changes and plan their notices, in the transaction that accepts them."""
    if not changes:
        return
    rules = _rules(tx, teller.merchant)
    runs.add_events(tx, [_event(world, teller, change) for change in changes])
    for change in changes:
        if rules is not None:
            plan_notice(
                tx,
                rules,
                merchant=teller.merchant,
                shipment_id=change.shipment,
                data=change.data,
                before=change.before,
                after=change.after,
                world=world,
            )


def _rules(tx: Transaction, merchant: str) -> NoticeRules | None:
    row = next((row for row in settings.merchants(tx) if row.name == merchant), None)
    return read_rules(row.notices) if row and row.notices else None


def _event(world: World, teller: Teller, change: StatusChange) -> Event:
    detail = {"before": change.before, "after": change.after}
    at = utc_text(world.now())
    return Event(
        world.new_id(), teller.run, at, "status", teller.connection, teller.stream, change.shipment, None, detail
    )
