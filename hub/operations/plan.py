"""What `hub apply` would change, as a list that a person can read before it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from hub.operations.setting import FILE, Kind, SettingRow, Settings, facts

ORDER = list(Kind)


class Action(StrEnum):
    """What happens to a setting."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value of a setting, before and after; None where there is none."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that is created, changed or removed, with every value that differs."""

    action: Action
    kind: Kind
    name: str
    fields: tuple[FieldChange, ...]
    row: SettingRow = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that differs between hub.toml and the database, in the order in which it can be done."""

    changes: tuple[Change, ...] = ()

    def changes_only(self) -> list[dict[str, object]]:
        """Give the changes without their rows, for programs."""
        names = ("action", "kind", "name", "fields")
        return [{name: getattr(change, name) for name in names} for change in self.changes]

    def count(self, action: Action) -> int:
        """Count the changes of one kind."""
        return sum(change.action is action for change in self.changes)


def compare(current: Settings, wanted: Settings) -> Plan:
    """Plan how to get from what is configured to what is wanted.

    What an operator made elsewhere stays; a setting that the file now names is the file's from then on.
    """
    removed = [
        _change(Action.REMOVE, key, row, facts(row), {})
        for key, row in current.items()
        if key not in wanted and row.managed_by == FILE
    ]
    put = [change for key, row in wanted.items() if (change := _put_change(key, current.get(key), row))]
    put.sort(key=lambda change: ORDER.index(change.kind))
    removed.sort(key=lambda change: -ORDER.index(change.kind))
    return Plan((*removed, *put))


def _put_change(key: tuple[Kind, str], before: SettingRow | None, after: SettingRow) -> Change | None:
    if before is None:
        return _change(Action.CREATE, key, after, {}, facts(after))
    old, new = facts(before), facts(after)
    if before.managed_by != after.managed_by:
        old, new = {**old, "managed by": before.managed_by}, {**new, "managed by": after.managed_by}
    return _change(Action.CHANGE, key, after, old, new) if old != new else None


def _change(action: Action, key: tuple[Kind, str], row: SettingRow, old: dict[str, str], new: dict[str, str]) -> Change:
    names = dict.fromkeys([*new, *old])
    fields = [FieldChange(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]
    return Change(action, *key, tuple(fields), row)
