"""The shape that the code keeps: small files and functions, honest names, no broad catches."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for package in ("hub", "connectors", "demo")
    for path in (ROOT / package).rglob("*.py")
    if "versions" not in path.parts  # a migration is a list of statements, never touched again
)
TESTS = [path for path in (ROOT / "tests").rglob("*.py") if "fixtures" not in path.parts]
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "managers", "services", "service"}
EMPTY_NAME = re.compile(r"(Manager|Handler|Service|Processor|Helper|Utils?)$")
LONGEST_FILE, LONGEST_FUNCTION, MOST_METHODS = 400, 40, 20
BROAD_CATCHES = {"hub/plugins.py": 1, "hub/sync": 1}
"""Where a stranger's fault, or our own, must not take the process down (docs/decisions/0005)."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def every(kind: type[Node]) -> Iterator[tuple[str, Node]]:
    for path in SOURCES:
        yield from ((name_of(path), n) for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, kind))


def length(function: Function) -> int:
    """Count the lines of a function without its docstring and without the functions and classes inside it."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    for part in function.body:
        prose = (
            isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str)
        )
        if prose or isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            lines -= (part.end_lineno or 0) - part.lineno + 1
    return lines


def test_files_stay_small() -> None:
    assert {name_of(p): n for p in SOURCES if (n := len(p.read_text().splitlines())) > LONGEST_FILE} == {}


def test_functions_stay_small() -> None:
    functions = [*every(ast.FunctionDef), *every(ast.AsyncFunctionDef)]
    assert [(place, f.name, length(f)) for place, f in functions if length(f) > LONGEST_FUNCTION] == []


def test_classes_stay_small() -> None:
    classes = [(place, c.name, sum(isinstance(p, ast.FunctionDef) for p in c.body)) for place, c in every(ast.ClassDef)]
    assert [found for found in classes if found[2] > MOST_METHODS] == []


def test_files_are_named_for_what_they_hold() -> None:
    assert [name_of(path) for path in [*SOURCES, *TESTS] if path.stem in VAGUE] == []


def test_classes_are_named_for_what_they_are() -> None:
    assert [(place, c.name) for place, c in every(ast.ClassDef) if EMPTY_NAME.search(c.name)] == []


def test_every_module_and_every_public_name_says_what_it_is_for() -> None:
    modules = [(place, module) for place, module in every(ast.Module) if module.body]
    silent = [(place, "") for place, module in modules if not ast.get_docstring(module)]
    for place, module in modules:
        public = [part for part in module.body if isinstance(part, Function | ast.ClassDef) and part.name[0] != "_"]
        silent += [(place, part.name) for part in public if not ast.get_docstring(part)]
    assert silent == []


def test_broad_catches_are_the_ones_that_were_decided() -> None:
    found: Counter[str] = Counter()
    for place, handler in every(ast.ExceptHandler):
        goes_on = ast.unparse(handler.body[-1]) == "raise"  # it only tidies up
        if not goes_on and (handler.type is None or re.search(r"\b(Base)?Exception\b", ast.unparse(handler.type))):
            found[next((known for known in BROAD_CATCHES if place.startswith(known)), place)] += 1
    assert found - Counter(BROAD_CATCHES) == Counter()


def test_nothing_is_left_for_later() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|NotImplementedError|HACK)\b")
    assert [name_of(path) for path in SOURCES if unfinished.search(path.read_text())] == []


def test_tests_are_no_packages_and_have_names_of_their_own() -> None:
    assert [name_of(path) for path in TESTS if path.name == "__init__.py"] == []
    names = Counter(path.name for path in TESTS if path.name != "conftest.py")
    assert [name for name, count in names.items() if count > 1] == []
