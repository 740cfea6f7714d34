"""`hub mapping set`: lays a merchant's or a connection's own rules over the mapping that a connector ships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hub.connector import Stream
from hub.errors import ConfigError
from hub.mapping.codecs import make_codecs
from hub.mapping.engine import compile_mapping
from hub.mapping.layers import layer
from hub.mapping.rule import MappingFile
from hub.mapping.schema import load_mapping
from hub.operations.problem import PULL, queue_replay
from hub.store import problems, settings
from hub.store.problems import Problem
from hub.store.settings import ConnectionRow
from hub.sync.connection.session import shipped
from hub.sync.hub import Hub

CONNECTION, MERCHANT = "connection", "merchant"


@dataclass(frozen=True, slots=True)
class Override:
    """Rules that were laid over a mapping, or taken back; `freed` is how many records are taken up again."""

    scope: str
    connector: str
    stream: str
    version: int
    freed: int
    stored: tuple[Problem, ...] = ()
    is_own: bool = True


def set_override(hub: Hub, row: ConnectionRow, stream: Stream, file: Path, *, merchant_wide: bool = False) -> Override:
    """Check a mapping file against what it is laid over, and keep it as a new version; stored documents follow.

    MappingFileError names the line of the operator's file, ConfigError a file that cannot be read.
    """
    text = _read(file)
    _prove(hub, row, stream, load_mapping(text, str(file), MERCHANT if merchant_wide else CONNECTION))
    return _keep(hub, row, stream, text, merchant_wide)


def reset_override(hub: Hub, row: ConnectionRow, stream: Stream, *, merchant_wide: bool = False) -> Override:
    """Take an override back: the shipped mapping holds again; ConfigError where there is none."""
    scope = _scopes(row)[MERCHANT if merchant_wide else CONNECTION]
    with hub.database.read() as tx:
        kept = settings.mapping_overrides(tx, scope, row.connector)
    if not kept.get(stream.name):
        whose = scope.replace(":", " ")
        raise ConfigError(
            f"no rules of {whose} are laid over {stream.name}", hint="See whose hold: `hub mapping show`."
        )
    return replace(_keep(hub, row, stream, "", merchant_wide), is_own=False)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the mapping file {file} cannot be read", hint="Name a file with the rules.") from error


def _prove(hub: Hub, row: ConnectionRow, stream: Stream, own: MappingFile) -> None:
    spec = hub.plugins.connector(row.connector)
    ships = load_mapping(shipped(spec, stream.name), f"{spec.name}/{stream.name}.yaml")
    codecs = make_codecs([*hub.plugins.codecs.values(), *spec.codecs])
    compile_mapping(layer([ships, *_others(hub, row, stream, own)]), codecs)


def _others(hub: Hub, row: ConnectionRow, stream: Stream, own: MappingFile) -> Sequence[MappingFile]:
    """Give the layers above the shipped one, with the new file in its place."""
    with hub.database.read() as tx:
        kept = {scope: settings.mapping_overrides(tx, name, row.connector) for scope, name in _scopes(row).items()}
    texts = {scope: bodies.get(stream.name, "") for scope, bodies in kept.items() if scope != own.layer}
    files = {scope: load_mapping(text, _scopes(row)[scope], scope) for scope, text in texts.items() if text}
    return [found for scope in (MERCHANT, CONNECTION) if (found := own if scope == own.layer else files.get(scope))]


def _scopes(row: ConnectionRow) -> dict[str, str]:
    return {MERCHANT: f"{MERCHANT}:{row.merchant}", CONNECTION: f"{CONNECTION}:{row.name}"}


def _keep(hub: Hub, row: ConnectionRow, stream: Stream, text: str, merchant_wide: bool) -> Override:
    scope = _scopes(row)[MERCHANT if merchant_wide else CONNECTION]
    now = hub.world.now()
    with hub.database.write() as tx:
        version = settings.add_mapping_override(tx, scope, row.connector, stream.name, text, now)
        waiting = [
            one
            for one in problems.listing(tx, merchant=row.merchant)
            if (one.stream, one.direction) == (stream.name, PULL) and (merchant_wide or one.connection == row.name)
        ]
    stored = queue_replay(hub.database, hub.plugins, waiting, now)
    return Override(scope, row.connector, stream.name, version, len(waiting), tuple(stored))
