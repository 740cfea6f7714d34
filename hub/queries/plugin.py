"""What an operator sees of the installed connectors."""

from __future__ import annotations

from dataclasses import dataclass

from hub.connector import ConnectorSpec, Stream
from hub.plugins import Plugins


@dataclass(frozen=True, slots=True)
class StreamView:
    """One stream of a connector, and which ways its records go."""

    name: str
    entity: str
    reads: bool
    writes: bool
    tracks: bool


@dataclass(frozen=True, slots=True)
class ConnectorView:
    """One installed connector. `state` is ok, broken or off; `reason` says why it is broken."""

    name: str
    title: str
    origin: str
    state: str
    reason: str
    streams: tuple[StreamView, ...]
    settings: tuple[str, ...]


def connector_list(plugins: Plugins) -> list[ConnectorView]:
    """List the connectors by name, with those that are broken or switched off."""
    found = [_view(spec, str(plugins.origin.get(name, ""))) for name, spec in plugins.connectors.items()]
    found += [
        ConnectorView(one.name, one.name, one.distribution, "broken", one.reason, (), ()) for one in plugins.broken
    ]
    found += [ConnectorView(name, name, "", "off", "named in HUB_BLOCKED_PLUGINS", (), ()) for name in plugins.blocked]
    return sorted(found, key=lambda one: one.name)


def _view(spec: ConnectorSpec, origin: str) -> ConnectorView:
    fields = spec.settings.model_fields.items()
    settings = tuple(info.alias or name for name, info in fields)
    return ConnectorView(spec.name, spec.title, origin, "ok", "", tuple(map(_stream, spec.streams)), settings)


def _stream(stream: Stream) -> StreamView:
    return StreamView(stream.name, stream.entity, stream.reads, stream.writes, stream.tracks)
