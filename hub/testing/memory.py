"""A remote that lives in memory: a connector without HTTP, and the system behind it, for tests of the engine."""

from __future__ import annotations

import copy
import importlib.resources.abc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from typing import IO, Any

import orjson
from pydantic import BaseModel

from hub.api import ConnectorSpec, Document, Page, Refused, RejectedError, Stream, Unread, Window, Write, Written
from hub.clock import utc_text

PAGE = 3
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
Shape = Callable[[Document], Document]


@dataclass(slots=True)
class MemoryRemote:
    """Tables of documents with `id`, `updated` and `ref` (our reference); it counts what it was asked.

    `normalize` is what it makes of whatever it is given; `fail` is called before and after each write is kept.
    """

    now: Callable[[], datetime] = lambda: EPOCH
    tables: dict[str, dict[str, Document]] = field(default_factory=dict)
    normalize: Shape = lambda document: document
    fail: Callable[[str, Write], None] = lambda _when, _write: None
    requests: list[str] = field(default_factory=list)
    writes: list[tuple[str, Write]] = field(default_factory=list)
    serial: int = 0

    def put(self, stream: str, document: Document, **changes: Any) -> Document:
        """Create or change a document as a user of the remote would."""
        table = self.tables.setdefault(stream, {})
        external_id = str(document.get("id") or self._next())
        kept = _joined(table.get(external_id, {}), {**document, **changes})
        table[external_id] = self.normalize({**kept, "id": external_id, "updated": utc_text(self.now())})
        return copy.deepcopy(table[external_id])

    def _next(self) -> int:
        self.serial += 1
        return self.serial


def _joined(old: Document, new: Document) -> Document:
    joined = dict(old)
    for name, value in new.items():
        joined[name] = _joined(old.get(name) or {}, value) if isinstance(value, dict) else copy.deepcopy(value)
    return joined


class MemorySettings(BaseModel):
    """It needs none."""


class MemoryConnector:
    """Reads and writes a `MemoryRemote`, last page first inside a frozen window."""

    def __init__(self, remote: MemoryRemote) -> None:
        self._remote = remote

    def check(self) -> None:
        """Always works."""

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        """Page through what changed in the window."""
        found = self._inside(stream, window)
        pages = [found[start : start + PAGE] for start in range(0, len(found), PAGE)] or [[]]
        last = len(pages) if window.resume is None else int(window.resume)
        for number in range(last, 0, -1):
            self._remote.requests.append(f"read {stream} {number}")
            unread = Unread([orjson.dumps(document) for document in pages[number - 1]])
            yield Page(unread, number - 1 or None, len(found), self._remote.now())

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        """Read by id."""
        for external_id in ids:
            self._remote.requests.append(f"fetch {stream} {external_id}")
            if external_id in self._remote.tables.get(stream, {}):
                yield copy.deepcopy(self._remote.tables[stream][external_id])

    def find(self, stream: str, write: Write) -> str | None:
        """Find by our reference."""
        self._remote.requests.append(f"find {stream}")
        rows = self._remote.tables.get(stream, {}).values()
        return next((str(row["id"]) for row in rows if row.get("ref") == write.record_id), None)

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Keep each document; one that says {"refuse": reason} is refused."""
        for write in writes:
            self._remote.fail("before", write)
            self._remote.writes.append((stream, write))
            if write.document.get("refuse"):
                yield Refused(write, RejectedError(str(write.document["refuse"]), code="refused"))
                continue
            document = {**write.document, **({"id": write.external_id} if write.external_id else {})}
            saved = self._remote.put(stream, {"ref": write.record_id, **document})
            self._remote.fail("after", write)
            yield Written(write, str(saved["id"]), document=saved)

    def track(self, stream: str, numbers: Sequence[str]) -> Iterator[Document]:
        """Give the documents of a stream whose id is one of the numbers."""
        yield from self.fetch(stream, numbers)

    def _inside(self, stream: str, window: Window) -> list[Document]:
        since = utc_text(window.since) if window.since else ""
        until = utc_text(window.until + timedelta(seconds=1)) if window.until else "9"
        rows = self._remote.tables.get(stream, {}).values()
        return sorted((row for row in rows if since <= row["updated"] < until), key=lambda row: str(row["id"]))


class TextFolder(importlib.resources.abc.Traversable):
    """Mapping files that are given as text."""

    def __init__(self, files: Mapping[str, str], name: str = "") -> None:
        self._files = files
        self._name = name

    @property
    def name(self) -> str:
        """The file's name."""
        return self._name

    def iterdir(self) -> Iterator[TextFolder]:
        """List the files."""
        return (TextFolder(self._files, name) for name in self._files)

    def read_bytes(self) -> bytes:
        """Give the file as bytes."""
        return self._files[self._name].encode()

    def read_text(self, encoding: str | None = None) -> str:
        """Give the file as text."""
        return self._files[self._name]

    def is_dir(self) -> bool:
        """Tell whether this is the folder itself."""
        return not self._name

    def is_file(self) -> bool:
        """Tell whether this is one of the files."""
        return self._name in self._files

    def joinpath(self, *descendants: Any) -> TextFolder:
        """Name a file."""
        return TextFolder(self._files, "/".join(map(str, descendants)))

    def __truediv__(self, child: Any) -> TextFolder:
        return self.joinpath(child)

    def open(self, mode: str = "r", *_args: Any, **_kwargs: Any) -> IO[Any]:
        """Open the file for reading."""
        return BytesIO(self.read_bytes()) if "b" in mode else StringIO(self.read_text())


def memory_spec(
    name: str, remote: MemoryRemote, streams: Sequence[Stream], mappings: Mapping[str, str]
) -> ConnectorSpec:
    """Make a connector of a remote in memory: `mappings` gives the text of each stream's mapping file."""
    files = {f"{stream}.yaml": text for stream, text in mappings.items()}
    return ConnectorSpec(
        name=name,
        title=name.title(),
        connector=lambda _settings: MemoryConnector(remote),
        settings=MemorySettings,
        streams=streams,
        mappings=TextFolder(files),
        http=False,
    )
