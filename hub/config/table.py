"""Takes typed values out of a TOML table, and gathers everything that is wrong with it together with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from hub.config.duration import parse_duration
from hub.config.locator import KeyPath, Lines
from hub.config.suggestion import did_you_mean

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a number",
    Decimal: "a number",
    str: "text",
    list: "a list",
    dict: "a table",
    datetime: "a time",
    date: "a date",
    time: "a time of day",
}


def kind_of(value: object) -> str:
    """Name the kind of a TOML value in plain words."""
    return KINDS.get(type(value), type(value).__name__)


def dotted(path: KeyPath) -> str:
    """Write a key path as people do: routes[0].entity."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


@dataclass
class Mistakes:
    """What is wrong with a file: (line, sentence), in the order of finding."""

    lines: Lines
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, path: KeyPath, reason: str, hint: str = "") -> None:
        """Remember a mistake at a key path."""
        gap = "" if reason.startswith(":") else " "
        sentence = f"{dotted(path)}{gap}{reason}" + (f"; {hint}" if hint else "")
        self.found.append((self.lines.line(*path) or 1, sentence))


class Table:
    """One table being read. Whatever is never asked for is unknown; a wrong value is noted and the default given."""

    def __init__(self, values: Mapping[str, Any], path: KeyPath, mistakes: Mistakes) -> None:
        self.values = values
        self.path = path
        self.mistakes = mistakes
        self._asked: set[str] = set()

    def wrong(self, key: str | None, reason: str, hint: str = "") -> None:
        """Note a mistake at one of the keys, or at the table itself."""
        self.mistakes.add(self.path if key is None else (*self.path, key), reason, hint)

    def get(self, key: str, kind: type[T]) -> T | None:
        """Take a value of a kind; None when it is absent or of another kind, which is noted."""
        self._asked.add(key)
        value = self.values.get(key)
        if value is None or type(value) is kind:
            return value
        self.wrong(key, f"must be {KINDS[kind]}, not {kind_of(value)}")
        return None

    def text(self, key: str, default: str = "") -> str:
        """Take a text; an empty one is as wrong as another kind."""
        value = self.get(key, str)
        if value == "":
            self.wrong(key, "must not be empty")
        return value or default

    def needed(self, key: str, example: str) -> str:
        """Take a text that must be there."""
        if key not in self.values:
            self._asked.add(key)
            self.wrong(None, f"needs {key}", f'for example {key} = "{example}"')
        return self.text(key)

    def choice(self, key: str, kind: type[E], default: E) -> E:
        """Take one of a closed set of words."""
        text = self.text(key, default)
        try:
            return kind(text)
        except ValueError:
            self.wrong(key, f'cannot be "{text}"', did_you_mean(text, list(kind)))
            return default

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Take a list of texts without repeats; None when absent."""
        values = self.get(key, list)
        if values is None:
            return None
        for index, value in enumerate(values):
            if not isinstance(value, str) or not value:
                self.mistakes.add((*self.path, key, index), f"must be text, not {kind_of(value)}")
            elif value in values[:index]:
                self.mistakes.add((*self.path, key, index), f'says "{value}" a second time')
        return tuple(value for value in values if isinstance(value, str))

    def duration(self, key: str, example: str) -> timedelta | None:
        """Take a duration such as "5m"; None when absent."""
        text = self.text(key)
        duration = parse_duration(text)
        if text and duration is None:
            self.wrong(key, f'cannot be "{text}"', f'write it like "{example}"')
        return duration

    def instant(self, key: str) -> datetime | None:
        """Take a point in time, which must say its zone."""
        self._asked.add(key)
        value = self.values.get(key)
        if value is None or (isinstance(value, datetime) and value.tzinfo is not None):
            return value
        self.wrong(key, "must be a time with its zone", "for example 2026-01-01T00:00:00Z, without quotes")
        return None

    def table(self, key: str) -> Table:
        """Take a table inside this one, empty when absent."""
        return Table(self.get(key, dict) or {}, (*self.path, key), self.mistakes)

    def tables(self, key: str) -> list[Table]:
        """Take a list of tables, as `[[routes]]` makes it."""
        values = self.get(key, list) or []
        for index, value in enumerate(values):
            if not isinstance(value, dict):
                self.mistakes.add((*self.path, key, index), f"must be a table, not {kind_of(value)}")
        path = (*self.path, key)
        return [Table(v, (*path, i), self.mistakes) for i, v in enumerate(values) if isinstance(v, dict)]

    def named_tables(self) -> dict[str, Table]:
        """Take every value of this table as a table of its own."""
        return {key: self.table(key) for key in self.values}

    def know(self, *keys: str) -> None:
        """Say that keys are known which were looked at elsewhere."""
        self._asked.update(keys)

    def rest(self) -> dict[str, Any]:
        """Take everything that was not asked for."""
        rest = {key: value for key, value in self.values.items() if key not in self._asked}
        self._asked.update(rest)
        return rest

    def close(self) -> None:
        """Note every key that nobody asked for."""
        for key in self.values:
            if key not in self._asked:
                hint = did_you_mean(key, self._asked)
                self.mistakes.add((*self.path, key), "is not known", hint)
