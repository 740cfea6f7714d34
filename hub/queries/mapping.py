"""What an operator sees of a mapping: its rules, and the layer that each comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hub.connector import ConnectorSpec, Stream
from hub.errors import ConfigError
from hub.mapping.engine import Compiled
from hub.mapping.paths import MISSING, path_text
from hub.mapping.rule import Rule, Rules
from hub.store.settings import ConnectionRow
from hub.sync.connection.session import mappings_of
from hub.sync.hub import Hub


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule: our field, theirs, which way values go, what happens to them, and where the rule stands."""

    part: str
    ours: str
    theirs: str
    way: str
    how: str
    loses: str
    layer: str
    place: str


@dataclass(frozen=True, slots=True)
class MappingView:
    """One stream's mapping as it holds for a connection."""

    connection: str
    connector: str
    stream: str
    entity: str
    rules: tuple[RuleView, ...]


def mapping_show(hub: Hub, connection: ConnectionRow, stream_name: str) -> MappingView:
    """Show the mapping of a stream; ConfigError when the connector has no such stream."""
    spec = hub.plugins.connector(connection.connector)
    stream = find_stream(spec, stream_name)
    mapping = compiled_for(hub, connection, spec, stream).mapping
    parts = (("", mapping.fields), *mapping.parts.items())
    rules = tuple(view for part, fields in parts for view in _rules(part, fields))
    return MappingView(connection.name, connection.connector, stream.name, mapping.entity, rules)


def compiled_for(hub: Hub, connection: ConnectionRow, spec: ConnectorSpec, stream: Stream) -> Compiled:
    """Compile a stream's mapping with the layers of a connection and its merchant."""
    with hub.database.read() as tx:
        return mappings_of(hub, tx, connection, spec)[stream.name]


def find_stream(spec: ConnectorSpec, name: str) -> Stream:
    """Find a stream by name; ConfigError guesses which one was meant."""
    from hub.config import did_you_mean  # only once something is wrong

    names = [stream.name for stream in spec.streams]
    if name not in names:
        raise ConfigError(f"{spec.title} has no stream {name}", hint=did_you_mean(name, names))
    return spec.stream(name)


def _rules(part: str, rules: Rules) -> Iterator[RuleView]:
    for rule in rules.values():
        if not rule.off:
            place = f"{rule.file}:{rule.line}" if rule.line else rule.file
            yield RuleView(part, rule.name, _theirs(rule), _way(rule), _how(rule), rule.loses, rule.layer, place)


def _theirs(rule: Rule) -> str:
    reads, writes = (" + ".join(map(path_text, paths)) for paths in (rule.reads, rule.writes))
    return reads if reads == writes or not writes else f"{reads} / {writes}" if reads else writes


def _way(rule: Rule) -> str:
    return {(True, True): "<->", (True, False): "->", (False, True): "<-"}.get(
        (bool(rule.reads), bool(rule.writes)), ""
    )


def _how(rule: Rule) -> str:
    words: list[str] = [*rule.codecs]
    words += [f"{len(rule.values)} values"] if rule.values else []
    named: list[tuple[str, Any]] = [("table", rule.table), ("part", rule.part), ("each", rule.each)]
    named += [("by", rule.by), ("link", rule.link), ("write", rule.when if rule.when != "always" else "")]
    words += [f"{name} {value}" for name, value in named if value]
    words += [f"default {rule.default}"] if rule.default is not MISSING else []
    return ", ".join(words)
