"""A hub between a Shopify store and an ERP in memory, with everything going both ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from connectors.shopify import SPEC
from connectors.shopify.sandbox import ShopifySandbox, seed
from connectors.shopify.sandbox.store import number_of
from hub.api import Entity, Stream
from hub.clock import World
from hub.plugins import Plugins
from hub.store import links, schema, settings
from hub.store.database import Database
from hub.store.keyring import Keyring
from hub.store.settings import ConnectionRow, MerchantRow, PolicyRow, RouteRow
from hub.sync.execute import Report, sync
from hub.sync.hub import Hub
from hub.testing.memory import MemoryRemote, memory_spec

START = datetime(2026, 11, 21, 22, 44, tzinfo=UTC)
MAPPINGS = {
    "parties": """
entity: customer
stream: parties
id: id
reference: ref
fields:
  email: email
  first_name: first
  last_name: last
  tags: tags
""",
    "articles": """
entity: product
stream: articles
id: id
reference: ref
fields:
  name: name
  variants: {path: variants, each: variant, by: id}
parts:
  variant:
    id: {in: id, as: id, link: variants}
    sku: sku
    price: price
""",
    "sales": """
entity: order
stream: sales
id: id
reference: ref
fields:
  number: number
  status: status
  currency: {path: currency}
  customer: {path: customer, as: id, link: parties}
  note: note
  tags: tags
  total: {path: total, as: amount}
  lines: {path: lines, each: line, by: id}
parts:
  line:
    id: id
    variant: {path: variant, as: id, link: variants}
    quantity: {path: quantity, as: decimal}
    current_quantity: {path: wanted, as: decimal}
    total: {path: total, as: amount}
""",
    "deliveries": """
entity: shipment
stream: deliveries
id: id
reference: ref
fields:
  order: {path: order, link: sales}
  status: status
  carrier: carrier
  tracking_number: tracking
  lines: {path: lines, each: line, by: id}
parts:
  line:
    id: id
    order_line: order_line
    quantity: {path: quantity, as: decimal}
""",
    "shelves": """
entity: inventory
stream: shelves
id: id
fields:
  variant: {path: variant, link: variants}
  location: location
  available: {path: quantity, as: decimal}
""",
}
STREAMS = (
    Stream(name="parties", entity=Entity.CUSTOMER, writes=True),
    Stream(name="articles", entity=Entity.PRODUCT, writes=True),
    Stream(name="sales", entity=Entity.ORDER, writes=True, after=("parties", "articles")),
    Stream(name="deliveries", entity=Entity.SHIPMENT, writes=True, after=("sales",)),
    Stream(name="shelves", entity=Entity.INVENTORY, after=("articles",)),
)
ROUTES = (
    ("customer", "shop", "erp", "customers", "parties", "two-way"),
    ("product", "shop", "erp", "products", "articles", "two-way"),
    ("order", "shop", "erp", "orders", "sales", "two-way"),
    ("shipment", "erp", "shop", "deliveries", "shipments", "two-way"),
    ("inventory", "erp", "shop", "shelves", "stock", "one-way"),
)


class KilledError(BaseException):
    """The process dies: the store has done what it was asked, and nobody heard its answer."""


@dataclass
class ShopifyHouse:
    """A hub, the store and the ERP, and what a test wants to know of them. `dying`: on which mutation the hub dies."""

    hub: Hub
    shop: ShopifySandbox
    erp: MemoryRemote
    at: datetime = START
    dying: str = ""

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Let the store answer, unless the hub dies meanwhile."""
        response = self.shop(request)
        if self.dying and self.shop.asked[-1][0].startswith(f"mutation {self.dying}("):
            self.dying = ""
            raise KilledError
        return response

    def dies_after(self, operation: str) -> None:
        """Let the hub die once the store has done a mutation."""
        self.dying = operation

    def sync(self) -> Report:
        """Bring both sides to agree; ten minutes pass."""
        report = sync(self.hub)
        assert not report.errors, [(e, e.hint) for e in report.errors]
        self.at += timedelta(minutes=10)
        return report

    def quiet(self) -> list[str]:
        """Sync once more and list everything that was still written to either side."""
        self.shop.asked.clear()
        self.erp.writes.clear()
        self.sync()
        asked = [f"{text[:40]} {variables}" for text, variables in self.shop.asked if text.startswith("mutation")]
        return [*asked, *(f"{stream} {write.document}" for stream, write in self.erp.writes)]

    def theirs(self, stream: str, node: dict[str, Any]) -> dict[str, Any]:
        """Give the ERP's document of a node of the store."""
        homes = {"parties": "customers", "articles": "products", "sales": "orders", "deliveries": "shipments"}
        home = (
            homes | {"credits": "refunds", "comebacks": "returns", "baskets": "checkouts", "deliveries": "shipments"}
        )[stream]
        number = str(number_of(node["id"]))
        with self.hub.database.read() as tx:
            record = links.resolve(tx, "shop", [(home, number)])[home, number]
            here = links.external_ids(tx, "erp", [(stream, record)])[stream, record]
        return self.erp.tables[stream][here]


