"""Recognizes stock levels: what several systems say of one variant at one place is one record.

A level has no id of its own that systems share, so it is known by its variant and its location.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hub.connector import Stream
from hub.errors import RecordError
from hub.store import links, records
from hub.store.database import Transaction
from hub.store.links import LinkRow
from hub.sync.agreeing.arrival import Arrival
from hub.sync.connection.session import Session

Data = dict[str, Any]
ONLY_PLACE = "default"
STREAM = "levels"
"""Levels are linked under this name, merchant-wide."""


def level_key(data: Data) -> str:
    """Name a level by what it counts and where; a system that knows only one place says nothing of it."""
    return f"{data.get('variant')}@{data.get('location') or ONLY_PLACE}"


def shelf(merchant: str) -> str:
    """Name the links of a merchant's levels, which belong to no connection."""
    return f"merchant:{merchant}"


def recognize_levels(
    session: Session, stream: Stream, tx: Transaction, unknown: Iterable[Arrival]
) -> tuple[dict[str, LinkRow], dict[str, str]]:
    """Find the links that unknown stock documents deserve, because another system counts the same thing there.

    Gives also the record of each level that is kept already, by the level's key.
    """
    keys = dict(_keys(session, stream, unknown))
    named = links.resolve(tx, shelf(session.merchant), [(STREAM, key) for key in keys])
    current = records.by_ids(tx, named.values())
    taken = {x.record for rows in links.of_records(tx, current).values() for x in rows if _here(x, session, stream)}
    found = {
        keys[key]: LinkRow(session.name, stream.name, keys[key], record)
        for (_, key), record in named.items()
        if record in current and record not in taken
    }
    return found, {key: record for (_, key), record in named.items()}


def _keys(session: Session, stream: Stream, unknown: Iterable[Arrival]) -> Iterable[tuple[str, str]]:
    """Decode stock documents as far as their variants are known: key, external id."""
    compiled = session.mappings[stream.name]
    for arrival in unknown:
        try:
            data = compiled.decode(arrival.document, session.tables, lambda s, e: session.refs.get((s, e), ""))
        except RecordError:
            continue  # it is parked with its reason in a moment
        if data.get("variant"):
            yield level_key(data), arrival.external_id


def _here(link: LinkRow, session: Session, stream: Stream) -> bool:
    return (link.connection, link.stream) == (session.name, stream.name)
