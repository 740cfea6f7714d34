"""Holds a mapping against the canonical model and against itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel

from hub.errors import MappingFileError
from hub.mapping.paths import Path, Step, path_text
from hub.mapping.rule import MappingFile, Rule, Rules
from hub.mapping.shape import Shape, shapes
from hub.mapping.strict_yaml import did_you_mean
from hub.model import ENTITIES

CORRECT = "Correct the mapping file."


def verify(mapping: MappingFile, *, complete: bool) -> None:
    """Raise MappingFileError for the first thing that cannot be; of an incomplete mapping only what it says."""
    model = ENTITIES.get(mapping.entity)
    if model is None:
        problem = f"unknown entity {mapping.entity!r}: {did_you_mean(mapping.entity, ENTITIES)}"
        raise MappingFileError(problem, file=mapping.file, hint=CORRECT)
    if complete and mapping.id is None:
        problem = "the file does not say where the external id stands (`id`)"
        raise MappingFileError(problem, file=mapping.file, hint=CORRECT)
    _Verifier(mapping, complete).rules(mapping.fields, model)


def refuse_idle_parts(mapping: MappingFile) -> None:
    """Raise MappingFileError for a part that no rule of the file uses; another layer may still take its users away."""
    used = {rule.inner for rules in (mapping.fields, *mapping.parts.values()) for rule in rules.values()}
    if idle := mapping.parts.keys() - used:
        raise MappingFileError(f"no field uses the part {min(idle)!r}", file=mapping.file, hint="Remove it.")


def active(rules: Rules) -> Iterator[Rule]:
    """Go through the rules that are not switched off."""
    return (rule for rule in rules.values() if not rule.off)


def wrong(rule: Rule, message: str, hint: str = CORRECT) -> MappingFileError:
    """Make the error for a rule that cannot be."""
    return MappingFileError(message, file=rule.file, line=rule.line, hint=hint)


@dataclass(slots=True)
class _Verifier:
    """Walks from the entity's model through the rules and their parts; each part once for a model."""

    mapping: MappingFile
    complete: bool
    seen: set[tuple[str, type[BaseModel]]] = field(default_factory=set)

    def rules(self, rules: Rules, model: type[BaseModel]) -> None:
        _check_places(rules)
        for rule in rules.values():
            shape = _canonical(rule, model)
            if rule.off:
                continue
            _check_values(rule, shape)
            if rule.inner:
                self.part(rule, shape)
            elif shape.model and not rule.codecs:
                word = "each" if shape.many else "part"
                raise wrong(rule, f"{rule.name} holds {shape.model.__name__} objects: describe them with `{word}`")

    def part(self, rule: Rule, shape: Shape) -> None:
        if bool(rule.each) != shape.many and shape.kind is not None:
            raise wrong(rule, f"{rule.name} is {'a list: use `each`' if shape.many else 'not a list: use `part`'}")
        part = self.mapping.parts.get(rule.inner)
        if part is None and self.complete:
            known = did_you_mean(rule.inner, self.mapping.parts) or "the file has no parts"
            raise wrong(rule, f"unknown part {rule.inner!r}: {known}")
        if part is None:
            return
        if rule.by and self.complete:
            _check_identity(rule, part)
        if shape.model is not None and (rule.inner, shape.model) not in self.seen:
            self.seen.add((rule.inner, shape.model))
            self.rules(part, shape.model)


def _check_identity(rule: Rule, part: Rules) -> None:
    key = part.get(rule.by)
    if key is None or key.off:
        known = did_you_mean(rule.by, (known.name for known in active(part)))
        raise wrong(rule, f"`by: {rule.by}` is not a field of the part {rule.inner}: {known}")
    if len(key.reads) != 1 or key.inner:
        raise wrong(rule, f"`by: {rule.by}` is not read from one place, so it cannot tell the elements apart")


def _canonical(rule: Rule, model: type[BaseModel]) -> Shape:
    """Find what a rule's canonical path leads to, or say which step leads nowhere."""
    shape = Shape(model)
    for place, key in enumerate(rule.keys):
        above = ".".join(rule.keys[:place])
        if shape.many:
            raise wrong(rule, f"{above} is a list: use `each`")
        if shape.model is None and shape.kind not in (dict, None):
            raise wrong(rule, f"{above} is not an object, so there is no {rule.name}")
        if shape.model is not None and key not in shapes(shape.model):
            raise wrong(rule, f"{shape.model.__name__} has no {key!r}: {_suggest(key, shape.model)}")
        shape = shapes(shape.model)[key] if shape.model else Shape(None, nullable=True)
    if shape.kind is dict:
        raise wrong(rule, f"{rule.name} holds named values: write {rule.name}.NAME")
    return shape


def _suggest(key: str, model: type[BaseModel]) -> str:
    known = did_you_mean(key, shapes(model))
    guess = "mean" in known or "custom" not in shapes(model)
    return known if guess else f"{known}; a field of your own is custom.{key}"


def _check_values(rule: Rule, shape: Shape) -> None:
    """Refuse canonical values that the model does not know."""
    for ours in rule.values or ():
        if ours is None or shape.kind is None:
            continue
        if issubclass(shape.kind, StrEnum) and ours not in set(shape.kind):
            raise wrong(rule, f"{rule.name} cannot be {ours!r}: {did_you_mean(str(ours), map(str, shape.kind))}")
        if shape.kind is bool and not isinstance(ours, bool):
            raise wrong(rule, f"{rule.name} is true or false, not {ours!r}")
        if shape.kind is str and isinstance(ours, bool):
            raise wrong(rule, f"{rule.name} is text, not true or false")


def _check_places(rules: Rules) -> None:
    """Refuse two rules for one place, in our record and in theirs."""
    writers: dict[Path, Rule] = {}
    selections: dict[Path, tuple[str, Rule]] = {}
    for rule in active(rules):
        for end in range(1, len(rule.keys)):
            outer = rules.get(".".join(rule.keys[:end]))
            if outer is not None and not outer.off:
                raise wrong(
                    rule, f"{rule.name} is inside {outer.name}, which has a rule of its own (line {outer.line})"
                )
        for path in rule.writes:
            other = writers.setdefault(path, rule)
            if other is not rule:
                raise wrong(rule, f"{rule.name} and {other.name} both write {path_text(path)}")
            _check_selections(rule, path, selections)


def _check_selections(rule: Rule, path: Path, selections: dict[Path, tuple[str, Rule]]) -> None:
    """Refuse a list whose elements are selected by two keys: they could be the same element."""
    for end, step in enumerate(path):
        if step.where is None:
            continue
        place = (*path[:end], Step(step.name))
        key, other = selections.setdefault(place, (step.where.key, rule))
        if key != step.where.key:
            text = f"{path_text(place)} is selected by {step.where.key} here and by {key} in {other.name}"
            raise wrong(rule, text)
