"""Reads YAML without surprises: `NO`, `on` and `yes` are text, a key stands once, and every value knows its line.

Plain values are null, true, false and numbers as in YAML 1.2; all else is text, 007 too. Anchors and tags are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias

import yaml
from yaml import events

from hub.errors import MappingFileError

WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
LARGEST = 1_000_000
DEEPEST = 20
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the C parser is ten times faster; both resolve nothing


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; `quoted` ones are text whatever they look like."""

    line: int
    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """A list, or a mapping whose keys and values take turns."""

    line: int
    is_mapping: bool
    nodes: list[Node]


Node: TypeAlias = Scalar | Branch
Entries: TypeAlias = dict[str, tuple[int, Node]]
"""A YAML mapping: key -> (line of the key, value)."""


class Reader:
    """Reads one file and names file and line of every mistake."""

    def __init__(self, file: str) -> None:
        self.file = file

    def wrong(self, message: str, line: int | Node | None, hint: str = "") -> MappingFileError:
        """Make the error for a mistake at a line or a node."""
        at = line if isinstance(line, int) or line is None else line.line
        return MappingFileError(message, file=self.file, line=at, hint=hint or "Correct the mapping file.")

    def parse(self, text: str) -> Node:
        """Read the one document of a file."""
        if len(text) > LARGEST:
            raise self.wrong(f"a mapping of {len(text)} characters; {LARGEST} is the most", None)
        try:
            return self._compose(yaml.parse(text, Loader=LOADER))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            raise self.wrong(f"not YAML: {error.problem}", mark.line + 1 if mark else None) from None
        except yaml.YAMLError as error:
            raise self.wrong(f"not YAML: {error}", None) from None

    def _compose(self, found: Iterable[events.Event]) -> Node:
        """Build the tree from parser events: a deep nesting must not become a deep recursion."""
        top = Branch(1, False, [])
        open_branches = [top]
        for event in found:
            self._refuse(event, len(open_branches))
            line = _line(event)
            if isinstance(event, events.ScalarEvent):
                open_branches[-1].nodes.append(Scalar(line, event.value, event.style not in (None, "")))
            elif isinstance(event, events.CollectionStartEvent):
                branch = Branch(line, isinstance(event, events.MappingStartEvent), [])
                open_branches[-1].nodes.append(branch)
                open_branches.append(branch)
            elif isinstance(event, events.CollectionEndEvent):
                open_branches.pop()
        if len(top.nodes) != 1:
            raise self.wrong("the file is empty" if not top.nodes else "more than one document in a file", None)
        return top.nodes[0]

    def _refuse(self, event: events.Event, depth: int) -> None:
        line = _line(event)
        if depth > DEEPEST:
            raise self.wrong(f"nested deeper than {DEEPEST}", line)
        if isinstance(event, events.NodeEvent) and event.anchor is not None:
            raise self.wrong("anchors and aliases (& and *) are not used in mappings", line, "Use a part instead.")
        if getattr(event, "tag", None) not in (None, "!"):
            raise self.wrong("tags (!) are not used in mappings", line)

    def entries(self, node: Node, what: str) -> Entries:
        """Read a mapping; a key that stands twice is a mistake."""
        if not isinstance(node, Branch) or not node.is_mapping:
            raise self.wrong(f"{what} must be a mapping (`key: value`)", node)
        found: Entries = {}
        for key_node, value in zip(node.nodes[::2], node.nodes[1::2], strict=True):
            key = self.text(key_node, f"a key of {what}")
            if key in found:
                raise self.wrong(f"{key!r} stands twice in {what}, first in line {found[key][0]}", key_node)
            found[key] = (key_node.line, value)
        return found

    def text(self, node: Node, what: str) -> str:
        """Read text, whatever it looks like."""
        if not isinstance(node, Scalar) or not node.text:
            raise self.wrong(f"{what} must be text", node)
        return node.text

    def items(self, node: Node, what: str) -> list[Node]:
        """Read a list, or one value as a list of one."""
        nodes = node.nodes if isinstance(node, Branch) and not node.is_mapping else [node]
        if not nodes:
            raise self.wrong(f"{what} must not be an empty list", node)
        return nodes

    def value(self, node: Node) -> Any:
        """Read any value."""
        if isinstance(node, Scalar):
            return scalar(node)
        if node.is_mapping:
            return {key: self.value(item) for key, (_, item) in self.entries(node, "an object").items()}
        return [self.value(item) for item in node.nodes]


def _line(event: events.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def scalar(node: Scalar) -> str | int | float | bool | None:
    """Read a plain value as what it says, a quoted one as text."""
    text = node.text
    if node.quoted:
        return text
    if text in WORDS:
        return WORDS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the known word nearest to one that is not known, or list them all."""
    words = sorted(known)
    lower = {known.lower(): known for known in reversed(words)}
    near = get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    return f"did you mean {lower[near[0]]!r}?" if near else f"known are {', '.join(words)}" if words else ""
