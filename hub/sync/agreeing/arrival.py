"""What arrives from a remote: documents with their external id, their bytes and the hash that recognizes them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from hub.connector import Page
from hub.document import Document, Text, Unread, read
from hub.errors import HubError, InvalidRecordError, RecordError
from hub.mapping.engine import Compiled

BATCH = 200
"""Documents that are committed together: enough to share a transaction and the pages of indexes that it touches, few
enough to be held in memory (docs/performance.md)."""


class Arrival:
    """One document as it came, with the remote's version; `error` where not even these can be read.

    The document is read when it is asked for, and kept until it is put away, so that few of a page are about at a time.
    `body` is its JSON as the hub writes it, or as it came where the hub cannot; `digest` is the hash of that. `doubts`
    names the fields that may not fit the model once it is decoded.
    """

    __slots__ = ("_body", "_digest", "_document", "asked", "doubts", "error", "external_id", "text", "version")

    def __init__(self, text: Text, asked: int, document: Document | None = None) -> None:
        self.text = text
        self.asked = asked
        self.external_id = ""
        self.version: str | None = None
        self.error: RecordError | None = None
        self.doubts: list[str] = []
        self._document = document
        self._body = bytes(text) if document is not None else None
        self._digest = b""

    @property
    def document(self) -> Document:
        """Read the document; InvalidRecordError where its JSON is broken."""
        if self._document is None:
            self._document = read(self.text)
        return self._document

    @property
    def body(self) -> bytes:
        """Give the document's JSON as it is kept: what is broken as it came."""
        if self._body is None:
            try:
                self._body = orjson.dumps(self._document or read(self.text))
            except (InvalidRecordError, orjson.JSONEncodeError):
                self._body = bytes(self.text)
        return self._body

    @property
    def digest(self) -> bytes:
        """Give the hash by which the document is recognized when it comes unchanged."""
        if not self._digest:
            self._digest = digest(self.body)
        return self._digest

    def keep_as(self, body: bytes) -> None:
        """Have other JSON kept and recognized: what the remote said, where a person has edited it."""
        self._body, self._digest = body, digest(body)

    def put_away(self) -> None:
        """Let the document's objects go; its JSON and hash stay."""
        self._digest = self.digest
        self._document = None


@dataclass(slots=True)
class Batch:
    """Documents that are committed together, with the resume point that they lead to."""

    arrivals: list[Arrival] = field(default_factory=list)
    resume: Any = None
    exhausted: bool = False
    expected: int | None = None
    remote_time: datetime | None = None


def digest(body: bytes) -> bytes:
    """Hash a document's bytes so that it is recognized when it comes unchanged."""
    return hashlib.blake2b(body, digest_size=16).digest()


def arrive(compiled: Compiled, documents: Sequence[Document], asked: int) -> list[Arrival]:
    """Give documents their identity; of several with the same id in one page the last one counts."""
    found: dict[str, Arrival] = {}
    for arrival in _arrivals(documents, asked):
        _identify(compiled, arrival)
        found[arrival.external_id] = arrival
    return list(found.values())


def _arrivals(documents: Sequence[Document], asked: int) -> Iterator[Arrival]:
    if isinstance(documents, Unread):
        return (Arrival(text, asked) for text in documents.texts)
    return (Arrival(orjson.dumps(document), asked, document) for document in documents)


def _identify(compiled: Compiled, arrival: Arrival) -> None:
    try:
        known = compiled.peek(arrival.text)
        arrival.external_id = compiled.external_id(known)
        arrival.version = compiled.version(known)
    except RecordError as error:
        arrival.error = error
        arrival.external_id = arrival.external_id or f"without id {arrival.digest.hex()[:8]}"


def _newest(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Keep the last of several with the same id: a document that moves to another page meanwhile comes twice."""
    return list({arrival.external_id: arrival for arrival in arrivals}.values())


def batches(compiled: Compiled, pages: Iterable[Page], next_asked: Callable[[], int]) -> Iterator[Batch]:
    """Gather pages into batches; the last one says that the window is exhausted.

    Each page's number is taken before the page is asked for. Where the remote fails, what was gathered comes first.
    """
    batch = Batch()
    asked = next_asked()
    try:
        for page in pages:
            _gather(batch, page, arrive(compiled, page.documents, asked))
            if page.resume is None:
                break
            if len(batch.arrivals) >= BATCH or not page.documents:  # nothing yet: let others do something meanwhile
                yield batch
                batch = Batch(expected=batch.expected)
            asked = next_asked()
            del page  # what it holds need not be in memory while the next one is read
    except HubError:
        if batch.resume is not None:
            yield batch
        raise
    batch.exhausted = True
    yield batch


def _gather(batch: Batch, page: Page, arrivals: list[Arrival]) -> None:
    batch.arrivals = _newest(batch.arrivals + arrivals)
    batch.resume = page.resume
    batch.expected = page.expected if page.expected is not None else batch.expected
    batch.remote_time = batch.remote_time or page.remote_time
