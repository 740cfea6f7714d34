"""An operator's office: a shop and an ERP in memory, a hub.toml in a folder, and a database beside it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from hub.api import AuthError, ConnectorSpec, Document, Entity, Stream
from hub.clock import World
from hub.config import Config, parse_config
from hub.operations.apply import apply, plan_apply
from hub.operations.plan import Plan
from hub.plugins import Plugins
from hub.store import links, problems, records, schema
from hub.store.database import Database
from hub.store.problems import Problem
from hub.store.records import RecordRow
from hub.sync.execute import Report, sync
from hub.sync.hub import Hub
from hub.testing.memory import MemoryConnector, MemoryRemote, memory_spec

MAPPINGS = {
    "customers": """
entity: customer
stream: customers
id: id
reference: ref
fields:
  email: email
  first_name: first
  last_name: last
""",
    "orders": """
entity: order
stream: orders
id: id
reference: ref
fields:
  number: number
  status: {path: status, values: {open: [processing], completed: [completed]}}
  currency: currency
  email: email
  customer: {path: customer, as: id, link: customers}
  total: {path: total, as: amount}
  payment_method: {path: payment, table: payments}
  note: note
""",
}
STREAMS = (
    Stream(name="customers", entity=Entity.CUSTOMER, writes=True),
    Stream(name="orders", entity=Entity.ORDER, writes=True, after=("customers",)),
)
CONNECTIONS = """
[connections.shop]
connector = "shop"
url = "http://shop.example"
key = "env:OFFICE_KEY"

[connections.erp]
connector = "erp"
url = "http://erp.example"
key = "env:OFFICE_KEY"
"""
ROUTES = """
[[routes]]
entity = "customer"
source = "shop"
target = "erp"

[[routes]]
entity = "order"
source = "shop"
target = "erp"
"""


class Codes(BaseModel):
    """Settings inside settings."""

    model_config = ConfigDict(extra="forbid")

    fee: str = "FEE"


class OfficeSettings(BaseModel):
    """What both systems want to know."""

    model_config = ConfigDict(extra="forbid")

    url: str
    key: SecretStr
    page_size: int = Field(default=100, ge=1)
    codes: Codes = Codes()


@dataclass
class Clock:
    """A clock that goes only when told."""

    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **amount: float) -> None:
        self.at += timedelta(**amount)


@dataclass
class Office:
    """Everything that an operation needs."""

    folder: Path
    clock: Clock
    shop: MemoryRemote
    erp: MemoryRemote
    hub: Hub
    refusing: set[str] = field(default_factory=set)

    @property
    def database(self) -> Database:
        return self.hub.database

    @property
    def plugins(self) -> Plugins:
        return self.hub.plugins

    def config(self, text: str) -> Config:
        return parse_config(text, self.folder / "hub.toml")

    def plan(self, text: str) -> Plan:
        return plan_apply(self.database, self.plugins, self.config(text))

    def apply(self, text: str = CONNECTIONS + ROUTES) -> Plan:
        plan = self.plan(text)
        apply(self.database, self.plugins, self.config(text), plan, self.clock())
        return plan

    def sync(self, *connections: str) -> Report:
        report = sync(self.hub, connections)
        self.clock.forward(minutes=10)
        return report

    def problems(self) -> list[Problem]:
        with self.database.read() as tx:
            return problems.listing(tx)

    def record(self, connection: str, stream: str, external_id: str) -> RecordRow:
        with self.database.read() as tx:
            record_id = links.resolve(tx, connection, [(stream, external_id)])[stream, external_id]
            return records.by_ids(tx, [record_id])[record_id]


def order(external_id: str, **more: Any) -> Document:
    base = {"id": external_id, "number": external_id, "status": "processing", "currency": "EUR", "total": "10.00"}
    return {**base, "email": "g@example.com", "customer": "7", "payment": None, "note": "", **more}


def customer(external_id: str = "7", **more: Any) -> Document:
    return {"id": external_id, "email": "ada@example.com", "first": "Ada", "last": "Lovelace", **more}


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, migrated once for all tests."""
    path = tmp_path_factory.mktemp("empty") / "hub.db"
    database = Database(f"sqlite:///{path}")
    schema.migrate(database)
    with database.read() as tx:
        tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def office(empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setitem(os.environ, "OFFICE_KEY", "k-123456")
    clock, ids = Clock(), count(1)
    shop, erp = MemoryRemote(now=clock), MemoryRemote(now=clock, serial=1000)
    shutil.copyfile(empty_database, tmp_path / "hub.db")
    database = Database(f"sqlite:///{tmp_path}/hub.db")
    refusing: set[str] = set()
    specs = {name: _spec(name, remote, refusing) for name, remote in {"shop": shop, "erp": erp}.items()}
    world = World(now=clock, sleep=lambda _s: None, new_id=lambda: f"id-{next(ids):06d}", jitter=lambda: 0.5)
    yield Office(tmp_path, clock, shop, erp, Hub(database, Plugins(connectors=specs), tmp_path, world), refusing)
    database.close()


def _spec(name: str, remote: MemoryRemote, refusing: set[str]) -> ConnectorSpec:
    class Opened(MemoryConnector):
        """A remote in memory that takes settings, can be searched, and may refuse our key."""

        def __init__(self, _settings: OfficeSettings) -> None:
            super().__init__(remote)

        def check(self) -> None:
            if name in refusing:
                raise AuthError("the key is refused", hint="Make a new one.")

        def search(self, stream: str, text: str) -> Iterator[Document]:
            yield from (row for row in remote.tables.get(stream, {}).values() if text in (row["id"], row.get("email")))

    spec = memory_spec(name, remote, STREAMS, MAPPINGS)
    return replace(spec, connector=Opened, settings=OfficeSettings, record_url={"orders": "{url}/orders/{id}"})
