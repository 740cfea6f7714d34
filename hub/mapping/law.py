"""The law that a mapping must keep: what is written is what is read back, and everything else stays as it was.

For a document d and a record r: decode(apply(encode(r), d)) says what r says, on every path that is read and always
written. Where a rule declares what it loses, doing it twice must at least change nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hub.document import Document
from hub.mapping.encode import pick
from hub.mapping.field import Field, Part
from hub.mapping.paths import MISSING


class Law(StrEnum):
    """What a finding is about."""

    READS = "every document can be read"
    VALID = "what is read is a valid record"
    ROUND_TRIP = "what is written is read back the same"
    STABLE = "what was read back is read back the same again"
    PATCH = "what a record does not say is not written"
    FOREIGN = "what the mapping does not know stays as it was"
    PURE = "what is translated stays as it was"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that came back otherwise than it went out."""

    path: str
    field: Field
    expected: Any
    got: Any


def losses(f: Field) -> list[str]:
    """List what a field loses, as its rule and its codecs declare it."""
    return [reason for reason in (f.rule.loses, *(codec.loses for codec in f.codecs)) if reason]


def differences(part: Part, expected: Mapping[str, Any], got: Mapping[str, Any], at: str = "") -> Iterator[Difference]:
    """Compare on the two-way paths that the expected record says something about."""
    for f in part.fields:
        ours, theirs = pick(expected, f.keys), pick(got, f.keys)
        if f.rule.two_way and ours is not MISSING:
            yield from _compare(f, ours, theirs, f"{at}.{f.rule.name}" if at else f.rule.name)


def _compare(f: Field, ours: Any, theirs: Any, path: str) -> Iterator[Difference]:
    if f.part and f.rule.part and isinstance(ours, dict) and isinstance(theirs, dict):
        yield from differences(f.part, ours, theirs, path)
    elif f.part and isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(f.part, one, other, f"{path}[{place}]")
    elif ours != theirs:
        yield Difference(path, f, ours, theirs)


MARK = "entrepot: nobody maps this"


def marked(value: Any) -> Any:
    """Copy a document with a key that nobody knows in every object."""
    if isinstance(value, dict):
        return {**{key: marked(item) for key, item in value.items()}, MARK: True}
    return [marked(item) for item in value] if isinstance(value, list) else value


def disturbed(part: Part, before: Document, after: Document) -> Iterator[tuple[str, Field | None]]:
    """Go through the remote places that changed or went though no rule writes them, with the rule they are below.

    What a rule declares to lose is left out.
    """
    writers = dict(_writers(part, (), frozenset()))
    if () in writers:
        return  # a codec writes the whole document: only its author knows what is foreign
    now = dict(_leaves(after, ()))
    for path, value in _leaves(before, ()):
        if now.get(path, MISSING) == value:
            continue
        names = tuple(name for name in path if isinstance(name, str))
        above = [writers[names[:end]] for end in range(1, len(names) + 1) if names[:end] in writers]
        meant = bool(above) and above[-1].part is None and path[-1] != MARK
        if not meant and not any(losses(f) for f in above):
            yield _text(path), above[-1] if above else None


def _writers(part: Part, prefix: tuple[str, ...], seen: frozenset[Part]) -> Iterator[tuple[tuple[str, ...], Field]]:
    for f in part.fields:
        for path in f.rule.writes:
            names = (*prefix, *(step.name for step in path))
            yield names, f
            if f.part is not None and f.part not in seen:
                yield from _writers(f.part, names, seen | {part})


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _leaves(item, (*path, key))
    if not isinstance(value, dict | list) or not value:
        yield path, value


def _text(path: tuple[str | int, ...]) -> str:
    names = [f"[{key}]" if isinstance(key, int) else f".{key}" for key in path if key != MARK]
    return "".join(names).removeprefix(".") or "$"
