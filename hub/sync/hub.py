"""The hub as the engine sees it: its database, its plugins and the seams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from hub.clock import World
from hub.connector import ConnectorSpec
from hub.plugins import Plugins
from hub.store.database import Database
from hub.store.leases import holder_is_dead, this_holder
from hub.store.settings import ConnectionRow


def _real_transport(_connection: str) -> httpx.BaseTransport | None:
    return None


def _itself(_row: ConnectionRow, _spec: ConnectorSpec, connector: Any) -> Any:
    return connector


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything that a run needs. `folder` is where hub.toml lies: secrets in files are relative to it.

    `transport` gives a connection's HTTP transport by name; None means the network. `holder` names this process in
    leases and `is_dead` tells whether another holder certainly no longer runs. `around` may put something around a
    connection's connector: a rehearsal lets it read and never write.
    """

    database: Database
    plugins: Plugins
    folder: Path
    world: World = field(default_factory=World)
    transport: Callable[[str], httpx.BaseTransport | None] = _real_transport
    holder: str = field(default_factory=this_holder)
    is_dead: Callable[[str], bool] = holder_is_dead
    around: Callable[[ConnectionRow, ConnectorSpec, Any], Any] = _itself
