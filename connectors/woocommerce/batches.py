"""Writes in batches of at most 100; a batch that is refused as a whole is halved until the bad item stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from connectors.woocommerce.answers import document
from connectors.woocommerce.refusals import explained
from hub.api import UNDONE, BadResponseError, Document, RejectedError

LIMIT = 100
Item = tuple[str, Document]
"""("create" | "update", the body)"""


def send(http: httpx.Client, path: str, items: Sequence[Item]) -> list[Document | RejectedError]:
    """Send items to a batch endpoint; one answer an item, in order, or the refusal of that item alone."""
    answers: list[Document | RejectedError] = []
    for start in range(0, len(items), LIMIT):
        answers += _send(http, path, items[start : start + LIMIT])
    return answers


def _send(http: httpx.Client, path: str, items: Sequence[Item]) -> list[Document | RejectedError]:
    body: dict[str, list[Document]] = {}
    for kind, item in items:
        body.setdefault(kind, []).append(item)
    # a repeated create is refused for its e-mail; what was updated, people may have changed by the time it is repeated
    extensions = {"hub.retry": UNDONE if "update" in body else True}
    try:
        answer = document(http.post(f"{path}/batch", json=body, extensions=extensions))
    except RejectedError as error:
        if len(items) == 1:
            return [explained(error)]
        middle = len(items) // 2
        return [*_send(http, path, items[:middle]), *_send(http, path, items[middle:])]
    return _in_order(items, answer)


def _in_order(items: Sequence[Item], answer: Document) -> list[Document | RejectedError]:
    waiting: dict[str, list[Any]] = {kind: list(rows) for kind, rows in answer.items() if isinstance(rows, list)}
    ordered: list[Document | RejectedError] = []
    for kind, _ in items:
        if not waiting.get(kind):
            raise BadResponseError("the store answered a batch with fewer items than it got", context={"sent": "yes"})
        ordered.append(waiting[kind].pop(0))
    return ordered
