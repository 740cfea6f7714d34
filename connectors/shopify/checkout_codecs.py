"""What the mapping of checkouts cannot say: what each discount takes off, and the totals that the buyer saw."""

from __future__ import annotations

from decimal import Decimal

from connectors.shopify.amounts import Tables, application, exchange, tax_lines, text
from connectors.shopify.whole import paid, shop
from hub.api import Codec, Document

ZERO = Decimal(0)


def discounts(checkout: Document, tables: Tables) -> list[Document] | None:
    """Give each discount with what it takes off the lines; a code that takes nothing off them has no amount."""
    if "lineItems" not in checkout:
        return None
    found: dict[str, Document] = {code: {"id": code} for code in checkout["discountCodes"]}
    for line in checkout["lineItems"]:
        for row in line["discountAllocations"]:
            _take(found, row)
    return [{**row, "amount": text(row["amount"])} if "amount" in row else row for row in found.values()]


def _take(found: dict[str, Document], row: Document) -> None:
    applied = row["discountApplication"]
    name = application(applied)
    known = found.setdefault(name, {"id": name})
    known["title"] = applied.get("title")
    known["kind"] = str(applied["targetType"]).lower()
    known["amount"] = known.get("amount", ZERO) + shop(row["allocatedAmountSet"])


def discount(value: Document, tables: Tables) -> str:
    """Name the discount that an amount is a part of."""
    return application(value)


def taxes(value: list[Document], tables: Tables) -> list[Document]:
    """Give the taxes of the whole checkout."""
    return tax_lines(value, tables)


def presentment(checkout: Document, tables: Tables) -> Document | None:
    """Give the totals in the currency that the buyer saw, where it is not the shop's."""
    total = checkout.get("totalPriceSet")
    if not total or total["presentmentMoney"]["currencyCode"] == total["shopMoney"]["currencyCode"]:
        return None
    return {
        "currency": total["presentmentMoney"]["currencyCode"],
        "rate": exchange(total),
        "subtotal": text(paid(checkout["subtotalPriceSet"])),
        "discount_total": text(paid(checkout["totalDiscountSet"])),
        "tax_total": text(paid(checkout["totalTaxSet"])),
        "total": text(paid(total)),
    }


CHECKOUT_CODECS = (
    Codec("shopify_checkout_discounts", discounts),
    Codec("shopify_discount", discount),
    Codec("shopify_checkout_taxes", taxes),
    Codec("shopify_checkout_paid", presentment),
)
