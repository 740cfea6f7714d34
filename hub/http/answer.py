"""What an answer means: the status code becomes the error that says what happens next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
import orjson

from hub.errors import (
    AuthError,
    ConflictError,
    HubError,
    RateLimitError,
    RejectedError,
    UnavailableError,
)
from hub.http.excerpt import excerpt
from hub.http.wait import retry_after
from hub.log import redact

SLOW_DOWN = frozenset({429, 430})  # 430 is Shopify's own
COME_BACK = frozenset({408, 425})
LONGEST = 200
RENEW = "Renew the connection's credentials, and check what they may do."
REREAD = "The record changed there meanwhile: sync the connection to read the change, then replay this problem."
PACE = "Nothing to do: the hub comes back by itself. If it happens often, lower the connection's rate."
OUT_OF_ORDER = "The remote is out of order; the hub tries again. If it goes on, ask whoever runs it."
GONE = "The remote has no such record or address: if it should, check the connection's URL."
MEND = "Mend the record, then replay it."


def refusal(response: httpx.Response, *, connection: str, now: datetime) -> HubError:
    """Make the error for an answer of 400 and more; its body has been read."""
    status, code, said = response.status_code, *read_reason(response)
    message = redact(f"{_asked(response.request)} with {status}") + (f": {said}" if said else "")
    context = _context(response, connection) | ({"code": code} if code else {})
    if status in {401, 403}:
        return AuthError(message, hint=RENEW, context=context)
    if status == 409:
        return ConflictError(message, hint=REREAD, context=context)
    if status in SLOW_DOWN:
        return RateLimitError(message, hint=PACE, context=context, retry_after=retry_after(response, now))
    if status >= 500 or status in COME_BACK:
        return UnavailableError(message, hint=OUT_OF_ORDER, context=context, retry_after=retry_after(response, now))
    return RejectedError(message, code=code, hint=GONE if status in {404, 410} else MEND, context=context)


def _asked(request: httpx.Request) -> str:
    return f"{request.url.host} answered {request.method} {request.url.path}"


def _context(response: httpx.Response, connection: str) -> dict[str, str]:
    request = response.request
    context = {"host": request.url.host, "method": request.method, "status": str(response.status_code)}
    context["sent"] = request.extensions.get("hub.sent", "yes")
    return context | ({"connection": connection} if connection else {})


def read_reason(response: httpx.Response) -> tuple[str, str]:
    """Read the remote's own code and words from an error's body, without personal data."""
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return "", excerpt(response)
    found = _first(body)
    if found is None:
        return "", excerpt(response)
    code = found.get("code") or found.get("error")
    words = next((w for key in ("message", "error_description", "detail", "title") if (w := found.get(key))), "")
    if not words and isinstance(found.get("details"), dict):
        words = f"see {', '.join(found['details'])}"
    text = redact(words if isinstance(words, str) else "")[:LONGEST]
    return (code if isinstance(code, str) and " " not in code else ""), text


def _first(body: Any) -> Mapping[str, Any] | None:
    if isinstance(body, dict):
        listed = next((body[key] for key in ("errors", "messages") if body.get(key)), None)
        return _first(listed) or body if isinstance(listed, list | dict) and not body.get("code") else body
    return _first(body[0]) if isinstance(body, list) and body else None
