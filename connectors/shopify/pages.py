"""Reads windows by cursor. Shopify's cursors name the last row, not a place: rows that move shift no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.shopify.flat import Cut, flatten, gid
from connectors.shopify.graph import Graph, TooCostlyError
from hub.api import Document, Page, RejectedError, Window

MORE = 100
"""How many rows of a connection inside a document are asked for at once, after its first page."""
PER_REQUEST = 25
FOUND = 20
"""How many documents a search gives at most."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How documents of a stream are asked for. `inside`: what reads on in each connection of a document.

    `finish` completes a document with what the answer says beside it."""

    name: str
    listed: str = ""
    single: str = ""
    page: int = 0
    filtered: bool = True
    lines: bool = True
    inside: dict[str, str] = field(default_factory=dict)
    finish: Callable[[Any, Document], Document] = lambda answer, row: row


class Reader:
    """Reads documents whole: no connection in them is cut."""

    def __init__(self, graph: Graph, page_size: int, lines: int) -> None:
        self._graph = graph
        self._size = page_size
        self._lines = lines

    def pages(self, kind: Kind, window: Window, make: Callable[[Any], list[Document]]) -> Iterator[Page]:
        """Page through a window; `make` turns an answer's rows into documents."""
        after, size = window.resume, kind.page or self._size
        while True:
            edges = {"after": after, **({"query": between(window)} if kind.filtered else {})}
            answer, size = self._affordable(kind, kind.listed, size, lambda some: {"first": some}, edges)
            info = answer["items"]["pageInfo"]
            after = info["endCursor"] if info["hasNextPage"] else None
            yield Page(make(self.whole(kind, answer)), after, None, self._graph.time)
            if after is None:
                return

    def fetch(self, kind: Kind, ids: list[str]) -> Iterator[Any]:
        """Read nodes by id, a few at a time; what is gone is left out. Gives answers."""
        left, size = [gid(kind.name, one) for one in ids], PER_REQUEST
        while left:
            answer, size = self._affordable(kind, kind.single, size, lambda some: {"ids": left[:some]})
            del left[:size]
            yield self.whole(kind, {**answer, "nodes": [node for node in answer["nodes"] if node]})

    def ask(self, kind: Kind, name: str, given: dict[str, Any]) -> Any:
        """Ask for one document of a kind's family, whole."""
        return self.whole(kind, self._graph.ask(name, {**given, "lines": self._lines}))

    def search(self, kind: Kind, text: str) -> Iterator[Document]:
        """Look documents up as a person would."""
        answer, _ = self._affordable(kind, kind.listed, FOUND, lambda some: {"first": some, "query": text})
        for row in self.whole(kind, answer)["items"]:
            yield kind.finish(answer, row)

    def whole(self, kind: Kind, answer: Any) -> Any:
        """Flatten an answer, and read every connection in it to its end."""
        cuts: list[Cut] = []
        items = answer.get("items")
        flat = flatten({**answer, "items": items["nodes"]} if items else answer, cuts)
        while cuts:
            cut = cuts.pop()
            if cut.field not in kind.inside:
                raise RejectedError(f"{kind.name} {cut.owner['id']} has more {cut.field} than can be read")
            self._read_on(kind.inside[cut.field], cut, cuts)
        return flat

    def _affordable(
        self, kind: Kind, name: str, size: int, ask_for: Callable[[int], Document], given: Document | None = None
    ) -> tuple[Any, int]:
        """Ask for so many documents, or for half as many where they cost too much; tells how many it were."""
        lines = {"lines": self._lines} if kind.lines else {}
        while True:
            try:
                return self._graph.ask(name, {**ask_for(size), **(given or {}), **lines}), size
            except TooCostlyError:
                if size == 1:
                    raise
                size //= 2

    def _read_on(self, name: str, cut: Cut, cuts: list[Cut]) -> None:
        after: str | None = cut.cursor
        while after is not None:
            answer = self._graph.ask(name, {"id": cut.owner["id"], "first": MORE, "after": after})
            if answer["node"] is None:
                return  # deleted meanwhile: the next reading says so
            rows = answer["node"]["items"]
            cut.nodes.extend(flatten(rows["nodes"], cuts))
            after = rows["pageInfo"]["endCursor"] if rows["pageInfo"]["hasNextPage"] else None


def between(window: Window) -> str | None:
    """Write the edges of a window in Shopify's search syntax; both count."""
    edges = [(">=", window.since), ("<=", window.until)]
    said = [f"updated_at:{sign}'{_written(moment)}'" for sign, moment in edges if moment is not None]
    return " AND ".join(said) or None


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
