"""Sales over the counter: the sale says so itself, and what the buyer took along leaves the stock at once.

The shop hands the goods over and tells of it, so nobody may send them again and the hub hears of no second parcel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.erp.tryton.reading import Row
from connectors.erp.tryton.rpc import Rpc
from hub.api import Document

KIND = "pos"
TAKEN_ALONG = "Sold over the counter"
TO_BE_SENT = "Sold over the counter, to be sent"
SHIPMENT = "stock.shipment.out"
WAY_OUT = (
    ("wait", ["draft"]),
    ("assign_try", ["waiting"]),
    ("assign_force", ["waiting"]),  # the goods are gone, whatever the stock says
    ("pick", ["assigned"]),
    ("pack", ["picked"]),
    ("do", ["packed", "shipped"]),
)
IS_FOR_WAREHOUSE = ["moves", "not where", [["origin.sale.description", "=", TAKEN_ALONG, "sale.line"]]]


def mark(document: Document) -> dict[str, Any]:
    """Make the value of a sale by which Tryton keeps that it was made over the counter; none for other sales.

    The buyer took the goods along unless there is a way of shipping.
    """
    if document.get("kind") != KIND:
        return {}
    return {"description": TO_BE_SENT if document.get("shipping") else TAKEN_ALONG}


def kind(description: str | None) -> str | None:
    """Read the kind of an order from its sale's description."""
    return KIND if description in {TAKEN_ALONG, TO_BE_SENT} else None


def is_taken_along(row: Row) -> bool:
    """Tell whether a sale's goods have left over the counter: once it is confirmed, and as long as it is not done."""
    return (row["state"], row["description"]) == ("processing", TAKEN_ALONG)


def hand_over(rpc: Rpc, sales: Sequence[int]) -> None:
    """Bring the shipments of sales to their end, each from where it stands."""
    rows = rpc.search_read("sale.sale", [["id", "in", list(sales)]], ["shipments"])
    shipments = [number for row in rows for number in row["shipments"]]
    for step, states in WAY_OUT if shipments else ():
        domain = [["id", "in", shipments], ["state", "in", states]]
        if behind := rpc.call(f"model.{SHIPMENT}.search", domain):
            rpc.call(f"model.{SHIPMENT}.{step}", behind)
