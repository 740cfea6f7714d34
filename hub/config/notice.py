"""Reads how buyers are told: [notices] of hub.toml, and the address of the mail server in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hub.config.declaration import DEFAULT_MAX_AGE, DEFAULT_STATUSES, Notices
from hub.config.secret import is_reference
from hub.config.table import Table

SENDER = re.compile(r"[^<>]*<[^@<>\s]+@[^@<>\s]+>|[^@<>\s]+@[^@<>\s]+")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*")
ADDRESS = re.compile(
    r"(?P<scheme>smtps?)://(?:(?P<user>[^:@]+(?:@[^:@]+)?)(?::(?P<password>.+))?@)?"
    r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::(?P<port>\d{1,5}))?/?"
)
PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes out. `secure`: TLS from the first byte. `password` is a reference to a secret."""

    host: str
    port: int
    secure: bool = False
    user: str | None = None
    password: str | None = None


def parse_mail_server(text: str) -> MailServer | None:
    """Read smtp(s)://user:env:NAME@host:port; None when it is no such address."""
    match = ADDRESS.fullmatch(text)
    if match is None or int(match["port"] or 25) not in range(1, 65536):
        return None
    return MailServer(
        host=match["host"].strip("[]"),
        port=int(match["port"] or PORTS[match["scheme"]]),
        secure=match["scheme"] == "smtps",
        user=match["user"],
        password=match["password"],
    )


def read_notices(table: Table) -> Notices:
    """Read [notices]."""
    statuses = table.texts("statuses")
    notices = Notices(
        sender=_sender(table),
        smtp=read_smtp(table),
        password=read_password(table),
        languages=_languages(table),
        statuses=DEFAULT_STATUSES if statuses is None else statuses,
        max_age=table.duration("max_age", "12h") or DEFAULT_MAX_AGE,
    )
    table.close()
    return notices


def _sender(table: Table) -> str:
    sender = table.needed("sender", "Acme <shop@acme.example>")
    if sender and not SENDER.fullmatch(sender):
        table.wrong("sender", f'cannot be "{sender}"', 'write it like "Acme <shop@acme.example>"')
    return sender


def read_smtp(table: Table) -> str:
    """Read the address of a mail server; a password in it must be a reference."""
    address = table.needed("smtp", "smtp://127.0.0.1:25")
    server = parse_mail_server(address)
    if address and server is None:
        table.wrong("smtp", "is not the address of a mail server", 'write it like "smtp://user:env:NAME@host:587"')
    elif server and server.password and not is_reference(server.password):
        table.wrong("smtp", "has a password in plain text", 'write it like "smtp://user:env:NAME@host:587"')
    return address


def read_password(table: Table) -> str | None:
    """Read the reference of a password that stands beside the address."""
    password = table.text("password") or None
    if password and not is_reference(password):
        table.wrong("password", "is in plain text", 'write "env:NAME" or "file:PATH"')
    return password


def _languages(table: Table) -> tuple[str, ...]:
    languages = table.texts("languages") or ("en",)
    for index, language in enumerate(languages):
        if not LANGUAGE.fullmatch(language):
            path = (*table.path, "languages", index)
            table.mistakes.add(path, f'cannot be "{language}"', 'write it like "de" or "pt-BR"')
    return languages
