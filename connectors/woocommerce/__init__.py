"""WooCommerce: all of a store in; customers, prices, stock, order status, notes and tracking out."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from connectors.woocommerce.codecs import CODECS
from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.settings import WooSettings
from connectors.woocommerce.webhooks import WEBHOOKS
from hub.api import ConnectorSpec, Entity, Limit, Stream, hookimpl

DAY = 24 * 3600
ADMIN = "{url}/wp-admin"

STREAMS = (
    Stream(
        name="customers",
        entity=Entity.CUSTOMER,
        writes=True,
        batch=100,
        blind_to=["email", "first_name", "last_name", "phone", "company", "addresses"],
        reread=DAY // 4,
    ),
    Stream(name="products", entity=Entity.PRODUCT, writes=True, batch=100, blind_to=["variants"], reread=DAY // 4),
    Stream(
        name="orders",
        entity=Entity.ORDER,
        writes=True,
        after=["customers", "products"],
        blind_to=["lines", "refunds", "payment_status"],
        reread=DAY,
    ),
    # after the orders: a sale must be known before the level that it moved is read and written
    Stream(
        name="stock",
        entity=Entity.INVENTORY,
        writes=True,
        after=["products"],
        batch=100,
        blind_to=["available", "tracked"],
        reread=DAY // 4,
    ),
    Stream(name="refunds", entity=Entity.REFUND, after=["orders"]),
    Stream(name="shipments", entity=Entity.SHIPMENT, reads=False, writes=True, after=["orders"], keyed=True),
)

SPEC = ConnectorSpec(
    name="woocommerce",
    title="WooCommerce",
    connector=WooCommerce,
    settings=WooSettings,
    streams=STREAMS,
    mappings=files("mappings") / "woocommerce",
    codecs=CODECS,
    webhooks=WEBHOOKS,
    limit=Limit(per_second=100, burst=50, patience=0.5),  # the store sets none, and its host may be a small one
    record_url={
        "customers": f"{ADMIN}/user-edit.php?user_id={{id}}",
        "products": f"{ADMIN}/post.php?post={{id}}&action=edit",
        "orders": f"{ADMIN}/admin.php?page=wc-orders&action=edit&id={{id}}",
    },
)


@hookimpl
def hub_connectors() -> Iterator[ConnectorSpec]:
    """Offer the WooCommerce connector."""
    yield SPEC
