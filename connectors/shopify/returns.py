"""Returns: they have no list of their own, and few orders have any. So orders are asked for the ids alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from connectors.shopify.pages import Kind, Reader
from hub.api import Document, Page, Window

NAMED = Kind("Order", listed="returns", page=50, lines=False, inside={"returns": "order_returns"})
KIND = Kind(
    "Return",
    single="returns_by_id",
    inside={
        "returnLineItems": "return_lines",
        "exchangeLineItems": "return_exchange_lines",
        "refunds": "return_refunds",
        "reverseFulfillmentOrders": "return_handling",
        "lineItems": "handled_lines",
        "reverseDeliveries": "handled_parcels",
    },
)


def read(reader: Reader, window: Window) -> Iterator[Page]:
    """Read the returns of every order that changed since; an order may have moved past the end of the window."""
    for page in reader.pages(NAMED, replace(window, until=None), _named):
        yield replace(page, documents=list(fetch(reader, [row["id"] for row in page.documents])))


def fetch(reader: Reader, ids: list[str]) -> Iterator[Document]:
    """Read returns by id."""
    for answer in reader.fetch(KIND, ids):
        yield from answer["nodes"]


def _named(answer: Any) -> list[Document]:
    return [row for order in answer["items"] for row in order["returns"]]
