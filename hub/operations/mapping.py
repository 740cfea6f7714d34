"""Tries and proves mappings, without keeping or writing anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import Any

from hub.connector import ConnectorSpec, Fetches, Stream
from hub.document import Document
from hub.errors import ConfigError, RecordError
from hub.mapping.check import Report, check
from hub.mapping.codecs import make_codecs
from hub.mapping.engine import Compiled, compile_mapping
from hub.mapping.layers import layer
from hub.mapping.schema import load_mapping
from hub.model import ENTITIES
from hub.plugins import Plugins
from hub.store import links, settings
from hub.store.settings import ConnectionRow
from hub.sync.connection.session import build_connector, shipped
from hub.sync.hub import Hub


@dataclass(frozen=True, slots=True)
class Tried:
    """One live document, the record that it decodes to, and what of the document writing it back would change.

    `problem` says why it does not decode; `patch` is empty where everything agrees, None where nothing is written.
    """

    connection: str
    stream: str
    external_id: str
    document: Document
    record: dict[str, Any] | None
    patch: Document | None
    problem: str
    hint: str


def try_mapping(hub: Hub, row: ConnectionRow, stream: Stream, mapping: Compiled, external_id: str) -> Tried:
    """Fetch a live record and take it through the mapping in both directions; links are written stream:id."""
    document = _fetch(hub, row, stream, external_id)
    with hub.database.read() as tx:
        tables = settings.value_tables(tx, row.name)
    try:
        record = mapping.decode(document, tables, lambda name, external: f"{name}:{external}")
        patch = _changes(mapping, record, tables, document) if mapping.writable else None
    except RecordError as error:
        return Tried(row.name, stream.name, external_id, document, None, None, error.message, error.hint)
    return Tried(row.name, stream.name, external_id, document, record, patch, "", "")


def _changes(
    mapping: Compiled, record: dict[str, Any], tables: dict[str, dict[str, str]], document: Document
) -> Document:
    patch = mapping.encode(record, tables, _external, base=document)
    after = mapping.apply(patch, document)
    return {name: value for name, value in after.items() if value != document.get(name)}


def _external(_stream: str, record_id: str) -> str:
    return record_id.partition(":")[2]


def _fetch(hub: Hub, row: ConnectionRow, stream: Stream, external_id: str) -> Document:
    spec = hub.plugins.connector(row.connector)
    connector, client = build_connector(hub, row, spec)
    try:
        if not isinstance(connector, Fetches):
            raise ConfigError(f"{spec.title} cannot read single records", hint="Look at one with `hub record show`.")
        found = list(connector.fetch(stream.name, [external_id]))
    finally:
        if client is not None:
            client.close()
    if not found:
        raise ConfigError(
            f"there is no {external_id} among the {stream.name} of {row.name}", hint="Name one by its id over there."
        )
    return found[0]


def prove_mapping(
    hub: Hub, row: ConnectionRow, stream: Stream, mapping: Compiled, *, documents: int, examples: int
) -> Report:
    """Hold a stream's mapping against the last documents that were received, and against generated records."""
    with hub.database.read() as tx:
        tables = settings.value_tables(tx, row.name)
        bodies = [body for _, body in islice(links.all_documents(tx, row.name, stream.name), documents)]
    return check(mapping, [json.loads(body) for body in bodies], ENTITIES[stream.entity], tables, examples=examples)


def prove_shipped(plugins: Plugins, spec: ConnectorSpec, stream: Stream, *, examples: int) -> Report:
    """Hold the mapping that a connector ships against generated records, without any connection."""
    file = f"{spec.name}/{stream.name}.yaml"
    codecs = make_codecs([*plugins.codecs.values(), *spec.codecs])
    mapping = compile_mapping(layer([load_mapping(shipped(spec, stream.name), file)]), codecs)
    return check(mapping, [], ENTITIES[stream.entity], {}, examples=examples)
