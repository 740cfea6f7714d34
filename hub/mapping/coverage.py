"""What a mapping leaves out: canonical fields without a rule, remote paths that nobody reads, rules nothing shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from hub.document import Document
from hub.errors import InvalidRecordError
from hub.mapping.field import Field, Part
from hub.mapping.paths import MISSING, Path, Step, path_text, read
from hub.mapping.shape import shapes


def uncovered_fields(part: Part, model: type[BaseModel]) -> list[str]:
    """List the canonical fields that no rule reads or writes, custom ones aside."""
    return list(_uncovered_fields(part, model, "", frozenset()))


def _uncovered_fields(part: Part, model: type[BaseModel], at: str, seen: frozenset[Part]) -> Iterator[str]:
    covered = {f.keys[0]: f for f in part.fields}
    for name, shape in shapes(model).items():
        f = covered.get(name)
        if f is None and name != "custom":
            yield f"{at}{name}"
        elif f is not None and f.part is not None and shape.model is not None and f.part not in seen:
            yield from _uncovered_fields(f.part, shape.model, f"{at}{name}.", seen | {part})


def never_seen(part: Part, documents: Sequence[Any]) -> list[str]:
    """List the fields whose remote path occurs in none of the documents."""
    return list(_never_seen(part, documents, ""))


def _never_seen(part: Part, documents: Sequence[Any], at: str) -> Iterator[str]:
    for f in part.fields:
        values = [value for document in documents for value in _values(f, document)]
        if f.rule.reads and not values:
            yield f"{at}{f.rule.name}"
        elif f.part is not None and f.part is not part and not f.codecs:
            yield from _never_seen(f.part, values, f"{at}{f.rule.name}.")


def _values(f: Field, document: Any) -> Iterator[Any]:
    for path in f.rule.reads:
        try:
            value = read(path, document)
        except InvalidRecordError:
            continue  # a finding of its own
        if value is not MISSING and not (value is None and (f.part or f.selects)):
            yield from value if f.rule.each and isinstance(value, list) else [value]


def uncovered_paths(part: Part, documents: Sequence[Document], also_read: Sequence[Path] = ()) -> list[str]:
    """List the remote paths that occur in the documents and that no rule reads; `[]` is any element of a list."""
    known = _Known()
    known.note(part, "", frozenset())
    known.paths.update(map(path_text, also_read))
    found = dict.fromkeys(place for document in documents for place in known.places(document, ""))
    return [place for place in found if not known.covers(place)]


@dataclass(slots=True)
class _Known:
    """What a mapping reads: `paths` with everything below them, `containers` only by what is in them.

    `selectors` holds, for every list in which a rule selects, the key by which it does.
    """

    paths: set[str] = field(default_factory=set)
    containers: set[str] = field(default_factory=set)
    selectors: dict[str, str] = field(default_factory=dict)

    def note(self, part: Part, prefix: str, seen: frozenset[Part]) -> None:
        for f in part.fields:
            for path in f.rule.reads:
                place = _text(prefix, path)
                for end, step in enumerate(path):
                    if step.where is not None:
                        self.selectors[_text(prefix, (*path[:end], Step(step.name)))] = step.where.key
                        self.containers.add(_text(prefix, path[: end + 1]))
                if f.part is None or f.codecs or f.part in seen:
                    self.paths.add(place)
                else:
                    self.containers.add(place)
                    self.note(f.part, f"{place}[]" if f.rule.each else place, seen | {part})

    def places(self, value: Any, at: str) -> Iterator[str]:
        """List the places of a document that hold plain values; a selected element that nobody reads is one place."""
        if isinstance(value, dict) and value:
            for key, item in value.items():
                yield from self.places(item, _text(at, (Step(key),)))
        elif isinstance(value, list) and value:
            for item in value:
                yield from self._element(item, at)
        else:
            yield at

    def _element(self, item: Any, at: str) -> Iterator[str]:
        key = self.selectors.get(at)
        if key is None or not isinstance(item, dict) or key not in item:
            yield from self.places(item, f"{at}[]")
            return
        name = f"{at}[{key}={item[key]}]"
        if name in self.containers:
            yield from self.places({k: v for k, v in item.items() if k != key}, name)
        else:
            yield name

    def covers(self, place: str) -> bool:
        ends = [i for i, char in enumerate(place) if char in ".["] + [len(place)]
        return place in self.containers or "$" in self.paths or any(place[:end] in self.paths for end in ends)


def _text(prefix: str, path: Path) -> str:
    return ".".join(filter(None, [prefix, path_text(path) if path else ""])) or "$"
