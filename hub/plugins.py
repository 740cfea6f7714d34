"""Finds the packages that extend the hub, and keeps a broken one from taking the hub down with it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

import pluggy
from pydantic import BaseModel

from hub import hookspecs
from hub.api import API_VERSION, Channel, Codec, ConnectorSpec, PluginError, Stream
from hub.config import did_you_mean
from hub.mapping.codecs import make_codecs

GROUP = "entrepot"
OURS = "entrepot"
NAME = re.compile(r"[a-z][a-z0-9_-]*")
CAPABILITIES = (("reads", "read"), ("writes", "upsert"), ("tracks", "track"))
T = TypeVar("T")
Named = TypeVar("Named", ConnectorSpec, Codec, Channel)


@dataclass(frozen=True, slots=True)
class Origin:
    """The distribution that brings a plugin; empty for a plugin that was handed in."""

    distribution: str = ""
    version: str = ""

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}".strip() or "this program"


@dataclass(frozen=True, slots=True)
class Broken:
    """A plugin, or one thing that it offers, that cannot be used, and why."""

    name: str
    distribution: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plugins:
    """Everything that extends this hub; each mapping is sorted by name.

    `origin` tells where each connector comes from. `blocked` names what is installed and switched off.
    """

    connectors: Mapping[str, ConnectorSpec] = field(default_factory=dict)
    codecs: Mapping[str, Codec] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    broken: tuple[Broken, ...] = ()
    blocked: tuple[str, ...] = ()
    origin: Mapping[str, Origin] = field(default_factory=dict)

    def connector(self, name: str) -> ConnectorSpec:
        """Find a connector by name; PluginError says why it cannot be had."""
        if spec := self.connectors.get(name):
            return spec
        if broken := next((b for b in self.broken if b.name == name), None):
            hint = f"Mend or remove the package {broken.distribution or name}."
            raise PluginError(f"connector {name!r} is broken: {broken.reason}", hint=hint)
        if name in self.blocked:
            raise PluginError(f"connector {name!r} is switched off", hint="Take it out of HUB_BLOCKED_PLUGINS.")
        install = f"Install the package that brings it. Here are: {', '.join(self.connectors) or 'none'}."
        guess = did_you_mean(name, self.connectors)
        raise PluginError(f"there is no connector {name!r}", hint=guess if guess.startswith("did") else install)


def load_plugins(
    *,
    blocked: Collection[str] = (),
    extra: Mapping[str, object] | None = None,
    needed: Collection[str] | None = None,
) -> Plugins:
    """Load every installed plugin and check what it offers; what is broken is listed, never raised.

    `blocked` names plugins that are not even imported, and connectors that are left out. `extra` adds plugins by
    name that no distribution announces: any object with hook implementations. `needed` names the connectors that will
    do: of our own, which have the names of their connectors and offer nothing else, the others are not imported.
    """
    loading = _Loading(_manager())
    for candidate in _candidates(extra or {}):
        if needed is None or candidate.name in needed or candidate.origin.distribution != OURS:
            loading.load(candidate, blocked)
    loading.refuse_pending()
    connectors = loading.gather("hub_connectors", _connector)
    kept = {name: spec for name, spec in connectors.items() if name not in blocked}
    taken = {codec.name: f"the connector {spec.name}" for spec in connectors.values() for codec in spec.codecs}
    return Plugins(
        connectors=kept,
        codecs=loading.gather("hub_codecs", partial(_codec, taken)),
        channels=loading.gather("hub_channels", _channel),
        broken=tuple(sorted(loading.broken, key=lambda broken: (broken.name, broken.distribution))),
        blocked=tuple(sorted({*loading.blocked, *(connectors.keys() - kept.keys())})),
        origin={name: loading.owners["hub_connectors", name] for name in kept},
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    origin: Origin
    load: Callable[[], object]


@dataclass(slots=True)
class _Loading:
    """One round of loading: the manager, who brought what, and what broke on the way."""

    manager: pluggy.PluginManager
    origins: dict[str, Origin] = field(default_factory=dict)
    owners: dict[tuple[str, str], Origin] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)

    def load(self, candidate: _Candidate, blocked: Collection[str]) -> None:
        name = candidate.name
        if name in blocked:
            self.blocked.append(name)
        elif name in self.origins:
            self.refuse(name, candidate.origin, f"the name is taken by {self.origins[name]}")
        else:
            _, reason = _attempt(lambda: self.manager.register(candidate.load(), name))
            if reason:
                self.refuse(name, candidate.origin, reason)
            else:
                self.origins[name] = candidate.origin

    def refuse(self, name: str, origin: Origin, reason: str) -> None:
        self.broken.append(Broken(name, origin.distribution, reason))

    def refuse_pending(self) -> None:
        """Throw out plugins with a hook that does not exist: a misspelt hook would silently never be called."""
        while error := _pending(self.manager):
            name = self.manager.get_name(error.plugin) or ""
            self.manager.unregister(error.plugin)
            self.refuse(name, self.origins.pop(name), str(error))

    def gather(self, hook: str, accept: Callable[[object], Named]) -> dict[str, Named]:
        """Collect what the plugins offer through one hook, sorted by name; the first to take a name keeps it."""
        shelf: dict[str, Named] = {}
        for plugin, offer in self._offers(hook):
            try:
                item = accept(offer)
            except PluginError as error:
                self.refuse(getattr(offer, "name", plugin), self.origins[plugin], str(error))
                continue
            owner = self.owners.setdefault((hook, item.name), self.origins[plugin])
            if shelf.setdefault(item.name, item) is not item:
                self.refuse(item.name, self.origins[plugin], f"the name is taken by {owner}")
        return dict(sorted(shelf.items()))

    def _offers(self, hook: str) -> Iterator[tuple[str, object]]:
        for plugin, origin in self.origins.items():
            offers, reason = _attempt(partial(self._offers_of, plugin, hook))
            if reason:
                self.refuse(plugin, origin, reason)
            yield from ((plugin, offer) for offer in offers or ())

    def _offers_of(self, plugin: str, hook: str) -> list[object]:
        others = [other for name, other in self.manager.list_name_plugin() if name != plugin]
        return [offer for offers in self.manager.subset_hook_caller(hook, others)() for offer in offers]


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def _candidates(extra: Mapping[str, object]) -> Iterator[_Candidate]:
    """Yield our own plugins first, so that nobody takes their names, then the others in the order of their names."""
    installed = [_Candidate(entry.name, _origin(entry), entry.load) for entry in entry_points(group=GROUP)]
    yield from sorted(installed, key=lambda c: (c.origin.distribution != OURS, c.name, c.origin.distribution))
    for name, plugin in sorted(extra.items()):
        yield _Candidate(name, Origin(), lambda plugin=plugin: plugin)  # type: ignore[misc]


def _origin(entry: EntryPoint) -> Origin:
    return Origin(entry.dist.name, entry.dist.version) if entry.dist else Origin()


def _attempt(foreign: Callable[[], T]) -> tuple[T | None, str]:
    """Run a stranger's code: its result, or the reason why there is none (docs/decisions/0005)."""
    try:
        return foreign(), ""
    except (Exception, SystemExit) as error:  # noqa: BLE001 - an import can raise anything, and the hub must start
        return None, f"{type(error).__name__}: {error}"


