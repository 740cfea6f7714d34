"""Merges what a remote now says into a record: three ways, field by field.

The base is the link's two shadows: `theirs`, what the remote said at agreement, and `ours`, what the record said. The
remote changed a field iff it differs from `theirs`; we changed it iff the record differs from `ours`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.model.custom import gather, spread
from hub.sync.agreeing.element import MISSING, join
from hub.sync.agreeing.policy import WORDS, Policy, default_policy, is_answered, rule, stronger

Data = dict[str, Any]
TOUCH = frozenset({"updated_at"})
Values = tuple[Any, Any, Any, Any]
"""A field in the record, in our shadow, in theirs, and as the remote has it now."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that both sides changed and a person must decide; None where a side has no value."""

    field: str
    base: Any
    ours: Any
    theirs: Any


@dataclass(slots=True)
class Merge:
    """The merged record, the fields that changed in it, and both shadows as they stand after the agreement.

    `refused`: fields in which our value, or what was joined of both, is owed to the remote. `clashes` need a person;
    `settled` are fields that were frozen and no longer need to be.
    """

    data: Data
    ours: Data
    theirs: Data
    changed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sides:
    """What is merged: an entity's record, both shadows of its link to a connection, and what that says now.

    `policies` are those that somebody chose, `frozen` the fields that a person is asked about already.
    """

    entity: str
    connection: str
    record: Data
    ours: Data
    theirs: Data
    decoded: Data
    policies: Mapping[str, str] = field(default_factory=dict)
    frozen: Collection[str] = ()


def merge(sides: Sides) -> Merge:
    """Take over what the remote changed; where both changed a field its policy decides."""
    record, ours, theirs, decoded = map(spread, (sides.record, sides.ours, sides.theirs, sides.decoded))
    result = Merge(dict(record), dict(ours), dict(decoded))
    for name, new in decoded.items():
        base = theirs.get(name, MISSING)
        if new != base:
            _take(sides, result, name, (record.get(name, MISSING), ours.get(name, MISSING), base, new))
        elif name in sides.frozen:
            result.settled.append(name)  # the remote took its change back
        elif name not in ours and new == record.get(name, MISSING):
            result.ours[name] = new  # nothing was agreed, and both say the same
    return _gathered(_unless_only_touched(result, record))


def _take(sides: Sides, result: Merge, name: str, values: Values) -> None:
    """Take over one field that the remote changed, as far as its policy lets it."""
    mine, said, base, new = values
    chosen = sides.policies.get(name)
    policy = chosen or default_policy(sides.entity, name)
    joined = join(*values)
    if policy == Policy.HUMAN and joined.clash:
        result.clashes.append(Clash(name, *(None if value is MISSING else value for value in (said, mine, new))))
        _put(result.theirs, name, base)  # nothing is agreed: both shadows stay
        return
    result.settled += [name] if name in sides.frozen else []
    fixed = rule(sides.entity, name, chosen)
    is_whole = fixed or policy in (Policy.NEWEST, sides.connection)
    result.ours[name] = new if is_whole else join(said, said, base, new).value
    if policy not in WORDS and policy != sides.connection:
        result.refused.append(name)
        return
    if fixed:
        value = fixed(None if mine is MISSING else mine, new)
    elif policy == Policy.LATTICE and joined.clash:
        value = stronger(sides.entity, name, mine, new)
    else:
        value = new if is_whole else joined.value
    if value != mine:
        result.data[name] = value
        result.changed.append(name)
    if value != result.ours[name] and (not fixed or is_answered(sides.entity, name, new)):
        result.refused.append(name)


def _put(data: Data, name: str, value: Any) -> None:
    if value is MISSING:
        data.pop(name, None)
    else:
        data[name] = value


def _unless_only_touched(result: Merge, record: Data) -> Merge:
    """Leave a record as it is when nothing but the time of its last change differs: that is no news for anybody."""
    if set(result.changed) <= TOUCH:
        result.data, result.changed = dict(record), []
    return result


def _gathered(result: Merge) -> Merge:
    result.data, result.ours, result.theirs = map(gather, (result.data, result.ours, result.theirs))
    return result
