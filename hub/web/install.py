"""GET /install: a person's browser comes back from a remote with their consent; they see what became of it."""

from __future__ import annotations

import asyncio
import logging
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hub.errors import HubError
from hub.operations.install import Ended, take_callback
from hub.sync.hub import Hub

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem }}</style>
<h1>{title}</h1>
<p>{message}</p>
<p>{hint}</p>
</html>
"""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address holds the code
    "X-Content-Type-Options": "nosniff",
}
log = logging.getLogger(__name__)


class InstallDesk:
    """Takes the callbacks to one hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def take(self, request: Request) -> Response:
        """Answer one callback; looking at its head, as previews of links do, is not coming back."""
        if request.method == "HEAD":
            return Response()
        try:
            return _page(await asyncio.to_thread(take_callback, self._hub, request.url.query))
        except HubError as error:
            log.error("a callback could not be taken: %s %s", error.message, error.hint)
            busy = Ended("", False, "The hub cannot keep it now", "Try again with a new link.", "", error.exit_code)
            return _page(busy, 503)


def _page(ended: Ended, status: int = 0) -> HTMLResponse:
    title = "Installed" if ended.installed else "Not installed"
    hint = "You may close this page." if ended.installed and not ended.error else ended.hint
    text = PAGE.format(title=title, message=escape(_sentence(ended.message)), hint=escape(_sentence(hint)))
    return HTMLResponse(text, status or (200 if ended.installed else 403), headers=HEADERS)


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?`" else f"{text}."