def _pending(manager: pluggy.PluginManager) -> pluggy.PluginValidationError | None:
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        return error
    return None


def _connector(offer: object) -> ConnectorSpec:
    if not isinstance(offer, ConnectorSpec):
        raise PluginError(f"hub_connectors yields {type(offer).__name__}, not ConnectorSpec")
    if faults := list(spec_faults(offer)):
        raise PluginError("; ".join(faults))
    return offer


def _codec(taken: Mapping[str, str], offer: object) -> Codec:
    """Accept a codec for every mapping; one whose name is in use already would break whoever uses it."""
    if not isinstance(offer, Codec):
        raise PluginError(f"hub_codecs yields {type(offer).__name__}, not Codec")
    if owner := taken.get(offer.name):
        raise PluginError(f"the name of the codec is taken by {owner}")
    make_codecs([offer])
    return offer


def _channel(offer: object) -> Channel:
    if not isinstance(getattr(offer, "name", None), str) or not callable(getattr(offer, "send", None)):
        raise PluginError(f"hub_channels yields {type(offer).__name__}, which has no name or no send")
    return offer  # type: ignore[return-value]


def spec_faults(spec: ConnectorSpec) -> Iterator[str]:
    """Name everything that keeps a connector from being used, one sentence each."""
    if spec.api != API_VERSION:
        yield f"it is written for api {spec.api}, this hub speaks api {API_VERSION}"
        return
    if not NAME.fullmatch(spec.name):
        yield f"the name {spec.name!r} is not lower-case letters, digits, - and _"
    if not (inspect.isclass(spec.settings) and issubclass(spec.settings, BaseModel)):
        yield f"settings is {spec.settings!r}, not a pydantic model"
    if not callable(spec.connector):
        yield f"connector is {type(spec.connector).__name__}, which cannot be called"
    try:
        make_codecs(spec.codecs)
    except PluginError as error:
        yield str(error)
    if spec.webhooks and spec.webhooks.secret and spec.webhooks.secret not in spec.settings.model_fields:
        yield f"its webhooks are signed with the setting {spec.webhooks.secret!r}, which does not exist"
    yield from _install_faults(spec)
    yield from _stream_faults(spec)


