"""Consents that people were asked for: each is taken once, before its time is over, and told how it ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from hub.clock import utc_text
from hub.store.tables import consent


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A consent that was asked for: for which connection, as it is or will be, and where the browser comes back to."""

    connection: str
    merchant: str
    connector: str
    settings: Mapping[str, Any]
    redirect: str


def ask(tx: Connection, state: str, row: ConsentRow, until: datetime) -> None:
    """Remember what a consent was asked for. Of `state` only a digest is kept: who reads the database cannot use it."""
    values = {name: getattr(row, name) for name in ConsentRow.__slots__} | {"settings": json.dumps(row.settings)}
    tx.execute(insert(consent).values(state=_digest(state), until=utc_text(until), **values))


def take(tx: Connection, state: str, now: datetime) -> ConsentRow | None:
    """Take a consent, so that nobody can take it again; None when there is none, it was taken, or its time is over."""
    c = consent.c
    free = (c.state == _digest(state), c.taken_at.is_(None), c.until > utc_text(now))
    if tx.execute(update(consent).where(*free).values(taken_at=utc_text(now))).rowcount == 0:
        return None
    row = tx.execute(select(consent).where(c.state == _digest(state))).one()
    return ConsentRow(row.connection, row.merchant, row.connector, json.loads(row.settings), row.redirect)


def end(tx: Connection, state: str, outcome: Mapping[str, Any]) -> None:
    """Tell how a consent that was taken ended."""
    tx.execute(update(consent).where(consent.c.state == _digest(state)).values(outcome=json.dumps(outcome)))


def outcome(tx: Connection, state: str) -> dict[str, Any] | None:
    """Give how a consent ended; None while it has not."""
    text = tx.execute(select(consent.c.outcome).where(consent.c.state == _digest(state))).scalar()
    found: dict[str, Any] | None = json.loads(text) if text else None
    return found


def withdraw(tx: Connection, state: str) -> bool:
    """Ask no more; False when it was taken already."""
    here = (consent.c.state == _digest(state), consent.c.taken_at.is_(None))
    return tx.execute(delete(consent).where(*here)).rowcount == 1


def forget(tx: Connection, before: datetime) -> None:
    """Forget what was over before a time."""
    tx.execute(delete(consent).where(consent.c.until < utc_text(before)))


def _digest(state: str) -> bytes:
    return hashlib.blake2b(state.encode(), digest_size=16).digest()
