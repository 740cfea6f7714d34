"""Refunds of all orders; each gets its order's currency and tax rates, which the store leaves out."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from connectors.woocommerce.answers import documents
from hub.api import Document


def with_order(http: httpx.Client, refunds: Sequence[Document]) -> list[Document]:
    """Put the order's `currency` and `order_taxes` into each refund, with one request for a page of them."""
    orders = sorted({refund["parent_id"] for refund in refunds})
    if not orders:
        return []
    params = {"include": ",".join(map(str, orders)), "per_page": "100", "_fields": "id,currency,tax_lines"}
    known = {row["id"]: row for row in documents(http.get("orders", params=params))}
    if len(known) < len(orders):
        trashed = documents(http.get("orders", params={**params, "status": "trash"}))
        known |= {row["id"]: row for row in trashed}
    return [_complete(refund, known.get(refund["parent_id"], {})) for refund in refunds]


def _complete(refund: Document, order: Document) -> Document:
    return {**refund, "currency": order.get("currency"), "order_taxes": order.get("tax_lines", [])}


def fetch(http: httpx.Client, ids: Sequence[str]) -> list[Document]:
    """Read refunds by id; there is no address for one refund without its order."""
    params = {"include": ",".join(ids), "per_page": "100"}
    return with_order(http, documents(http.get("refunds", params=params)))
