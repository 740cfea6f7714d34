"""How records are named for people."""

from __future__ import annotations

import orjson

from hub.store.records import RecordRow

NAMES = ("name", "title", "sku", "company", "tracking_number")
PLURALS = {"inventory": "inventory levels"}


def record_words(record: RecordRow) -> str:
    """Name a record as people do: order 1234, customer Anna Müller."""
    return f"{record.entity} {record_name(record)}"


def record_name(record: RecordRow) -> str:
    """Name a record among those of its entity: its number, else its name, e-mail, or our id."""
    if record.number:
        return record.number
    data = orjson.loads(record.data)
    person = " ".join(str(data[field]) for field in ("first_name", "last_name") if data.get(field))
    named = next((str(data[field]) for field in NAMES if data.get(field)), "")
    return person or named or record.email or record.id


def singular(stream: str) -> str:
    """Name one of a stream's records: sales -> sale, parties -> party."""
    return f"{stream[:-3]}y" if stream.endswith("ies") else stream.removesuffix("s")


def plural(entity: str) -> str:
    """Name many records of an entity: order -> orders."""
    return PLURALS.get(entity, f"{entity}s")
