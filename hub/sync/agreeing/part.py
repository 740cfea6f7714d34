"""Recognizes the parts of a record, such as its variants, in what a remote made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Data = dict[str, Any]
PARTS = {"product": ("variants",)}
"""By entity: the lists whose elements have an identity of their own, linked like records."""


def pair(entity: str, record: Data, decoded: Data) -> dict[str, str]:
    """Match the elements of a read-back with the record's: by SKU, else by place where the counts agree.

    Those that have the same id on both sides are matched already. Gives the id that decoding made up for an element ->
    the id that the record has for it; each leads to one of its own.
    """
    found: dict[str, str] = {}
    for name in PARTS.get(entity, ()):
        mine, new = _unmatched(record.get(name) or (), decoded.get(name) or ())
        found |= _by_sku(mine, new)
        mine = [part for part in mine if part["id"] not in found.values()]
        new = [part for part in new if part["id"] not in found]
        if len(mine) == len(new):
            found |= {theirs["id"]: ours["id"] for ours, theirs in zip(mine, new, strict=True)}
    return found


def pair_new(entity: str, record: Data, decoded: Data, before: Data) -> dict[str, str]:
    """Match elements that a remote has got by itself with those of the record that it did not have, by SKU alone.

    `before` is what the remote had: an element that it had once is never given another one's identity (T077).
    """
    found: dict[str, str] = {}
    for name in PARTS.get(entity, ()):
        had = {part.get("id") for part in before.get(name) or ()}
        mine, new = _unmatched(record.get(name) or (), decoded.get(name) or ())
        found |= _by_sku(*([part for part in parts if part["id"] not in had] for parts in (mine, new)))
    return found


def adopt(entity: str, decoded: Data, ids: dict[str, str]) -> Data:
    """Give the elements of a read-back the record's ids."""
    adopted = dict(decoded)
    for name in PARTS.get(entity, ()):
        if name in adopted:
            parts = adopted[name] or ()
            adopted[name] = [{**part, "id": ids[part["id"]]} if part.get("id") in ids else part for part in parts]
    return adopted


def _unmatched(mine: Sequence[Data], new: Sequence[Data]) -> tuple[list[Data], list[Data]]:
    both = {part.get("id") for part in mine} & {part.get("id") for part in new} | {None}
    return [p for p in mine if p.get("id") not in both], [p for p in new if p.get("id") not in both]


def _by_sku(mine: Iterable[Data], new: Iterable[Data]) -> dict[str, str]:
    ours, theirs = _unique(mine), _unique(new)
    return {theirs[sku]: ours[sku] for sku in theirs if sku in ours}


def _unique(parts: Iterable[Data]) -> dict[str, str]:
    """Find the ids by SKU, without the SKUs that several parts have (T076)."""
    found: dict[str, list[str]] = {}
    for part in parts:
        if part.get("sku"):
            found.setdefault(part["sku"], []).append(part["id"])
    return {sku: ids[0] for sku, ids in found.items() if len(ids) == 1}
