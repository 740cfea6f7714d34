"""The connector that a contract is about, opened on its sandbox as the hub would open it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from hub.api import ConnectorSpec, Cursor, Document, Page, Stream, Window
from hub.http import open_client
from hub.mapping.codecs import make_codecs
from hub.mapping.engine import Compiled, Pairs, compile_mapping
from hub.mapping.schema import load_mapping
from hub.testing.clock import ManualClock
from hub.testing.serve import Sandbox
from hub.testing.wire import Alter, Interrupt, Wire, let_pass, unaltered

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True, slots=True)
class Connected:
    """A connector that talks to its sandbox, and what can be seen of it from outside."""

    connector: Any
    requests: Sequence[httpx.Request] = ()
    clock: ManualClock = field(default_factory=ManualClock)

    def pages(self, stream: str, window: Window | None = None) -> list[Page]:
        """Read a window to its end; without one, everything."""
        return list(self.connector.read(stream, window or Window()))

    def documents(self, stream: str, window: Window | None = None) -> list[Document]:
        """Read the documents of a window."""
        return [document for page in self.pages(stream, window) for document in page.documents]


class Subject:
    """What a contract must be told. `spec`, `settings` and `sandbox` always; the rest where the connector can do more.

    sandbox: makes a double of the remote in its first state, with documents in every stream that is read.
    creates: per stream, patches that create a record each. changes: per stream, an external id and a patch for it.
    refused: per stream, a patch that the remote refuses. numbers: per stream, tracking numbers that it knows.
    tables: value tables. public: settings that are named like a secret and are none. signature_headers: where a
    webhook's signature stands, in lower case.
    """

    spec: ConnectorSpec
    settings: Mapping[str, Any]
    sandbox: Callable[[], Sandbox]
    creates: Mapping[str, Sequence[Document]] = {}
    changes: Mapping[str, tuple[str, Document]] = {}
    refused: Mapping[str, Document] = {}
    numbers: Mapping[str, Sequence[str]] = {}
    tables: Mapping[str, Mapping[str, str]] = {}
    public: Collection[str] = ()
    signature_headers: Collection[str] = ()

    def transport(self) -> httpx.BaseTransport:
        """Reach the sandbox; override it for a remote that is a real server."""
        return httpx.MockTransport(self.sandbox())

    @contextmanager
    def connected(self, interrupt: Interrupt = let_pass, alter: Alter = unaltered) -> Iterator[Connected]:
        """Open the connector on a fresh sandbox, with the hub's own client between the two."""
        settings = self.spec.settings.model_validate(self.settings)
        if not self.spec.http:
            yield Connected(self.spec.connector(settings))
            return
        clock, wire = ManualClock(), Wire(self.transport(), interrupt, alter)
        with open_client(limit=self.spec.limit, world=clock.world(), transport=wire) as client:
            yield Connected(self.spec.connector(settings, client), wire.requests, clock)

    def mapping(self, stream: str) -> Compiled:
        """Compile the mapping that the connector ships for a stream."""
        return compile_shipped(self.spec, stream)

    def decoded(self, stream: str, document: Document) -> Mapping[str, Any]:
        """Turn a document into a record; what it refers to gets made-up ids."""
        return self.mapping(stream).decode(document, self.tables, Pairs().record)

    def ids(self, stream: str, documents: Sequence[Document]) -> list[str]:
        """Read the external ids of documents, where the mapping says that they stand."""
        mapping = self.mapping(stream)
        return [mapping.external_id(document) for document in documents]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a check once for each stream that it is about, named by its argument."""
        streams: dict[str, list[Stream]] = {
            "stream": list(self.spec.streams),
            "readable": self._that(lambda stream: stream.reads),
            "windowed": self._that(lambda stream: stream.reads and stream.cursor is Cursor.MODIFIED),
            "fetchable": self._that(lambda stream: stream.reads and hasattr(self.spec.connector, "fetch")),
            "creatable": self._that(lambda stream: stream.writes and stream.name in self.creates),
            "changeable": self._that(lambda stream: stream.writes and stream.name in self.changes),
            "refusing": self._that(lambda stream: stream.writes and stream.name in self.refused),
            "writable": self._that(lambda stream: stream.writes),
            "trackable": self._that(lambda stream: stream.tracks),
        }
        for argument in streams.keys() & set(metafunc.fixturenames):
            metafunc.parametrize(argument, streams[argument], ids=lambda stream: stream.name)

    def _that(self, kind: Callable[[Stream], bool]) -> list[Stream]:
        return [stream for stream in self.spec.streams if kind(stream)]


def compile_shipped(spec: ConnectorSpec, stream: str) -> Compiled:
    """Compile the mapping that a connector ships for a stream, without anybody's changes."""
    text = spec.mappings.joinpath(f"{stream}.yaml").read_text(encoding="utf-8")
    return compile_mapping(load_mapping(text, f"{spec.name}/{stream}.yaml"), make_codecs(spec.codecs))
