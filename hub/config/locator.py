"""Tells on which line of a TOML text each value stands, which `tomllib` does not."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]

BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
SPACE = re.compile(r"[ \t]*")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
BARE_VALUE = re.compile(r"[^,\]}\n#]*")
STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}(?!")', re.DOTALL),
    re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL),
    re.compile(r'"((?:[^"\\\n]|\\.)*)"'),
    re.compile(r"'([^'\n]*)'"),
)
ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([btnfr"\\]))')
ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


class Lines:
    """The line of each key path; a path that was not written answers with the line of its nearest parent."""

    def __init__(self, lines: Mapping[KeyPath, int] | None = None) -> None:
        self._lines = dict(lines or {})

    def line(self, *path: str | int) -> int | None:
        """Tell the line of a key path such as ("routes", 0, "entity"); None when not even a parent was written."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._lines:
                return self._lines[path[:end]]
        return None


def locate(text: str) -> Lines:
    """Find the line of every key and array element of a TOML text that `tomllib` has accepted."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.scan()
    return Lines(scanner.lines)


class _Scanner:
    """Walks over a valid TOML text once; it only needs to know where values end."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._text = text
        self._position = 0
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._last_index: dict[KeyPath, int] = {}

    def scan(self) -> None:
        table: KeyPath = ()
        self._skip(BLANK)
        while self._position < len(self._text):
            if self._take("[["):
                table = self._array_header()
            elif self._take("["):
                table = self._resolve(self._keys())
                self._take("]")
            else:
                self._pair(table)
            self._skip(BLANK)

    def _array_header(self) -> KeyPath:
        start = self._position
        keys = self._keys()
        self._take("]]")
        array = (*self._resolve(keys[:-1]), keys[-1])
        index = self._last_index.get(array, -1) + 1
        self._last_index[array] = index
        self._note(array, start)
        self._note((*array, index), start)
        return (*array, index)

    def _resolve(self, keys: list[str]) -> KeyPath:
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            self._note(path, self._position)
            if path in self._last_index:
                path = (*path, self._last_index[path])
        return path

    def _pair(self, table: KeyPath) -> None:
        start = self._position
        path = table
        for key in self._keys():
            path = (*path, key)
            self._note(path, start)
        self._take("=")
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._skip(SPACE)
        if self._take("["):
            self._array(path)
        elif self._take("{"):
            self._inline_table(path)
        elif not any(self._skip(string) for string in STRINGS):
            self._skip(BARE_VALUE)

    def _array(self, path: KeyPath) -> None:
        index = 0
        self._skip(BLANK)
        while not self._take("]"):
            self._note((*path, index), self._position)
            self._value((*path, index))
            index += 1
            self._skip(BLANK)
            self._take(",")
            self._skip(BLANK)

    def _inline_table(self, path: KeyPath) -> None:
        self._skip(BLANK)
        while not self._take("}"):
            self._pair(path)
            self._skip(BLANK)
            self._take(",")
            self._skip(BLANK)

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._take("."):
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        self._skip(SPACE)
        text = self._skip(BARE_KEY) or self._skip(STRINGS[2]) or self._skip(STRINGS[3])
        self._skip(SPACE)
        if text.startswith('"'):
            return ESCAPE.sub(_unescape, text[1:-1])
        return text[1:-1] if text.startswith("'") else text

    def _take(self, token: str) -> bool:
        found = self._text.startswith(token, self._position)
        self._position += len(token) * found
        return found

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._position)
        self._position = match.end() if match else self._position
        return match.group() if match else ""

    def _note(self, path: KeyPath, position: int) -> None:
        self.lines.setdefault(path, bisect_right(self._starts, position))


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    return chr(int(code, 16)) if code else ESCAPED[match.group(3)]
