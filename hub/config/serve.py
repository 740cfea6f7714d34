"""Reads where the hub listens: [serve] of hub.toml."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from hub.config.declaration import Listen, Serve
from hub.config.table import Table

ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):(?P<port>\d{1,5})")
EXAMPLE = "127.0.0.1:8480"


def read_serve(table: Table) -> Serve:
    """Read [serve]."""
    serve = Serve(listen=_listen(table), public_url=_public_url(table))
    table.close()
    return serve


def read_listen(text: str) -> Listen | None:
    """Read HOST:PORT; None when it is nothing of the kind."""
    match = ADDRESS.fullmatch(text)
    if match is None or int(match["port"]) > 65535:
        return None
    return Listen(match["host"].strip("[]"), int(match["port"]))


def _listen(table: Table) -> Listen | None:
    text = table.text("listen")
    found = read_listen(text)
    if text and found is None:
        table.wrong("listen", f'cannot be "{text}"', f'write it like "{EXAMPLE}"')
    return found


def _public_url(table: Table) -> str | None:
    text = table.text("public_url")
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        table.wrong("public_url", f'cannot be "{text}"', 'write it like "https://hub.example.com"')
    return text.rstrip("/") or None
