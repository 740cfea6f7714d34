"""A remote's HTTP face: GET, POST and PUT on /stream and /stream/id."""

from __future__ import annotations

import copy

import httpx
import orjson

from hub.clock import utc_text
from hub.testing.simulation.dialect import Document
from hub.testing.simulation.gate import LIFE
from hub.testing.simulation.remote import RefusalError, Remote


def answer(remote: Remote, request: httpx.Request) -> httpx.Response:
    """Do what a request asks for and answer it."""
    if request.url.path == "/token":
        return _renewed(remote, request)
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not remote.gate.lets_in(token, remote.now()):
        return _say(401, {"error": "unauthorized"})
    stream, _, external_id = request.url.path.strip("/").partition("/")
    try:
        if request.method == "GET":
            return _one(remote, stream, external_id) if external_id else _list(remote, stream, request.url.params)
        document: Document = orjson.loads(request.content)
        if external_id:
            row = remote.change(stream, external_id, document)
        else:
            row = remote.create(stream, document, request.headers.get("Idempotency-Key"))
    except RefusalError as refusal:
        remote.told(f"{remote.name} refuses {request.method} {request.url.path}: {refusal}")
        return _say(refusal.status, {"error": "refused", "message": str(refusal)})
    return _say(200, {"id": row["id"]} if remote.dialect.bare else row)


def _renewed(remote: Remote, request: httpx.Request) -> httpx.Response:
    pair = remote.gate.give(orjson.loads(request.content)["with"], remote.now())
    if pair is None:
        return _say(401, {"error": "used up"})
    return _say(200, {"access": pair[0], "refresh": pair[1], "expires_in": LIFE})


def _one(remote: Remote, stream: str, external_id: str) -> httpx.Response:
    row = remote.tables.get(stream, {}).get(external_id)
    return _say(200, row) if row else _say(404, {"error": "not found"})


def _list(remote: Remote, stream: str, asked: httpx.QueryParams) -> httpx.Response:
    if "ref" in asked:
        named = [row for row in remote.tables.get(stream, {}).values() if row.get("ref") == asked["ref"]]
        return _say(200, {"items": named})
    rows = remote.inside(stream, asked.get("since"), asked.get("until") if remote.dialect.pages else None)
    told: Document = {"total": len(rows)}
    if remote.dialect.tells_time:
        told["now"] = utc_text(remote.clock())
    if remote.dialect.pages:
        return _say(200, told | _numbered(remote, rows, asked.get("page")))
    return _say(200, told | _after(remote, rows, asked.get("after")))


def _numbered(remote: Remote, rows: list[Document], page: str | None) -> Document:
    size = remote.dialect.size
    pages = max(1, -(-len(rows) // size))
    number = int(page) if page else pages
    return {"items": rows[(number - 1) * size : number * size], "page": number, "pages": pages}


def _after(remote: Remote, rows: list[Document], cursor: str | None) -> Document:
    """Give the rows after a cursor, which names the time and the id of the last one given."""
    if cursor:
        updated, _, external_id = cursor.partition("|")
        rows = [row for row in rows if (row["updated"], int(row["id"])) > (updated, int(external_id))]
    items = rows[: remote.dialect.size]
    more = len(rows) > len(items)
    return {"items": items, "next": f"{items[-1]['updated']}|{items[-1]['id']}" if more else None}


def _say(status: int, told: object) -> httpx.Response:
    return httpx.Response(status, content=orjson.dumps(copy.copy(told)), headers={"Content-Type": "application/json"})
