"""Who decides a field that both sides have changed since they last agreed: policies by entity and field, merchant-wide.

A policy is a connection, which then owns the field, or one of the words of `Policy`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any

from hub.mapping.shape import shapes
from hub.model import ENTITIES
from hub.model.order import FulfillmentStatus, OrderStatus, PaymentStatus
from hub.model.shipment import ShipmentStatus, may_become


class Policy(StrEnum):
    """How a field is decided that no connection owns."""

    NEWEST = "newest"
    """The change that was seen last replaces the other, lists as a whole."""
    UNION = "union"
    """Lists are joined element by element: what either side added, changed or removed counts."""
    LATTICE = "lattice"
    """The status that is further in the order of business."""
    HUMAN = "human"
    """A person; until then the field stays as it is on both sides."""


WORDS = frozenset(map(str, Policy))
Lattice = tuple[StrEnum, ...]
S, P, F = OrderStatus, PaymentStatus, FulfillmentStatus
LATTICES: dict[str, dict[str, Lattice]] = {
    "order": {
        "status": (
            S.DRAFT, S.PENDING, S.FAILED, S.OPEN, S.ON_HOLD, S.TRASHED, S.CANCELLED, S.COMPLETED, S.REFUNDED,
        ),
        "payment_status": (
            P.PENDING, P.AUTHORIZED, P.EXPIRED, P.VOIDED, P.PARTIALLY_PAID, P.PAID, P.PARTIALLY_REFUNDED, P.REFUNDED,
        ),
        "fulfillment_status": (
            F.UNFULFILLED, F.SCHEDULED, F.ON_HOLD, F.RESTOCKED, F.PARTIAL, F.FULFILLED,
        ),
    },
}  # fmt: skip
"""From the weakest to the strongest. What cannot be undone outside is stronger: goods that have left and money that has
moved beat a cancellation, a cancellation beats an order that is still open, and to wait beats to go on."""
Rule = Callable[[Any, Any], Any]
"""(the record's value, the remote's value) -> the agreed value, whoever changed it."""


def default_policy(entity: str, field: str) -> Policy:
    """Give the policy of a field that nobody has chosen one for."""
    if field in statuses(entity):
        return Policy.LATTICE
    return Policy.UNION if field in lists(entity) else Policy.NEWEST


def statuses(entity: str) -> frozenset[str]:
    """Name the fields of an entity that have an order of business."""
    return frozenset(LATTICES.get(entity, ())) | ({"status"} if entity == "shipment" else frozenset())


@cache
def lists(entity: str) -> frozenset[str]:
    """Name the fields of an entity that are lists."""
    return frozenset(name for name, shape in shapes(ENTITIES[entity]).items() if shape.many)


def stronger(entity: str, field: str, mine: Any, new: Any) -> Any:
    """Give the one of two statuses that is further in the order of business."""
    order = list(LATTICES[entity][field])
    return max(mine, new, key=lambda status: order.index(status) if status in order else -1)


def rule(entity: str, field: str, chosen: str | None) -> Rule | None:
    """Give the rule that a field follows, where it has one; the policy that somebody chose may lift it."""
    found = RULES.get(entity, {}).get(field)
    return None if chosen == Policy.NEWEST and field not in statuses(entity) else found


def grown(mine: Any, new: Any) -> Any:
    """Join two lists of events by their id; the remote's replaces ours, and none is ever lost."""
    if not mine:
        return new
    joined = {element["id"]: element for element in mine}
    joined.update({element["id"]: element for element in new or ()})
    return sorted(
        joined.values(), key=lambda element: (element.get("at") or element.get("at_text") or "", element["id"])
    )


def forward_status(mine: Any, new: Any) -> Any:
    """Let a shipment's status change only as the transition table allows."""
    if new is None or mine == new:
        return mine
    now = ShipmentStatus(mine) if mine else None
    return new if may_become(now, ShipmentStatus(new)) else mine


def is_answered(entity: str, field: str, new: Any) -> bool:
    """Tell whether a remote hears of it when a rule did not let its value count.

    Each system tells a part only, so none is corrected; but whoever cancels must learn that it is too late.
    """
    return field in statuses(entity) and new == ShipmentStatus.CANCELLED


def keep_if_empty(mine: Any, new: Any) -> Any:
    """Keep our value when the remote has none."""
    return mine if new in (None, "", []) else new


RULES: dict[str, dict[str, Rule]] = {
    "shipment": {
        "events": grown,
        "status": forward_status,
        **dict.fromkeys(
            ("tracking_number", "tracking_url", "carrier", "carrier_name", "label_url", "order", "lines"), keep_if_empty
        ),
    },
}
"""By entity and field: what several systems tell of one parcel, each of them only a part."""
