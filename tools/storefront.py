"""What a storefront cannot show: a case that has no test of its own there, and why there can be none."""

from __future__ import annotations

SECTIONS = (
    "Content and life cycle of orders",
    "Money and tax",
    "Customers",
    "Products, bundles and units",
    "Cancellations, refunds, returns and exchanges",
    "Stock",
)
"""What happens in storefronts: each of them shows every case of these, or says why it cannot."""

FOLDERS = {
    "Shopify": "tests/connectors/shopify/",
    "WooCommerce": "tests/connectors/woocommerce/",
}

CANNOT: dict[str, dict[str, str]] = {
    "Shopify": {},
    "WooCommerce": {
        "T049": "The store tells of one payment at most: its way, its reference and its day. Parts are a plugin's own.",
        "T050": "The store knows no authorization: an order that waits for its money is on hold, without an end.",
        "T062": "An order and its refunds are in one currency, and the store keeps no rate.",
        "T068": "The store cannot merge accounts. One that is deleted leaves its orders to a guest.",
        "T074": "The store keeps no consent to marketing; plugins do, each in its own way.",
        "T102": "The store has no exchange: what comes back is a refund, and what goes out is another order.",
        "T106": "The store knows no dispute; a gateway's plugin leaves a note, and notes have no form.",
        "T109": "The store counts everything in one place.",
        "T112": "The store has no locations.",
    },
}
