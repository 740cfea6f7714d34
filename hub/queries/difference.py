"""What differs between two records, field by field; elements of lists are told apart by their identity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs, by its dotted path; None where there is none."""

    path: str
    before: Any
    after: Any


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """List every value that differs, in the order of the fields."""
    if before == after:
        return
    mine, theirs = _parts(before), _parts(after)
    if not mine or not theirs or isinstance(before, list) is not isinstance(after, list):
        yield Difference(path, before, after)
        return
    for name in dict.fromkeys([*mine, *theirs]):
        yield from differences(mine.get(name), theirs.get(name), f"{path}.{name}" if path else name)


def _parts(value: Any) -> Mapping[str, Any] | None:
    """Give the parts of a value that has some: the fields of an object, the elements of a list with identities."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list) and all(isinstance(element, Mapping) for element in value):
        named = {str(element["id"]): element for element in value if element.get("id")}
        return named if len(named) == len(value) else None
    return None
