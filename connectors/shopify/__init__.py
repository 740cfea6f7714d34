"""Shopify: all of a store in; customers, prices, stock, order status, notes and fulfillments out."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from connectors.shopify.codecs import CODECS
from connectors.shopify.connector import Shopify
from connectors.shopify.install import INSTALL
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.version import SUNSET
from connectors.shopify.webhooks import TOPICS, receive
from hub.api import ConnectorSpec, Cursor, Entity, Limit, Stream, Webhooks, hookimpl

DAY = 24 * 3600
ADMIN = "{shop}/admin"

STREAMS = (
    Stream(name="customers", entity=Entity.CUSTOMER, writes=True),
    Stream(name="products", entity=Entity.PRODUCT, writes=True),
    Stream(name="orders", entity=Entity.ORDER, writes=True, after=["customers", "products"]),
    Stream(name="stock", entity=Entity.INVENTORY, writes=True, cursor=Cursor.NONE, after=["products"], batch=100),
    Stream(name="refunds", entity=Entity.REFUND, writes=True, after=["orders"], keyed=True),
    Stream(
        name="returns",
        entity=Entity.RETURN,
        after=["orders"],
        blind_to=["parcels", "dispositions"],  # the store's calls about them name no return
        reread=DAY,
    ),
    Stream(name="checkouts", entity=Entity.CHECKOUT, after=["customers", "products"]),
    Stream(
        name="shipments",
        entity=Entity.SHIPMENT,
        writes=True,
        after=["orders"],
        keyed=True,
        blind_to=["status", "delivered_at", "estimated_at"],  # what carriers tell need not move the order
        reread=DAY,
    ),
)

SPEC = ConnectorSpec(
    name="shopify",
    title="Shopify",
    connector=Shopify,
    settings=ShopifySettings,
    streams=STREAMS,
    mappings=files("mappings") / "shopify",
    codecs=CODECS,
    limit=Limit(per_second=20, burst=100),  # the real limit is of points, and stands in every answer
    record_url={
        "customers": f"{ADMIN}/customers/{{id}}",
        "products": f"{ADMIN}/products/{{id}}",
        "orders": f"{ADMIN}/orders/{{id}}",
    },
    webhooks=Webhooks(receive=receive, topics=TOPICS, secret="client_secret"),
    install=INSTALL,
    sunset=SUNSET,
)


@hookimpl
def hub_connectors() -> Iterator[ConnectorSpec]:
    """Offer the Shopify connector."""
    yield SPEC
