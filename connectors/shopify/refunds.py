"""Refunds: they have no list of their own, so they are read through their orders, which a refund moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from connectors.shopify.pages import Kind, Reader
from hub.api import Document, Page, Window

KIND = Kind(
    "Refund",
    listed="refunds",
    single="refunds_by_id",
    page=10,
    inside={"refundLineItems": "refund_lines"},
)


def read(reader: Reader, window: Window) -> Iterator[Page]:
    """Read the refunds of every order that changed since; an order may have moved past the end of the window."""
    return reader.pages(KIND, replace(window, until=None), _of_orders)


def fetch(reader: Reader, ids: list[str]) -> Iterator[Document]:
    """Read refunds by id."""
    for answer in reader.fetch(KIND, ids):
        yield from answer["nodes"]


def _of_orders(answer: Any) -> list[Document]:
    return [refund for order in answer["items"] for refund in order["refunds"]]
