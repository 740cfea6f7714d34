"""GET /health: whether the process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import JSONResponse

from hub import __version__
from hub.errors import HubError
from hub.store import schema
from hub.sync.hub import Hub
from hub.web.commit import GroupCommit

log = logging.getLogger(__name__)


class Health:
    """Answers for one hub. Anybody may ask, so nothing is told but which part is not well."""

    def __init__(self, hub: Hub, commits: GroupCommit) -> None:
        self._hub, self._commits = hub, commits

    async def live(self, _request: Request) -> JSONResponse:
        """Say that the process lives."""
        return JSONResponse({"live": True})

    async def ready(self, _request: Request) -> JSONResponse:
        """Say whether webhooks can be kept: 200, or 503 with what is not well."""
        parts = {"database": await asyncio.to_thread(self._database_is_well), "webhooks": self._commits.is_well()}
        ready = all(parts.values())
        return JSONResponse({"live": True, "ready": ready, "version": __version__, **parts}, 200 if ready else 503)

    def _database_is_well(self) -> bool:
        try:
            schema.require(self._hub.database)
        except HubError as error:
            log.error("the database is not well: %s %s", error.message, error.hint)
            return False
        return True
