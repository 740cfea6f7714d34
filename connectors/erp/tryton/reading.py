"""Pages through what changed in a window, and reads single records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from connectors.erp.tryton.rpc import Rpc, Value
from hub.api import Document, Page, Window

Row: TypeAlias = dict[str, Value]
Describe: TypeAlias = Callable[[list[Row]], list[Document]]


def changed(window: Window, *children: str) -> list[Value]:
    """Make the domain of what was modified in a window, or whose children were.

    A Tryton record does not move when its children do: an address, a line, a package.
    """
    own = _between(window)
    return ["OR", own, *[[child, "where", own] for child in children]] if own else []


def _between(window: Window) -> list[Value]:
    since = [["last_modified_at", ">=", window.since]] if window.since else []
    return [*since, *([["last_modified_at", "<", window.until]] if window.until else [])]


def pages(
    rpc: Rpc,
    model: str,
    domain: list[Value],
    fields: Sequence[str],
    describe: Describe,
    *,
    window: Window,
    size: int,
    counted: list[Value] | None = None,
) -> Iterator[Page]:
    """Read a window in the order of ids: who is modified meanwhile leaves the window without moving the others.

    `counted` is the domain of what `describe` shows, where it leaves rows out.
    """
    last = int(window.resume or 0)
    expected = None
    while True:
        wanted = [domain, ["id", ">", last]]
        rows = rpc.search_read(model, wanted, fields, limit=size, active_test=False)
        full, documents = len(rows) == size, describe(rows)
        if expected is None and not window.resume:
            among = counted or domain
            expected = rpc.call(f"model.{model}.search_count", among, active_test=False) if full else len(documents)
        last = rows[-1]["id"] if rows else last
        yield Page(documents, resume=last if full else None, expected=expected, remote_time=rpc.remote_time)
        if not full:
            return


def some(rpc: Rpc, model: str, ids: Sequence[str], fields: Sequence[str]) -> list[Row]:
    """Read records by id in the order asked; who is gone is left out."""
    numbers = [int(i) for i in ids if i.isdecimal()]
    if not numbers:
        return []
    rows = rpc.search_read(model, [["id", "in", numbers]], fields, active_test=False)
    found = {row["id"]: row for row in rows}
    return [found[n] for n in dict.fromkeys(numbers) if n in found]
