"""The two shadows of a link: what we said and what they said when both sides last agreed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import orjson

from hub.model.custom import gather, overlay, spread
from hub.store import records
from hub.store.database import Transaction
from hub.store.hot import Json
from hub.store.links import LinkRow
from hub.store.records import RecordRow

Data = dict[str, Any]
NOTHING: Data = {}
EMPTY: tuple[Any, ...] = (None, "", [])


def older_versions(
    tx: Transaction, links: Iterable[LinkRow], current: Mapping[str, RecordRow]
) -> dict[tuple[str, int], str]:
    """Fetch the superseded versions that shadows are kept as."""
    found: dict[tuple[str, int], str] = {}
    for link in links:
        record = current.get(link.record)
        if record is None or link.version in (0, record.version) or (link.ours is not None and link.theirs is not None):
            continue
        data = records.version(tx, link.record, link.version)
        if data is not None:
            found[link.record, link.version] = data
    return found


def unfold(link: LinkRow | None, record: RecordRow | None, older: Mapping[tuple[str, int], str]) -> tuple[Data, Data]:
    """Give both shadows of a link as canonical data: ours, theirs; empty where nothing was agreed yet."""
    if link is None or record is None or link.version == 0:
        return NOTHING, NOTHING
    agreed = record.data if link.version == record.version else older.get((link.record, link.version), "{}")
    return orjson.loads(link.ours or agreed), orjson.loads(link.theirs or agreed)


def made_of_ours(sent: Data, before: Data, decoded: Data) -> Data:
    """Give the values that the remote made of what we just wrote.

    It may trim, escape or stamp it; that is no change of the remote's own. In the other fields it is (T116).
    """
    sent, before, decoded = spread(sent), spread(before), spread(decoded)
    return gather({name: decoded[name] for name in decoded if _ours(sent.get(name), before.get(name), decoded[name])})


def told(ours: Data, sent: Data, fields: Collection[str] | None) -> Data:
    """Give what the remote has been told once a write has arrived: `fields` of `sent`, None being all of it."""
    if fields is None:
        return sent
    flat = spread(sent)
    return overlay(ours, {name: flat[name] for name in fields if name in flat})


def _ours(sent: Any, before: Any, decoded: Any) -> bool:
    if sent in EMPTY:
        return decoded in EMPTY
    return bool(decoded == sent or sent != before)


def news(said: Data, before: Data) -> Data:
    """Give the fields that a remote was told and that are new to it."""
    flat = spread(before)
    return gather({name: value for name, value in spread(said).items() if value != flat.get(name)})


def without(shadow: Data, fields: Collection[str]) -> Data:
    """Leave fields out of a shadow: nobody knows what they are over there."""
    return gather({name: value for name, value in spread(shadow).items() if name not in fields})


def fold(shadow: Data, record_data: Data, record_body: Json) -> str | None:
    """Write a shadow down; None when it equals the record itself."""
    if shadow == record_data:
        return None
    body = orjson.dumps(shadow)
    same = record_body if isinstance(record_body, bytes) else record_body.encode()
    return None if body == same else body.decode()
