"""A rehearsal: a connector that reads the real remote, and answers every write itself as if it had been kept."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import orjson

from hub.connector import ConnectorSpec, Page, Window, Write, Written
from hub.document import Document, Text, Unread, read
from hub.errors import RecordError
from hub.mapping.amount import Tables
from hub.mapping.engine import Compiled
from hub.store import links, records, settings
from hub.store.links import LinkRow
from hub.store.settings import ConnectionRow
from hub.sync.agreeing.part import PARTS
from hub.sync.connection.session import mappings_of
from hub.sync.hub import Hub

FIRST = 9_000_000_000_000_000
"""Made-up external ids are numbers from here on: every codec takes them, no remote has come that far."""
READS = ("check", "find", "search", "track")


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that would be sent now, and what is needed to understand it."""

    connection: str
    stream: str
    write: Write
    mapping: Compiled
    tables: Tables


@dataclass(slots=True)
class Rehearsal:
    """What stands around the connectors of a hub whose database is a copy; `note` hears of every write."""

    hub: Callable[[], Hub]
    note: Callable[[Intent], None]
    numbers: Iterator[int] = field(default_factory=lambda: count(FIRST))

    def __call__(self, row: ConnectionRow, spec: ConnectorSpec, connector: Any) -> Any:
        """Stand in for a connector, with the capabilities that it has."""
        hub = self.hub()
        with hub.database.read() as tx:
            mappings = mappings_of(hub, tx, row, spec)
            tables = settings.value_tables(tx, row.name)
        return StandIn(self, row.name, mappings, tables, connector)


class StandIn:
    """A connector that cannot write. What it was given to write shows in whatever it reads afterwards."""

    def __init__(
        self, rehearsal: Rehearsal, name: str, mappings: Mapping[str, Compiled], tables: Tables, real: Any
    ) -> None:
        self._rehearsal = rehearsal
        self._name = name
        self._mappings = mappings
        self._tables = tables
        self._real = real
        self._kept: dict[tuple[str, str], bytes] = {}
        for name in READS:
            if hasattr(real, name):
                setattr(self, name, getattr(real, name))
        for name in ("read", "fetch", "upsert"):
            if hasattr(real, name):
                setattr(self, name, getattr(self, f"_{name}"))

    def _read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in self._real.read(stream, window):
            yield replace(page, documents=self._page_as_written(stream, page.documents)) if self._kept else page

    def _fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        there = [external_id for external_id in ids if not is_made_up(external_id)]
        if there:
            yield from (self._as_written(stream, document) for document in self._real.fetch(stream, there))

    def _page_as_written(self, stream: str, documents: Sequence[Document]) -> Sequence[Document]:
        if isinstance(documents, Unread):
            return Unread([self._text_as_written(stream, text) for text in documents.texts])
        return [self._as_written(stream, document) for document in documents]

    def _text_as_written(self, stream: str, text: Text) -> Text:
        try:
            return orjson.dumps(self._as_written(stream, read(text)))
        except RecordError:
            return text  # what cannot be read is parked by whoever reads the page

    def _as_written(self, stream: str, document: Document) -> Document:
        if not self._kept:
            return document
        try:
            external_id = self._mappings[stream].external_id(document)
        except RecordError:
            return document
        return self._mappings[stream].apply(self._patch(stream, external_id), document)

    def _patch(self, stream: str, external_id: str) -> Document:
        kept = self._kept.get((stream, external_id))
        found: Document = orjson.loads(zlib.decompress(kept)) if kept else {}
        return found

    def _upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written]:
        mapping = self._mappings[stream]
        for write in writes:
            self._rehearsal.note(Intent(self._name, stream, write, mapping, self._tables))
            external_id = write.external_id or str(next(self._rehearsal.numbers))
            self._promise_parts(mapping, write.record_id)
            document = None
            if write.external_id:
                patch = mapping.apply(write.document, self._patch(stream, external_id))
                self._kept[stream, external_id] = zlib.compress(orjson.dumps(patch), 1)
                document = mapping.apply(write.document, write.base) if write.base else None
            yield Written(write, external_id, document=copy.deepcopy(document))

    def _promise_parts(self, mapping: Compiled, record_id: str) -> None:
        """Give the parts of a record ids over there, as the remote would: others refer to them."""
        streams = _part_streams(mapping)
        if not streams:
            return
        with self._rehearsal.hub().database.write() as tx:
            record = records.by_ids(tx, [record_id])[record_id]
            data = orjson.loads(record.data)
            for name, stream in streams.items():
                parts = [part["id"] for part in data.get(name) or ()]
                known = links.external_ids(tx, self._name, [(stream, part) for part in parts])
                new = [part for part in parts if (stream, part) not in known]
                rows = [LinkRow(self._name, stream, str(next(self._rehearsal.numbers)), part) for part in new]
                links.promise(tx, rows)


def is_made_up(external_id: str) -> bool:
    """Tell whether an external id is one that a rehearsal gave."""
    return len(external_id) == len(str(FIRST)) and external_id.isdecimal() and int(external_id) >= FIRST


def _part_streams(mapping: Compiled) -> dict[str, str]:
    """Tell under which stream the parts of a record are linked, by the list that holds them."""
    found = {}
    for outer in mapping.top.fields:
        if outer.part is not None and outer.keys[0] in PARTS.get(mapping.entity, ()):
            linked = next((inner.rule.link for inner in outer.part.fields if inner.keys == ("id",)), None)
            if linked:
                found[outer.keys[0]] = linked
    return found
