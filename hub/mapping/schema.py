"""Reads a mapping file: strictly, so that every mistake is named with its file and line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hub.mapping.paths import Path, parse_path
from hub.mapping.rule import SHIPPED, MappingFile, Plain, Rule, Rules, When
from hub.mapping.strict_yaml import Branch, Entries, Node, Reader, Scalar, did_you_mean, scalar
from hub.mapping.verify import refuse_idle_parts, verify

__all__ = ["SHIPPED", "MappingFile", "Rule", "When", "load_mapping"]

FILE_KEYS = ("entity", "stream", "id", "version", "reference", "fields", "parts")


def load_mapping(text: str, file: str, layer: str = SHIPPED) -> MappingFile:
    """Read the text of a mapping file; MappingFileError names the line of whatever is wrong.

    A shipped file must be complete; the files of the layers above say only what they change.
    """
    mapping = _parse(text, file, layer)
    verify(mapping, complete=layer == SHIPPED)
    if layer == SHIPPED:
        refuse_idle_parts(mapping)
    return mapping


def _parse(text: str, file: str, layer: str) -> MappingFile:
    reader = Reader(file)
    top = reader.parse(text)
    entries = reader.entries(top, "the file")
    _known(reader, entries, FILE_KEYS, "the file")
    if missing := [key for key in ("entity", "stream") if key not in entries]:
        raise reader.wrong(f"the file does not say its {missing[0]}", top)
    parts = reader.entries(entries["parts"][1], "parts") if "parts" in entries else {}
    return MappingFile(
        entity=reader.text(entries["entity"][1], "entity"),
        stream=reader.text(entries["stream"][1], "stream"),
        id=_path_at(reader, entries, "id"),
        version=_path_at(reader, entries, "version"),
        reference=_path_at(reader, entries, "reference"),
        fields=_rules(reader, entries["fields"][1], "fields", layer) if "fields" in entries else {},
        parts={name: _rules(reader, node, f"part {name}", layer) for name, (_, node) in parts.items()},
        layer=layer,
        file=file,
    )


def _known(reader: Reader, entries: Entries, known: tuple[str, ...], where: str) -> None:
    for key, (line, _) in entries.items():
        if key not in known:
            raise reader.wrong(f"unknown key {key!r} in {where}: {did_you_mean(key, known)}", line)


def _path_at(reader: Reader, entries: Entries, key: str) -> Path | None:
    return _path(reader, entries[key][1], key) if key in entries else None


def _path(reader: Reader, node: Node, what: str) -> Path:
    try:
        return parse_path(reader.text(node, what))
    except ValueError as error:
        raise reader.wrong(str(error), node) from None


def _rules(reader: Reader, node: Node, where: str, layer: str) -> Rules:
    return {
        name: _rule(reader, name, line, value, layer) for name, (line, value) in reader.entries(node, where).items()
    }


def _rule(reader: Reader, name: str, line: int, node: Node, layer: str) -> Rule:
    if isinstance(node, Scalar) and scalar(node) is None:
        return Rule(name=name, off=True, layer=layer, file=reader.file, line=line)
    if isinstance(node, Scalar):
        path = (_path(reader, node, name),)
        return Rule(name=name, reads=path, writes=path, layer=layer, file=reader.file, line=line)
    entries = reader.entries(node, name)
    _known(reader, entries, tuple(OPTIONS), name)
    options: dict[str, Any] = {}
    for key, (_, value) in entries.items():
        OPTIONS[key](reader, value, options)
    _consistent(reader, name, line, entries)
    rule = Rule(name=name, layer=layer, file=reader.file, line=line, **options)
    if max(len(rule.reads), len(rule.writes)) > 1 and not rule.codecs:
        raise reader.wrong(f"{name} has several paths, so it needs a codec (`as`) that makes one value of them", line)
    return rule


def _consistent(reader: Reader, name: str, line: int, entries: Entries) -> None:
    """Refuse keys that contradict each other."""
    has = entries.keys()
    if not has & {"path", "in", "out"}:
        raise reader.wrong(f"{name} says neither `path` nor `in` nor `out`", line)
    if "path" in has and has & {"in", "out"}:
        raise reader.wrong(f"{name} says both `path` and `in`/`out`; `path` is for both ways", line)
    rivals = sorted(has & {"values", "table", "part", "each", "link"})
    if len(rivals) > 1:
        raise reader.wrong(f"{name} says both `{rivals[0]}` and `{rivals[1]}`; only one can make the value", line)
    if "by" in has and "each" not in has:
        raise reader.wrong(f"{name} says `by`, which needs `each`", line)
    if has & {"part", "each"} and "as" in has and has & {"path", "out"}:
        raise reader.wrong(f"{name} puts a codec before a part, which only works one way: use `in`", line)
    if "default" in has and not has & {"path", "in"}:
        raise reader.wrong(f"{name} has a default, but is never read", line)
    if "write" in has and not has & {"path", "out"}:
        raise reader.wrong(f"{name} says when to write, but is never written", line)


Option: TypeAlias = Callable[[Reader, Node, dict[str, Any]], None]


def _paths(*targets: str) -> Option:
    def option(reader: Reader, node: Node, options: dict[str, Any]) -> None:
        paths = tuple(_path(reader, item, "a path") for item in reader.items(node, "a path"))
        options.update(dict.fromkeys(targets, paths))

    return option


def _word(target: str) -> Option:
    def option(reader: Reader, node: Node, options: dict[str, Any]) -> None:
        options[target] = reader.text(node, target)

    return option


def _codecs(reader: Reader, node: Node, options: dict[str, Any]) -> None:
    options["codecs"] = tuple(reader.text(item, "a codec") for item in reader.items(node, "`as`"))


def _when(reader: Reader, node: Node, options: dict[str, Any]) -> None:
    word = reader.text(node, "`write`")
    if word not in set(When):
        raise reader.wrong(f"`write: {word}`: {did_you_mean(word, map(str, When))}", node)
    options["when"] = When(word)


def _default(reader: Reader, node: Node, options: dict[str, Any]) -> None:
    options["default"] = reader.value(node)


def _empty(reader: Reader, node: Node, options: dict[str, Any]) -> None:
    if not isinstance(node, Scalar) or scalar(node) is None:
        raise reader.wrong('`empty` is the remote\'s own word for null, as "" or 0', node)
    options["empty"] = scalar(node)


def _values(reader: Reader, node: Node, options: dict[str, Any]) -> None:
    values: dict[Plain, tuple[Plain, ...]] = {}
    owner: dict[Plain, str] = {}
    for ours, (_, theirs) in reader.entries(node, "`values`").items():
        found = reader.items(theirs, f"the values of {ours}")
        for item in found:
            if isinstance(item, Branch):
                raise reader.wrong("a value is text, a number, true, false or null", item)
            value = scalar(item)
            first = owner.setdefault(value, ours)
            if first != ours:
                raise reader.wrong(f"their {value!r} stands under {first} and {ours}: which one is it?", item)
        values[{"true": True, "false": False, "null": None}.get(ours, ours)] = tuple(
            scalar(item) for item in found if isinstance(item, Scalar)
        )
    options["values"] = values


OPTIONS: dict[str, Option] = {
    "path": _paths("reads", "writes"),
    "in": _paths("reads"),
    "out": _paths("writes"),
    "as": _codecs,
    "values": _values,
    "table": _word("table"),
    "part": _word("part"),
    "each": _word("each"),
    "by": _word("by"),
    "link": _word("link"),
    "write": _when,
    "default": _default,
    "empty": _empty,
    "loses": _word("loses"),
}
