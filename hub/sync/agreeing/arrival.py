"""What arrives from a remote: documents with their external id, their bytes and the hash that recognizes them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from hub.connector import Document, Page
from hub.errors import HubError, RecordError
from hub.mapping.engine import Compiled

BATCH = 200
"""Documents that are committed together: enough to share a transaction and the pages of indexes that it touches, few
enough to be held in memory (docs/performance.md)."""


@dataclass(slots=True)
class Arrival:
    """One document as it came, with the remote's version; `error` where not even these can be read.

    `doubts` names the fields that may not fit the model once it is decoded.
    """

    external_id: str
    document: Document
    body: bytes
    digest: bytes
    asked: int
    error: RecordError | None = None
    version: str | None = None
    doubts: list[str] = field(default_factory=list)


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
    for document in documents:
        body = orjson.dumps(document)
        arrival = Arrival("", document, body, digest(body), asked)
        try:
            arrival.external_id = compiled.external_id(document)
            arrival.version = compiled.version(document)
        except RecordError as error:
            arrival.error = error
            arrival.external_id = arrival.external_id or f"without id {arrival.digest.hex()[:8]}"
        found[arrival.external_id] = arrival
    return list(found.values())


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
