"""POST /webhooks/<connection>: the raw bytes are verified, what they touched is committed, then they are answered."""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from hub.errors import AuthError, BadResponseError, ConfigError, HubError
from hub.sync.connection.webhook import Call, Door, Outcome
from hub.sync.hub import Hub
from hub.web.commit import GroupCommit
from hub.web.doors import Doors
from hub.webhook import Hook

LIMIT = 8_000_000
"""Bytes of a body; the largest that a shop sends is a product with thousands of variants."""
SLOWEST = 20.0
"""Seconds in which a body must have come."""
AGAIN = {"Retry-After": "30"}
log = logging.getLogger(__name__)


class WebhookDesk:
    """Takes the calls to one hub. A call is answered only after what it says is committed."""

    def __init__(self, hub: Hub, commits: GroupCommit, limit: int = LIMIT) -> None:
        self._hub, self._commits, self._limit, self._doors = hub, commits, limit, Doors(hub)

    async def take(self, request: Request) -> Response:
        """Answer one call."""
        name = request.path_params["connection"]
        try:
            return await self._take(name, request)
        except ClientDisconnect:
            return Response(status_code=400)
        except HubError as error:
            log.error("a webhook of %.64r could not be kept: %s", name, error.message)
            return PlainTextResponse("The hub cannot keep it now.", 503, headers=AGAIN)

    async def _take(self, name: str, request: Request) -> Response:
        door = await self._doors.find(name)
        if door is None:
            self._commits.note(Call("", outcome=Outcome.UNKNOWN))
            return PlainTextResponse("There is no such connection.", 404)
        try:
            body = await asyncio.wait_for(_body(request, self._limit), SLOWEST)
        except TimeoutError:
            return PlainTextResponse("The body did not come.", 408)
        if body is None:
            return self._refuse(door, Outcome.TOO_LARGE, 413, f"More than {self._limit} bytes.")
        try:
            call = await self._read(door, Hook(dict(request.headers), body))
        except (AuthError, ConfigError):
            return self._refuse(door, Outcome.REFUSED, 401, "The signature does not fit.")
        except BadResponseError as error:
            log.warning("a webhook of %s cannot be read: %s", name, error.message)
            return self._refuse(door, Outcome.UNREADABLE, 400, "It cannot be read.")
        await self._commits.keep(call)
        return Response(status_code=200)

    async def _read(self, door: Door, hook: Hook) -> Call:
        """Verify and read a call; one that does not fit is held against the secrets as they are at this moment."""
        try:
            return door.read(hook, self._hub.world.now())
        except AuthError:
            newer = await self._doors.look_again(door.connection)
            if newer is None or newer is door:
                raise
        return newer.read(hook, self._hub.world.now())

    def _refuse(self, door: Door, outcome: Outcome, status: int, said: str) -> Response:
        """Keep nothing of a call but its number."""
        self._commits.note(Call(door.connection, outcome=outcome))
        return PlainTextResponse(said, status)


async def _body(request: Request, limit: int) -> bytes | None:
    """Read the raw bytes; None as soon as they are too many."""
    if int(request.headers.get("content-length") or 0) > limit:
        return None
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            return None
        parts.append(part)
    return b"".join(parts)
