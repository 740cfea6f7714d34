"""Shipments become fulfillments with tracking and events; which is which stands in a metafield of their order.

Every step reads the order first and does only what is missing, so that a write may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from connectors.shopify import parcels
from connectors.shopify.flat import flatten, gid, number
from connectors.shopify.graph import Graph
from connectors.shopify.settings import ShopifySettings
from hub.api import ConflictError, Document, RecordError, Refused, RejectedError, Write, Written

KEY = {"namespace": "entrepot", "key": "shipments", "type": "json"}
STALE = ("STALE_OBJECT", "INVALID_COMPARE_DIGEST")


def upsert(graph: Graph, settings: ShopifySettings, writes: Sequence[Write]) -> Iterator[Written | Refused]:
    """Bring each order to show its shipment: what was sent, how to follow it, where it is."""
    for write in writes:
        try:
            yield _show(graph, settings, write)
        except RecordError as error:
            yield Refused(write, error)


def fetch(graph: Graph, external_id: str) -> Document | None:
    """Read a shipment back by "order:record", None where it is gone."""
    order = _order(graph, external_id)
    return None if order is None else stored(order).get(external_id)


def find(graph: Graph, write: Write) -> str | None:
    """Tell whether a shipment is with its order already."""
    external_id = _external_id(write)
    return external_id if fetch(graph, external_id) is not None else None


def stored(order: Document) -> dict[str, Document]:
    """Read what we keep with an order."""
    value = (order.get("entrepot") or {}).get("value")
    return {row["id"]: row for row in orjson.loads(value)} if value else {}


def _show(graph: Graph, settings: ShopifySettings, write: Write) -> Written:
    external_id = _external_id(write)
    order = _order(graph, external_id)
    if order is None:
        hint = "The order is gone from the store: drop this write."
        raise RejectedError("a shipment needs its order", code="gone", hint=hint)
    known = stored(order)
    shipment = {**known.get(external_id, {}), **write.document, "id": external_id}
    shipment["order_id"] = number(order["id"])
    shipment["fulfillments"] = _fulfill(graph, settings, order, known, shipment)
    if shipment != known.get(external_id):
        _keep(graph, order, {**known, external_id: shipment})
    return Written(write, external_id, None, shipment)


def _external_id(write: Write) -> str:
    if write.external_id is not None:
        return write.external_id
    order = number(write.document.get("order_id") or "")
    if not order:
        hint = "Only shipments of orders that came from this store can be shown there."
        raise RejectedError("a shipment needs its order", code="no_order", hint=hint)
    return f"{order}:{write.record_id}"


def _order(graph: Graph, external_id: str) -> Document | None:
    answer = graph.ask("order_shipments", {"id": gid("Order", external_id.partition(":")[0])})
    order: Document | None = flatten(answer["order"], [])
    return order


def _fulfill(
    graph: Graph, settings: ShopifySettings, order: Document, known: dict[str, Document], shipment: Document
) -> list[str]:
    """Make, track, tell or cancel the fulfillments of a shipment; give their ids."""
    status = shipment.get("status")
    mine = _mine(order, known, shipment)
    if status == "cancelled":
        for one in mine:
            graph.mutate("cancel_fulfillment", {"id": one["id"]}, repeat=True)
        return []
    wanted = parcels.tracking(shipment)
    if not mine and status in parcels.ON_THE_WAY:
        if order["cancelledAt"]:
            hint = "Stop the parcel, or tell the buyer."
            raise RejectedError("the order is cancelled in the store", code="cancelled", hint=hint)
        made = [_create(graph, settings, rows, wanted) for rows in parcels.portions(shipment, order)]
        fresh = _order(graph, shipment["id"]) or order
        mine = [row for row in fresh["fulfillments"] if row["id"] in made]
    for one in mine:
        if wanted and not parcels.is_tracked(one, wanted):
            given = {"fulfillmentId": one["id"], "tracking": wanted, "notify": settings.notify}
            graph.mutate("set_tracking", given, repeat=True)
        if event := parcels.event(shipment, one):
            graph.mutate("create_event", {"event": event}, repeat=True)
    return [one["id"] for one in mine]


def _mine(order: Document, known: dict[str, Document], shipment: Document) -> list[Document]:
    """Find a shipment's fulfillments: by what we kept, else what an attempt made whose answer was lost."""
    alive = [row for row in order["fulfillments"] if row["status"] != "CANCELLED"]
    kept = shipment.get("fulfillments") or []
    if kept:
        return [row for row in alive if row["id"] in kept]
    taken = {one for row in known.values() for one in row.get("fulfillments") or ()}
    free = [row for row in alive if row["id"] not in taken]
    numbers = set(parcels.tracking(shipment).get("numbers", ()))
    tracked = [row for row in free if numbers & {info["number"] for info in row["trackingInfo"]}]
    return tracked or [row for row in free if parcels.is_same(row, shipment)][:1]


def _create(graph: Graph, settings: ShopifySettings, rows: list[Document], tracking: Document) -> str:
    given: dict[str, Any] = {"lineItemsByFulfillmentOrder": rows, "notifyCustomer": settings.notify}
    if tracking:
        given["trackingInfo"] = tracking
    made = graph.mutate("create_fulfillment", {"fulfillment": given})
    return str(made["fulfillment"]["id"])


def _keep(graph: Graph, order: Document, shipments: dict[str, Document]) -> None:
    """Keep what each shipment holds with the order, unless somebody else has done so meanwhile."""
    value = orjson.dumps(list(shipments.values())).decode()
    digest = (order.get("entrepot") or {}).get("compareDigest")
    entry = {**KEY, "ownerId": order["id"], "value": value, "compareDigest": digest}
    try:
        graph.mutate("set_metafields", {"metafields": [entry]}, repeat=True)
    except RejectedError as error:
        if error.code not in STALE:
            raise
        hint = "Nothing to do: the write is repeated."
        raise ConflictError("the order was written to meanwhile", hint=hint) from error
