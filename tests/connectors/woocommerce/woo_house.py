"""A hub between a WooCommerce store and an ERP in memory, with everything going both ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from connectors.woocommerce import SPEC
from connectors.woocommerce.sandbox import WooSandbox, seed
from hub.api import Entity, Stream
from hub.clock import World
from hub.plugins import Plugins
from hub.store import links, problems, records, schema, settings
from hub.store.database import Database
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
  total: {path: total, as: amount}
  lines: {path: lines, each: line, by: id}
parts:
  line:
    id: id
    variant: {path: variant, as: id, link: variants}
    quantity: {path: quantity, as: decimal}
    total: {path: total, as: amount}
""",
    "deliveries": """
entity: shipment
stream: deliveries
id: id
fields:
  order: {path: order, link: sales}
  status: status
  carrier: carrier
  tracking_number: tracking
""",
    "shelves": """
entity: inventory
stream: shelves
id: id
fields:
  variant: {path: variant, link: variants}
  available: {path: quantity, as: decimal}
""",
}
STREAMS = (
    Stream(name="parties", entity=Entity.CUSTOMER, writes=True),
    Stream(name="articles", entity=Entity.PRODUCT, writes=True),
    Stream(name="sales", entity=Entity.ORDER, writes=True, after=("parties", "articles")),
    Stream(name="deliveries", entity=Entity.SHIPMENT, after=("sales",)),
    Stream(name="shelves", entity=Entity.INVENTORY, after=("articles",)),
)
ROUTES = (
    ("customer", "shop", "erp", "customers", "parties", "two-way"),
    ("product", "shop", "erp", "products", "articles", "two-way"),
    ("order", "shop", "erp", "orders", "sales", "two-way"),
    ("shipment", "erp", "shop", "deliveries", "shipments", "one-way"),
    ("inventory", "erp", "shop", "shelves", "stock", "one-way"),
)
CHANGING = ("POST", "PUT", "DELETE", "PATCH")


class KilledError(BaseException):
    """The process dies: the store has done what it was asked, and nobody heard its answer."""


@dataclass
class WooHouse:
    """A hub, the store and the ERP, and what a test wants to know of them. `dying`: on which request the hub dies."""

    hub: Hub
    shop: WooSandbox
    erp: MemoryRemote
    at: datetime = START
    dying: str = ""

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Let the store answer, unless the hub dies meanwhile."""
        response = self.shop(request)
        if self.dying and self.dying in self.shop.requests[-1]:
            self.dying = ""
            raise KilledError
        return response

    def dies_after(self, request: str) -> None:
        """Let the hub die once the store has done a request, named by a part of its method and path."""
        self.dying = request

    def sync(self) -> Report:
        """Bring both sides to agree; ten minutes pass."""
        report = sync(self.hub)
        assert not report.errors, [(e, e.hint) for e in report.errors]
        self.at += timedelta(minutes=10)
        return report

    def quiet(self) -> list[str]:
        """Sync once more and list everything that was still written to either side."""
        self.shop.requests.clear()
        self.erp.writes.clear()
        self.sync()
        asked = [line for line in self.shop.requests if line.startswith(CHANGING)]
        return [*asked, *(f"{stream} {write.document}" for stream, write in self.erp.writes)]

    def theirs(self, stream: str, external_id: object) -> dict[str, Any]:
        """Give the ERP's document of what the store knows by an id."""
        home = {"parties": "customers", "articles": "products", "sales": "orders"}[stream]
        with self.hub.database.read() as tx:
            record = links.resolve(tx, "shop", [(home, str(external_id))])[home, str(external_id)]
            number = links.external_ids(tx, "erp", [(stream, record)])[stream, record]
        return self.erp.tables[stream][number]

    def record(self, stream: str, external_id: object) -> dict[str, Any]:
        """Give the hub's record of what the store knows by an id."""
        with self.hub.database.read() as tx:
            record = links.resolve(tx, "shop", [(stream, str(external_id))])[stream, str(external_id)]
            found: dict[str, Any] = orjson.loads(records.by_ids(tx, [record])[record].data)
        return found

    def problems(self) -> list[problems.Problem]:
        """List the open problems."""
        with self.hub.database.read() as tx:
            return problems.listing(tx)


def identified(document: dict[str, Any]) -> dict[str, Any]:
    """Give new variants and lines ids, as a remote does."""
    rows = [{**row, "id": row.get("id") or f"e{row.get('sku')}"} for row in document.get("variants") or ()]
    return {**document, "variants": rows} if rows else document


@pytest.fixture
def woo_house(tmp_path: Path) -> Iterator[WooHouse]:
    """A store with a few orders and everything routed."""
    database = Database(f"sqlite:///{tmp_path}/hub.db")
    schema.migrate(database)
    now = lambda: built.at  # noqa: E731
    shop, erp = WooSandbox(clock=lambda: START), MemoryRemote(now=now, serial=1000, normalize=identified)
    seed(shop, orders=12)
    shop.store.clock = now
    plugins = Plugins(connectors={"woocommerce": SPEC, "erp": memory_spec("erp", erp, STREAMS, MAPPINGS)})
    ids = count(1)
    world = World(now=now, sleep=lambda _s: None, new_id=lambda: f"{next(ids):06d}", jitter=lambda: 0.5)
    wire = httpx.MockTransport(lambda request: built.answer(request))
    hub = Hub(database, plugins, tmp_path, world, transport=lambda name: wire if name == "shop" else None)
    built = WooHouse(hub, shop, erp)
    given = {"url": "https://shop.test", "key": "ck_sandbox", "secret": "cs_sandbox", "note": "private"}
    with database.write() as tx:
        settings.put_merchant(tx, MerchantRow("default"))
        settings.put_connection(tx, ConnectionRow("shop", "default", "woocommerce", given))
        settings.put_connection(tx, ConnectionRow("erp", "default", "erp", {}))
        settings.put_policy(tx, PolicyRow("default", "inventory", "available", "erp"))
        for entity, source, target, there, here, direction in ROUTES:
            name = f"{entity} {source}->{target}"
            settings.put_route(tx, RouteRow(name, "default", entity, source, target, there, here, direction))
    yield built
    database.close()
