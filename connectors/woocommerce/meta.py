"""Meta data of a document: our reference, and entries that must be told to go."""

from __future__ import annotations

from typing import Any

from hub.api import Document

REFERENCE = "entrepot_id"
"""The key under which our own record id stands."""


def value_of(document: Document, key: str) -> Any:
    """Read a meta value, None where there is none."""
    rows = document.get("meta_data") or []
    return next((row.get("value") for row in rows if row.get("key") == key), None)


def with_deletions(body: Document, base: Document | None) -> Document:
    """Add a null for every meta entry that the base has and the patch has no more: leaving it out would keep it."""
    if "meta_data" not in body or base is None:
        return body
    kept = {row.get("id") for row in body["meta_data"]}
    gone = [{"id": row["id"], "value": None} for row in base.get("meta_data") or [] if row.get("id") not in kept]
    return {**body, "meta_data": [*body["meta_data"], *gone]} if gone else body
