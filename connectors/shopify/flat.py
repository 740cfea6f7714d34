"""Plain documents: a connection becomes the list of its nodes, and what was cut off it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hub.api import Document

PREFIX = "gid://shopify/"


@dataclass(frozen=True, slots=True)
class Cut:
    """A connection that has more: the list that was made of it, whose it is, and where to go on."""

    owner: Document
    field: str
    nodes: list[Document]
    cursor: str


def flatten(value: Any, cuts: list[Cut]) -> Any:
    """Turn every connection in an answer into a list; what has more is added to `cuts`."""
    if isinstance(value, list):
        return [flatten(item, cuts) for item in value]
    if not isinstance(value, dict):
        return value
    flat = {name: flatten(_nodes(item), cuts) for name, item in value.items()}
    cuts += _cuts(value, flat)
    return flat


def number(gid: Any) -> str:
    """Read the number of a gid://shopify/Order/5, and of 5 (T009)."""
    return str(gid).rsplit("/", 1)[-1].split("?", 1)[0]


def gid(kind: str, external_id: str) -> str:
    """Write an id as Shopify names it."""
    return external_id if external_id.startswith(PREFIX) else f"{PREFIX}{kind}/{number(external_id)}"


def _nodes(item: Any) -> Any:
    return item["nodes"] if isinstance(item, dict) and "nodes" in item else item


def _cuts(value: Document, flat: Document) -> Iterator[Cut]:
    for name, item in value.items():
        info = item.get("pageInfo") if isinstance(item, dict) else None
        if info and info["hasNextPage"]:
            yield Cut(flat, name, flat[name], info["endCursor"])
