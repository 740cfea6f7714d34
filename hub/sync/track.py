"""Asks a carrier where the parcels are that have not arrived yet."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from hub.connector import Tracks
from hub.errors import ConfigError
from hub.model.shipment import ENDED
from hub.store import links, records
from hub.store.database import Transaction
from hub.store.links import LinkRow
from hub.sync.arrival import arrive
from hub.sync.pull import Reading, store

AT_ONCE = 100


def track(reading: Reading) -> None:
    """Read the tracking of every shipment of this carrier connection that is still under way."""
    session, stream = reading.session, reading.stream
    connector = session.connector
    if not isinstance(connector, Tracks):
        raise ConfigError(f"{session.spec.title} cannot track parcels.", hint="Leave the stream out of the schedule.")
    with session.hub.database.read() as tx:
        shipments = dict(_under_way(reading, tx))
    numbers = sorted(shipments)
    for start in range(0, len(numbers), AT_ONCE):
        part = numbers[start : start + AT_ONCE]
        asked = session.next_asked()
        documents = list(connector.track(stream.name, part))
        promises = [LinkRow(session.name, stream.name, number, shipments[number]) for number in part]
        with session.commit() as tx:
            links.repoint(tx, promises)
        store(reading, arrive(session.mappings[stream.name], documents, asked), lambda _tx: None)
        reading.progress(session.name, stream.name, reading.counts.read, len(numbers))


def _under_way(reading: Reading, tx: Transaction) -> Iterator[tuple[str, str]]:
    """List (tracking number, shipment) of what this connection ships and has not ended."""
    session = reading.session
    for row in records.of_entity(tx, "shipment", merchant=session.merchant):
        if row.status in ENDED:
            continue
        number = orjson.loads(row.data).get("tracking_number")
        if number and any(link.connection == session.name for link in links.of_records(tx, [row.id])[row.id]):
            yield number, row.id
