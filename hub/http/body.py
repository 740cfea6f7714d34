"""Bodies: bounded when they arrive, and read as JSON or refused with what was got."""

from __future__ import annotations

from typing import Any

import httpx
import orjson

from hub.errors import BadResponseError
from hub.http.excerpt import excerpt, is_page

LARGEST = 64 * 1024 * 1024
BOM = b"\xef\xbb\xbf"
NOT_OURS = frozenset({"content-encoding", "content-length", "transfer-encoding"})  # of the body as it traveled


class Answer(httpx.Response):
    """An answer that has been read whole; `json` raises BadResponseError, not a ValueError, and is fast."""

    def json(self, **kwargs: Any) -> Any:
        """Read the body as JSON."""
        return read_json(self)


def read_bounded(response: httpx.Response, request: httpx.Request, largest: int) -> Answer:
    """Read an answer whole, decompressed, or raise BadResponseError once it is larger than `largest` bytes."""
    headers = [(k, v) for k, v in response.headers.multi_items() if k.lower() not in NOT_OURS]
    content = _content(response, request, largest)
    return Answer(response.status_code, headers=headers, content=content, extensions=response.extensions)


def _content(response: httpx.Response, request: httpx.Request, largest: int) -> bytes:
    length = response.headers.get("Content-Length", "")
    if "Content-Encoding" not in response.headers and length.isdecimal() and int(length) <= largest:
        return response.read()
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > largest:
            response.close()
            raise _too_large(request, largest)
        chunks.append(chunk)
    return b"".join(chunks)


def read_json(response: httpx.Response) -> Any:
    """Read a body as JSON, or raise BadResponseError that says what came instead."""
    content = response.content
    try:
        return orjson.loads(content.removeprefix(BOM))
    except orjson.JSONDecodeError as error:
        raise _not_json(response, error) from error


def _not_json(response: httpx.Response, error: orjson.JSONDecodeError) -> BadResponseError:
    request = response.request
    kind = response.headers.get("Content-Type", "no content type").split(";")[0]
    if not response.content.strip():
        got, hint = "nothing", "Ask whoever runs the remote why it answers without a body."
    elif is_page(response):
        got = f'a web page ({kind}) instead of JSON: "{excerpt(response)}"'
        hint = "Check the connection's URL; a login, maintenance or firewall page may stand before the API."
    elif error.msg.startswith("unexpected end"):
        got = f'JSON that breaks off after {len(response.content)} bytes: "{excerpt(response)}"'
        hint = "The answer was cut on its way: the hub asks again. If it goes on, ask for smaller pages."
    else:
        got = f'something that is not JSON ({kind}), from character {error.pos} on: "{excerpt(response)}"'
        hint = "Check that the connection's URL is the address of the API."
    return BadResponseError(
        f"{request.url.host} answered {request.method} {request.url.path} with {got}",
        hint=hint,
        context={"host": request.url.host, "path": request.url.path, "sent": "yes"},
    )


def _too_large(request: httpx.Request, largest: int) -> BadResponseError:
    return BadResponseError(
        f"{request.url.host} answered {request.method} {request.url.path} with more than {largest // 1024**2} MB",
        hint="Ask for smaller pages.",
        context={"host": request.url.host, "path": request.url.path, "sent": "yes"},
    )
