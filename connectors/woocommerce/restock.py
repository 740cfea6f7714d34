"""Whether refunded goods went back on the shelf: a refund does not say so, the lines of its order do.

A line keeps how much stock it has taken (`_reduced_stock`) and how much of what was refunded was put back in all
(`_restock_refunded_items`, measured on 10.2). Where several refunds share a line, that is an answer only if all of
them were put back or none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from connectors.woocommerce.meta import value_of
from hub.api import Document

TAKEN = "_reduced_stock"
PUT_BACK = "_restock_refunded_items"
REFUNDED = "_refunded_item_id"


def with_restock(refunds: Sequence[Document], order: Document) -> list[Document]:
    """Put `restock` into each line of an order's refunds, which must be all that the order has."""
    items = {str(item["id"]): item for item in order.get("line_items") or ()}
    pieces: Counter[str] = Counter()
    for line in (line for refund in refunds for line in refund["line_items"]):
        pieces[_item(line)] -= int(line["quantity"])
    return [
        {**refund, "line_items": [_told(line, items, pieces) for line in refund["line_items"]]} for refund in refunds
    ]


def _told(line: Document, items: Mapping[str, Document], pieces: Mapping[str, int]) -> Document:
    item = items.get(_item(line))
    if item is None or (value_of(item, TAKEN) is None and value_of(item, PUT_BACK) is None):
        return {**line, "restock": None}  # its stock is not counted
    back = int(value_of(item, PUT_BACK) or 0)
    answer = "none" if not back else "returned" if back >= pieces[_item(line)] else "unknown"
    return {**line, "restock": answer}


def _item(line: Document) -> str:
    return str(value_of(line, REFUNDED))
