"""Our record's id as Tryton keeps it: an identifier that people there can recognize."""

from __future__ import annotations

PREFIX = "entrepot:"


def reference(record_id: str) -> str:
    """Write a record's id as an identifier's code."""
    return f"{PREFIX}{record_id}"


def read_reference(code: str | None) -> str | None:
    """Read a record's id from an identifier's code; None for anybody else's."""
    return code.removeprefix(PREFIX) if code and code.startswith(PREFIX) else None
