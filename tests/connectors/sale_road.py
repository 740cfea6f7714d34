"""The road from a storefront's double through the hub into a real Tryton: customers, products, orders and refunds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet

from connectors.erp.tryton import SPEC as TRYTON
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sandbox import TrytonServer, tryton_server
from connectors.erp.tryton.sandbox.worker import count_stock, dispatch, receive, signed_in
from hub.api import ConnectorSpec
from hub.clock import World
from hub.plugins import Plugins
from hub.store import problems, schema, settings
from hub.store.database import Database
from hub.store.keyring import Keyring
from hub.store.settings import ConnectionRow, MerchantRow, RouteRow
from hub.sync.execute import sync
from hub.sync.hub import Hub

CACHE = Path(os.environ.get("HUB_CACHE") or Path(__file__).resolve().parents[2] / ".cache")
ROUTES = (
    ("customer", "customers", "parties"),
    ("product", "products", "products"),
    ("order", "orders", "sales"),
    ("refund", "refunds", "credits"),
)
SALE = "sale.sale"


@dataclass
class Road:
    """A hub, a storefront's double, and a person at the ERP."""

    hub: Hub
    shop: Any
    rpc: Rpc
    shift: list[timedelta] = field(default_factory=lambda: [timedelta()])

    def sync(self, *streams: str) -> None:
        """Bring everything of the storefront to the ERP, or only some of its streams into the hub."""
        report = sync(self.hub, ["shop"] if streams else [], list(streams))
        assert not report.errors, [(error, error.hint) for error in report.errors]
        self.shift[0] += timedelta(minutes=10)

    def problems(self) -> list[problems.Problem]:
        """List what needs a person."""
        with self.hub.database.read() as tx:
            return problems.listing(tx)

    def sale(self, number: str) -> dict[str, Any]:
        """Find the sale of an order by the storefront's number."""
        domain = [["reference", "=", number], ["origin", "=", None]]
        (row,) = self.rpc.search_read(SALE, domain, ["total_amount", "state", "untaxed_amount", "tax_amount"])
        return row

    def credits(self, number: str) -> list[dict[str, Any]]:
        """Find what took a sale back, the oldest first, with its lines."""
        fields = [
            "total_amount",
            "state",
            "lines.product.code",
            "lines.amount",
            "lines.quantity",
            "shipment_returns.id",
        ]
        return self.rpc.search_read(SALE, [["origin", "=", f"{SALE},{self.sale(number)['id']}"]], fields)

    def net(self, number: str) -> Decimal:
        """Add up a sale and what took it back."""
        rows = [self.sale(number), *self.credits(number)]
        return sum((Decimal(row["total_amount"]) for row in rows), Decimal(0))

    def credit_by_hand(self, number: str, amount: str) -> None:
        """Grant a part of a sale back in the ERP, of which the storefront knows nothing."""
        sale = self.sale(number)["id"]
        (service,) = self.rpc.call("model.product.product.search", [["code", "=", "DISCOUNT"]])
        line = {"type": "line", "product": service, "unit": 1, "quantity": -1.0, "unit_price": Decimal(amount)}
        given = {"origin": f"{SALE},{sale}", "lines": [["create", [line]]]}
        (row,) = self.rpc.search_read(SALE, [["id", "=", sale]], ["party", "invoice_address", "currency"])
        self.rpc.call(f"model.{SALE}.create", [{**{k: v for k, v in row.items() if k != "id"}, **given}])

    def stock(self, code: str) -> Decimal:
        """Tell how much of a product lies in the warehouse."""
        (place,) = self.rpc.call("model.stock.location.search", [["type", "=", "warehouse"]])
        (product,) = self.rpc.call("model.product.product.search", [["code", "=", code]])
        here = {"locations": [place], "with_childs": True, "stock_date_end": datetime.now(UTC).date()}
        return Decimal(str(self.rpc.call("model.product.product.read", [product], ["quantity"], **here)[0]["quantity"]))

    def ship(self) -> None:
        """Send everything that waits, with enough of everything on the shelves."""
        count_stock(self.rpc, 100)
        dispatch(self.rpc)

    def unpack(self, number: str) -> None:
        """Put what came back of a sale on the shelves again."""
        receive(self.rpc, [row["id"] for credit in self.credits(number) for row in credit["shipment_returns."]])


@contextmanager
def real_erp() -> Iterator[tuple[TrytonServer, Rpc]]:
    """Run a Tryton, with somebody signed in to it."""
    with tryton_server(CACHE) as server, signed_in(server) as rpc:
        yield server, rpc


@contextmanager
def open_road(
    folder: Path, spec: ConnectorSpec, shop: Any, given: Mapping[str, Any], erp: tuple[TrytonServer, Rpc]
) -> Iterator[Road]:
    """Put a hub between a storefront's double and a Tryton; `given` are the settings of the storefront's connection."""
    server, rpc = erp
    keyring = Keyring(None, {"HUB_SECRET_KEY": Fernet.generate_key().decode()})
    database = Database(f"sqlite:///{folder}/hub.db", keyring=keyring)
    schema.migrate(database)
    shift = [timedelta()]
    world = World(now=lambda: datetime.now(UTC) + shift[0], sleep=lambda _s: None)
    plugins = Plugins(connectors={spec.name: spec, "tryton": TRYTON})
    wire = httpx.MockTransport(shop)
    hub = Hub(database, plugins, folder, world, transport=lambda name: wire if name == "shop" else None)
    access = {"url": server.url, "database": server.database, "user": server.user, "password": server.password}
    with database.write() as tx:
        settings.put_merchant(tx, MerchantRow("default"))
        settings.put_connection(tx, ConnectionRow("shop", "default", spec.name, given))
        settings.put_connection(tx, ConnectionRow("erp", "default", "tryton", access))
        for rate in ("19", "21"):
            settings.put_value(tx, "erp", "taxes", f"{rate} %", rate)
        for entity, there, here in ROUTES:
            settings.put_route(tx, RouteRow(entity, "default", entity, "shop", "erp", there, here))
    yield Road(hub, shop, rpc, shift)
    database.close()
