"""WooCommerce orders of the real shape and size, made up from their number: every kind of thing an order has."""

from __future__ import annotations

from typing import Any

from hub.connector import Codec

STATUSES = [
    "processing",
    "completed",
    "on-hold",
    "pending",
    "refunded",
    "cancelled",
    "failed",
    "checkout-draft",
    "trash",
]
PEOPLE = [("Ada", "Lovelace", "DE"), ("小明", "王", "CN"), ("דוד", "כהן", "IL"), ("Søren", "O'Neil & Sons", "Narnia")]

FIRST_ID = Codec("first_id", lambda value, tables: next((item for item in value if item), None))
"""A simple product's variant has the product's own id."""


def order(number: int, currency: str = "EUR") -> dict[str, Any]:
    """Make order `number`; neighbors differ in status, buyer, coupon, refund and fee."""
    first, last, country = PEOPLE[number % 4]
    created = f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}T{number % 24:02d}:23:56"
    address = {"first_name": first, "last_name": last, "company": "", "address_1": "18 High Street", "address_2": ""}
    address |= {
        "city": "Gent",
        "state": "",
        "postcode": f"{number % 10000:04d}",
        "country": country,
        "phone": " +32 9 1 ",
    }
    return {
        "id": number,
        "status": STATUSES[number % 9],
        "currency": currency,
        "prices_include_tax": bool(number % 2),
        "date_created_gmt": created,
        "date_modified_gmt": created,
        "date_paid_gmt": created if number % 3 else None,
        "date_completed_gmt": None,
        "discount_total": "5.00" if number % 5 == 0 else "0.00",
        "discount_tax": "0.00",
        "shipping_total": "4.12",
        "total": f"{number % 900}.{number % 100:02d}",
        "total_tax": "12.30",
        "customer_id": number % 7,
        "billing": {**address, "email": f"ada.{number}@example.test"},
        "shipping": address,
        "payment_method": "stripe",
        "payment_method_title": "Card &amp; more",
        "transaction_id": f"ch_{number:016x}" if number % 3 else "",
        "created_via": "checkout",
        "customer_note": "" if number % 7 else "Bitte beim Nachbarn abgeben 🧶",
        "number": str(number),
        "meta_data": [
            {"id": number * 7, "key": "_stripe_fee", "value": "0.87"},
            {"id": number * 7 + 1, "key": "is_vat_exempt", "value": "no"},
            {"id": number * 7 + 2, "key": "_stripe_fee", "value": {"twice": ["the", "same", "key"]}},
        ][: number % 4],
        "line_items": [_line(number * 10 + place) for place in range(3)],
        "tax_lines": [{"id": 5, "rate_code": "DE-19", "label": "MwSt.", "tax_total": "9.1", "rate_percent": 19}],
        "shipping_lines": [
            {"id": 6, "method_title": "DHL", "method_id": "flat_rate", "total": "4.12", "total_tax": "0", "taxes": []}
        ],
        "fee_lines": [{"id": 7, "name": "Gift &amp; wrap", "total": "1", "total_tax": ""}] if number % 6 == 0 else [],
        "coupon_lines": [{"id": 8, "code": "welcome", "discount": "5", "discount_tax": "0"}] if number % 5 == 0 else [],
        "refunds": [{"id": 9, "reason": "damaged", "total": "-12.90"}] if number % 8 == 0 else [],
        "_links": {"self": [{"href": "https://shop.example.test"}]},
    }


def _line(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": "Knit &amp; Purl Needle Set",
        "product_id": number % 50,
        "variation_id": number % 3,
        "quantity": number % 4 + 1,
        "subtotal": "24.99",
        "subtotal_tax": "4.75",
        "total": "24.99",
        "total_tax": "4.75",
        "taxes": [{"id": 1, "total": "4.75", "subtotal": "4.75"}],
        "meta_data": [
            {"id": number * 2, "key": "pa_size", "value": "M", "display_key": "Size", "display_value": "M"},
            {"id": number * 2 + 1, "key": "_reduced_stock", "value": "1"},
        ][: number % 3],
        "sku": f"SKU-{number % 50:03d}",
        "price": 24.99 / (number % 4 + 1),
        "parent_name": None,
    }
