"""The connector for Tryton 8.2."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from connectors.erp.tryton.codecs import CODECS
from connectors.erp.tryton.connector import Tryton
from connectors.erp.tryton.settings import TrytonSettings
from hub.api import ConnectorSpec, Entity, Limit, Stream, hookimpl

SPEC = ConnectorSpec(
    name="tryton",
    title="Tryton 8.2",
    connector=Tryton,
    settings=TrytonSettings,
    mappings=files("mappings").joinpath("tryton"),
    codecs=CODECS,
    limit=Limit(per_second=50, burst=50),
    streams=(  # on SQLite, Tryton can check at most some ninety sales at once
        Stream(name="parties", entity=Entity.CUSTOMER, writes=True, batch=50),
        Stream(name="products", entity=Entity.PRODUCT, writes=True, batch=50),
        Stream(name="sales", entity=Entity.ORDER, writes=True, after=("parties", "products"), batch=80, keyed=True),
        Stream(name="credits", entity=Entity.REFUND, writes=True, after=("sales",), batch=10, keyed=True),
        Stream(name="shipments", entity=Entity.SHIPMENT, writes=True, after=("sales",), batch=50),
        Stream(name="stock", entity=Entity.INVENTORY, after=("products",)),
    ),
    record_url={
        "parties": "{url}#{database}/model/party.party/{id}",
        "products": "{url}#{database}/model/product.template/{id}",
        "sales": "{url}#{database}/model/sale.sale/{id}",
        "credits": "{url}#{database}/model/sale.sale/{id}",
        "shipments": "{url}#{database}/model/stock.shipment.out/{id}",
    },
)


@hookimpl
def hub_connectors() -> Iterator[ConnectorSpec]:
    """Offer the connector."""
    yield SPEC
