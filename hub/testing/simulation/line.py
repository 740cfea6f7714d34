"""The line between the hub and a remote: a transport on which answers get lost, cut, delayed or mistaken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol

import httpx

from hub.testing.simulation.baton import Baton
from hub.testing.simulation.counter import answer
from hub.testing.simulation.dialect import Document
from hub.testing.simulation.mischief import ANY, OF_PAGING, OF_READING, ON_UPDATES, ON_WRITES, Mischief
from hub.testing.simulation.remote import Remote
from hub.testing.simulation.script import Fault

PAGE = b"<!DOCTYPE html><html><head><title>Back soon</title></head><body>Maintenance</body></html>"
BEFORE = {"storm": 429, "busy": 503, "broken": 500}
FAULTS = {"POST": ANY | ON_WRITES, "PUT": ANY | ON_UPDATES}


class Watcher(Protocol):
    """Sees what goes over a line, and may act."""

    def see_change(self, remote: Remote, stream: str, external_id: str, written: Document) -> None:
        """See what the hub has changed."""

    def see_list(self, remote: Remote, stream: str, listed: Sequence[Document]) -> None:
        """See what the hub was told."""


class Line(httpx.BaseTransport):
    """Carries the requests of one connection to its remote."""

    def __init__(self, baton: Baton, mischief: Mischief, remote: Remote, watcher: Watcher) -> None:
        self._baton = baton
        self._mischief = mischief
        self._remote = remote
        self._watcher = watcher

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request: a seam before it is sent and one before its answer is taken."""
        where = self._remote.name
        what = f"{request.method} {where} {request.url.raw_path.decode()}"
        request.read()
        self._baton.seam(f"send {what}")
        if self._mischief.lasts("down", where):
            raise httpx.ConnectError("nobody is there", request=request)
        fault = self._mischief.take(FAULTS.get(request.method, ANY), where)
        response = self._carry(request, fault) if fault else answer(self._remote, request)
        if request.method == "GET" and request.url.path.count("/") == 1 and fault is None:
            self._disturb(request, response)
        self._baton.seam(f"receive {what} {response.status_code}")
        return response

    def _disturb(self, request: httpx.Request, response: httpx.Response) -> None:
        """Let somebody save what has just been listed, while there are further pages, or change it elsewhere."""
        listed, stream = json.loads(response.content), request.url.path.strip("/")
        if not listed.get("items"):
            return
        is_last = listed.get("next") is None and listed.get("pages", 1) == 1
        if not is_last and self._mischief.take(OF_PAGING, self._remote.name):
            self._remote.save_again(stream, listed["items"][0]["id"])
        if self._mischief.take(OF_READING, self._remote.name):
            self._watcher.see_list(self._remote, stream, listed["items"])

    def _carry(self, request: httpx.Request, fault: Fault) -> httpx.Response:
        kind = fault.kind
        if kind in BEFORE:
            headers = {"Retry-After": f"{fault.seconds:.0f}"} if fault.seconds else {}
            return httpx.Response(BEFORE[kind], headers=headers, json={"error": "later"})
        if kind == "dropped":
            raise httpx.ReadError("reset by peer", request=request)
        if kind == "html":
            return httpx.Response(200, content=PAGE, headers={"Content-Type": "text/html"})
        if kind == "slow_way":
            self._baton.sleep(fault.seconds)
        if kind == "twice" and (request.method == "PUT" or self._remote.dialect.keyed):
            answer(self._remote, request)
        return self._answered(request, fault, answer(self._remote, request))

    def _answered(self, request: httpx.Request, fault: Fault, response: httpx.Response) -> httpx.Response:
        """Spoil the answer to what has been done."""
        if fault.kind == "slow":
            self._baton.sleep(fault.seconds)
        elif fault.kind == "overwritten":
            _, stream, external_id = request.url.path.split("/")
            self._watcher.see_change(self._remote, stream, external_id, json.loads(request.content))
            raise httpx.ReadTimeout("no answer", request=request)
        elif fault.kind == "lost":
            raise httpx.ReadTimeout("no answer", request=request)
        elif fault.kind == "hidden":
            return httpx.Response(502, content=PAGE, headers={"Content-Type": "text/html"})
        elif fault.kind == "html_after":
            return httpx.Response(200, content=PAGE, headers={"Content-Type": "text/html"})
        elif fault.kind == "cut":
            return httpx.Response(
                response.status_code, content=response.content[:-7], headers={"Content-Type": "application/json"}
            )
        return response
