"""Pages through a frozen window by id, LAST PAGE FIRST.

A record that is edited meanwhile leaves the window and shifts the rows behind it one place forward: reading backwards
that only repeats rows, reading forwards it loses them. Filters are exclusive and one second fine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from connectors.woocommerce.answers import count, documents, store_time
from hub.api import Document, Lane, Page, Window

FEW_PAGES = 5
SECOND = timedelta(seconds=1)
Params = Mapping[str, str]
Take = Callable[[httpx.Response], Sequence[Document]]
"""Takes the documents out of an answer."""


def read_pages(
    http: httpx.Client, path: str, window: Window, params: Params, size: int, take: Take = documents
) -> Iterator[Page]:
    """Read a window of a list; with nothing or one page in it, that is one request.

    The resume point is {"page", "expected", "before"}: the next page to read, how many rows there are in all, and the
    upper bound that was frozen, as the store takes it.
    """
    asked = {**params, "per_page": str(size), "orderby": "id", "order": "asc"}
    state: dict[str, Any] | None = window.resume
    if state is None:
        answer = http.get(path, params={**asked, **bounds(window, upper(window, None)), "page": "1"})
        total, last = count(answer, "X-WP-Total"), count(answer, "X-WP-TotalPages")
        if last <= 1:
            yield _page(answer, take, None, total)
            return
        state = {"page": last, "expected": total, "before": upper(window, store_time(answer))}
    filters = bounds(window, state["before"])
    for page in range(state["page"], 0, -1):
        rest = {**state, "page": page - 1} if page > 1 else None
        yield _page(http.get(path, params={**asked, **filters, "page": str(page)}), take, rest, state["expected"])


def _page(answer: httpx.Response, take: Take, resume: Any, expected: int) -> Page:
    return Page(take(answer), resume, expected, store_time(answer))


def read_newest(http: httpx.Client, path: str, window: Window, params: Params, size: int) -> Iterator[Page]:
    """Read a list that knows no filter by modification: whole while it is short, else what was made in the window.

    By id the newest stand on the last pages, which are read first; a page on which everything is older ends it.
    """
    whole = replace(window, since=None, until=None)
    for page in read_pages(http, path, whole, params, size):
        if window.since is not None and not is_short(page.expected, size) and _older(page, window.since):
            yield replace(page, resume=None, expected=None)
            return
        yield page


def is_short(total: int | None, size: int) -> bool:
    """Tell whether a list is so short that reading all of it burdens nobody."""
    return total is not None and total <= FEW_PAGES * size


def _older(page: Page, since: datetime) -> bool:
    first = _bare(since)
    return all((row.get("date_created_gmt") or "") < first for row in page.documents)


def bounds(window: Window, before: str | None) -> dict[str, str]:
    """Write a window as filters: bare GMT with its flag, which is right in every time zone."""
    found = {}
    if window.since is not None:
        found["modified_after"] = _bare(window.since.replace(microsecond=0) - SECOND)
    if before is not None:
        found["modified_before"] = before
    return {**found, "dates_are_gmt": "true"} if found else {}


def upper(window: Window, now: datetime | None) -> str | None:
    """Freeze a window's upper bound, not later than the store's own clock: nothing may enter it any more.

    The first import has none: by id nothing shifts, and records without a time of modification are in it too.
    """
    if window.until is None or (window.since is None and window.lane is Lane.LIVE):
        return None
    until = window.until if window.until.microsecond == 0 else window.until.replace(microsecond=0) + SECOND
    return _bare(min(until, now) if now else until)


def _bare(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()
