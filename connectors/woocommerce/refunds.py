"""Refunds of all orders; each gets what only its order tells: currency, tax rates, and whether goods were put back.

Stores before 9.0 have no list of all refunds: there they are read through their orders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import httpx

from connectors.woocommerce.answers import documents
from connectors.woocommerce.pages import Params, read_pages
from connectors.woocommerce.restock import with_restock
from hub.api import Document, Page, RejectedError, Window

OF_ORDER = {"_fields": "id,currency,tax_lines,line_items,refunds"}
NO_LIST = "rest_no_route"
ROAD = "orders"
"""In a resume point: the refunds are read through their orders."""


def read(http: httpx.Client, window: Window, size: int) -> Iterator[Page]:
    """Page through refunds by their own times, in an older store by those of their orders."""
    state: dict[str, Any] | None = window.resume
    if state is None or not state.get(ROAD):
        try:
            for page in read_pages(http, "refunds", window, {}, size):
                yield replace(page, documents=with_order(http, page.documents))
        except RejectedError as error:
            if error.code != NO_LIST:
                raise
        else:
            return
    for page in read_pages(http, "orders", window, OF_ORDER, size):
        resume = {**page.resume, ROAD: True} if page.resume else None
        yield replace(page, documents=_of_orders(http, page.documents), resume=resume, expected=None)


def fetch(http: httpx.Client, ids: Sequence[str]) -> list[Document]:
    """Read refunds by id; there is no address for one refund without its order."""
    params = {"include": ",".join(ids), "per_page": "100"}
    try:
        return with_order(http, documents(http.get("refunds", params=params)))
    except RejectedError as error:
        if error.code != NO_LIST:
            raise
    return list(_search_orders(http, set(ids)))


def with_order(http: httpx.Client, refunds: Sequence[Document]) -> list[Document]:
    """Put into refunds what their orders tell, with one request for a page of them and one for each that has more."""
    orders = sorted({refund["parent_id"] for refund in refunds})
    if not orders:
        return []
    params = {"include": ",".join(map(str, orders)), "per_page": "100", **OF_ORDER}
    known = {row["id"]: row for row in documents(http.get("orders", params=params))}
    if len(known) < len(orders):
        trashed = documents(http.get("orders", params={**params, "status": "trash"}))
        known |= {row["id"]: row for row in trashed}
    here = Counter(refund["parent_id"] for refund in refunds)
    siblings = {i: _of_order(http, row) for i, row in known.items() if len(row["refunds"]) > here[i]}
    wanted = {refund["id"]: refund for refund in refunds}
    whole: dict[int, Document] = {}
    for number in orders:
        mine = siblings.get(number) or [refund for refund in refunds if refund["parent_id"] == number]
        whole |= {refund["id"]: refund for refund in _complete(mine, known.get(number, {}))}
    return [whole.get(number, refund) for number, refund in wanted.items()]


def _search_orders(http: httpx.Client, wanted: set[str]) -> Iterator[Document]:
    """Look for refunds in all orders, those made last first, until all are found."""
    params: Params = OF_ORDER
    for page in read_pages(http, "orders", Window(), params, 100):
        holding = [order for order in page.documents if any(str(r["id"]) in wanted for r in order["refunds"])]
        found = [refund for refund in _of_orders(http, holding) if str(refund["id"]) in wanted]
        yield from found
        wanted = wanted - {str(refund["id"]) for refund in found}
        if not wanted:
            return


def _of_orders(http: httpx.Client, orders: Sequence[Document]) -> list[Document]:
    holding = (order for order in orders if order["refunds"])
    return [refund for order in holding for refund in _complete(_of_order(http, order), order)]


def _of_order(http: httpx.Client, order: Document) -> list[Document]:
    rows = documents(http.get(f"orders/{order['id']}/refunds", params={"per_page": "100"}))
    return [{**refund, "parent_id": order["id"]} for refund in rows]


def _complete(refunds: Sequence[Document], order: Document) -> list[Document]:
    told = {"currency": order.get("currency"), "order_taxes": order.get("tax_lines", [])}
    return [{**refund, **told} for refund in with_restock(refunds, order)]
