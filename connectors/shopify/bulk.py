"""Back-fills through bulk operations: Shopify writes one file; it is read a piece at a time and joined as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import orjson

from connectors.shopify.document import document
from connectors.shopify.flat import flatten
from connectors.shopify.graph import Graph, rejected, user_errors
from connectors.shopify.pages import between
from hub.api import BadResponseError, Document, Page, RateLimitError, UnavailableError, Window

PIECE = 2 * 1024 * 1024  # bytes of the file that are held at once
PAGE = 100
POLL = 5.0  # seconds between looks at an operation
RUNNING = ("CREATED", "RUNNING", "CANCELING")
STORAGE = ("storage.googleapis.com",)
"""Where Shopify keeps the files; they are fetched without credentials, by an address that is signed."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a stream's bulk file is made of. `lists`: which list of its root a child belongs to, by the child's kind.

    `again` reads documents anew by id, where `is_whole` doubts what the file says of them. `nested`: which list of a
    child its own children belong to, by both kinds.
    """

    listed: str
    lists: dict[str, str]
    finish: Callable[[list[Document]], list[Document]]
    is_whole: Callable[[Document], bool]
    again: Callable[[list[str]], Iterator[Document]]
    nested: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Root:
    """A document under way, with those parts of it that may have parts of their own."""

    document: Document
    end: int
    parts: dict[str, Document] = field(default_factory=dict)


class Bulk:
    """One back-fill. Its resume point names the operation, and the byte up to which its file was read."""

    def __init__(self, graph: Graph, http: httpx.Client) -> None:
        self._graph = graph
        self._http = http

    def read(self, harvest: Harvest, window: Window) -> Iterator[Page]:
        """Run the operation or go on with it, wait for it, and read its file from the resume point on.

        While the store works, empty pages let the hub do something else in between.
        """
        resume = window.resume or {"operation": self._start(harvest, window), "at": 0, "seen": 0}
        wait = 0.0
        while (operation := self._look(resume["operation"], wait))["status"] in RUNNING:
            yield Page([], resume, None, self._graph.time)
            wait = POLL
        if operation["status"] == "COMPLETED":
            yield from self._pages(harvest, operation, resume)
        else:  # its file is gone after a week: begin anew, nothing is written twice
            yield from self.read(harvest, replace(window, resume=None))

    def _start(self, harvest: Harvest, window: Window) -> str:
        text = document(harvest.listed).replace("%s", between(window) or "")
        answer = self._graph.ask("run_bulk", {"query": text})["bulkOperationRunQuery"]
        if errors := user_errors(answer):
            if errors[0].get("code") in ("OPERATION_IN_PROGRESS", "LIMIT_REACHED"):
                hint = "Nothing to do: the store works on another bulk operation; the hub comes back by itself."
                raise RateLimitError(str(errors[0]["message"]), hint=hint, retry_after=60.0)
            raise rejected(errors)
        return str(answer["bulkOperation"]["id"])

    def _look(self, operation: str, wait: float) -> Document:
        state: Document | None = self._graph.ask("bulk", {"id": operation}, wait=wait)["bulkOperation"]
        if state is not None and state["status"] == "FAILED":
            hint = "Begin the back-fill anew. If it goes on, back-fill a shorter time at once."
            raise UnavailableError(f"the store's bulk operation failed: {state['errorCode']}", hint=hint)
        return state or {"status": "EXPIRED"}

    def _pages(self, harvest: Harvest, operation: Document, resume: Document) -> Iterator[Page]:
        expected, seen, held = int(operation["rootObjectCount"]), int(resume["seen"]), []
        for root in self._roots(harvest, operation, int(resume["at"])):
            held.append(root)
            if len(held) == PAGE:
                seen += PAGE
                point = {**resume, "at": root.end, "seen": seen}
                yield Page(self._proved(harvest, held), point, expected, self._graph.time)
                held = []
        _compare(seen + len(held), expected)
        yield Page(self._proved(harvest, held), None, expected, self._graph.time)

    def _proved(self, harvest: Harvest, roots: list[Root]) -> list[Document]:
        """Read again what does not add up: nested lists of bulk files may be cut without a word."""
        documents = harvest.finish([root.document for root in roots])
        doubtful = [row["id"] for row in documents if not harvest.is_whole(row)]
        anew = {row["id"]: row for row in harvest.again(doubtful)} if doubtful else {}
        return [anew.get(row["id"], row) for row in documents]

    def _roots(self, harvest: Harvest, operation: Document, start: int) -> Iterator[Root]:
        """Join the rows of the file: children follow their root, so that only one root is held at a time."""
        root: Root | None = None
        for row, end in self._rows(operation, start):
            parent = row.pop("__parentId", None)
            if parent is None:
                if root is not None:
                    yield root
                root = Root(_parent(row, harvest.lists), end)
                root.parts[row["id"]] = root.document
            elif root is None or parent not in root.parts:
                hint = "The hub begins the back-fill anew."
                raise BadResponseError(f"the store's bulk file has a row of {parent} out of its place", hint=hint)
            else:
                _adopt(harvest, root, row, parent)
                root.end = end
        if root is not None:
            yield root

    def _rows(self, operation: Document, start: int) -> Iterator[tuple[Document, int]]:
        """Give each row of the file, and the byte after it."""
        size, at, rest = int(operation["fileSize"] or 0), start, b""
        while at < size:
            piece = self._piece(operation["url"], at, min(at + PIECE, size) - 1)
            lines = (rest + piece).split(b"\n")
            end = at - len(rest)
            at += len(piece)
            rest = lines.pop()
            for line in lines:
                end += len(line) + 1
                if line:
                    yield orjson.loads(line), end
        if rest:
            yield orjson.loads(rest), at

    def _piece(self, url: str, first: int, last: int) -> bytes:
        headers = {"Range": f"bytes={first}-{last}", "Accept-Encoding": "identity"}
        response = self._http.get(url, headers=headers, extensions={"hub.elsewhere": STORAGE})
        content = response.content
        if response.status_code != 206:  # the whole file came
            content = content[first : last + 1]
        if not content:
            raise BadResponseError("the store's bulk file ends before its size", hint="The hub asks again.")
        return content


def _adopt(harvest: Harvest, root: Root, row: Document, parent: str) -> None:
    """Put a row of the file into the list of its parent that it belongs to."""
    kind, inner = _kind(row), harvest.nested.get(_kind(row), {})
    lists = harvest.nested.get(_kind({"id": parent}), harvest.lists)
    child = _parent(row, inner)
    root.parts[parent][lists[kind]].append(child)
    if inner:
        root.parts[row["id"]] = child


def _parent(row: Document, lists: dict[str, str]) -> Document:
    return {**flatten(row, []), **{name: [] for name in lists.values()}}


def _compare(seen: int, expected: int) -> None:
    if seen < expected:
        hint = "The hub begins the back-fill anew. If it goes on, back-fill a shorter time at once."
        raise BadResponseError(f"the store's bulk file has {seen} of {expected} documents", hint=hint)


def _kind(row: Any) -> str:
    return str(row["id"]).split("/")[3]
