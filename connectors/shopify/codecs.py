"""What the mapping files of Shopify cannot say; those of orders stand in `order_codecs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.shopify.amounts import Tables, exchange, text
from connectors.shopify.checkout_codecs import CHECKOUT_CODECS
from connectors.shopify.flat import gid, number
from connectors.shopify.order_codecs import ORDER_CODECS
from connectors.shopify.return_codecs import RETURN_CODECS
from connectors.shopify.whole import paid, shop
from hub.api import Codec, Document

CONSENTS = {
    "SUBSCRIBED": "granted",
    "UNSUBSCRIBED": "withdrawn",
    "PENDING": "pending",
    "NOT_SUBSCRIBED": "never_asked",
    "NEVER_SUBSCRIBED": "never_asked",
    "INVALID": "withdrawn",
    "REDACTED": "withdrawn",
}
KILOGRAMS = {
    "GRAMS": Decimal("0.001"),
    "KILOGRAMS": Decimal(1),
    "OUNCES": Decimal("0.028349523125"),
    "POUNDS": Decimal("0.45359237"),
}


def consents(value: Sequence[Any], tables: Tables) -> list[Document]:
    """Give what a person lets us reach them through: e-mail, and text messages."""
    mail, phone = value
    found = []
    if mail and "marketingState" in mail:
        found.append(_consent("email", mail["marketingState"], mail["marketingUpdatedAt"]))
    if phone and "smsMarketingConsent" in phone:
        said = phone["smsMarketingConsent"]
        found.append(_consent("sms", said["state"], said["updatedAt"]))
    return found


def _consent(channel: str, state: str, at: str | None) -> Document:
    return {"id": channel, "state": CONSENTS[state], "at": at, "source": "shopify"}


def location_in(value: Document, tables: Tables) -> str:
    """Name a location as the table `locations` does: by its number, else by its name; else by its own name."""
    known = tables.get("locations", {})
    key = number(value["id"]) if value.get("id") else ""
    name = value.get("name")
    return known.get(key) or known.get(name or "") or (key if name is None else str(name))


def location_out(value: str, tables: Tables, base: Any) -> Any:
    """Write a location by the number or the name that the table has for it."""
    if base and location_in(base, tables) == value:
        return base
    known = next((theirs for theirs, ours in tables.get("locations", {}).items() if ours == value), value)
    return {"id": gid("Location", known)} if known.isdigit() else {"name": known}


def carrier_in(value: str, tables: Tables) -> str:
    """Read a carrier's name back."""
    return tables.get("carriers", {}).get(value, value)


def carrier_out(value: str, tables: Tables, base: Any) -> str:
    """Write a carrier by the name that Shopify and the buyers know."""
    return next((theirs for theirs, ours in tables.get("carriers", {}).items() if ours == value), value)


def gateway(value: str, tables: Tables) -> str | None:
    """Name a way of paying as the table `payments` does, else as the store does."""
    return tables.get("payments", {}).get(value, value) or None


def transactions(value: Sequence[Document], tables: Tables) -> list[Document]:
    """Give what moved; a suggestion to refund moved nothing."""
    return [row for row in value if row["kind"] != "SUGGESTED_REFUND"]


def product_kind(value: Document, tables: Tables) -> str | None:
    """Tell a product with choices from one without, and a bundle from both."""
    if "hasOnlyDefaultVariant" not in value:
        return None
    if any(row.get("requiresComponents") for row in value["variants"]):
        return "bundle"
    return "simple" if value["hasOnlyDefaultVariant"] else "variable"


def options(value: Sequence[Document], tables: Tables) -> list[Document]:
    """Give what a product lets choose; Shopify's own "Title" of a product without choices is none."""
    return [{"id": row["name"], "values": row["values"]} for row in value if row["values"] != ["Default Title"]]


def choices(value: Sequence[Document], tables: Tables) -> list[Document]:
    """Give what a variant chooses."""
    return [{"id": row["name"], "value": row["value"]} for row in value if row["value"] != "Default Title"]


def image(value: Document, tables: Tables) -> list[str]:
    """Give the address of the picture that stands for a product."""
    found = ((value.get("preview") or {}).get("image") or {}).get("url")
    return [found] if found else []


def category(value: str, tables: Tables) -> list[str]:
    """Give a product's type as its only category."""
    return [value] if value else []


def sku(value: str, tables: Tables) -> str | None:
    """Read a SKU as it is, white space too; only empty text is none."""
    return value or None


def kilograms(value: Document, tables: Tables) -> str | None:
    """Read a weight in kilograms."""
    weight: Mapping[str, Any] | None = value.get("weight")
    return text(Decimal(str(weight["value"])) * KILOGRAMS[weight["unit"]]) if weight else None


def refund_adjustments(refund: Document, tables: Tables) -> list[Document]:
    """Give what belongs to no line; Shopify writes what is given back beyond the lines as negative."""
    made = [
        {
            "id": number(row["id"]),
            "kind": (row["reason"] or "adjustment").lower(),
            "total": text(-shop(row["amountSet"])),
            "tax": text(-shop(row["taxAmountSet"])),
        }
        for row in refund.get("orderAdjustments") or ()
    ]
    for place, row in enumerate(refund.get("duties") or ()):
        key = number((row["originalDuty"] or {}).get("id") or place)
        made.append({"id": f"duty-{key}", "kind": "duty", "total": text(shop(row["amountSet"])), "tax": "0"})
    return made


def refund_paid(refund: Document, tables: Tables) -> Document | None:
    """Give the refund in the currency that the buyer got it in, with the rate of that day (T062)."""
    order = refund.get("order")
    if order is None or order["presentmentCurrencyCode"] == order["currencyCode"]:
        return None
    bag = refund["totalRefundedSet"]
    return {"currency": order["presentmentCurrencyCode"], "rate": exchange(bag), "total": text(paid(bag))}


CODECS = (
    *ORDER_CODECS,
    *RETURN_CODECS,
    *CHECKOUT_CODECS,
    Codec("shopify_consents", consents),
    Codec("shopify_location", location_in, location_out),
    Codec("shopify_carrier", carrier_in, carrier_out),
    Codec("shopify_gateway", gateway),
    Codec("shopify_transactions", transactions),
    Codec("shopify_product_kind", product_kind),
    Codec("shopify_options", options),
    Codec("shopify_choices", choices),
    Codec("shopify_image", image),
    Codec("shopify_category", category),
    Codec("shopify_sku", sku),
    Codec("shopify_kilograms", kilograms),
    Codec("shopify_refund_adjustments", refund_adjustments),
    Codec("shopify_refund_paid", refund_paid),
)
