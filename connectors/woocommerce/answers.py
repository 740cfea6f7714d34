"""What answers hold: JSON of the kind that was asked for, the counting headers and the store's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson

from hub.api import BadResponseError, Document, Unread


def documents(response: httpx.Response) -> list[Document]:
    """Read a list of documents; BadResponseError for anything else."""
    body = _json(response)
    if not isinstance(body, list):
        raise _unexpected(response, "something other than a list")
    return body


def unread(response: httpx.Response) -> Sequence[Document]:
    """Cut a list into documents that are read when their turn comes; BadResponseError for anything else."""
    try:
        return Unread.cut(response.content)
    except ValueError:
        return documents(response)  # it says what is wrong


def document(response: httpx.Response) -> Document:
    """Read one document; BadResponseError for anything else."""
    body = _json(response)
    if not isinstance(body, dict):
        raise _unexpected(response, "something other than an object")
    return body


def count(response: httpx.Response, name: str) -> int:
    """Read a counting header; BadResponseError where something on the way has taken it out."""
    text = response.headers.get(name, "")
    if not text.isdigit():
        documents(response)  # what is no list at all says more than what its headers lack
        raise BadResponseError(
            f"{response.request.url.host} answered without the header {name}",
            hint="A proxy or cache in front of the store removes headers: let X-WP-Total and X-WP-TotalPages through.",
            context=_context(response),
        )
    return int(text)


def store_time(response: httpx.Response) -> datetime | None:
    """Tell the store's clock at its answer, where it says."""
    text = response.headers.get("Date")
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None


def _json(response: httpx.Response) -> Any:
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError as error:
        raise _unexpected(response, _kind(response)) from error


def _kind(response: httpx.Response) -> str:
    start = response.content[:200].lstrip()
    if start.startswith(b"<"):
        return "a web page instead of JSON"
    return "JSON that is cut off" if start[:1] in (b"[", b"{") else "something that is not JSON"


def _unexpected(response: httpx.Response, got: str) -> BadResponseError:
    request = response.request
    return BadResponseError(
        f"{request.url.host} answered {request.method} {request.url.path} with {got}",
        hint="Check the connection's URL. If it is right, look for PHP warnings, a maintenance page or a firewall.",
        context=_context(response),
    )


def _context(response: httpx.Response) -> Mapping[str, str]:
    return {"host": response.request.url.host, "path": response.request.url.path, "sent": "yes"}
