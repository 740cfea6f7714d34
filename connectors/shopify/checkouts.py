"""Abandoned checkouts: read by number, since Shopify sorts them by no time of change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from connectors.shopify.pages import Kind, Reader
from hub.api import Document, Page, Window

KIND = Kind(
    "AbandonedCheckout",
    listed="checkouts",
    single="checkouts_by_id",
    inside={"lineItems": "checkout_lines", "discountAllocations": "checkout_discounts"},
)
LATE = timedelta(hours=1)
"""So much later a checkout may be shown than it was changed: the store waits whether the buyer goes on."""


def read(reader: Reader, window: Window) -> Iterator[Page]:
    """Read checkouts, those too that orders came of; a number never changes, so that none shifts the others."""
    earlier = window.since and window.since - LATE
    return reader.pages(KIND, replace(window, since=earlier), lambda answer: list(answer["items"]))


def fetch(reader: Reader, ids: list[str]) -> Iterator[Document]:
    """Read checkouts by id; one that was never abandoned is none."""
    for answer in reader.fetch(KIND, ids):
        yield from answer["nodes"]
