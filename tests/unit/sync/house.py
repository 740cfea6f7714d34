"""Two remotes in memory, a shop and an ERP, with a route between them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

import orjson
import pytest

from hub.api import Entity, Stream
from hub.clock import World
from hub.plugins import Plugins
from hub.store import links, outbox, problems, records, runs, schema, settings
from hub.store.database import Database
from hub.store.records import RecordRow
from hub.store.settings import ConnectionRow, MerchantRow, RouteRow
from hub.sync.execute import Report, sync
from hub.sync.hub import Hub
from hub.testing.memory import MemoryRemote, memory_spec

CUSTOMERS = """
entity: customer
stream: customers
id: id
reference: ref
fields:
  email: email
  first_name: first
  last_name: last
  note: note
  tags: tags
"""
ORDERS = """
entity: order
stream: orders
id: id
version: updated
reference: ref
fields:
  number: number
  status: {path: status, values: {open: [processing], completed: [completed], cancelled: [cancelled]}}
  currency: currency
  email: email
  customer: {path: customer, as: id, link: customers}
  total: {path: total, as: amount}
  note: note
  lines: {path: lines, each: line, by: id}
parts:
  line:
    id: id
    sku: sku
    quantity: {path: quantity, as: decimal}
    total: {path: total, as: amount}
    variant: {path: variant, as: id, link: variants}
"""
PRODUCTS = """
entity: product
stream: products
id: id
reference: ref
fields:
  name: name
  status: {path: status, values: {active: [publish], archived: [trash]}}
  variants: {path: variants, each: variant, by: id}
parts:
  variant:
    id: {in: id, as: id, link: variants}
    sku: sku
    title: title
    price: {path: price, as: amount}
"""
STOCK = """
entity: inventory
stream: stock
id: id
fields:
  variant: {path: variant, link: variants}
  location: {in: place}
  available: {path: quantity, as: decimal}
"""
STREAMS = (
    Stream(name="customers", entity=Entity.CUSTOMER, writes=True),
    Stream(name="products", entity=Entity.PRODUCT, writes=True),
    Stream(name="orders", entity=Entity.ORDER, writes=True, after=("customers", "products"), batch=2),
    Stream(name="stock", entity=Entity.INVENTORY, writes=True, after=("products",)),
)
MAPPINGS = {"customers": CUSTOMERS, "orders": ORDERS, "products": PRODUCTS, "stock": STOCK}


@dataclass
class Clock:
    """A clock that goes only when told."""

    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **amount: float) -> None:
        self.at += timedelta(**amount)


@dataclass
class House:
    """A hub between a shop and an ERP, and what a test wants to know of it."""

    hub: Hub
    shop: MemoryRemote
    erp: MemoryRemote
    clock: Clock
    seam: Callable[[str], None] = lambda _name: None

    def sync(self, *connections: str) -> Report:
        report = sync(self.hub, connections)
        self.clock.forward(minutes=10)
        return report

    def sync_well(self, *connections: str) -> Report:
        report = self.sync(*connections)
        assert not report.errors, [(e, e.hint) for e in report.errors]
        assert all(result.counts.add_up() for result in report.results), report.results
        return report

    def route(self, entity: str, source: str = "shop", target: str = "erp", **more: Any) -> None:
        stream = {"order": "orders", "customer": "customers", "product": "products", "inventory": "stock"}[entity]
        row = RouteRow(f"{entity} {source}->{target}", "default", entity, source, target, stream, stream, **more)
        with self.hub.database.write() as tx:
            settings.put_route(tx, row)

    def record(self, connection: str, stream: str, external_id: str) -> RecordRow:
        with self.hub.database.read() as tx:
            record_id = links.resolve(tx, connection, [(stream, external_id)])[stream, external_id]
            return records.by_ids(tx, [record_id])[record_id]

    def data(self, connection: str, stream: str, external_id: str) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.record(connection, stream, external_id).data)
        return found

    def problems(self) -> list[problems.Problem]:
        with self.hub.database.read() as tx:
            return problems.listing(tx)

    def owed(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        with self.hub.database.read() as tx:
            return outbox.backlog(tx)

    def swap(self, name: str, connector: Callable[[MemoryRemote], Any], **stream: Any) -> None:
        """Give a connection another connector to the same remote; `stream` changes what its streams declare."""
        remote = {"shop": self.shop, "erp": self.erp}[name]
        spec = self.hub.plugins.connectors[name]
        streams = [replace(one, **stream) for one in spec.streams]
        cast("dict[str, Any]", self.hub.plugins.connectors)[name] = replace(
            spec, connector=lambda _settings: connector(remote), streams=streams
        )

    def events(self, kind: str) -> list[runs.Event]:
        with self.hub.database.read() as tx:
            return runs.events(tx, kind=kind)

    def writes(self, remote: MemoryRemote) -> list[tuple[str, dict[str, Any]]]:
        return [(stream, write.document) for stream, write in remote.writes]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, migrated once for all tests."""
    path = tmp_path_factory.mktemp("migrated") / "hub.db"
    database = Database(f"sqlite:///{path}")
    schema.migrate(database)
    with database.read() as tx:
        tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def open_house(migrated: Path, tmp_path: Path, clock: Clock) -> Iterator[Callable[[], House]]:
    opened: list[Database] = []

    def build() -> House:
        shop, erp = MemoryRemote(now=clock), MemoryRemote(now=clock, serial=1000)
        shutil.copyfile(migrated, tmp_path / "hub.db")
        database = Database(f"sqlite:///{tmp_path}/hub.db", seam=lambda name: built.seam(name))
        opened.append(database)
        specs = {
            name: memory_spec(name, remote, STREAMS, MAPPINGS) for name, remote in {"shop": shop, "erp": erp}.items()
        }
        ids = count(1)
        world = World(now=clock, sleep=lambda _s: None, new_id=lambda: f"{next(ids):06d}", jitter=lambda: 0.5)
        hub = Hub(database, Plugins(connectors=specs), tmp_path, world)
        built = House(hub, shop, erp, clock)
        with database.write() as tx:
            settings.put_merchant(tx, MerchantRow("default"))
            for name in specs:
                settings.put_connection(tx, ConnectionRow(name, "default", name, {}))
        return built

    yield build
    for database in opened:
        database.close()


@pytest.fixture
def house(open_house: Callable[[], House]) -> House:
    """A house with routes for customers, products and orders from the shop to the ERP."""
    house = open_house()
    for entity in ("customer", "product", "order"):
        house.route(entity)
    return house


def order(external_id: str, **more: Any) -> dict[str, Any]:
    """An order of the shop with one line."""
    line = {"id": "1", "sku": "A", "quantity": 1, "total": "10.00", "variant": more.pop("variant", None)}
    base = {
        "id": external_id,
        "number": external_id,
        "status": "processing",
        "currency": "EUR",
        "email": "g@example.com",
    }
    return {**base, "customer": 0, "total": "10.00", "note": "", "lines": [line], **more}
