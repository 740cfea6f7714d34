"""Paths into remote documents: reading one, writing one into a patch, and laying a patch over a document.

`a.b` follows keys; `list[key=value].x` goes through the first element of a list whose key has that value; `$` is the
whole document. A key with a dot or a bracket in it is quoted: `"party.".name`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeAlias

from hub.document import Document
from hub.errors import InvalidRecordError


class Missing(Enum):
    """The one value that says: not there. It is not null."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True, slots=True)
class Where:
    """Selects the first element of a list whose `key` has this value: as text, as a number or as a boolean."""

    key: str
    value: str
    matches: tuple[str | int | bool, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Step:
    """Follow a key; with `where`, the key holds a list and one of its elements is meant."""

    name: str
    where: Where | None = None


Path: TypeAlias = tuple[Step, ...]

STEP = re.compile(
    r"""(?:"(?P<quoted>[^"]+)"|(?P<name>[^\s."\[\]=$]+))
        (?:\[\s*(?P<key>[^\s."\[\]=]+)\s*=\s*(?:"(?P<text>[^"]*)"|(?P<value>[^"\[\]]*?))\s*\])?
        (?P<end>\.(?=.)|$)""",
    re.VERBOSE,
)

INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,30})")
BARE = re.compile(r'[^\s."\[\]=$]+')


def parse_path(text: str) -> Path:
    """Read a path as a mapping file writes it; ValueError says where it breaks."""
    if text == "$":
        return ()
    steps: list[Step] = []
    at = 0
    while at < len(text) or not steps:
        found = STEP.match(text, at)
        if not found:
            raise ValueError(f"{text!r} is not a path: it breaks at {text[at:] or 'its end'!r}")
        steps.append(Step(found["quoted"] or found["name"], _where(found)))
        at = found.end()
    return tuple(steps)


def _where(found: re.Match[str]) -> Where | None:
    if found["key"] is None:
        return None
    if found["text"] is not None:
        return Where(found["key"], found["text"], (found["text"],))
    value = found["value"]
    if value in ("true", "false"):
        return Where(found["key"], value, (value == "true", value))
    return Where(found["key"], value, (value, int(value)) if INTEGER.fullmatch(value) else (value,))


def path_text(path: Path) -> str:
    """Write a path back as a mapping file would."""
    return ".".join(map(_step_text, path)) or "$"


def _step_text(step: Step) -> str:
    name = step.name if BARE.fullmatch(step.name) else f'"{step.name}"'
    if step.where is None:
        return name
    value = step.where.value
    plain = len(step.where.matches) > 1 or (BARE.fullmatch(value) and not INTEGER.fullmatch(value))
    return f"{name}[{step.where.key}={value}]" if plain else f'{name}[{step.where.key}="{value}"]'


class _Null:
    """Stands for an object that is null: it has every key, and every value is null."""

    def __contains__(self, key: str) -> bool:
        return True

    def __getitem__(self, key: str) -> None:
        return None

    def get(self, key: str, default: object = None) -> None:
        return None


NULL: Final = _Null()
ABSENT: Final[Document] = {}


def inside(value: Any) -> Any:
    """Give what can be asked for keys: the object itself, nothing for what is absent, nulls for null.

    An empty list counts as an empty object: PHP writes both as `[]`.
    """
    if isinstance(value, dict):
        return value
    if value is None:
        return NULL
    if value is MISSING or value == []:
        return ABSENT
    raise InvalidRecordError(f"expected an object, not {kind(value)}")


def select(items: Any, key: str, matches: Sequence[object], miss: Missing | None = None) -> Any:
    """Find the first element of a list whose key has one of these values; `miss` where there is none.

    A list that is null stays null, one that is absent stays absent.
    """
    if items is None or items is MISSING:
        return items
    for item in listed(items):
        if isinstance(item, dict) and item.get(key) in matches:
            return item
    return miss


def listed(value: Any) -> list[Any]:
    """Insist on a list."""
    if isinstance(value, list):
        return value
    raise InvalidRecordError(f"expected a list, not {kind(value)}")


def kind(value: object) -> str:
    """Name a value's type in JSON's words."""
    names = {dict: "an object", list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "null" if value is None else type(value).__name__)


