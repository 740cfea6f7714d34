"""Keeps the doors of connections open: read from the database now and then, never for each call."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.sync.connection.webhook import Door, find_door
from hub.sync.hub import Hub

FRESH = timedelta(seconds=5)
"""How soon a rotated secret, or a new connection, is noticed."""
log = logging.getLogger(__name__)
RECENT = timedelta(seconds=1)
MOST = 1000
"""So many names are remembered; whoever makes more of them up gets no more than a look into the database."""


@dataclass(frozen=True, slots=True)
class _Known:
    door: Door | None
    read_at: datetime


class Doors:
    """The doors that were read lately."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._known: dict[str, _Known] = {}

    async def find(self, connection: str) -> Door | None:
        """Find the door of a connection; None when it has none."""
        known = self._known.get(connection)
        if known is None or self._age(known) >= FRESH:
            known = await self._read(connection)
        return known.door

    async def look_again(self, connection: str) -> Door | None:
        """Read a door anew because no secret fits, but not for each of a row of forged calls."""
        known = self._known.get(connection)
        if known is None or self._age(known) >= RECENT:
            known = await self._read(connection)
        return known.door

    def _age(self, known: _Known) -> timedelta:
        return abs(self._hub.world.now() - known.read_at)

    async def _read(self, connection: str) -> _Known:
        door = await asyncio.to_thread(find_door, self._hub, connection)
        if door is None:
            log.warning("a webhook came for %.64r, which takes none", connection)
        if len(self._known) >= MOST:
            self._known.clear()
        known = self._known[connection] = _Known(door, self._hub.world.now())
        return known
