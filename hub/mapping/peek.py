"""Reads as much of a document's JSON as tells which record it is, without making objects of all the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias, TypedDict

import msgspec

from hub.document import Document, Text, read
from hub.mapping.paths import Path, Step

Peek: TypeAlias = Callable[[Text], Document]
"""Reads at least some top keys of a document; InvalidRecordError where its JSON is broken."""

PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+").fullmatch
ESCAPED_PLAIN: Final = re.compile(rb"\\u00[2-7]").search


def peeker(paths: Iterable[Path | None]) -> Peek:
    """Make what reads a document as far as these paths need it."""
    known = [path for path in paths if path]
    if any(len(path) > 1 or path[0].where for path in known):
        return read
    keys = dict.fromkeys((path[0].name for path in known), Any)
    excerpt = msgspec.json.Decoder(TypedDict("Excerpt", keys, total=False)).decode  # type: ignore[operator]

    def peek(text: Text) -> Document:
        try:
            found: Document = excerpt(text)
        except (msgspec.DecodeError, RecursionError):
            return read(text)
        return read(text) if any(map(_is_huge, found.values())) else found

    return peek


def _is_huge(value: Any) -> bool:
    """Tell whether a number has more digits than `read` keeps."""
    return value.__class__ is int and not -(2**63) <= value < 2**64


def marks_of(path: Path | None) -> list[bytes]:
    """List what a document's JSON must contain to have a value at a path, the longest first: it is found fastest."""
    words = [word for step in path or () for word in (step.name, _selected(step))]
    return sorted((word.encode() for word in words if PLAIN(word)), key=len, reverse=True)


def _selected(step: Step) -> str:
    """Give the text that a selection looks for; a number or a boolean may be written in more than one way."""
    return step.where.value if step.where and len(step.where.matches) == 1 else ""


def may_contain(text: Text, marks: Sequence[bytes]) -> bool:
    """Tell whether all these marks may stand in a document's JSON, if escaped; only False is certain."""
    copied = bytes(text)  # nothing else can be searched
    if all(mark in copied for mark in marks):
        return True
    return b"\\" in copied and rb"\u00" in copied and ESCAPED_PLAIN(copied) is not None
