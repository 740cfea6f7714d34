"""Which shipment statuses buyers are told, in what order, and how each is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hub.model import ShipmentStatus

S = ShipmentStatus


class Tone(StrEnum):
    """How a notice feels; it decides the color."""

    CALM = "calm"
    GLAD = "glad"
    CARE = "care"
    SORRY = "sorry"


@dataclass(frozen=True, slots=True)
class Look:
    """How a status is shown: its tone, and how many of the four steps are done; 0 shows no steps."""

    tone: Tone
    steps: int = 0


LOOKS: dict[ShipmentStatus, Look] = {
    S.LABEL_CREATED: Look(Tone.CALM, 1),
    S.IN_TRANSIT: Look(Tone.CALM, 2),
    S.DELAYED: Look(Tone.CARE, 2),
    S.OUT_FOR_DELIVERY: Look(Tone.CALM, 3),
    S.ATTEMPT_FAILED: Look(Tone.CARE, 3),
    S.READY_FOR_PICKUP: Look(Tone.GLAD, 3),
    S.DELIVERED: Look(Tone.GLAD, 4),
    S.RETURN_TO_SENDER: Look(Tone.CARE),
    S.LOST: Look(Tone.SORRY),
    S.CANCELLED: Look(Tone.SORRY),
}
"""Every status that can be told."""

ALIASES = {S.PICKED_UP: S.IN_TRANSIT}
"""A parcel that was picked up is on its way: the buyer hears it once."""

RANKS: dict[ShipmentStatus, int] = {
    S.LABEL_CREATED: 10,
    S.CANCELLED: 20,
    S.IN_TRANSIT: 20,
    S.DELAYED: 40,
    S.OUT_FOR_DELIVERY: 40,
    S.ATTEMPT_FAILED: 50,
    S.READY_FOR_PICKUP: 50,
    S.LOST: 80,
    S.DELIVERED: 90,
    S.RETURN_TO_SENDER: 95,
}
"""Notices never go back: a status of a lower rank than one already told is not told."""

FINAL = frozenset({S.DELIVERED, S.RETURN_TO_SENDER, S.RETURNED, S.LOST, S.CANCELLED})
"""A shipment that is first seen in one of these is history."""


def told_as(status: ShipmentStatus) -> ShipmentStatus | None:
    """Tell under which status the buyer hears of it; None for what is never told."""
    told = ALIASES.get(status, status)
    return told if told in LOOKS else None


def is_earlier(status: ShipmentStatus, told: Iterable[ShipmentStatus]) -> bool:
    """Tell whether a status comes before one that the buyer has already been told."""
    return any(RANKS[status] < RANKS[other] for other in told)
