"""Layers of one mapping: what a merchant or a connection says goes before what was shipped, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hub.errors import MappingFileError
from hub.mapping.rule import MappingFile, Rules
from hub.mapping.strict_yaml import did_you_mean
from hub.mapping.verify import verify

LAYERS = ("shipped", "merchant", "connection")
"""Lowest first; every rule knows which one it comes from."""


def layer(files: Sequence[MappingFile]) -> MappingFile:
    """Lay mapping files over each other, the lowest first; MappingFileError where the result cannot be.

    A field of an upper file replaces the field of that name whole; `null` switches it off.
    """
    if not files:
        raise ValueError("nothing to lay over each other")
    result = files[0]
    for upper in files[1:]:
        result = _over(upper, result)
    verify(result, complete=True)
    return result


def _over(upper: MappingFile, lower: MappingFile) -> MappingFile:
    for what, ours, theirs in (
        ("entity", upper.entity, lower.entity),
        ("stream", upper.stream, lower.stream),
    ):
        if ours != theirs:
            raise MappingFileError(f"{what} is {ours}, but {theirs} in {lower.file}", file=upper.file)
    names = [*lower.parts, *(name for name in upper.parts if name not in lower.parts)]
    return replace(
        lower,
        id=lower.id if upper.id is None else upper.id,
        version=lower.version if upper.version is None else upper.version,
        reference=lower.reference if upper.reference is None else upper.reference,
        fields=_merged(upper.fields, lower.fields),
        parts={name: _merged(upper.parts.get(name, {}), lower.parts.get(name, {})) for name in names},
    )


def _merged(upper: Rules, lower: Rules) -> Rules:
    """Replace field by field; switching off what is not there is a mistake."""
    for rule in upper.values():
        if rule.off and rule.name not in lower:
            raise MappingFileError(
                f"{rule.name} is switched off, but no layer below has it: {did_you_mean(rule.name, lower)}",
                file=rule.file,
                line=rule.line,
            )
    return {**lower, **upper}
