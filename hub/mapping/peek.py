"""Reads as much of a document's JSON as tells which record it is, without making objects of all the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias, TypedDict

import msgspec

from hub.document import Document, Text, read
from hub.mapping.paths import Path

Peek: TypeAlias = Callable[[Text], Document]
"""Reads at least some top keys of a document; InvalidRecordError where its JSON is broken."""

PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+").fullmatch
ESCAPED_PLAIN: Final = re.compile(rb"\\u00[2-7]").search


def peeker(paths: Iterable[Path | None]) -> Peek:
    """Make what reads a document as far as these paths need it."""
    keys = {path[0].name for path in paths if path}
    excerpt = msgspec.json.Decoder(TypedDict("Excerpt", dict.fromkeys(keys, Any), total=False)).decode  # type: ignore[operator]

    def peek(text: Text) -> Document:
        try:
            found: Document = excerpt(text)
        except msgspec.DecodeError:
            return read(text)
        return found

    return peek


def marks_of(path: Path | None) -> list[bytes]:
    """List what a document's JSON must contain to have a value at a path, the longest first: it is found fastest."""
    words = [word for step in path or () for word in (step.name, step.where.value if step.where else "")]
    return sorted((word.encode() for word in words if PLAIN(word)), key=len, reverse=True)


def may_contain(text: Text, marks: Sequence[bytes]) -> bool:
    """Tell whether all these marks may stand in a document's JSON, if escaped; only False is certain."""
    copied = bytes(text)  # nothing else can be searched
    if all(mark in copied for mark in marks):
        return True
    return b"\\" in copied and rb"\u00" in copied and ESCAPED_PLAIN(copied) is not None
