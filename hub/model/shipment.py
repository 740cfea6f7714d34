"""Parcels on their way to a buyer, and the table of how their status may change."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from hub.model.address import Address
from hub.model.field import Custom, FiniteDecimal, Instant, LinkTag, Model, Quantity


class ShipmentStatus(StrEnum):
    """Where a shipment is."""

    PENDING = "pending"
    PACKED = "packed"
    LABEL_CREATED = "label_created"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    DELAYED = "delayed"
    ON_HOLD = "on_hold"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    RETURN_TO_SENDER = "return_to_sender"
    RETURNED = "returned"
    LOST = "lost"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


S = ShipmentStatus
BEFORE_PICKUP = frozenset({S.UNKNOWN, S.PENDING, S.PACKED, S.LABEL_CREATED})
MOVING = frozenset(
    {S.PICKED_UP, S.IN_TRANSIT, S.DELAYED, S.ON_HOLD, S.OUT_FOR_DELIVERY, S.ATTEMPT_FAILED, S.READY_FOR_PICKUP}
)
ENDED = frozenset({S.DELIVERED, S.RETURNED, S.CANCELLED})
TRANSITIONS: dict[ShipmentStatus, frozenset[ShipmentStatus]] = {
    S.UNKNOWN: frozenset(S) - {S.UNKNOWN},
    S.PENDING: frozenset(S) - {S.PENDING, S.UNKNOWN},
    S.PACKED: frozenset(S) - {S.PACKED, S.UNKNOWN},
    S.LABEL_CREATED: frozenset(S) - BEFORE_PICKUP,
    **dict.fromkeys(MOVING, MOVING | {S.DELIVERED, S.RETURN_TO_SENDER, S.RETURNED, S.LOST, S.CANCELLED}),
    S.RETURN_TO_SENDER: frozenset({S.RETURNED, S.DELIVERED, S.LOST, S.IN_TRANSIT}),
    S.LOST: frozenset({S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.DELIVERED, S.RETURN_TO_SENDER, S.RETURNED}),
    S.DELIVERED: frozenset({S.RETURN_TO_SENDER, S.RETURNED}),
    S.RETURNED: frozenset(),
    S.CANCELLED: frozenset({S.PICKED_UP, S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.DELIVERED}),
}
"""From -> to. A failed attempt may go out again; a delivered parcel may only come back; a person may take a parcel back
until it has arrived, and a carrier that scans a cancelled parcel is believed."""


def may_become(now: ShipmentStatus | None, then: ShipmentStatus) -> bool:
    """Tell whether the transition table lets a shipment go from one status to another."""
    return now is None or then in TRANSITIONS[now]


class TrackingEvent(Model):
    """What a carrier saw. `at` is None where the carrier gives no offset: `at_text` keeps its local time as written."""

    id: str
    at: Instant | None = None
    at_text: str | None = None
    status: ShipmentStatus | None = None
    code: str | None = None
    description: str | None = None
    place: str | None = None


class Parcel(Model):
    """One box; weight in kilograms, sides in centimeters."""

    id: str
    tracking_number: str | None = None
    tracking_url: str | None = None
    weight: FiniteDecimal | None = None
    length: FiniteDecimal | None = None
    width: FiniteDecimal | None = None
    height: FiniteDecimal | None = None


class ShipmentLine(Model):
    """How much of which order line is in the shipment."""

    id: str
    order_line: str | None = None
    variant: Annotated[str | None, LinkTag("variant")] = None
    sku: str | None = None
    title: str | None = None
    quantity: Quantity


class Shipment(Model):
    """Goods of one order that travel together; `carrier` is a canonical code, `carrier_name` what was written."""

    order: Annotated[str | None, LinkTag("order")] = None
    number: str | None = None
    status: ShipmentStatus | None = None
    carrier: str | None = None
    carrier_name: str | None = None
    service: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    label_url: str | None = None
    location: str | None = None
    address: Address | None = None
    parcels: list[Parcel] = Field(default_factory=list)
    lines: list[ShipmentLine] = Field(default_factory=list)
    events: list[TrackingEvent] = Field(default_factory=list)
    created_at: Instant | None = None
    shipped_at: Instant | None = None
    delivered_at: Instant | None = None
    estimated_at: Instant | None = None
    updated_at: Instant | None = None
    custom: Custom = Field(default_factory=dict)
