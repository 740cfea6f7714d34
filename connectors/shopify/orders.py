"""Orders: read whole and proved against their own totals; status, note, tags and attributes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from connectors.shopify.flat import gid
from connectors.shopify.graph import Graph
from connectors.shopify.pages import Kind, Reader
from connectors.shopify.settings import ShopifySettings
from hub.api import UNDONE, Document, Page, RecordError, Refused, RejectedError, Window, Write, Written

KIND = Kind(
    "Order",
    listed="orders",
    single="orders_by_id",
    inside={
        "lineItems": "order_lines",
        "shippingLines": "order_shipping_lines",
        "fulfillmentOrders": "order_fulfillment_orders",
        "lines": "fulfillment_order_lines",
    },
    finish=lambda answer, order: {**order, "state": state(order)},
)
OF_GROUPS = replace(KIND, name="FulfillmentOrder", single="orders_of_groups")
GROUP = "FulfillmentOrder:"
"""Before the number of a fulfillment order: its webhooks name no order, which is then asked for by it."""
PATIENCE = 10
POLL = 1.0  # seconds between looks at a cancellation, which the store works on by itself
KEPT = ("note", "tags", "customAttributes")


def read(reader: Reader, window: Window) -> Iterator[Page]:
    """Read orders of any status."""
    return reader.pages(KIND, window, lambda answer: [with_state(order) for order in answer["items"]])


def fetch(reader: Reader, ids: list[str]) -> Iterator[Document]:
    """Read orders by id, or by that of one of their fulfillment orders."""
    for answer in reader.fetch(KIND, [one for one in ids if not one.startswith(GROUP)]):
        yield from (with_state(order) for order in answer["nodes"])
    groups = [one.removeprefix(GROUP) for one in ids if one.startswith(GROUP)]
    for answer in reader.fetch(OF_GROUPS, groups):
        yield from (with_state(group["order"]) for group in answer["nodes"])


def with_state(order: Document) -> Document:
    """Say in one word how far an order has come; Shopify says it in three fields."""
    return {**order, "state": state(order)}


def state(order: Document) -> str:
    """Tell CANCELLED, CLOSED, ON_HOLD or OPEN."""
    if order.get("cancelledAt"):
        return "CANCELLED"
    if order.get("closed"):
        return "CLOSED"
    return "ON_HOLD" if order.get("displayFulfillmentStatus") == "ON_HOLD" else "OPEN"


def upsert(
    graph: Graph, reader: Reader, settings: ShopifySettings, writes: Sequence[Write]
) -> Iterator[Written | Refused]:
    """Change orders; each step looks at the order first, so that it may be repeated."""
    for write in writes:
        try:
            yield _change(graph, reader, settings, write)
        except RecordError as error:
            yield Refused(write, error)


def _change(graph: Graph, reader: Reader, settings: ShopifySettings, write: Write) -> Written:
    if write.external_id is None:
        hint = "Orders of other shops belong to them: remove the route."
        raise RejectedError("orders are placed in the store only", code="no_create", hint=hint)
    order = _now(reader, write.external_id)
    changes = {name: write.document[name] for name in KEPT if write.document.get(name, order[name]) != order[name]}
    if changes:
        graph.mutate("update_order", {"input": {"id": order["id"], **changes}}, repeat=UNDONE)
    wanted = str(write.document.get("state") or order["state"])
    moved = wanted != order["state"] and _move(graph, settings, order, wanted)
    after = _now(reader, write.external_id) if changes or moved else order
    return Written(write, write.external_id, after["updatedAt"], after)


def _now(reader: Reader, external_id: str) -> Document:
    order = next(iter(fetch(reader, [external_id])), None)
    if order is None:
        raise RejectedError(f"order {external_id} is gone from the store", code="gone", hint="Drop this write.")
    return order


def _move(graph: Graph, settings: ShopifySettings, order: Document, wanted: str) -> bool:
    """Move an order one step; what Shopify has no step for stays as it is."""
    if order["state"] == "CANCELLED":
        hint = "A cancelled order cannot be opened again: cancel it in the other system too."
        raise RejectedError("the order is cancelled in the store", code="cancelled", hint=hint)
    if wanted == "CANCELLED":
        _cancel(graph, settings, gid("Order", order["id"]))
    elif wanted == "CLOSED":
        graph.mutate("close_order", {"input": {"id": order["id"]}}, repeat=UNDONE)
    elif wanted == "OPEN" and order["state"] == "CLOSED":
        graph.mutate("open_order", {"input": {"id": order["id"]}}, repeat=UNDONE)
    else:
        return False
    return True


def _cancel(graph: Graph, settings: ShopifySettings, order: str) -> None:
    """Cancel without giving money back: refunds are records of their own."""
    given: dict[str, Any] = {
        "orderId": order,
        "reason": "OTHER",
        "restock": settings.restock,
        "notifyCustomer": settings.notify,
        "refundMethod": {"originalPaymentMethodsRefund": False},
    }
    job = graph.mutate("cancel_order", given).get("job")
    for _ in range(PATIENCE):
        if job is None or job["done"]:
            return
        job = graph.ask("job", {"id": job["id"]}, wait=POLL)["job"]
