"""Holds a hub.toml against the connectors that are installed and against what is configured already.

What is wrong is gathered with its line, so that all of it can be told at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from hub.config import Config, Connection, did_you_mean
from hub.config.locator import KeyPath
from hub.config.table import Mistakes
from hub.connector import ConnectorSpec, Entity, Stream
from hub.errors import ConfigError, PluginError
from hub.model import ShipmentStatus
from hub.notify.status import told_as
from hub.operations.field import field_fault, operand_fault, policy_fault
from hub.operations.fit import settings_faults
from hub.operations.wish import StreamPair
from hub.plugins import Plugins, circle_of
from hub.schedule.cron import parse_cron
from hub.store.settings import ConnectionRow
from hub.sync.agreeing.policy import WORDS


@dataclass(frozen=True, slots=True)
class Known:
    """What a hub.toml may refer to: installed plugins, and what was configured by other doors."""

    plugins: Plugins
    merchants: Collection[str] = ()
    connections: Mapping[str, ConnectionRow] | None = None
    custom: Mapping[str, Collection[str]] | None = None


class Check:
    """One check of one hub.toml."""

    def __init__(self, config: Config, known: Known) -> None:
        self.config = config
        self.known = known
        self.mistakes = Mistakes(config.lines)
        others = known.connections or {}
        self.connectors = {name: row.connector for name, row in others.items()}
        self.connectors |= {name: one.connector for name, one in config.connections.items()}
        self.merchant_of = {name: row.merchant for name, row in others.items()}
        self.merchant_of |= {name: one.merchant for name, one in config.connections.items()}

    def run(self) -> list[StreamPair]:
        """Check everything; give the streams of each route's source and target, "" where they cannot be told."""
        for name, connection in self.config.connections.items():
            self._connection(name, connection)
        streams = [self._route(index) for index in range(len(self.config.routes))]
        self._references(streams)
        self._cycles(streams)
        for path, decider in self.config.policies.items():
            self._policy(path, decider)
        for index in range(len(self.config.schedules)):
            self._schedule(index)
        self._notices()
        self._custom()
        return streams

    def _wrong(self, path: KeyPath, reason: str, hint: str = "") -> None:
        self.mistakes.add(path, reason, hint)

    def _connection(self, name: str, connection: Connection) -> None:
        path = ("connections", name)
        if name in WORDS:
            self._wrong(path, "is the name of a policy", "give the connection another name")
        merchants = {*self.config.merchants, *self.known.merchants} or {"default"}
        if connection.merchant not in merchants:
            reason = f'names "{connection.merchant}", which is no merchant'
            self._wrong((*path, "merchant"), reason, did_you_mean(connection.merchant, merchants))
        try:
            spec = self.known.plugins.connector(connection.connector)
        except PluginError as error:
            near = did_you_mean(connection.connector, self.known.plugins.connectors)
            self._wrong((*path, "connector"), f": {error.message}", near if "no connector" in error.message else "")
            return
        for fault in settings_faults(spec.settings, connection.settings):
            self._wrong((*path, *fault.path), fault.reason, fault.hint)

    def _route(self, index: int) -> StreamPair:
        route, path = self.config.routes[index], ("routes", index)
        if route.entity not in list(Entity):
            self._wrong((*path, "entity"), f'cannot be "{route.entity}"', did_you_mean(route.entity, list(Entity)))
            return "", ""
        for end in ("source", "target"):
            self._known_connection((*path, end), getattr(route, end))
        merchants = {self.merchant_of.get(name, "") for name in (route.source, route.target)} - {""}
        if len(merchants) > 1:
            self._wrong(path, f"joins two merchants, {' and '.join(sorted(merchants))}", "a route stays within one")
        self._route_fields(index)
        both = route.direction == "two-way"
        return (
            self._stream(index, route.source, reads=True, writes=both, any_will_do=not both),
            self._stream(index, route.target, reads=both, writes=True),
        )

    def _known_connection(self, path: KeyPath, name: str) -> bool:
        if name in self.connectors:
            return True
        self._wrong(path, f'names "{name}", which is no connection', did_you_mean(name, self.connectors))
        return False

    def _spec(self, connection: str) -> ConnectorSpec | None:
        return self.known.plugins.connectors.get(self.connectors.get(connection, ""))

    def _stream(self, index: int, connection: str, *, reads: bool, writes: bool, any_will_do: bool = False) -> str:
        """Find the stream that a route means in a connection; "" where there is none, which is noted.

        What is only read may come through any stream of the entity.
        """
        route, path = self.config.routes[index], ("routes", index)
        spec = self._spec(connection)
        if spec is None:
            return ""
        offered = {stream.name: stream for stream in spec.streams if stream.entity == route.entity}
        chosen = route.streams.get(connection)
        if chosen is not None and chosen not in offered:
            reason = f'names "{chosen}", which is no stream of {route.entity}s in {spec.title}'
            self._wrong((*path, "streams", connection), reason, did_you_mean(chosen, offered))
            return ""
        fit = [s.name for s in offered.values() if _can(s, reads=reads, writes=writes) and chosen in (None, s.name)]
        if len(fit) == 1 or (fit and any_will_do):
            return fit[0]
        if fit:
            example = f'streams = {{ {connection} = "{fit[0]}" }}'
            self._wrong(path, f"needs streams: {connection} has {' and '.join(fit)}", f"for example {example}")
        else:
            verb = " and ".join(["read"] * reads + ["write"] * writes)
            self._wrong(path, f"cannot work: {connection} ({spec.title}) cannot {verb} {route.entity}s")
        return ""

    def _route_fields(self, index: int) -> None:
        route, path = self.config.routes[index], ("routes", index)
        custom = self._custom_names(route.entity)
        for key, rules in (("only", route.only), ("except", route.except_)):
            for position, rule in enumerate(rules):
                place = (*path, key, position)
                if fault := field_fault(route.entity, rule.field, custom):
                    self._wrong((*place, "field"), *fault)
                elif fault := operand_fault(route.entity, rule):
                    self._wrong((*place, rule.operator), *fault)
        for key, names in (("write", route.write or ()), ("skip", route.skip)):
            for position, name in enumerate(names):
                if fault := field_fault(route.entity, name, custom, top=True):
                    self._wrong((*path, key, position), *fault)

    def _custom_names(self, entity: str) -> set[str]:
        others = (self.known.custom or {}).get(entity, ())
        return {*self.config.custom.get(entity, {}), *others}

    def _references(self, streams: list[StreamPair]) -> None:
        """Refuse a route whose records refer to others that no route carries to or from the target."""
        carried = {(r.entity, end) for r in self.config.routes for end in (r.source, r.target)}
        for index, (_, target_stream) in enumerate(streams):
            target = self.config.routes[index].target
            for needed in self._needed(target, target_stream):
                if (needed.entity, target) not in carried:
                    reason = f"cannot work: {target_stream} of {target} refer to {needed.name}, and no route has them"
                    hint = f'add a route with entity = "{needed.entity}" to or from {target}'
                    self._wrong(("routes", index), reason, hint)

    def _cycles(self, streams: list[StreamPair]) -> None:
        """Refuse routes whose records would wait for each other for ever."""
        for index, (_, stream) in enumerate(streams):
            target = self.config.routes[index].target
            spec = self._spec(target)
            if spec and stream and (circle := circle_of(spec, stream)):
                reason = f"cannot work: in {target} {' need '.join(circle)}, so none of them can be the first"
                self._wrong(("routes", index), reason, "that is a mistake of the connector: tell its author")

    def _needed(self, connection: str, stream: str) -> Iterator[Stream]:
        spec = self._spec(connection)
        if spec is not None and stream:
            yield from (spec.stream(name) for name in spec.stream(stream).after)

    def _policy(self, path: str, decider: str) -> None:
        place = self._policy_place(path)
        entity, _, field = path.partition(".")
        if entity not in list(Entity):
            self._wrong(place, f'names "{entity}", which is no entity', did_you_mean(entity, list(Entity)))
        elif (fault := field_fault(entity, field, self._custom_names(entity), top=True)) or (
            fault := policy_fault(entity, field, decider, self.connectors)
        ):
            self._wrong(place, *fault)

    def _policy_place(self, path: str) -> KeyPath:
        quoted, nested = ("policies", path), ("policies", *path.split("."))
        lines = self.config.lines
        return quoted if lines.line(*quoted) != lines.line("policies") else nested

    def _schedule(self, index: int) -> None:
        schedule, path = self.config.schedules[index], ("schedules", index)
        if not self._known_connection((*path, "connection"), schedule.connection):
            return
        if schedule.cron:
            self._cron(path, schedule.cron, schedule.zone)
        spec = self._spec(schedule.connection)
        names = [stream.name for stream in spec.streams] if spec else []
        for position, stream in enumerate(schedule.streams):
            if spec and stream not in names:
                reason = f'names "{stream}", which is no stream of {spec.title}'
                self._wrong((*path, "streams", position), reason, did_you_mean(stream, names))

    def _cron(self, path: KeyPath, text: str, zone: str) -> None:
        try:
            parse_cron(text, zone)
        except ConfigError as error:
            self._wrong((*path, "cron"), f": {error.message}", error.hint)

    def _notices(self) -> None:
        statuses = [status for status in ShipmentStatus if told_as(status)]
        for position, status in enumerate(self.config.notices.statuses if self.config.notices else ()):
            if status not in statuses:
                hint = did_you_mean(status, statuses)
                self._wrong(("notices", "statuses", position), f'names "{status}", which cannot be told', hint)

    def _custom(self) -> None:
        for entity in self.config.custom:
            if entity not in list(Entity):
                reason = "declares fields of an entity that does not exist"
                self._wrong(("custom", entity), reason, did_you_mean(entity, list(Entity)))


def _can(stream: Stream, *, reads: bool, writes: bool) -> bool:
    return (stream.reads or stream.tracks or not reads) and (stream.writes or not writes)


def check(config: Config, known: Known) -> tuple[list[StreamPair], Mistakes]:
    """Check a hub.toml: the streams of each route's ends, and everything that is wrong."""
    one = Check(config, known)
    return one.run(), one.mistakes
