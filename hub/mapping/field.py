"""Rules made ready to run: codecs found, value tables turned both ways, parts resolved against the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from hub.connector import Codec
from hub.mapping.amount import AMOUNT
from hub.mapping.rule import MappingFile, Rule, Rules
from hub.mapping.shape import Shape, shapes
from hub.mapping.strict_yaml import did_you_mean
from hub.mapping.verify import active, wrong


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A rule with everything it names.

    `ours` turns their values into ours, `theirs` ours into the one that is written. `default` is ours.
    """

    rule: Rule
    shape: Shape
    codecs: tuple[Codec, ...] = ()
    ours: Mapping[Any, Any] | None = None
    theirs: Mapping[Any, Any] | None = None
    part: Part | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The canonical path below the enclosing part."""
        return self.rule.keys

    @property
    def top(self) -> str:
        """The field of the record that this belongs to; each custom field is one of its own: `custom.NAME`."""
        keys = self.rule.keys
        return ".".join(keys[:2]) if keys[0] == "custom" else keys[0]

    @property
    def selects(self) -> bool:
        """Tell whether the value is looked for in a list."""
        return any(step.where for path in self.rule.reads for step in path)


@dataclass(slots=True, eq=False)
class Part:
    """The fields of a document, or of an object inside it; `name` is a Python name of its own.

    `model` is what the record holds there, None where it may hold anything.
    """

    name: str
    model: type[BaseModel] | None = None
    fields: list[Field] = field(default_factory=list)

    def field(self, name: str) -> Field:
        """Find the field with this canonical path; KeyError when there is none."""
        found = next((f for f in self.fields if f.rule.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def find(self, path: str) -> Field | None:
        """Find the field of a path through parts, as `lines[2].tax`."""
        names = re.sub(r"\[[0-9]+\]", "", path)
        for f in self.fields:
            if names == f.rule.name:
                return f
            if f.part is not None and names.startswith(f"{f.rule.name}."):
                return f.part.find(names.removeprefix(f"{f.rule.name}.")) or f
        return None


class Builder:
    """Resolves the rules of one mapping; every part is built once for each model that it describes."""

    def __init__(self, mapping: MappingFile, codecs: Mapping[str, Codec]) -> None:
        self._mapping = mapping
        self._codecs = codecs
        self._parts: dict[tuple[str, type[BaseModel] | None], Part] = {}

    @property
    def parts(self) -> list[Part]:
        """All parts built so far."""
        return list(self._parts.values())

    def part(self, name: str, rules: Rules, model: type[BaseModel] | None) -> Part:
        """Build a part, or find it if it is being built already: parts may contain themselves."""
        known = self._parts.get((name, model))
        if known is not None:
            return known
        part = self._parts[name, model] = Part(f"part_{len(self._parts)}", model)
        part.fields.extend(self._field(rule, shape_at(model, rule)) for rule in active(rules))
        part.fields.sort(key=lambda f: f.rule.name != "currency")  # amounts are read by it
        return part

    def _field(self, rule: Rule, shape: Shape) -> Field:
        inner = self._mapping.parts[rule.inner] if rule.inner else {}
        return Field(
            rule,
            shape,
            codecs=tuple(self._codec(rule, name) for name in _codec_names(rule, shape)),
            ours=_ours(rule),
            theirs=None if rule.values is None else {None: None, **{o: t[0] for o, t in rule.values.items()}},
            part=self.part(rule.inner, inner, shape.model) if rule.inner else None,
        )

    def _codec(self, rule: Rule, name: str) -> Codec:
        codec = self._codecs.get(name)
        if codec is None:
            raise wrong(rule, f"unknown codec {name!r}: {did_you_mean(name, self._codecs)}")
        if rule.reads and codec.decode is None:
            raise wrong(rule, f"the codec {name} cannot read", "Use `out` instead of `path`.")
        if rule.writes and codec.encode is None:
            raise wrong(rule, f"the codec {name} cannot write", "Use `in` instead of `path`.")
        return codec


def shape_at(model: type[BaseModel] | None, rule: Rule) -> Shape:
    """Find what a rule's canonical path holds; anything, where the model is open."""
    shape = Shape(model, nullable=True)
    for key in rule.keys:
        owner = shape.model
        shape = shapes(owner).get(key, Shape(None, nullable=True)) if owner else Shape(None, nullable=True)
    return shape


def _codec_names(rule: Rule, shape: Shape) -> tuple[str, ...]:
    """Money is always read with its currency, and what links is read as an id."""
    if shape.money and AMOUNT not in rule.codecs:
        return (*rule.codecs, AMOUNT)
    if rule.link and not {"id", "id_number"} & set(rule.codecs):
        return (*rule.codecs, "id")
    return rule.codecs


def _ours(rule: Rule) -> Mapping[Any, Any] | None:
    if rule.values is None:
        return None
    return {None: None, **{value: ours for ours, theirs in rule.values.items() for value in theirs}}
