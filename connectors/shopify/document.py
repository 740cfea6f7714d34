"""The GraphQL documents that the connector sends: one file an operation, fragments in `documents/parts`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

FOLDER = files(__name__.rpartition(".")[0]) / "documents"
SPREAD = re.compile(r"\.\.\.(\w+)")


@cache
def document(name: str) -> str:
    """Read an operation together with every fragment that it needs."""
    text = FOLDER.joinpath(f"{name}.graphql").read_text(encoding="utf-8")
    return "".join([text, *(_part(part) for part in _needed(text))])


@cache
def names() -> tuple[str, ...]:
    """List the operations."""
    return tuple(sorted(file.name.removesuffix(".graphql") for file in FOLDER.iterdir() if file.is_file()))


def _needed(text: str) -> list[str]:
    needed: list[str] = []
    waiting = SPREAD.findall(text)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.append(name)
            waiting += SPREAD.findall(_part(name))
    return needed


@cache
def _part(name: str) -> str:
    return FOLDER.joinpath("parts", f"{name}.graphql").read_text(encoding="utf-8")
