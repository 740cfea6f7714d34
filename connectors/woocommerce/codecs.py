"""What the mapping files of WooCommerce cannot say."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from hub.api import Codec, Document

Tables = Mapping[str, Mapping[str, str]]
KINDS = {
    "checkout": "online",
    "store-api": "online",
    "admin": "manual",
    "pos-rest-api": "pos",
    "subscription": "subscription",
}
ADDRESS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "company": "company",
    "line1": "address_1",
    "line2": "address_2",
    "city": "city",
    "region": "state",
    "postcode": "postcode",
    "country": "country",
    "phone": "phone",
    "email": "email",
}
PLACES = ("billing", "shipping")
COUNTRY_CODE = re.compile(r"[A-Z]{2}")


def variant_id(value: Sequence[Any], tables: Tables) -> str | None:
    """Give the variation of a line, or its product where there are none; null once the product is deleted."""
    found = value[0] or value[1]
    return str(found) if found else None


def filled(value: Document, tables: Tables) -> Document | None:
    """Turn an address in which nothing is written into null."""
    return value if any(value.values()) else None


def with_rates(value: Sequence[Any], tables: Tables) -> list[Document]:
    """Give each tax of the items [items, tax_lines] what only the order knows: code, name and percent."""
    items, rates = value
    if not rates or not items:
        return list(items)
    by_id = _rates(rates, tables)
    return [{**item, "taxes": _taxes(item, by_id)} for item in items]


def lines(value: Sequence[Any], tables: Tables) -> list[Document]:
    """Give order lines their tax rates, and what discounts took off each: its totals tell no more."""
    items, rates = value
    by_id = _rates(rates or (), tables)
    return [{**item, "taxes": _taxes(item, by_id), "discounts": _discounts(item)} for item in items]


def _rates(rates: Iterable[Document], tables: Tables) -> dict[Any, Document]:
    return {rate["rate_id"]: _rate(rate, tables) for rate in rates}


def _taxes(item: Document, by_id: Mapping[Any, Document]) -> list[Document]:
    return [{**tax, **by_id.get(tax["id"], {})} for tax in item["taxes"]]


def _discounts(item: Document) -> list[Document]:
    before, after = item["subtotal"], item["total"]
    return [] if before == after else [{"amount": str(Decimal(before) - Decimal(after))}]


def rates(value: Sequence[Document], tables: Tables) -> list[Document]:
    """Give the taxes of an order, each with all that it took."""
    return [
        {**_rate(rate, tables), "total": str(Decimal(rate["tax_total"]) + Decimal(rate["shipping_tax_total"]))}
        for rate in value
    ]


def _rate(rate: Document, tables: Tables) -> Document:
    code = str(rate["rate_code"] or rate["rate_id"])
    return {
        "code": tables.get("taxes", {}).get(code, code),
        "label": rate["label"],
        "percent": rate["rate_percent"],
    }


def attributes(value: Sequence[Document], tables: Tables) -> list[Document]:
    """Give the meta data that people see: keys that begin with an underscore are the store's own."""
    return [
        {"key": str(row.get("display_key") or row["key"]), "value": _text(row["value"])}
        for row in value
        if row["key"][:1] != "_"
    ]


def payment(value: Sequence[Any], tables: Tables) -> str:
    """Tell how far the money has come from [status, date_paid_gmt, total, refunds]."""
    status, paid_at, total, refunds = value
    given = -sum((Decimal(refund["total"]) for refund in refunds), Decimal(0)) if refunds else 0
    if status == "refunded" or (given and given >= Decimal(total)):
        return "refunded"
    if given:
        return "partially_refunded"
    if paid_at:
        return "paid"
    return "voided" if status in ("cancelled", "failed", "trash") else "pending"


def fulfillment(value: str, tables: Tables) -> str | None:
    """Tell from an order's status how far the goods have come, where it says so."""
    if value == "completed":
        return "fulfilled"
    return "unfulfilled" if value in ("pending", "processing", "on-hold") else None


def transactions(value: Document, tables: Tables) -> list[Document]:
    """Make the payment of a paid order; the store keeps no other."""
    if not value.get("date_paid_gmt"):
        return []
    reference = value["transaction_id"]
    method = value["payment_method"]
    return [
        {
            "id": reference or "payment",
            "gateway": tables.get("payments", {}).get(method, method),
            "amount": value["total"],
            "currency": value["currency"],
            "reference": reference,
            "at": value["date_paid_gmt"],
        }
    ]


def sale(value: str, tables: Tables) -> str:
    """Every payment that the store tells of was taken at once."""
    return "sale"


def success(value: str, tables: Tables) -> str:
    """Every payment that the store tells of has come."""
    return "success"


def order_kind(value: str, tables: Tables) -> str | None:
    """Tell where an order was made, as far as the store's word for it is known."""
    return KINDS.get(value)


def payment_method(value: str, tables: Tables) -> str | None:
    """Name a way of paying as the table `payments` does, else as the store does."""
    return tables.get("payments", {}).get(value, value) or None


def carrier(value: Sequence[str], tables: Tables) -> str | None:
    """Name the carrier of a shipping line's [method_id, method_title] where the table `carriers` has one of them."""
    known = tables.get("carriers", {})
    return known.get(value[0]) or known.get(value[1])


