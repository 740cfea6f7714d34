"""What the mapping of returns cannot say: what was sent instead, and what is told of parcels and pieces one by one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from connectors.shopify.amounts import Tables, price_line, text
from connectors.shopify.flat import number
from hub.api import Codec, Document

ZERO = Decimal(0)


def exchange_lines(found: Document, tables: Tables) -> list[Document] | None:
    """Give what is sent instead; it has a price once it stands in the order, in as many lines as it took (T102)."""
    if "exchangeLineItems" not in found:
        return None
    return [_exchange_line(row, included=found["order"]["taxesIncluded"]) for row in found["exchangeLineItems"]]


def _exchange_line(row: Document, *, included: bool) -> Document:
    sold = row["lineItems"] or []
    return {
        "id": number(row["id"]),
        "order_lines": [number(line["id"]) for line in sold],
        "variant": row["variantId"],
        "sku": row["variantSku"] or None,
        "title": title([row["title"], row["variantTitle"]], {}),
        "quantity": row["quantity"],
        "processed_quantity": row["processedQuantity"],
        **(_sold(sold, included=included) if sold else {}),
    }


def _sold(lines: list[Document], *, included: bool) -> Document:
    priced = [price_line(line, included=included) for line in lines]
    return {
        "current_quantity": sum(line["currentQuantity"] for line in lines),
        "unit_price": lines[0]["originalUnitPriceSet"]["shopMoney"]["amount"],
        "total": text(sum((one.net for one in priced), ZERO)),
        "tax": text(sum((one.tax for one in priced), ZERO)),
    }


def unit_price(line: Document, tables: Tables) -> str | None:
    """Give what one piece cost when it was sold; for goods that nobody has verified, what was said of them."""
    sold = (line.get("fulfillmentLineItem") or {}).get("lineItem")
    found: Any = sold["originalUnitPriceSet"]["shopMoney"] if sold else line.get("unitPrice")
    return found["amount"] if found else None


def title(value: list[Any], tables: Tables) -> str | None:
    """Name goods by their title and the choice that was made."""
    return " - ".join(filter(None, value)) or None


def parcels(value: list[Document], tables: Tables) -> list[Document]:
    """Give every box on its way back."""
    return [_parcel(row) for group in value for row in group["reverseDeliveries"]]


def _parcel(row: Document) -> Document:
    found = row["deliverable"] or {}
    tracking, label = found.get("tracking") or {}, found.get("label") or {}
    return {
        "id": number(row["id"]),
        "carrier_name": tracking.get("carrierName"),
        "tracking_number": tracking.get("number"),
        "tracking_url": tracking.get("url"),
        "label_url": label.get("publicFileUrl"),
    }


def dispositions(value: list[Document], tables: Tables) -> list[Document]:
    """Give what became of the goods, each step with the order line that it is about."""
    return [row for group in value for line in group["lineItems"] for row in _disposed(line)]


def _disposed(line: Document) -> Iterator[Document]:
    sold = (line["fulfillmentLineItem"] or {}).get("lineItem")
    for row in line["dispositions"]:
        yield {**row, "id": number(row["id"]), "order_line": number(sold["id"]) if sold else None}


RETURN_CODECS = (
    Codec("shopify_exchange_lines", exchange_lines),
    Codec("shopify_return_price", unit_price),
    Codec("shopify_title", title),
    Codec("shopify_return_parcels", parcels),
    Codec("shopify_dispositions", dispositions),
)
