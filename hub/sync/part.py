"""Recognizes the parts of a record, such as its variants, in what a remote made of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Data = dict[str, Any]
PARTS = {"product": ("variants",)}
"""By entity: the lists whose elements have an identity of their own, linked like records."""


def pair(entity: str, record: Data, decoded: Data) -> dict[str, str]:
    """Match the elements of a read-back with the record's: by SKU, else by place where the counts agree.

    Gives the id that decoding made up for an element -> the id that the record has for it.
    """
    found: dict[str, str] = {}
    for name in PARTS.get(entity, ()):
        mine, new = record.get(name) or [], decoded.get(name) or []
        found |= _by_sku(mine, new)
        if len(mine) == len(new):
            for ours, theirs in zip(mine, new, strict=True):
                found.setdefault(theirs["id"], ours["id"])
    return found


def adopt(entity: str, decoded: Data, ids: dict[str, str]) -> Data:
    """Give the elements of a read-back the record's ids."""
    adopted = dict(decoded)
    for name in PARTS.get(entity, ()):
        if name in adopted:
            adopted[name] = [{**part, "id": ids.get(part["id"], part["id"])} for part in adopted[name] or ()]
    return adopted


def _by_sku(mine: Iterable[Data], new: Iterable[Data]) -> dict[str, str]:
    by_sku: dict[str, list[str]] = {}
    for part in mine:
        if part.get("sku"):
            by_sku.setdefault(part["sku"], []).append(part["id"])
    return {p["id"]: by_sku[p["sku"]][0] for p in new if len(by_sku.get(p.get("sku") or "", ())) == 1}
