"""Serves the hub's pages over HTTP, in a thread of its own beside the sync."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from hub.config import Listen
from hub.errors import ConfigError
from hub.operations.install import PATH
from hub.sync.hub import Hub
from hub.web.commit import GroupCommit
from hub.web.health import Health
from hub.web.install import InstallDesk
from hub.web.webhook import LIMIT, WebhookDesk

SWITCH = 0.0005
"""Seconds after which a thread that computes lets another one run: Python's own 5 ms, several times a call, add up."""
START_SECONDS = 10.0
CLOSE_SECONDS = 5


@asynccontextmanager
async def open_app(hub: Hub, limit: int = LIMIT) -> AsyncIterator[Starlette]:
    """Make the application of a hub, which takes bodies of up to `limit` bytes; at its close all it took is written."""
    commits = GroupCommit(hub, asyncio.get_running_loop())
    health, desk = Health(hub, commits), WebhookDesk(hub, commits, limit)
    try:
        yield Starlette(
            routes=[
                Route("/webhooks/{connection}", desk.take, methods=["POST"]),
                Route(PATH, InstallDesk(hub).take),
                Route("/health", health.ready),
                Route("/health/ready", health.ready),
                Route("/health/live", health.live),
            ]
        )
    finally:
        await asyncio.to_thread(commits.close)


@contextmanager
def serving(hub: Hub, listen: Listen) -> Iterator[str]:
    """Serve until the block ends; gives the address. ConfigError when somebody else listens there."""
    place = _bind(listen)
    server = _Server(hub)
    thread = threading.Thread(target=server.run, args=(place,), name="web", daemon=True)
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    thread.start()
    server.started.wait(START_SECONDS)
    host, port = place.getsockname()[:2]
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        server.stop()
        thread.join()
        sys.setswitchinterval(before)


class _Server:
    """One uvicorn with its event loop."""

    def __init__(self, hub: Hub) -> None:
        self.started = threading.Event()
        self._hub = hub
        self._uvicorn: uvicorn.Server | None = None

    def run(self, place: socket.socket) -> None:
        """Serve on a socket until told to stop."""
        asyncio.run(self._serve(place))

    def stop(self) -> None:
        """Answer what has come, then end."""
        if self._uvicorn is not None:
            self._uvicorn.should_exit = True

    async def _serve(self, place: socket.socket) -> None:
        async with open_app(self._hub) as app:
            config = uvicorn.Config(
                app,
                http="h11",
                loop="asyncio",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                backlog=1024,
                timeout_graceful_shutdown=CLOSE_SECONDS,
            )
            self._uvicorn = uvicorn.Server(config)
            self.started.set()
            with contextlib.suppress(asyncio.CancelledError):
                await self._uvicorn.serve(sockets=[place])


def _bind(listen: Listen) -> socket.socket:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    place = socket.socket(family, socket.SOCK_STREAM)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((listen.host, listen.port))
    except OSError as error:
        place.close()
        reason = (error.strerror or "unknown reason").lower()
        raise ConfigError(
            f"The hub cannot listen on {listen.host}:{listen.port}: {reason}.",
            hint="Write another address into [serve] of hub.toml, or end what listens there.",
        ) from None
    return place
