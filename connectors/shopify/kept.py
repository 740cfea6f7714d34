"""What the hub keeps with an order, in a metafield: its shipments, and which fulfillments each of them is.

A row is a shipment as it was written, with `fulfillments` (their ids), `told` (the events that we added) and, while
fulfillments are being made, `plan`: what each of them is to hold, and `others`: those that were there before. So one
whose answer was lost is recognized, and nobody takes it for a shipment of its own (docs/decisions/0014).
"""

from __future__ import annotations

from collections import Counter

import orjson

from connectors.shopify.flat import gid, number
from connectors.shopify.graph import Graph
from hub.api import ConflictError, Document, RejectedError

KEY = {"namespace": "entrepot", "key": "shipments", "type": "json"}
STALE = ("STALE_OBJECT", "INVALID_COMPARE_DIGEST")
Rows = dict[str, Document]


def kept(order: Document) -> Rows:
    """Read the rows that stand with an order, by the shipment's id."""
    value = (order.get("entrepot") or {}).get("value")
    return {row["id"]: row for row in orjson.loads(value)} if value else {}


def row_of(order: Document, external_id: str, base: Document | None) -> Document:
    """Find a shipment's row, or begin one: of what was read last, for a shipment that began in the store itself."""
    known = kept(order).get(external_id)
    if known is not None:
        return known
    made = [gid("Fulfillment", external_id)] if ":" not in external_id else (base or {}).get("fulfillments") or []
    return {"id": external_id, "fulfillments": made}


def keep(graph: Graph, order: Document, row: Document) -> Document:
    """Keep a row with its order, unless somebody else has done so meanwhile; give the order with the row in it."""
    value = orjson.dumps(list({**kept(order), row["id"]: row}.values())).decode()
    digest = (order.get("entrepot") or {}).get("compareDigest")
    entry = {**KEY, "ownerId": order["id"], "value": value, "compareDigest": digest}
    try:
        (made,) = graph.mutate("set_metafields", {"metafields": [entry]}, repeat=True)["metafields"]
    except RejectedError as error:
        if error.code not in STALE:
            raise
        hint = "Nothing to do: the write is repeated."
        raise ConflictError("the order was written to meanwhile", hint=hint) from error
    return {**order, "entrepot": {"value": value, "compareDigest": made["compareDigest"]}}


def claims(order: Document) -> dict[str, list[Document]]:
    """Give the fulfillments of every shipment that the hub keeps, cancelled ones too."""
    rows = kept(order)
    taken = {one for row in rows.values() for one in row["fulfillments"]}
    found: dict[str, list[Document]] = {}
    for external_id, row in rows.items():
        free = [one for one in order["fulfillments"] if one["id"] not in taken]
        lost = [one for _, one in planned(row, free) if one is not None]
        taken |= {one["id"] for one in lost}
        found[external_id] = [one for one in order["fulfillments"] if one["id"] in row["fulfillments"]] + lost
    return found


def planned(row: Document, free: list[Document]) -> list[tuple[Document, Document | None]]:
    """Pair every portion that is being fulfilled with the fulfillment that was made of it, None where there is none."""
    left = [one for one in free if is_alive(one) and one["id"] not in row.get("others", ())]
    pairs: list[tuple[Document, Document | None]] = []
    for portion in row.get("plan") or ():
        one = next((one for one in left if held([one]) == portion["lines"]), None)
        left = [other for other in left if other is not one]
        pairs.append((portion, one))
    return pairs


def is_alive(fulfillment: Document) -> bool:
    """Tell whether a fulfillment was not taken back."""
    return bool(fulfillment["status"] != "CANCELLED")


def held(fulfillments: list[Document]) -> dict[str, int]:
    """Add up how much of each order line is in fulfillments."""
    total: Counter[str] = Counter()
    for one in fulfillments:
        for line in one["fulfillmentLineItems"]:
            total[number(line["lineItem"]["id"])] += line["quantity"]
    return dict(total)
