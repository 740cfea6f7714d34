"""A ledger: a small remote system over HTTP that a shop, or an ERP, keeps its records in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson

PAGE = 5
Row = dict[str, Any]


def now() -> str:
    """Tell the time as the ledger writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


@dataclass
class LedgerRemote:
    """Tables of documents; `pause` is how long it thinks before and after each change, in seconds."""

    pause: float = 0.0
    tables: dict[str, dict[str, Row]] = field(default_factory=dict)
    serial: int = 0
    creates: list[tuple[str, Row]] = field(default_factory=list)
    normalize: Callable[[Row], Row] = lambda row: row

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer: GET /stream, GET /stream/id, POST /stream, PUT /stream/id."""
        stream, _, external_id = request.url.path.strip("/").partition("/")
        time.sleep(self.pause)
        if request.method == "GET":
            return self._one(stream, external_id) if external_id else self._list(stream, request.url.params)
        row: Row = orjson.loads(request.content)
        if not external_id:
            self.creates.append((stream, row))
        kept = self.put(stream, {**row, **({"id": external_id} if external_id else {})})
        time.sleep(self.pause)
        return httpx.Response(200, json=kept)

    def put(self, stream: str, row: Row) -> Row:
        """Create or change a record as a person would."""
        table = self.tables.setdefault(stream, {})
        external_id = str(row.get("id") or self._next())
        joined = {**table.get(external_id, {}), **row, "id": external_id, "updated": now()}
        table[external_id] = self.normalize(joined)
        return table[external_id]

    def _next(self) -> int:
        self.serial += 1
        return self.serial

    def _one(self, stream: str, external_id: str) -> httpx.Response:
        row = self.tables.get(stream, {}).get(external_id)
        return httpx.Response(200, json=row) if row else httpx.Response(404, json={"error": "not found"})

    def _list(self, stream: str, wanted: httpx.QueryParams) -> httpx.Response:
        """List what changed in a window, last page first, or what carries a reference."""
        rows = list(self.tables.get(stream, {}).values())
        if "ref" in wanted:
            return httpx.Response(200, json={"items": [row for row in rows if row.get("ref") == wanted["ref"]]})
        since, until = wanted.get("since", ""), _second_after(wanted["until"])
        rows = sorted((row for row in rows if since <= row["updated"] < until), key=lambda row: int(row["id"]))
        page = int(wanted.get("page") or max(1, -(-len(rows) // PAGE)))
        items = rows[(page - 1) * PAGE : page * PAGE]
        return httpx.Response(200, json={"items": items, "next": page - 1 or None, "total": len(rows), "now": now()})


def _second_after(text: str) -> str:
    return (datetime.fromisoformat(text) + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
