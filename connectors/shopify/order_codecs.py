"""What the mapping of orders cannot say: amounts, and what stands in several places at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from connectors.shopify.amounts import (
    ZERO,
    Priced,
    Tables,
    application,
    exchange,
    extras,
    price_line,
    price_shipping,
    rounding,
    tax_lines,
    taxed,
    text,
)
from connectors.shopify.flat import number
from connectors.shopify.whole import paid, shop
from hub.api import Codec, Document

Decode = Callable[[Document, Tables], Any]
ONLINE = frozenset(["web", "iphone", "android", "shop_app", "buy_button", "checkout_next"])
STATES = {"OPEN": "open", "CLOSED": "completed", "CANCELLED": "cancelled", "ON_HOLD": "on_hold"}
WRITTEN = {ours: theirs for theirs, ours in STATES.items()}
MOVED = ("SALE", "CAPTURE")


def lines(order: Document, tables: Tables) -> list[Document]:
    """Give the lines, then duties and the tip as lines of their own."""
    included = order["taxesIncluded"]
    made = [_line(line, price_line(line, included=included), tables) for line in order["lineItems"]]
    return made + [_extra(*one, tables) for one in extras(order)]


def _line(line: Document, priced: Priced, tables: Tables) -> Document:
    before = priced.net + sum((net for _, net, _ in priced.taken), ZERO)
    before_tax = priced.tax + sum((tax for _, _, tax in priced.taken), ZERO)
    variant = (line["variant"] or {}).get("id")
    return {
        "id": number(line["id"]),
        "kind": "gift_card" if line["isGiftCard"] else "product" if variant else None,
        "variant": variant,
        "sku": line["sku"] or None,
        "title": " - ".join(filter(None, [line["title"], line["variantTitle"]])),
        "quantity": line["quantity"],
        "current_quantity": line["currentQuantity"],
        "unit_price": line["originalUnitPriceSet"]["shopMoney"]["amount"],
        "subtotal": text(before),
        "subtotal_tax": text(before_tax),
        "total": text(priced.net),
        "tax": text(priced.tax),
        "taxes": tax_lines(line["taxLines"], tables),
        "discounts": [{"id": application(found), "amount": text(net)} for found, net, _ in priced.taken],
        "paid": line["originalTotalSet"]["presentmentMoney"]["amount"],
        "requires_shipping": line["requiresShipping"],
        "attributes": line["customAttributes"],
    }


def _extra(kind: str, key: str, amount: Decimal, taxes: list[Document], title: str, tables: Tables) -> Document:
    return {
        "id": f"{kind}-{number(key)}" if kind != key else key,
        "kind": kind,
        "title": title,
        "quantity": 1,
        "total": text(amount),
        "tax": text(taxed(taxes)),
        "taxes": tax_lines(taxes, tables),
        "requires_shipping": False,
    }


def shipping(order: Document, tables: Tables) -> list[Document]:
    """Give what the buyer pays for shipping."""
    known = tables.get("carriers", {})
    return [
        {
            "id": number(row["id"] or place),
            "title": row["title"],
            "code": row["code"],
            "carrier": next((known[key] for key in (row["code"], row["title"]) if key in known), None),
            "total": text(priced.net),
            "tax": text(priced.tax),
            "taxes": tax_lines(row["taxLines"], tables),
        }
        for place, (row, priced) in enumerate(zip(order["shippingLines"], price_shipping(order), strict=True))
    ]


def fees(order: Document, tables: Tables) -> list[Document]:
    """Give charges beside the goods; what is rounding stands by itself and is spread over nothing."""
    made = [
        {
            "id": number(fee["id"]),
            "title": fee["name"],
            "total": text(shop(fee["price"])),
            "tax": text(taxed(fee["taxLines"])),
            "taxes": tax_lines(fee["taxLines"], tables),
        }
        for fee in order["additionalFees"]
    ]
    left = rounding(order)
    if left is not None:
        made.append({"id": "rounding", "title": "Rounding", "total": text(left[0]), "tax": text(left[1]), "taxes": []})
    return made


def taxes(order: Document, tables: Tables) -> list[Document]:
    """Give the taxes of the whole order."""
    return tax_lines(order["taxLines"], tables)


def discounts(order: Document, tables: Tables) -> list[Document]:
    """Give each discount with all that it took off, net of tax."""
    found: dict[int, Document] = {}
    for applied, net, tax in _taken(order):
        row = found.setdefault(applied["index"], {"applied": applied, "net": ZERO, "tax": ZERO})
        row["net"] += net
        row["tax"] += tax
    return [
        {
            "id": application(row["applied"]),
            "title": row["applied"].get("title"),
            "amount": text(row["net"]),
            "tax": text(row["tax"]),
            "kind": str(row["applied"]["targetType"]).lower(),
        }
        for row in found.values()
    ]


def discount_total(order: Document, tables: Tables) -> str:
    """Give what all discounts took off, net of tax."""
    return text(sum((net for _, net, _ in _taken(order)), ZERO))


def _taken(order: Document) -> Iterator[tuple[Document, Decimal, Decimal]]:
    for line in order["lineItems"]:
        yield from price_line(line, included=order["taxesIncluded"]).taken
    for one in price_shipping(order):
        yield from one.taken


def subtotal(order: Document, tables: Tables) -> str:
    """Give what the goods cost after discounts, net of tax."""
    goods = (price_line(line, included=order["taxesIncluded"]).net for line in order["lineItems"])
    return text(sum(goods, ZERO))


def shipping_total(order: Document, tables: Tables) -> str:
    """Give what shipping costs as the order says, net of tax."""
    gross = shop(order["totalShippingPriceSet"])
    tax = sum((one.tax for one in price_shipping(order)), ZERO)
    return text(gross - tax if order["taxesIncluded"] else gross)


def presentment(order: Document, tables: Tables) -> Document | None:
    """Give the totals in the currency that the buyer paid in, where it is not the shop's."""
    if order["presentmentCurrencyCode"] == order["currencyCode"]:
        return None
    return {
        "currency": order["presentmentCurrencyCode"],
        "rate": exchange(order["totalPriceSet"]) or exchange(order["subtotalPriceSet"]),
        "subtotal": text(paid(order["subtotalPriceSet"])),
        "discount_total": text(paid(order["totalDiscountsSet"])),
        "shipping_total": text(paid(order["totalShippingPriceSet"])),
        "tax_total": text(paid(order["totalTaxSet"])),
        "total": text(paid(order["totalPriceSet"])),
    }