def identified(document: dict[str, Any]) -> dict[str, Any]:
    """Give new variants ids, as a remote does."""
    rows = [{**row, "id": row.get("id") or f"e{row.get('sku')}"} for row in document.get("variants") or ()]
    return {**document, "variants": rows} if rows else document


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShopifyHouse]:
    """A store with a few orders and everything routed."""
    built = build(tmp_path, ShopifySandbox(lambda: START), {"access_token": "shpat_sandbox"})
    yield built
    built.hub.database.close()


def open_settled(tmp_path: Path, more: Sequence[tuple[Stream, str, str]]) -> Iterator[ShopifyHouse]:
    """Give a store and an ERP with further streams, everything of the seed in both."""
    built = build(tmp_path, ShopifySandbox(lambda: START), {"access_token": "shpat_sandbox"}, more)
    for _ in range(4):
        built.sync()
    assert built.quiet() == []
    yield built
    built.hub.database.close()


def build(
    tmp_path: Path, shop: ShopifySandbox, given: dict[str, str], more: Sequence[tuple[Stream, str, str]] = ()
) -> ShopifyHouse:
    """Put a hub between a store, filled here, and an ERP; `given` lets the connector in.

    `more`: further streams of the ERP, each with its mapping and the stream of the store that it is fed from.
    """
    keyring = Keyring(None, {"HUB_SECRET_KEY": Fernet.generate_key().decode()})
    database = Database(f"sqlite:///{tmp_path}/hub.db", keyring=keyring)
    schema.migrate(database)
    now = lambda: built.at  # noqa: E731
    erp = MemoryRemote(now=now, serial=100_000, normalize=identified)
    seed(shop, orders=12)
    shop.store.clock = shop.bucket.clock = now
    streams = (*STREAMS, *(stream for stream, _, _ in more))
    mappings = {**MAPPINGS, **{stream.name: text for stream, text, _ in more}}
    plugins = Plugins(connectors={"shopify": SPEC, "erp": memory_spec("erp", erp, streams, mappings)})
    ids = count(1)
    world = World(now=now, sleep=lambda _s: None, new_id=lambda: f"{next(ids):06d}", jitter=lambda: 0.5)
    wire = httpx.MockTransport(lambda request: built.answer(request))
    hub = Hub(database, plugins, tmp_path, world, transport=lambda name: wire if name == "shop" else None)
    built = ShopifyHouse(hub, shop, erp)
    with database.write() as tx:
        settings.put_merchant(tx, MerchantRow("default"))
        settings.put_connection(tx, ConnectionRow("shop", "default", "shopify", {"shop": "sandbox", **given}))
        settings.put_connection(tx, ConnectionRow("erp", "default", "erp", {}))
        settings.put_policy(tx, PolicyRow("default", "inventory", "available", "erp"))
        routes = [(str(s.entity), "shop", "erp", there, s.name, "one-way") for s, _, there in more]
        for entity, source, target, there, here, direction in (*ROUTES, *routes):
            name = f"{entity} {source}->{target}"
            settings.put_route(tx, RouteRow(name, "default", entity, source, target, there, here, direction))
    return built
