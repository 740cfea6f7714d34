"""What an operator may do with a record: fetch it anew, write it, and ask the systems for what is not here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.connector import ConnectorSpec, Entity, Searches, Stream
from hub.document import Document
from hub.errors import ConfigError, HubError, RecordError
from hub.mapping.engine import Compiled
from hub.operations.connection import find_connection
from hub.store import inbox, links, outbox, settings
from hub.store.database import Database, Transaction
from hub.store.settings import ConnectionRow
from hub.sync.connection.session import build_connector, mappings_of
from hub.sync.hub import Hub
from hub.sync.routing import legs

ASKED = (Entity.ORDER, Entity.CUSTOMER, Entity.PRODUCT, Entity.SHIPMENT, Entity.CHECKOUT)
"""What people look for by a number, an e-mail address or a SKU."""


@dataclass(frozen=True, slots=True)
class RemoteHit:
    """A record that a system has; `record` is our id where the hub has it, too."""

    connection: str
    stream: str
    entity: str
    external_id: str
    name: str
    status: str | None
    record: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the systems answered: what they have, and who could not be asked and why."""

    hits: tuple[RemoteHit, ...]
    failures: tuple[tuple[str, str], ...]
    asked: tuple[str, ...]


def ask_remotes(hub: Hub, text: str) -> Asked:
    """Ask every connection that can search; one that cannot be asked is told, not raised."""
    with hub.database.read() as tx:
        rows = [row for row in settings.connections(tx) if row.state not in ("paused", "needs_reauth")]
    hits: list[RemoteHit] = []
    failures: list[tuple[str, str]] = []
    asked: list[str] = []
    for row in rows:
        spec = hub.plugins.connectors.get(row.connector)
        if spec is None or not hasattr(spec.connector, "search"):
            continue
        asked.append(row.name)
        try:
            hits += _ask(hub, row, spec, text)
        except HubError as error:
            failures.append((row.name, error.message))
    return Asked(tuple(hits), tuple(failures), tuple(asked))


def _ask(hub: Hub, row: ConnectionRow, spec: ConnectorSpec, text: str) -> Iterator[RemoteHit]:
    connector, client = build_connector(hub, row, spec)
    try:
        for stream in spec.streams:
            if stream.entity in ASKED and stream.reads and isinstance(connector, Searches):
                yield from _hits(hub, row, spec, stream, list(connector.search(stream.name, text)))
    finally:
        if client is not None:
            client.close()


def _hits(
    hub: Hub, row: ConnectionRow, spec: ConnectorSpec, stream: Stream, documents: Sequence[Document]
) -> Iterator[RemoteHit]:
    with hub.database.read() as tx:
        mapping = mappings_of(hub, tx, row, spec)[stream.name]
    found = {mapping.external_id(document): document for document in documents}
    with hub.database.read() as tx:
        tables = settings.value_tables(tx, row.name)
        known = links.known(tx, row.name, stream.name, list(found))
    for external_id, document in found.items():
        name, status = _name(mapping, document, tables)
        record = known[external_id].record if external_id in known else None
        yield RemoteHit(row.name, stream.name, stream.entity, external_id, name or external_id, status, record)


def _name(mapping: Compiled, document: Document, tables: Mapping[str, Mapping[str, str]]) -> tuple[str, str | None]:
    """Name what was found; a document that cannot be decoded is named by its id."""
    try:
        data = mapping.decode(document, tables, lambda _stream, external_id: external_id)
    except RecordError:
        return "", None
    person = " ".join(str(data[key]) for key in ("first_name", "last_name") if data.get(key))
    named = data.get("number") or person or data.get("name") or data.get("email") or ""
    return str(named), data.get("status")


def queue_pull(database: Database, connection: str, stream: str, external_ids: Sequence[str], now: datetime) -> None:
    """Have records fetched by their external ids by the next sync of their connection."""
    find_connection(database, connection)
    with database.write() as tx:
        rows = [(connection, stream, external_id) for external_id in external_ids]
        inbox.add(tx, rows, "asked for by the operator", now)


def queue_pull_everywhere(database: Database, record_id: str, now: datetime) -> list[str]:
    """Have a record fetched anew from every system that has it; tells which."""
    with database.write() as tx:
        linked = [link for link in links.of_records(tx, [record_id]).get(record_id, ()) if link.state != "gone"]
        places = [(link.connection, link.stream, link.external_id) for link in linked]
        inbox.add(tx, places, "asked for by the operator", now)
    return list(dict.fromkeys(link.connection for link in linked))


def queue_push(database: Database, record_id: str, entity: str, now: datetime, connection: str | None) -> list[str]:
    """Have a record written to where its routes lead, as far as it differs there; tells to which connections."""
    with database.write() as tx:
        places = [place for place in owed_places(tx, record_id, entity) if connection in (None, place[0])]
        if not places:
            there = f" to {connection}" if connection else ""
            raise ConfigError(f"no route carries this {entity}{there}", hint="Add one under [[routes]] in hub.toml.")
        outbox.owe(tx, places, now)
    return list(dict.fromkeys(place[0] for place in places))


def owed_places(tx: Transaction, record_id: str, entity: str) -> list[tuple[str, str, str]]:
    """List where a record goes by its routes: (connection, stream, record)."""
    sources = {link.connection for link in links.of_records(tx, [record_id]).get(record_id, ())}
    going = [leg for leg in legs(settings.routes(tx)) if leg.route.entity == entity and leg.source in sources]
    return [(leg.target, leg.target_stream, record_id) for leg in going]
