"""Secrets that the hub makes or is given while it works: webhook secrets and tokens, kept encrypted.

A secret has a name in its connection. Several may be valid under one name: during a rotation the former one is, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from hub.clock import utc_text
from hub.errors import ConfigError
from hub.store.keyring import Sealed
from hub.store.tables import secret


@dataclass(frozen=True, slots=True)
class SecretRow:
    """One secret: its number in the row of those under the same name, the text, and until when it is valid."""

    number: int
    text: str
    made_at: str
    until: str | None


def add(tx: Connection, connection: str, name: str, text: str, now: datetime) -> int:
    """Keep another secret under a name, beside those that are valid; tell its number."""
    c = secret.c
    last = tx.execute(select(func.max(c.number)).where(c.connection == connection, c.name == name)).scalar() or 0
    row = {"connection": connection, "name": name, "number": last + 1, "made_at": utc_text(now)}
    tx.execute(insert(secret).values(**row, value=Sealed(connection, text)))
    return int(last) + 1


def replace(tx: Connection, connection: str, name: str, text: str, now: datetime) -> None:
    """Keep a secret in place of all those under the same name."""
    remove(tx, connection, name)
    add(tx, connection, name, text, now)


def retire(tx: Connection, connection: str, name: str, newest: int, until: datetime) -> int:
    """Let all secrets older than number `newest` end at a time, unless they end before; tell how many there were."""
    c = secret.c
    older = (c.connection == connection, c.name == name, c.number < newest)
    ending = update(secret).where(*older, c.until.is_(None)).values(until=utc_text(until))
    return tx.execute(ending).rowcount


def forget_expired(tx: Connection, now: datetime) -> None:
    """Take out what is no longer valid."""
    tx.execute(delete(secret).where(secret.c.until <= utc_text(now)))


def valid(tx: Connection, connection: str, name: str, now: datetime) -> list[SecretRow]:
    """List the secrets that are valid now, the newest first; ConfigError when they cannot be decrypted."""
    c = secret.c
    query = select(secret).where(c.connection == connection, c.name == name).order_by(c.number.desc())
    rows = tx.execute(query.where(c.until.is_(None) | (c.until > utc_text(now)))).all()
    _refuse_strangers(connection, [row.value for row in rows])
    return [SecretRow(row.number, row.value.text, row.made_at, row.until) for row in rows]


def newest(tx: Connection, connection: str, name: str, now: datetime) -> str | None:
    """Give the newest secret under a name; None when there is none."""
    return next((row.text for row in valid(tx, connection, name, now)), None)


def prove(tx: Connection) -> int:
    """Decrypt every secret; tell how many there are. ConfigError when one cannot be."""
    return len(tx.execute(select(secret.c.value)).all())


def remove(tx: Connection, connection: str, name: str) -> None:
    """Take all secrets under a name out."""
    tx.execute(delete(secret).where(secret.c.connection == connection, secret.c.name == name))


def _refuse_strangers(connection: str, found: Sequence[Sealed]) -> None:
    """A row that was copied to another connection must not let anybody in there."""
    for one in found:
        if one.connection != connection:
            raise ConfigError(
                f"A secret of {one.connection} is stored for {connection}.",
                hint="Somebody changed the database by hand. Restore it from a backup.",
            )