def read(path: Path, document: Any) -> Any:
    """Read a value, MISSING where it is absent; below null everything is null."""
    value = document
    for step in path:
        value = inside(value).get(step.name, MISSING)
        if step.where is not None:
            value = select(value, step.where.key, step.where.matches)
    return value


def write(patch: Document, base: Document | None, path: Path, value: Any) -> None:
    """Put a value into a patch; a selected list starts as the base's list, so that foreign elements survive.

    Objects are laid over what the patch already holds. Null for a whole element takes the element out; null inside
    an element that the base does not have changes nothing.
    """
    held: Any = base
    for step in path[:-1]:
        if step.where is None:
            patch, held = _object(patch, held, step.name)
        elif value is None and held is not None and not _has(patch, held, step.name, step.where):
            return
        else:
            patch, held = _element(patch, held, step.name, step.where)
    _put(patch, held, path[-1], value)


def _put(patch: Document, held: Any, step: Step, value: Any) -> None:
    if step.where is None:
        old = patch.get(step.name)
        patch[step.name] = merge(value, old) if isinstance(value, dict) and isinstance(old, dict) else value
    elif value is None:
        patch[step.name] = [item for item in _items(patch, held, step.name) if not _is(item, step.where)]
    else:
        element, _ = _element(patch, held, step.name, step.where)
        element.update(merge(value, element))


def _object(patch: Document, held: Any, name: str) -> tuple[Document, Any]:
    inner = patch.get(name)
    if not isinstance(inner, dict):
        inner = patch[name] = {}
    return inner, held if held is None else _object_of(held).get(name, ABSENT)


def _element(patch: Document, held: Any, name: str, where: Where) -> tuple[Document, Any]:
    items = patch[name] = list(_items(patch, held, name))
    for place, item in enumerate(items):
        if _is(item, where):
            items[place] = dict(item)
            return items[place], item
    created: Document = {where.key: where.matches[0] if isinstance(where.matches[0], bool) else where.value}
    items.append(created)
    return created, held if held is None else ABSENT


def _items(patch: Document, held: Any, name: str) -> list[Any]:
    items = patch.get(name, _object_of(held).get(name))
    return items if isinstance(items, list) else []


def _object_of(held: Any) -> Document:
    return held if isinstance(held, dict) else ABSENT


def _has(patch: Document, held: Any, name: str, where: Where) -> bool:
    return any(_is(item, where) for item in _items(patch, held, name))


def _is(item: Any, where: Where) -> bool:
    return isinstance(item, dict) and item.get(where.key) in where.matches


@dataclass(slots=True)
class Lists:
    """Which lists of a document a mapping selects in, and the values by which it knows its own elements."""

    key: str = ""
    ours: list[str | int | bool] = field(default_factory=list)
    inner: dict[str, Lists] = field(default_factory=dict)

    def add(self, paths: Iterable[Path]) -> None:
        """Take note of every selection in these paths."""
        for path in paths:
            node = self
            for step in path:
                node = node.inner.setdefault(step.name, Lists())
                if step.where is not None:
                    node.key = step.where.key
                    node.ours.extend(step.where.matches)


PLAIN: Final = Lists()


def merge(patch: Mapping[str, Any], document: Mapping[str, Any], lists: Lists = PLAIN) -> Document:
    """Lay a patch over a document: objects deeply, lists whole; in selected lists foreign elements stay."""
    merged = dict(document)
    for name, value in patch.items():
        merged[name] = _over(value, document.get(name), lists.inner.get(name, PLAIN))
    return merged


def _over(value: Any, held: Any, lists: Lists) -> Any:
    if isinstance(value, dict) and isinstance(held, dict):
        return merge(value, held, lists)
    if lists.key and isinstance(value, list) and isinstance(held, list):
        return _merge_list(value, held, lists)
    return value


def _merge_list(items: list[Any], held: list[Any], lists: Lists) -> list[Any]:
    left = list(held)
    merged = []
    for item in items:
        twin = next((old for old in left if _same(item, old, lists.key)), None)
        if twin is not None:
            left.remove(twin)
        merged.append(merge(item, twin, lists) if twin is not None else item)
    return merged + [old for old in left if not (isinstance(old, dict) and old.get(lists.key) in lists.ours)]


def _same(item: Any, old: Any, key: str) -> bool:
    return isinstance(item, dict) and isinstance(old, dict) and item.get(key, MISSING) == old.get(key)
