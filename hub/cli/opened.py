"""What a command works with: hub.toml, the database and the plugins, each opened when it is first needed."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from hub.clock import World
from hub.config import Config, load_config
from hub.errors import ConfigError

if TYPE_CHECKING:
    from hub.plugins import Plugins
    from hub.store.database import Database
    from hub.sync.hub import Hub

FILE = "hub.toml"
BLOCKED = "HUB_BLOCKED_PLUGINS"


@dataclass(frozen=True)
class Opened:
    """A hub.toml and what it leads to. `connected`: of the connectors, those that connections use are enough."""

    config: Config
    world: World
    connected: bool = False

    @cached_property
    def database(self) -> Database:
        """The database, which must be there and of this version."""
        from hub.store import schema

        database = self.any_database
        place = database.engine.url.database
        if place and not Path(place).exists():
            raise ConfigError(f"there is no database {place} yet", hint="Run `hub init` to make it.")
        schema.require(database)
        return database

    @cached_property
    def any_database(self) -> Database:
        """The database, whether it is there or not."""
        from hub.store.database import Database
        from hub.store.keyring import Keyring

        return Database(self.config.database_url, keyring=Keyring(self.config.folder))

    @cached_property
    def plugins(self) -> Plugins:
        """Everything that extends this hub, or as much of it as the connections need."""
        needed = used_connectors(self.database) if self.connected else None
        plugins = installed_plugins(needed)
        return plugins if needed is None or needed <= plugins.connectors.keys() else installed_plugins()

    @cached_property
    def hub(self) -> Hub:
        """What the engine works with."""
        from hub.sync.hub import Hub

        return Hub(self.database, self.plugins, self.config.folder, self.world)

    def now(self) -> datetime:
        """Tell the time."""
        return self.world.now()


@contextmanager
def opened(path: Path | None, *, connected: bool = False) -> Iterator[Opened]:
    """Open a hub.toml for one command; the database is closed at the end."""
    one = Opened(load_config(find_config(path)), World(), connected)
    try:
        yield one
    finally:
        if "any_database" in vars(one):
            one.any_database.close()


def require_known(one: Opened, connection: str | None) -> None:
    """Make sure that a connection which is asked about exists, where one is."""
    if connection is not None:
        from hub.operations.connection import find_connection

        find_connection(one.database, connection)


def find_config(path: Path | None) -> Path:
    """Find the hub.toml that is meant: the one that is named, else this folder's."""
    if path is not None:
        return path / FILE if path.is_dir() else path
    here = Path(FILE)
    if here.exists():
        return here
    above = next((folder / FILE for folder in Path.cwd().parents if (folder / FILE).exists()), None)
    hint = f"There is one above: add --config {above}" if above else "Run `hub init` to make one, or add --config."
    raise ConfigError("there is no hub.toml in this folder", hint=hint)


def used_connectors(database: Database) -> set[str]:
    """Name the connectors that the connections use."""
    from hub.store import settings

    with database.read() as tx:
        return {row.connector for row in settings.connections(tx)}


def installed_plugins(needed: Collection[str] | None = None) -> Plugins:
    """Load the plugins, save those that HUB_BLOCKED_PLUGINS switches off and those of our own that nobody needs."""
    from hub.plugins import load_plugins

    words = os.environ.get(BLOCKED, "").replace(",", " ").split()
    return load_plugins(blocked=words, needed=needed)
