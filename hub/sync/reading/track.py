"""Asks a carrier where the parcels are that have not arrived yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from hub.connector import Tracks
from hub.errors import ConfigError
from hub.model.shipment import ENDED
from hub.store import links, records
from hub.store.database import Transaction
from hub.store.links import LinkRow
from hub.sync.agreeing.arrival import arrive
from hub.sync.reading.divide import divide
from hub.sync.reading.pull import Reading, refuse, store

AT_ONCE = 100


def track(reading: Reading) -> None:
    """Read the tracking of every shipment of this carrier connection that is still under way."""
    session = reading.session
    if not isinstance(session.connector, Tracks):
        raise ConfigError(f"{session.spec.title} cannot track parcels.", hint="Leave the stream out of the schedule.")
    with session.hub.database.read() as tx:
        shipments = dict(_under_way(reading, tx))
    numbers = sorted(shipments)
    for start in range(0, len(numbers), AT_ONCE):
        if session.stopping():
            return
        divide(
            partial(_ask, reading, shipments),
            numbers[start : start + AT_ONCE],
            partial(refuse, reading),
        )
        reading.progress(session.name, reading.stream.name, reading.counts.read, len(numbers))


def _ask(reading: Reading, shipments: Mapping[str, str], numbers: Sequence[str]) -> None:
    session, stream = reading.session, reading.stream
    asked = session.next_asked()
    documents = list(session.connector.track(stream.name, numbers))
    promises = [LinkRow(session.name, stream.name, number, shipments[number]) for number in numbers]
    with session.commit() as tx:
        links.repoint(tx, promises)
    store(reading, arrive(session.mappings[stream.name], documents, asked), lambda _tx: None)


def _under_way(reading: Reading, tx: Transaction) -> Iterator[tuple[str, str]]:
    """List (tracking number, shipment) of what this connection ships and has not ended."""
    for row in records.linked(tx, reading.session.name, "shipment", without=ENDED):
        number = _number(orjson.loads(row.data))
        if number:
            yield number, row.id


def _number(shipment: Mapping[str, Any]) -> str | None:
    """Give the number that a shipment is followed by: its own, else that of its first parcel which has one."""
    numbers = (shipment.get("tracking_number"), *(one.get("tracking_number") for one in shipment.get("parcels") or ()))
    return next(filter(None, numbers), None)
