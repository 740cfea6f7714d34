from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from hub.clock import World
from hub.connector import Limit
from hub.http import open_client

START = datetime(2026, 8, 18, 1, 0, tzinfo=UTC)


class Clock:
    """A clock that moves when somebody sleeps on it, and remembers the naps."""

    def __init__(self) -> None:
        self.moment = START
        self.naps: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.naps.append(round(seconds, 3))
        self.moment += timedelta(seconds=seconds)


class Remote:
    """Answers with what it was given, one a request, the last one for ever; remembers the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    return World(now=clock.now, sleep=clock.sleep, jitter=lambda: 0.5)


@pytest.fixture
def dial(world: World) -> Iterator[Callable[..., httpx.Client]]:
    """Open a client of a remote that is a callable, or of a base URL; closed at the end."""
    clients = []

    def dial(remote: object = None, **options: object) -> httpx.Client:
        settings: dict[str, object] = {"base": "https://shop.test", "limit": Limit(1000, 1000), "world": world}
        if callable(remote):
            settings["transport"] = httpx.MockTransport(remote)  # type: ignore[arg-type]
        client = open_client(**(settings | options))  # type: ignore[arg-type]
        clients.append(client)
        return client

    yield dial
    for client in clients:
        client.close()


@pytest.fixture
def remote() -> type[Remote]:
    return Remote


@pytest.fixture
def closed_port() -> int:
    """A port of the loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
