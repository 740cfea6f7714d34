"""Writes the Python that decodes a mapping's documents: one function a part, straight-line code, compiled once.

Nothing that a mapping says becomes code: texts stand in the source as literals made by `repr`, everything else is
bound by name. `Program.places` tells which rule a line belongs to, so that an error can be traced to its field.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from hub.mapping.amount import AMOUNT, AMOUNTS, EXACT, NEVER_EXACT
from hub.mapping.doubt import CHECKS, doubt, nested, unread
from hub.mapping.field import Field, Part
from hub.mapping.paths import MISSING, Path, inside, listed, select

NAMES: Final[dict[str, Any]] = {
    "M": MISSING,
    "AMOUNTS": AMOUNTS,
    "EXACT": EXACT,
    "never": NEVER_EXACT,
    "inside": inside,
    "select": select,
    "listed": listed,
    "deepcopy": deepcopy,
    **CHECKS,
}

USUAL: Final[dict[str, str]] = {
    "strip": "(v.strip() or None) if v.__class__ is str else ",
    "phone": "(v.strip() or None) if v.__class__ is str else ",
    "html": "v if v.__class__ is str and '&' not in v else ",
    "text": "v if v.__class__ is str else ",
    "id": "str(v) if v.__class__ is int and v else ",
    "decimal": "str(v) if v.__class__ is int else ",
    AMOUNT: "v if v.__class__ is str and exact(v) else ",
}
"""What built-in codecs do with the values that they nearly always get, without calling them."""


class Doing(Enum):
    """What a line of the program is about."""

    READING = "reading"
    TRANSLATING = "translating"
    """Looking a value up in a table."""
    ELEMENT = "element"
    """Reading one element of a list; `items` holds those before it."""


@dataclass(slots=True)
class Program:
    """Python source under construction, and what every line of it is for."""

    name: str
    lines: list[str] = field(default_factory=list)
    places: dict[int, tuple[Field, Doing]] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=lambda: dict(NAMES))

    @property
    def source(self) -> str:
        """The Python source."""
        return "\n".join(self.lines) + "\n"

    def add(self, indent: int, line: str, of: Field | None = None, doing: Doing = Doing.READING) -> None:
        """Append a line; errors in a line of a field are traced to it."""
        self.lines.append("    " * indent + line)
        if of is not None:
            self.places[len(self.lines)] = (of, doing)

    def bind(self, value: object) -> str:
        """Give a value a name that the source can use."""
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    def run(self) -> dict[str, Callable[..., Any]]:
        """Compile the source and give its functions; tracebacks will show its lines."""
        linecache.cache[self.name] = (len(self.source), None, self.source.splitlines(keepends=True), self.name)
        exec(compile(self.source, self.name, "exec"), self.names)
        return self.names


ARGUMENTS: Final = "tables, link, amount, exact, doubts"


def decoder(name: str, parts: Iterable[Part], keep: Callable[[Field], bool] | None = None) -> Program:
    """Write `part_N(d, tables, link, amount, exact, doubts) -> dict` for every part, of the fields to keep.

    `d` is the document. `amount` reads amounts where the part has no currency of its own, and `exact` tells of text
    that it is one just as it is. `doubts` gathers the fields whose value may not fit the model; nobody asks for them
    where only some fields are kept.
    """
    program = Program(name)
    for part in parts:
        program.add(0, f"def {part.name}(d, {ARGUMENTS}):")
        program.add(1, "out = {}")
        containers = _Containers(program)
        for f in part.fields:
            if f.rule.reads and (keep is None or keep(f)):
                _field(program, containers, f, judged=keep is None and part.model is not None)
        if keep is None:
            _judge_whole(program, part)
        program.add(1, "return out")
    return program


def _judge_whole(program: Program, part: Part) -> None:
    """Write what no field can say by itself: what is missing, and objects that several rules put together."""
    for name in unread(part):
        program.add(1, f"doubts.append({name!r})")
    for name, fits in nested(part, program.bind):
        program.add(1, f"if {name!r} in out and not {fits}(out[{name!r}]): doubts.append({name!r})")


def leaves(name: str, parts: Iterable[Part]) -> Program:
    """Write `leaf_N_M(v, tables, amount)` for every plain field: what its raw value means, links left as they are."""
    program = Program(name)
    for part in parts:
        for place, f in enumerate(part.fields):
            if f.rule.reads and f.part is None:
                program.add(0, f"def {leaf_name(part, place)}(v, tables, amount):")
                program.add(1, "exact = never")
                _value(program, 1, f)
                program.add(1, "return v")
    return program


def leaf_name(part: Part, place: int) -> str:
    """Name the function that `leaves` writes for a field of a part."""
    return f"leaf_{part.name}_{place}"


@dataclass(slots=True)
class _Containers:
    """The objects and lists on the way to the fields, each fetched once a document."""

    program: Program
    known: dict[tuple[Path, str], str] = field(default_factory=dict)

    def at(self, path: Path, of: Field, miss: str) -> str:
        """Name the variable that can be asked for the keys of the object at a path."""
        if not path:
            return "d"
        var = self.known.get((path, miss))
        if var is None:
            fetch = self.fetch(path, of, miss)
            var = self.known[path, miss] = f"o{len(self.known)}"
            self.program.add(1, f"{var} = {fetch}", of)
            self.program.add(1, f"if {var}.__class__ is not dict: {var} = inside({var})", of)
        return var

    def fetch(self, path: Path, of: Field, miss: str) -> str:
        """Write the expression for the value at a path, M where it is absent."""
        if not path:
            return "d"
        step = path[-1]
        value = f"{self.at(path[:-1], of, miss)}.get({step.name!r}, M)"
        if step.where is None:
            return value
        return f"select({value}, {step.where.key!r}, {self.program.bind(step.where.matches)}, {miss})"


def _field(program: Program, containers: _Containers, f: Field, *, judged: bool) -> None:
    has_default = f.rule.default is not MISSING
    condition = _fetch(program, containers, f, "M" if has_default else "None")
    indent = 2 if condition else 1
    if condition:
        program.add(1, f"if {condition}:", f)
    _value(program, indent, f)
    if f.rule.link:
        program.add(indent, f"if v is not None: v = link({f.rule.link!r}, v)")
    _keep(program, indent, f, judged=judged)
    if condition and has_default:
        program.add(1, "else:")
        program.add(2, f"v = deepcopy({program.bind(f.rule.default)})")
        _keep(program, 2, f, judged=judged)
    elif condition and judged and f.shape.required:
        program.add(1, f"else: doubts.append({f.rule.name!r})")
    if f.rule.name == "currency":
        program.add(1, "c = out.get('currency')")
        program.add(1, "amount, exact = AMOUNTS.get(c, amount), EXACT.get(c, exact)", f)


def _keep(program: Program, indent: int, f: Field, *, judged: bool) -> None:
    """Write what stores `v` in the record, and says so where it may not fit."""
    if judged and len(f.keys) == 1 and (condition := doubt(f, program.bind)):
        program.add(indent, f"if {condition}: doubts.append({f.rule.name!r})")
    _store(program, indent, f)


def _fetch(program: Program, containers: _Containers, f: Field, miss: str) -> str:
    """Write what gets the raw value into `v`; give the condition under which it is there, empty for always."""
    paths = f.rule.reads
    if len(paths) > 1:
        names = [f"v{place}" for place in range(len(paths))]
        for name, path in zip(names, paths, strict=True):
            program.add(1, f"{name} = {containers.fetch(path, f, miss)}", f)
        program.add(1, f"v = [{', '.join(f'None if {name} is M else {name}' for name in names)}]", f)
        return " or ".join(f"{name} is not M" for name in names)
    program.add(1, f"v = {containers.fetch(paths[0], f, miss)}", f)
    return "v is not M" if paths[0] else ""


def _value(program: Program, indent: int, f: Field) -> None:
    """Write what turns the raw value in `v` into ours."""
    if f.rule.empty is not MISSING:
        program.add(indent, f"if v == {program.bind(f.rule.empty)}: v = None", f)
    for codec in f.codecs:
        call = "amount(v)" if codec.name == AMOUNT else f"{program.bind(codec.decode)}(v, tables)"
        usual = USUAL.get(codec.name, "")
        program.add(indent, f"if v is not None: v = {usual}{call}", f)
    if f.ours is not None:
        program.add(indent, f"v = {program.bind(f.ours)}[v]", f, Doing.TRANSLATING)
    if f.rule.table:
        program.add(indent, f"if v is not None: v = tables[{f.rule.table!r}][str(v)]", f, Doing.TRANSLATING)
    if f.part is not None:
        _part(program, indent, f, f.part)
    if f.shape.many and not f.shape.nullable:
        program.add(indent, "if v is None: v = []", f)


def _part(program: Program, indent: int, f: Field, part: Part) -> None:
    program.add(indent, "if v is not None:", f)
    if f.rule.part:
        program.add(indent + 1, f"v = {part.name}({_object('v')}, {ARGUMENTS})", f)
        return
    program.add(indent + 1, "items = []", f)
    program.add(indent + 1, "for e in v if v.__class__ is list else listed(v):", f)
    program.add(indent + 2, f"items.append({part.name}({_object('e')}, {ARGUMENTS}))", f, Doing.ELEMENT)
    program.add(indent + 1, "v = items", f)


def _object(var: str) -> str:
    return f"{var} if {var}.__class__ is dict else inside({var})"


def _store(program: Program, indent: int, f: Field) -> None:
    target = "out"
    for key in f.keys[:-1]:
        target += f".setdefault({key!r}, {{}})"
    program.add(indent, f"{target}[{f.keys[-1]!r}] = v")
