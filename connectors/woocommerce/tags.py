"""An order's tags, which the store does not know: private notes tell its people which have come and which have gone.

Notes are a log, so that nothing is taken out of it. What it says last of a tag holds, and is never said twice.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

import httpx

from connectors.woocommerce.answers import documents
from hub.api import Document

PUT_ON = 'Entrepot: "{}"'
TAKEN_OFF = 'Entrepot: no longer "{}"'
OURS = re.compile(r'Entrepot: (?P<gone>no longer )?"(?P<tag>.*)"', re.DOTALL)


def note(http: httpx.Client, order_id: str, tags: Sequence[str]) -> None:
    """Add a note for each tag that has come or gone since the order's notes last told of it."""
    path = f"orders/{order_id}/notes"
    told = _told(documents(http.get(path, params={"type": "internal"})))
    for text in _news(told, tags):
        http.post(path, json={"note": text, "customer_note": False})


def _told(notes: Sequence[Document]) -> list[str]:
    """List the tags that are on an order as far as its notes tell."""
    last: dict[str, bool] = {}
    for one in sorted(notes, key=lambda row: row["id"]):
        if found := OURS.fullmatch(html.unescape(one["note"])):
            last[found["tag"]] = found["gone"] is None
    return [tag for tag, is_on in last.items() if is_on]


def _news(told: Sequence[str], tags: Sequence[str]) -> Iterator[str]:
    yield from (PUT_ON.format(tag) for tag in tags if tag not in told)
    yield from (TAKEN_OFF.format(tag) for tag in told if tag not in tags)
