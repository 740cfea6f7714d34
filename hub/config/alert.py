"""Reads how operators are told that something is wrong: [alerts] of hub.toml."""

from __future__ import annotations

import re
from dataclasses import replace

from hub.config.declaration import DEFAULT_FULL, DEFAULT_GROWING, DEFAULT_LATE, DEFAULT_SILENT, Alerts
from hub.config.notice import SENDER, read_password, read_smtp
from hub.config.table import Table

ADDRESS = re.compile(r"[^@<>\s]+@[^@<>\s]+")
PAGE = re.compile(r"https?://[^\s]+")


def read_alerts(table: Table, notices: Table) -> Alerts:
    """Read [alerts]; sender and mail server may be left out where [notices] has them."""
    alerts = Alerts(
        to=_to(table),
        sender=_sender(table, notices),
        smtp=read_smtp(table) if "smtp" in table.values or "smtp" not in notices.values else None,
        password=read_password(table),
        late=table.duration("late", "30m") or DEFAULT_LATE,
        dead_man=_page(table),
    )
    alerts = replace(
        alerts,
        silent=_count(table, "silent", DEFAULT_SILENT),
        growing=_count(table, "growing", DEFAULT_GROWING),
        full=_count(table, "full", DEFAULT_FULL),
    )
    table.close()
    return alerts


def _to(table: Table) -> tuple[str, ...]:
    if "to" not in table.values:
        table.wrong(None, "needs to", 'for example to = ["ops@acme.example"]')
    addresses = table.texts("to") or ()
    for index, address in enumerate(addresses):
        if not ADDRESS.fullmatch(address):
            path = (*table.path, "to", index)
            table.mistakes.add(path, f'cannot be "{address}"', 'write it like "ops@acme.example"')
    return addresses


def _sender(table: Table, notices: Table) -> str | None:
    if "sender" not in table.values and "sender" in notices.values:
        return None
    sender = table.needed("sender", "Entrepot <hub@acme.example>")
    if sender and not SENDER.fullmatch(sender):
        table.wrong("sender", f'cannot be "{sender}"', 'write it like "Entrepot <hub@acme.example>"')
    return sender or None


def _page(table: Table) -> str | None:
    page = table.text("dead_man") or None
    if page and not PAGE.fullmatch(page):
        table.wrong("dead_man", f'cannot be "{page}"', "write the URL that is to be called each minute")
    return page


def _count(table: Table, key: str, default: int) -> int:
    count = table.get(key, int)
    if count is not None and count < 1:
        table.wrong(key, "is too small", "at least 1")
    return default if count is None else count