def circle_of(spec: ConnectorSpec, start: str) -> list[str]:
    """Give the way from a stream over those that it comes after back to itself; empty when there is none."""
    after = {stream.name: stream.after for stream in spec.streams}
    ways, seen = [[start]], set[str]()
    while ways:
        way = ways.pop()
        for name in after.get(way[-1], ()):
            if name == start:
                return [*way, start]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _install_faults(spec: ConnectorSpec) -> Iterator[str]:
    if spec.install is None:
        return
    for name in sorted({*spec.install.unless} - {*spec.settings.model_fields}):
        yield f"its install is not needed with the setting {name!r}, which does not exist"
    if not spec.http:
        yield "it is installed for a token, which takes a client: http is False"
    for method in ("use", "renew"):
        if inspect.isclass(spec.connector) and not hasattr(spec.connector, method):
            yield f"it is installed for a token, but {spec.connector.__name__} has no {method}()"


def _stream_faults(spec: ConnectorSpec) -> Iterator[str]:
    names = [stream.name for stream in spec.streams]
    if not names:
        yield "it has no stream"
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"stream {name!r} is declared twice"
    for stream in spec.streams:
        yield from (f"stream {stream.name!r}: {fault}" for fault in _faults_of_stream(spec, stream, names))
    for name in sorted(spec.record_url.keys() - set(names)):
        yield f"record_url names the stream {name!r}, which does not exist"


def _faults_of_stream(spec: ConnectorSpec, stream: Stream, names: list[str]) -> Iterator[str]:
    if not (stream.reads or stream.writes or stream.tracks):
        yield "it neither reads nor writes nor tracks"
    if stream.batch < 1:
        yield f"batch is {stream.batch}, the least is 1"
    if stream.blind_to and stream.reread <= 0:
        yield f"it is blind to {', '.join(stream.blind_to)} and has no plan: set reread to the seconds between re-reads"
    if circle := circle_of(spec, stream.name):
        yield f"it comes after itself: {' after '.join(circle)}"
    for name in sorted({*stream.after} - {*names}):
        yield f"after names {name!r}, which is no stream of this connector"
    if not spec.mappings.joinpath(f"{stream.name}.yaml").is_file():
        yield f"the mappings folder has no {stream.name}.yaml"
    for flag, method in CAPABILITIES:
        if getattr(stream, flag) and inspect.isclass(spec.connector) and not hasattr(spec.connector, method):
            yield f"it is declared with {flag}=True, but {spec.connector.__name__} has no {method}()"
