"""Karrio's answers, taken apart: one document, or a page of them."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import httpx

from hub.api import BadResponseError, Document, RejectedError

PAGE = 100


def document(answer: httpx.Response) -> Document:
    """Read one document; BadResponseError where the server is none of Karrio's."""
    body = answer.json()
    if not isinstance(body, dict):
        raise _unexpected(answer, "no object")
    return body


def page(
    http: httpx.Client, path: str, params: dict[str, str | int]
) -> tuple[Document, list[Document], datetime | None]:
    """Read a page of a list: the answer itself, its documents, and the server's clock."""
    answer = http.get(path, params=params | {"limit": PAGE})
    body = document(answer)
    results = body.get("results")
    if not isinstance(results, list):
        raise _unexpected(answer, "no list of results")
    date = answer.headers.get("Date")
    return body, results, parsedate_to_datetime(date) if date else None


def read(http: httpx.Client, stream: str, external_id: str) -> Document:
    """Read a record by id; RejectedError where it is gone."""
    return document(http.get(f"/v1/{stream}/{quote(external_id, safe='')}"))


def look_up(http: httpx.Client, stream: str, external_id: str) -> Document | None:
    """Read a record by id; None where it is gone."""
    try:
        return read(http, stream, external_id)
    except RejectedError as error:
        if error.context.get("status") == "404":
            return None
        raise


def _unexpected(answer: httpx.Response, what: str) -> BadResponseError:
    place = f"{answer.request.url.host}{answer.request.url.path}"
    return BadResponseError(
        f"{place} answered with {what}", hint="Check that the connection's URL is a Karrio server's."
    )
