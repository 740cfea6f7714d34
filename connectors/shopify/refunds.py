"""Refunds: they have no list of their own, so they are read through their orders, which a refund moves.

One that was made elsewhere is made here once, with the payments that the store itself suggests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from connectors.shopify.flat import gid, number
from connectors.shopify.graph import Graph
from connectors.shopify.pages import Kind, Reader
from connectors.shopify.refund_parts import plain
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.whole import shop
from hub.api import Document, Page, RecordError, Refused, RejectedError, Window, Write, Written

KIND = Kind(
    "Refund",
    listed="refunds",
    single="refunds_by_id",
    page=10,
    inside={"refundLineItems": "refund_lines"},
    finish=lambda answer, refund: plain(refund),
)


def read(reader: Reader, window: Window) -> Iterator[Page]:
    """Read the refunds of every order that changed since; an order may have moved past the end of the window."""
    return reader.pages(KIND, replace(window, until=None), _of_orders)


def fetch(reader: Reader, ids: list[str]) -> Iterator[Document]:
    """Read refunds by id."""
    for answer in reader.fetch(KIND, ids):
        yield from (plain(row) for row in answer["nodes"])


def _of_orders(answer: Any) -> list[Document]:
    return [plain(refund) for order in answer["items"] for refund in order["refunds"]]


def upsert(
    graph: Graph, reader: Reader, settings: ShopifySettings, writes: Sequence[Write]
) -> Iterator[Written | Refused]:
    """Give money back. A refund that stands in the store cannot be changed."""
    for write in writes:
        try:
            yield _make(graph, reader, settings, write)
        except RecordError as error:
            yield Refused(write, error)


def _make(graph: Graph, reader: Reader, settings: ShopifySettings, write: Write) -> Written:
    if write.external_id is not None:
        hint = "Make another refund for the difference."
        raise RejectedError("a refund cannot be changed once it is made", code="made", hint=hint)
    order = number(write.document.get("orderId") or "")
    if not order:
        hint = "Only refunds of orders that came from this store can be made there."
        raise RejectedError("a refund needs its order", code="no_order", hint=hint)
    lines = [_line(row) for row in write.document.get("lines") or ()]
    given: Document = {"orderId": gid("Order", order), "refundLineItems": lines, "notify": settings.notify}
    shipping = sum((Decimal(row["total"]) + Decimal(row["tax"] or 0) for row in _shipping(write)), Decimal(0))
    if shipping:
        given["shipping"] = {"amount": str(shipping)}
    if write.document.get("note"):
        given["note"] = write.document["note"]
    given |= _payments(graph, given, write.document.get("amount"))
    made = graph.mutate("create_refund", {"input": given, "key": write.key}, repeat=True)["refund"]
    document = next(iter(fetch(reader, [made["id"]])))
    return Written(write, number(made["id"]), document["updatedAt"], document)


def _shipping(write: Write) -> list[Document]:
    return list(write.document.get("shipping") or ())


def _line(row: Document) -> Document:
    if not row.get("order_line"):
        hint = "Name the order line of every refunded line, or refund by the amount alone."
        raise RejectedError("a refunded line needs its order line", code="no_line", hint=hint)
    restock = row.get("restock") or "NO_RESTOCK"
    line: Document = {"lineItemId": gid("LineItem", row["order_line"]), "quantity": int(float(row["quantity"]))}
    place = (row.get("location") or {}).get("id")
    if restock in ("RETURN", "CANCEL") and place:
        return {**line, "restockType": restock, "locationId": place}
    return {**line, "restockType": "NO_RESTOCK"}


def _payments(graph: Graph, given: Document, wanted: str | None) -> Document:
    """Let the store share the money out over the payments; an amount that is not what it works out is never guessed."""
    asked = {
        "id": given["orderId"],
        "lines": given["refundLineItems"],
        "shipping": (given.get("shipping") or {}).get("amount"),
    }
    order = graph.ask("suggested_refund", asked)["order"]
    if order is None:
        raise RejectedError("the order is gone from the store", code="gone", hint="Drop this write.")
    found = order["suggestedRefund"]
    rows, due = found["suggestedTransactions"], shop(found["amountSet"])
    if wanted is not None and Decimal(wanted) != due:
        hint = f"Correct the refund to {due}, or make it in the store by hand."
        raise RejectedError(f"the store works out a refund of {due}, not {wanted}", code="differs", hint=hint)
    return {"currency": order["presentmentCurrencyCode"], "transactions": [_payment(given, row) for row in rows]}


def _payment(given: Document, row: Document) -> Document:
    return {
        "orderId": given["orderId"],
        "amount": row["amountSet"]["presentmentMoney"]["amount"],
        "gateway": row["gateway"],
        "kind": "REFUND",
        "parentId": row["parentTransaction"]["id"],
    }
