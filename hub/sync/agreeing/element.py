"""Joins two changed values three ways; in lists, element by element.

An element is known by its identity, never by its place. What one side added, changed or removed since both agreed
counts, whatever happened to the other elements meanwhile.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

Data = dict[str, Any]
Elements = dict[Hashable, Any]
MISSING: Any = object()
"""What a side has that does not have the value at all."""
EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Joined:
    """The joined value; `clash`: both sides changed the same thing, and the remote's is taken."""

    value: Any
    clash: bool = False


def join(mine: Any, ours: Any, theirs: Any, new: Any) -> Joined:
    """Bring the remote's change, from `theirs` to `new`, into our value, which was `ours` at agreement."""
    if new in (theirs, mine):
        return Joined(mine)
    if theirs is not MISSING and any(isinstance(side, list) for side in (mine, new)):
        sides = [elements(side) for side in (mine, ours, theirs, new)]
        if None not in sides:
            return _join_lists(*(side or {} for side in sides))
    return Joined(new, clash=mine != ours and not (mine is MISSING or (theirs is MISSING and mine in EMPTY)))


def elements(value: Any) -> Elements | None:
    """Give a list's elements by their identity; None where one has none, or two have the same."""
    if value is MISSING or value is None:
        return {}
    if not isinstance(value, list):
        return None
    found = {identity: element for element in value if (identity := _identity(element)) is not None}
    return found if len(found) == len(value) else None


def _identity(element: Any) -> Hashable:
    if isinstance(element, dict):
        known = element.get("id") or element.get("key")
        return ("element", known) if isinstance(known, str) else None
    return element if isinstance(element, str | int) else None


def _join_lists(mine: Elements, ours: Elements, theirs: Elements, new: Elements) -> Joined:
    names = _same_things(ours, theirs)
    theirs, new = _renamed(theirs, names, ours), _renamed(new, names, ours)
    kept: Elements = {}
    clash = False
    for identity, element in mine.items():
        joined = _kept(element, *(side.get(identity, MISSING) for side in (ours, theirs, new)))
        clash |= joined.clash
        if joined.value is not MISSING:
            kept[identity] = joined.value
    for identity, element in new.items():
        if identity not in mine and element != theirs.get(identity, MISSING):
            kept[identity] = element  # added there; or changed there and removed here: nobody's change is lost
            clash |= identity in theirs
    return Joined(_ordered(kept, mine, theirs, new), clash)


def _kept(mine: Any, ours: Any, theirs: Any, new: Any) -> Joined:
    """Join one of our elements with what became of it there; MISSING: it was removed there, and not changed here."""
    if new is MISSING:
        return Joined(mine) if theirs is MISSING else Joined(MISSING if mine == ours else mine, clash=mine != ours)
    if not isinstance(mine, dict) or not isinstance(new, dict):
        return Joined(mine)
    return _join_maps(mine, *(side if isinstance(side, dict) else {} for side in (ours, theirs, new)))


def _join_maps(mine: Data, ours: Data, theirs: Data, new: Data) -> Joined:
    joined, clash = dict(mine), False
    for name in {**theirs, **new}:
        sides = [side.get(name, MISSING) for side in (mine, ours, theirs, new)]
        inner = _join_maps(*map(_map, sides)) if name == "custom" and _are_maps(sides) else join(*sides)
        clash |= inner.clash
        joined[name] = inner.value
    return Joined({name: value for name, value in joined.items() if value is not MISSING}, clash)


def _are_maps(sides: list[Any]) -> bool:
    return all(side is MISSING or side is None or isinstance(side, dict) for side in sides)


def _map(side: Any) -> Data:
    return side if isinstance(side, dict) else {}


def _ordered(kept: Elements, mine: Elements, theirs: Elements, new: Elements) -> list[Any]:
    """Follow the remote's order where it is the only one that changed; else ours, with what was added at the end."""
    before, after = [i for i in theirs if i in new], [i for i in new if i in theirs]
    if kept.keys() <= new.keys() and (list(mine) == list(theirs) or before != after):
        return [kept[identity] for identity in new if identity in kept]
    return list(kept.values())


def _same_things(ours: Elements, theirs: Elements) -> dict[Hashable, Hashable]:
    """Pair what both sides had at agreement under other identities: theirs -> ours.

    Texts that differ in their spelling only; elements with the same SKU; all others by their place where the counts
    agree, for a remote that gives its own ids keeps the order of what it was given.
    """
    left = {i: e for i, e in theirs.items() if i not in ours}
    mine = {i: e for i, e in ours.items() if i not in theirs}
    found: dict[Hashable, Hashable] = {}
    for trait in (_spelled, _sku):
        by_trait = _unique(mine, trait)
        found |= {i: by_trait[value] for value, i in _unique(left, trait).items() if value in by_trait}
        left = {i: e for i, e in left.items() if i not in found}
        mine = {i: e for i, e in mine.items() if i not in found.values()}
    whole = all(isinstance(element, dict) for element in (*left.values(), *mine.values()))
    return found | dict(zip(left, mine, strict=True)) if whole and len(left) == len(mine) else found


def _spelled(element: Any) -> Hashable:
    return element.strip().casefold() if isinstance(element, str) else None


def _sku(element: Any) -> Hashable:
    return element.get("sku") or None if isinstance(element, dict) else None


def _unique(among: Elements, trait: Any) -> dict[Hashable, Hashable]:
    found: dict[Hashable, list[Hashable]] = {}
    for identity, element in among.items():
        if (value := trait(element)) is not None:
            found.setdefault(value, []).append(identity)
    return {value: identities[0] for value, identities in found.items() if len(identities) == 1}


def _renamed(side: Elements, names: Mapping[Hashable, Hashable], ours: Elements) -> Elements:
    """Give a side of the remote's with our identities."""
    renamed: Elements = {}
    for identity, element in side.items():
        mine = names.get(identity)
        if mine is None:
            renamed[identity] = element
        elif isinstance(element, dict) and isinstance(ours[mine], dict):
            own = {name: ours[mine][name] for name in ("id", "key") if name in ours[mine]}
            renamed[mine] = {**element, **own}
        else:
            renamed[mine] = ours[mine]
    return renamed
