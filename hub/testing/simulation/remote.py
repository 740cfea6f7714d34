"""A remote system: tables of documents that its users edit and that the hub writes to, strict about what it takes."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.clock import utc_parse, utc_text
from hub.testing.simulation.dialect import Dialect, Document, normalized
from hub.testing.simulation.gate import Gate

START = datetime(2026, 8, 18, 8, tzinfo=UTC)
MONEY = re.compile(r"-?\d+\.\d\d")
POISON = "poison"
"""A remote refuses what holds this word."""


class RefusalError(Exception):
    """The remote refuses a request: `status` and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def moment(seconds: float) -> datetime:
    """Turn virtual seconds into a time."""
    return START + timedelta(seconds=seconds)


@dataclass(slots=True)
class Remote:
    """One system. `now` is the virtual time; `told` hears of every change. `fields` are those it knows, by stream.

    `calls` are told (stream, id) whenever a user or the hub changed something: webhooks.
    """

    name: str
    dialect: Dialect
    now: Callable[[], float]
    fields: Mapping[str, frozenset[str]]
    told: Callable[[str], None]
    calls: Callable[[str, str], None] = lambda _stream, _external_id: None
    tables: dict[str, dict[str, Document]] = field(default_factory=dict)
    keys: dict[str, tuple[str, str, Document]] = field(default_factory=dict)
    gate: Gate = field(default_factory=Gate)
    serial: int = 0
    written: int = 0
    deleted: set[tuple[str, str]] = field(default_factory=set)

    def clock(self) -> datetime:
        """Tell the time by this remote's own clock."""
        return moment(self.now() + self.dialect.skew)

    def stamp(self, ago: float = 0.0) -> str:
        """Write a time as this remote stamps changes: by its clock, cut to its grain."""
        seconds = self.now() + self.dialect.skew - ago
        return utc_text(moment(seconds // self.dialect.grain * self.dialect.grain))

    def edit(self, stream: str, external_id: str | None, document: Document, late: float = 0.0) -> Document:
        """Keep what a user of this remote writes; it was stamped `late` seconds ago."""
        unseen = self.dialect.blind and external_id is not None and set(document) == {"note"}
        row = self._keep(stream, external_id, document, "" if unseen else self.stamp(late))
        self.told(f"{self.name} user {stream} {row['id']} {document}")
        return row

    def save_again(self, stream: str, external_id: str) -> None:
        """Let a user save a document without a change."""
        self._keep(stream, external_id, {}, self.stamp())
        self.told(f"{self.name} user saves {stream} {external_id} again")

    def create(self, stream: str, document: Document, key: str | None) -> Document:
        """Create a document for the hub; a key that came before gives what was made then."""
        self._judge(stream, document)
        if key and self.dialect.keyed and key in self.keys:
            _, external_id, before = self.keys[key]
            if before != document:
                raise RefusalError(422, "the key was used for another document")
            return copy.deepcopy(self.tables[stream][external_id])
        row = self._keep(stream, None, document, self.stamp())
        self.written += 1
        if key:
            self.keys[key] = (stream, row["id"], copy.deepcopy(document))
        self.told(f"{self.name} create {stream} {row['id']} {document}")
        return row

    def change(self, stream: str, external_id: str, document: Document) -> Document:
        """Change a document for the hub."""
        if external_id not in self.tables.get(stream, {}):
            raise RefusalError(404, "there is no such record")
        self._judge(stream, document)
        row = self._keep(stream, external_id, document, self.stamp())
        self.written += 1
        self.told(f"{self.name} change {stream} {external_id} {document}")
        return row

    def delete(self, stream: str, external_id: str) -> None:
        """Delete a document as a user would."""
        self.tables[stream].pop(external_id, None)
        self.deleted.add((stream, external_id))
        self.told(f"{self.name} delete {stream} {external_id}")
        self.calls(stream, external_id)

    def inside(self, stream: str, since: str | None, until: str | None) -> list[Document]:
        """List what was changed in a window, in the order of change; both ends belong to it unless told otherwise."""
        rows = self.tables.get(stream, {}).values()
        lowest = utc_parse(since) if since else None
        highest = utc_parse(until) if until else None
        found = []
        for row in rows:
            at = utc_parse(row["updated"])
            early = lowest is not None and (at <= lowest if self.dialect.exclusive else at < lowest)
            if not early and (highest is None or at <= highest):
                found.append(row)
        return sorted(found, key=lambda row: (row["updated"], int(row["id"])))

    def _judge(self, stream: str, document: Document) -> None:
        unknown = document.keys() - self.fields[stream]
        if unknown:
            raise RefusalError(422, f"unknown fields {sorted(unknown)}")
        if "total" in document and not (isinstance(document["total"], str) and MONEY.fullmatch(document["total"])):
            raise RefusalError(422, "an amount is text with two decimals")
        if POISON in str(document.get("note", "")):
            raise RefusalError(422, "the note is not allowed")
        for name, other in (("customer", "customers"), ("order", "orders")):
            known = self.tables.get(other)
            if document.get(name) is not None and known is not None and str(document[name]) not in known:
                raise RefusalError(422, f"there is no {name} {document[name]}")

    def _keep(self, stream: str, external_id: str | None, document: Document, updated: str) -> Document:
        table = self.tables.setdefault(stream, {})
        if external_id is None:
            self.serial += 1
            external_id = str(self.serial)
        row = joined(table.get(external_id, {"id": external_id}), normalized(self.dialect, document))
        row["updated"] = max(updated, row.get("updated", ""))
        table[external_id] = row
        self.calls(stream, external_id)
        return copy.deepcopy(row)


def joined(old: Document, new: Document) -> Document:
    """Lay a patch over a document; objects are joined, everything else is replaced."""
    result = dict(old)
    for name, value in new.items():
        before = old.get(name)
        if isinstance(value, dict):
            result[name] = joined(before if isinstance(before, dict) else {}, value)
        else:
            result[name] = copy.deepcopy(value)
    return result


def part(document: Mapping[str, Any], path: str) -> Any:
    """Read a value of a document by its dotted path."""
    value: Any = document
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
