"""Fulfillments: they have no list of their own, so they are read through their orders, which they move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from connectors.shopify.flat import gid
from connectors.shopify.pages import Kind, Reader
from connectors.shopify.shipment_parts import shipments_of
from hub.api import Document, Page, Window

KIND = Kind(
    "Fulfillment",
    listed="shipments",
    single="shipments_by_id",
    page=10,
    inside={
        "fulfillmentLineItems": "fulfillment_lines",
        "events": "fulfillment_events",
        "fulfillmentOrders": "order_fulfillment_orders",
        "lines": "fulfillment_order_lines",
    },
)


def read(reader: Reader, window: Window) -> Iterator[Page]:
    """Read the shipments of every order that changed since; an order may have moved past the end of the window."""

    def make(answer: Any) -> list[Document]:
        return [row for order in answer["items"] for row in shipments_of(_whole(reader, order))]

    return reader.pages(KIND, replace(window, until=None), make)


def fetch(reader: Reader, ids: Sequence[str]) -> Iterator[Document]:
    """Read shipments by id. The number of a fulfillment that the hub made gives the shipment that it belongs to."""
    asked, given = set(ids), set[str]()
    for order in _orders(reader, ids):
        for row in shipments_of(_whole(reader, order)):
            names = {row["id"], *(one.rsplit("/", 1)[-1] for one in row["fulfillments"])}
            if names & asked and row["id"] not in given:
                given.add(row["id"])
                yield row


def order_of(reader: Reader, order_id: str) -> Document | None:
    """Read an order with all that it has fulfilled and has to; None where it is gone."""
    order = reader.ask(KIND, "order_shipments", {"id": gid("Order", order_id)})["order"]
    return None if order is None else _whole(reader, order)


def _orders(reader: Reader, ids: Sequence[str]) -> Iterator[Document]:
    wanted = [gid("Order", one.partition(":")[0]) if ":" in one else gid("Fulfillment", one) for one in ids]
    seen = set[str]()
    for answer in reader.fetch(KIND, list(dict.fromkeys(wanted))):
        for node in answer["nodes"]:
            order = node.get("order") or node
            if order["id"] not in seen:
                seen.add(order["id"])
                yield order


def _whole(reader: Reader, order: Document) -> Document:
    """Read an order's fulfillments to their end: their list has no cursor, so more are asked for by their time."""
    found = {one["id"]: one for one in order["fulfillments"]}
    wanted = (order.get("fulfillmentsCount") or {}).get("count") or 0
    while len(found) < wanted:
        since = max(one["createdAt"] for one in found.values())
        given = {"id": order["id"], "query": f"created_at:>='{since}'"}
        more = (reader.ask(KIND, "order_fulfillments", given)["order"] or {"fulfillments": []})["fulfillments"]
        fresh = {one["id"]: one for one in more if one["id"] not in found}
        if not fresh:
            break
        found |= fresh
    return {**order, "fulfillments": list(found.values())}
