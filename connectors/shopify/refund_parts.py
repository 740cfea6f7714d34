"""What a refund gives back of each line and of shipping, net of tax."""

from __future__ import annotations

from decimal import Decimal

from connectors.shopify.amounts import text
from connectors.shopify.flat import number
from connectors.shopify.whole import shop
from hub.api import Document


def plain(refund: Document) -> Document:
    """Say of a refund what a new one would have to say: its order, its lines, its amount."""
    return {
        **refund,
        "orderId": number(refund["order"]["id"]),
        "amount": refund["totalRefundedSet"]["shopMoney"]["amount"],
        "lines": refund_lines(refund),
        "shipping": refund_shipping(refund),
    }


def refund_lines(refund: Document) -> list[Document]:
    """Give what was refunded of each line; one order line may stand in several of them (T101)."""
    return [_refund_line(refund, place, row) for place, row in enumerate(refund["refundLineItems"])]


def _refund_line(refund: Document, place: int, row: Document) -> Document:
    line = row["lineItem"]
    net, tax = _net(refund, row["subtotalSet"], row["totalTaxSet"])
    return {
        "id": number(row["id"]) if row["id"] else f"{number(line['id'])}-{place}",
        "order_line": number(line["id"]),
        "variant": (line["variant"] or {}).get("id"),
        "sku": line["sku"] or None,
        "title": line["title"],
        "quantity": row["quantity"],
        "total": text(net),
        "tax": text(tax),
        "restock": row["restockType"],
        "location": row["location"],
    }


def refund_shipping(refund: Document) -> list[Document]:
    """Give what was refunded of shipping."""
    made = []
    for row in refund["refundShippingLines"]:
        net, tax = _net(refund, row["subtotalAmountSet"], row["taxAmountSet"])
        title = row["shippingLine"]["title"]
        made.append({"id": number(row["id"]), "kind": "shipping", "title": title, "total": text(net), "tax": text(tax)})
    return made


def _net(refund: Document, amount: Document, tax: Document) -> tuple[Decimal, Decimal]:
    taxes = shop(tax)
    return (shop(amount) - taxes if refund["order"]["taxesIncluded"] else shop(amount)), taxes
