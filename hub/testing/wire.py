"""The wire between a connector and its remote, on which a test listens and makes trouble."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import httpx

from hub.http.pin import origin

Interrupt: TypeAlias = Callable[[httpx.Request], httpx.Response | None]
"""Answers a request instead of the remote, or lets it pass with None."""
Alter: TypeAlias = Callable[[httpx.Request, httpx.Response], httpx.Response]

ELSEWHERE = "http://elsewhere.example"
DECODED = {"content-encoding", "content-length", "transfer-encoding"}


def let_pass(request: httpx.Request) -> httpx.Response | None:
    """Make no trouble."""
    return None


def unaltered(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    """Hand the remote's answer on as it is."""
    return response


class Wire(httpx.BaseTransport):
    """Hands requests on to a remote and remembers them."""

    def __init__(self, remote: httpx.BaseTransport, interrupt: Interrupt = let_pass, alter: Alter = unaltered) -> None:
        self._remote = remote
        self._interrupt = interrupt
        self._alter = alter
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer with the trouble that is being made, else with what the remote says."""
        self.requests.append(request)
        answer = self._interrupt(request)
        return answer if answer is not None else self._alter(request, self._remote.handle_request(request))

    def close(self) -> None:
        """Close the remote's end too."""
        self._remote.close()


def always(status: int) -> Interrupt:
    """Answer every request with one status."""
    return lambda request: httpx.Response(status, json={"message": f"status {status}"})


def once(status: int, **headers: str) -> Interrupt:
    """Answer the first request with a status, and let the others pass."""
    waiting = [httpx.Response(status, headers={name.replace("_", "-"): value for name, value in headers.items()})]
    return lambda request: waiting.pop() if waiting else None


def links_elsewhere(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    """Point every absolute link of an answer to another host, as a broken or hostile remote would."""
    response.read()
    here = origin(request.url)
    escaped = here.replace("/", "\\/")
    body = response.content.replace(here.encode(), ELSEWHERE.encode()).replace(escaped.encode(), ELSEWHERE.encode())
    headers = [(k, v.replace(here, ELSEWHERE)) for k, v in response.headers.multi_items() if k.lower() not in DECODED]
    return httpx.Response(response.status_code, headers=headers, content=body)
