"""What follows when a shipment's status changes: an event, and a notice to the buyer where one is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from hub.sync.hub import Hub


@dataclass(frozen=True, slots=True)
class StatusChange:
    """An accepted change of a shipment's status; `is_new` where the shipment was seen for the first time."""

    shipment: str
    before: str | None
    after: str
    data: dict[str, Any]
    is_new: bool = False


def announce(hub: Hub, tx: Connection, merchant: str, changes: Sequence[StatusChange]) -> None:
    """Plan the notices that accepted status changes call for, in the transaction that accepts them."""
    for _change in changes:
        return
