"""Merges what a remote now says into a record: three ways, field by field.

The base is the link's two shadows: `theirs`, what the remote said at agreement, and `ours`, what the record said. The
remote changed a field iff it differs from `theirs`; we changed it iff the record differs from `ours`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.model.shipment import ShipmentStatus, may_become

Data = dict[str, Any]
NEWEST = "newest"
MISSING = object()
TOUCH = frozenset({"updated_at"})


@dataclass(slots=True)
class Merge:
    """The merged record, the fields that changed in it, and `ours` as it stands after the agreement."""

    data: Data
    ours: Data
    changed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


Rule = Callable[[Any, Any], Any]
"""(the record's value, the remote's value) -> the agreed value."""


def merge(
    record: Data,
    ours: Data,
    theirs: Data,
    decoded: Data,
    *,
    connection: str,
    owners: Mapping[str, str],
    rules: Mapping[str, Rule],
) -> Merge:
    """Take over what the remote changed; where both changed a field its owner wins, else the newest: the remote."""
    result = Merge(dict(record), dict(ours))
    for name in decoded:
        if decoded[name] == theirs.get(name, MISSING):
            continue
        if owners.get(name, NEWEST) not in (NEWEST, connection):
            result.ours[name] = decoded[name]  # differs from the record now, so our value is owed to the remote
            result.refused.append(name)
            continue
        value = rules[name](record.get(name), decoded[name]) if name in rules else decoded[name]
        result.ours[name] = decoded[name]
        if value != record.get(name, MISSING):
            result.data[name] = value
            result.changed.append(name)
    return _unless_only_touched(result, record)


def _unless_only_touched(result: Merge, record: Data) -> Merge:
    """Leave a record as it is when nothing but the time of its last change differs: that is no news for anybody."""
    if set(result.changed) <= TOUCH:
        result.data, result.changed = dict(record), []
    return result


def union_by_id(mine: Any, new: Any) -> Any:
    """Join two lists of elements by their id; the remote's element replaces ours."""
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


def keep_if_empty(mine: Any, new: Any) -> Any:
    """Keep our value when the remote has none."""
    return mine if new in (None, "", []) else new


RULES: dict[str, dict[str, Rule]] = {
    "shipment": {
        "events": union_by_id,
        "status": forward_status,
        **dict.fromkeys(
            ("tracking_number", "tracking_url", "carrier", "carrier_name", "label_url", "order", "lines"), keep_if_empty
        ),
    },
}
"""By entity and field: how two sides agree where neither simply wins."""
