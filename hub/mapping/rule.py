"""What a mapping says: its rules, each knowing the layer, file and line it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from hub.mapping.paths import MISSING, Missing, Path, Step

SHIPPED = "shipped"
"""The layer of the mappings that come with a connector."""

Plain: TypeAlias = str | int | float | bool | None


class When(StrEnum):
    """When a field is written: always, only on creation, or only where the remote has nothing yet."""

    ALWAYS = "always"
    NEW = "new"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One field: where it stands in their documents and how its value is turned into ours and back.

    `name` is the canonical path. `reads` and `writes` are remote paths; several only where a codec makes one value of
    them. `values` is ours -> theirs, the first of which is written. `off` says that an upper layer switched the
    field off.
    """

    name: str
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    codecs: tuple[str, ...] = ()
    values: Mapping[Plain, tuple[Plain, ...]] | None = None
    table: str = ""
    part: str = ""
    each: str = ""
    by: str = ""
    link: str = ""
    when: When = When.ALWAYS
    default: Any = MISSING
    empty: Plain | Missing = MISSING
    loses: str = ""
    off: bool = False
    layer: str = SHIPPED
    file: str = ""
    line: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """The canonical path in its keys."""
        return tuple(self.name.split("."))

    @property
    def canonical(self) -> Path:
        """The canonical path in its steps."""
        return tuple(Step(key) for key in self.keys)

    @property
    def inner(self) -> str:
        """The name of the part that describes the value, if it has one."""
        return self.part or self.each

    @property
    def two_way(self) -> bool:
        """Tell whether what is read is always written to the same place: only there can the law be proved."""
        return self.reads == self.writes and self.when is When.ALWAYS


Rules: TypeAlias = Mapping[str, Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFile:
    """One mapping file, or several layers of it in one.

    `id`, `version` and `reference` are the paths of the external id, of the remote's version text and of the place
    where our record id is written on creation.
    """

    entity: str
    stream: str
    id: Path | None = None
    version: Path | None = None
    reference: Path | None = None
    fields: Rules = field(default_factory=dict)
    parts: Mapping[str, Rules] = field(default_factory=dict)
    layer: str = SHIPPED
    file: str = ""