def kind(order: Document, tables: Tables) -> str | None:
    """Tell where and how an order came to be, as far as it is known."""
    source = order["sourceName"] or ""
    if (order["purchasingEntity"] or {}).get("company"):
        return "b2b"
    if source == "pos":
        return "pos"
    if source.startswith("subscription") or any(line["contract"] for line in order["lineItems"]):
        return "subscription"
    return "manual" if source == "shopify_draft_order" else "online" if source in ONLINE else None


def state_in(value: str, tables: Tables) -> str:
    """Read how far an order has come."""
    return STATES[value]


def state_out(value: str, tables: Tables, base: Any) -> Any:
    """Write how far an order has come, where Shopify has a word for it."""
    return WRITTEN.get(value, base or "OPEN")


def company(value: Sequence[Any], tables: Tables) -> str | None:
    """Name the company that buys: of a B2B order, else of the billing address."""
    buyer, address = value
    return ((buyer or {}).get("company") or {}).get("name") or (address or {}).get("company") or None


def paid_at(order: Document, tables: Tables) -> str | None:
    """Tell when the last money came that an order needed to be paid."""
    if order["displayFinancialStatus"] not in ("PAID", "PARTIALLY_REFUNDED", "REFUNDED"):
        return None
    moved = (row for row in order["transactions"] if row["status"] == "SUCCESS" and row["kind"] in MOVED)
    return max((row["processedAt"] for row in moved if row["processedAt"]), default=None)


def cancellation(order: Document, tables: Tables) -> Document | None:
    """Tell when and why an order was cancelled."""
    if not order["cancelledAt"]:
        return None
    note = (order["cancellation"] or {}).get("staffNote")
    return {"at": order["cancelledAt"], "reason": (order["cancelReason"] or "").lower() or None, "note": note}


def holds(value: Sequence[Document], tables: Tables) -> list[Document]:
    """Give every reason why an order must wait."""
    return [
        {"id": number(hold["id"]), "reason": hold["reasonNotes"] or hold["reason"].lower()}
        for group in value
        for hold in group["fulfillmentHolds"]
    ]


def sources(value: Sequence[Document], tables: Tables) -> list[Document]:
    """Give from where how much of each line is to be sent; what was called off is sent from nowhere."""
    return [
        {
            "id": row["id"],
            "order_line": number(row["lineItem"]["id"]),
            "location": group["assignedLocation"]["location"],
            "quantity": row["totalQuantity"],
            "left": row["remainingQuantity"],
            "status": group["status"],
            "scheduled_at": group["fulfillAt"] if group["status"] == "SCHEDULED" else None,
        }
        for group in value
        if group["status"] != "CANCELLED"
        for row in group["lines"]
    ]


def payment_method(value: Sequence[str], tables: Tables) -> str | None:
    """Name the way of paying as the table `payments` does; of several, the first."""
    return tables.get("payments", {}).get(value[0], value[0]) if value else None


def payment_title(value: Sequence[str], tables: Tables) -> str | None:
    """Name every way of paying."""
    return ", ".join(value) or None


def of_order(read: Decode) -> Decode:
    """Let a codec read whole orders only: of a part, such as a write, it says nothing."""

    def decode(order: Document, tables: Tables) -> Any:
        return read(order, tables) if "lineItems" in order else None

    return decode


ORDER_CODECS = (
    Codec("shopify_lines", of_order(lines)),
    Codec("shopify_shipping", of_order(shipping)),
    Codec("shopify_fees", of_order(fees)),
    Codec("shopify_taxes", of_order(taxes)),
    Codec("shopify_discounts", of_order(discounts)),
    Codec("shopify_discount_total", of_order(discount_total)),
    Codec("shopify_subtotal", of_order(subtotal)),
    Codec("shopify_shipping_total", of_order(shipping_total)),
    Codec("shopify_paid", of_order(presentment)),
    Codec("shopify_kind", of_order(kind)),
    Codec("shopify_state", state_in, state_out, loses="what Shopify has no word for: pending, refunded, failed, draft"),
    Codec("shopify_company", company),
    Codec("shopify_paid_at", of_order(paid_at)),
    Codec("shopify_cancellation", of_order(cancellation)),
    Codec("shopify_holds", holds),
    Codec("shopify_sources", sources),
    Codec("shopify_payment_method", payment_method, loses="all ways of paying but the first; see payment_title"),
    Codec("shopify_payment_title", payment_title),
)
