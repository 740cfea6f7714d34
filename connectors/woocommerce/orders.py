"""Orders are the store's own: what may be written is their status, the buyer's note, meta data, and tags as notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx

from connectors.woocommerce import tags
from connectors.woocommerce.answers import document
from connectors.woocommerce.meta import with_deletions
from connectors.woocommerce.refusals import explained
from hub.api import Document, Refused, RejectedError, Write, Written

WRITABLE = ("status", "customer_note", "meta_data")


def upsert(http: httpx.Client, writes: Sequence[Write]) -> Iterator[Written | Refused]:
    """Change orders one by one: unlike a batch that makes the store check the status."""
    for write in writes:
        try:
            yield _update(http, write)
        except RejectedError as error:
            yield Refused(write, explained(error))


def _update(http: httpx.Client, write: Write) -> Written:
    if write.external_id is None:
        raise RejectedError(
            "the hub makes no orders in WooCommerce",
            code="no_create",
            hint="Send orders of other sources elsewhere: except them in the route, or make it one-way.",
        )
    body = {name: value for name, value in write.document.items() if name in WRITABLE}
    if body.get("status") == "trash":
        hint = "Delete the order in the store; the hub archives it then."
        raise RejectedError("an order cannot be trashed through its status", code="no_trash", hint=hint)
    saved = _saved(http, f"orders/{write.external_id}", with_deletions(body, write.base))
    if "tags" in write.document:
        tags.note(http, write.external_id, write.document["tags"] or ())
    return Written(write, str(saved["id"]), saved.get("date_modified_gmt"), saved)


def _saved(http: httpx.Client, path: str, body: Document) -> Document:
    """Change an order and give it as it is then; even a change of nothing would move its time."""
    return document(http.put(path, json=body) if body else http.get(path))
