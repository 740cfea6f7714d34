"""Meta data: free keys and values, changed by id or by key, deleted by null."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.api import Document


def changed(meta: list[Document], wanted: list[Document], new_id: Callable[[], int]) -> list[Document]:
    """Apply meta entries of a request to those a record has."""
    rows = [dict(row) for row in meta]
    for entry in wanted:
        row = next((r for r in rows if _same(r, entry)), None)
        if row is None:
            if entry.get("key") and entry.get("value") is not None:
                rows.append({"id": new_id(), "key": entry["key"], "value": entry["value"]})
        elif entry.get("value") is None:
            rows.remove(row)
        else:
            row["value"] = entry["value"]
    return rows


def value_of(meta: list[Document], key: str) -> Any:
    """Read a meta value, None where there is none."""
    return next((row["value"] for row in meta if row["key"] == key), None)


def _same(row: Document, entry: Document) -> bool:
    return bool(row["id"] == entry["id"] if entry.get("id") else row["key"] == entry.get("key"))