def provider_in(value: str, tables: Tables) -> str:
    """Read a carrier's name back."""
    return tables.get("carriers", {}).get(value, value)


def provider_out(value: str, tables: Tables, base: Any) -> str:
    """Write a carrier by the name that buyers know."""
    return next((theirs for theirs, ours in tables.get("carriers", {}).items() if ours == value), value)


def tracked_in(value: Any, tables: Tables) -> bool:
    """Read whether stock is counted; a variation may share its product's stock ("parent")."""
    return value is True or value == "parent"


def tracked_out(value: bool, tables: Tables, base: Any) -> Any:
    """Write whether stock is counted, and leave a shared one shared."""
    return base if value and base == "parent" else value


def addresses_in(value: Sequence[Document | None], tables: Tables) -> list[Document]:
    """Read [billing, shipping] as a list of the addresses in which something is written."""
    return [
        {"id": kind, "kind": kind, **_address_in(kind, address)}
        for kind, address in zip(PLACES, value, strict=True)
        if address and any(address.values())
    ]


def addresses_out(value: Sequence[Document], tables: Tables, base: Any) -> list[Document]:
    """Write the billing and the shipping address; one that is missing in the list is emptied."""
    by_kind = {address.get("kind") or address.get("id"): address for address in reversed(value)}
    return [_address_out(kind, by_kind.get(kind) or {}) for kind in PLACES]


def _address_in(kind: str, address: Document) -> Document:
    read = {ours: address[theirs] or None for ours, theirs in _keys(kind) if theirs in address}
    country = read.get("country")
    if country is None or COUNTRY_CODE.fullmatch(country):
        return read
    return read | {"country": None, "country_text": country}


def _address_out(kind: str, address: Document) -> Document:
    written = {theirs: address.get(ours) or "" for ours, theirs in _keys(kind)}
    return {**written, "country": written["country"] or address.get("country_text") or ""}


def choices(value: Sequence[Document], tables: Tables) -> list[Document]:
    """Read what a variation chooses; the attributes of a simple product are descriptions, not choices."""
    return [{"id": row["name"], "value": html.unescape(str(row["option"]))} for row in value if "option" in row]


def options(value: Sequence[Document], tables: Tables) -> list[Document]:
    """Read what a product offers to choose from."""
    return [
        {"id": row["name"], "values": [html.unescape(str(option)) for option in row["options"]]}
        for row in value
        if row.get("variation")
    ]


def names(value: Sequence[Document], tables: Tables) -> list[str]:
    """Read the names of categories or tags."""
    return [html.unescape(str(row["name"])) for row in value]


def first_name(value: Sequence[Document], tables: Tables) -> str | None:
    """Read the name of the first of several brands."""
    return names(value[:1], tables)[0] if value else None


def sku(value: str, tables: Tables) -> str | None:
    """Read a SKU as it is, white space too; only empty text is none."""
    return value or None


def compare_at(value: Sequence[str], tables: Tables) -> str | None:
    """Read the [sale_price, regular_price] of something on sale as the price that it is compared with."""
    return value[1] or None if value[0] else None


def price_in(value: Sequence[str], tables: Tables) -> str | None:
    """Read what something of [regular_price, sale_price, price] costs now."""
    return value[2] or None


def price_out(value: str, tables: Tables, base: Any) -> list[str]:
    """Write what something costs now: the price of its sale while there is one, else the regular one."""
    regular, sale, _ = base or (None, None, None)
    return [regular, value, value] if regular and sale else [value, "", value]


def images(value: Sequence[Document], tables: Tables) -> list[str]:
    """Read the addresses of pictures."""
    return [str(row["src"]) for row in value if row.get("src")]


def _keys(kind: str) -> list[tuple[str, str]]:
    return [(ours, theirs) for ours, theirs in ADDRESS.items() if kind == "billing" or theirs != "email"]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


NOT_KEPT = "meta data whose key begins with an underscore"
CODECS = (
    Codec("woo_variant", variant_id),
    Codec("woo_filled", filled),
    Codec("woo_with_rates", with_rates),
    Codec("woo_rates", rates),
    Codec("woo_lines", lines, loses="which coupon took off how much of a line"),
    Codec("woo_attributes", attributes, loses=NOT_KEPT),
    Codec("woo_payment", payment),
    Codec("woo_fulfillment", fulfillment),
    Codec("woo_transactions", transactions),
    Codec("woo_sale", sale),
    Codec("woo_success", success),
    Codec("woo_order_kind", order_kind),
    Codec("woo_payment_method", payment_method),
    Codec("woo_carrier", carrier),
    Codec("woo_provider", provider_in, provider_out),
    Codec("woo_tracked", tracked_in, tracked_out, loses="that a variation shares the stock of its product"),
    Codec("woo_addresses", addresses_in, addresses_out, loses="all but one billing and one shipping address"),
    Codec("woo_choices", choices),
    Codec("woo_options", options),
    Codec("woo_names", names),
    Codec("woo_images", images),
    Codec("woo_first_name", first_name, loses="all brands but the first"),
    Codec("woo_sku", sku),
    Codec("woo_compare_at", compare_at),
    Codec("woo_price", price_in, price_out),
)
