from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.erp.tryton import SPEC, Tryton
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sandbox import TrytonServer, tryton_server
from connectors.erp.tryton.sandbox.worker import signed_in
from hub.api import Document, Refused, Write, Written
from hub.clock import World
from hub.http import open_client

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).resolve().parents[3]
CACHE = Path(os.environ.get("HUB_CACHE") or ROOT / ".cache")
HOME = {
    "id": "billing",
    "kind": "billing",
    "party_name": None,
    "attn": None,
    "street": "Torstraße 1\nHinterhaus",
    "postal_code": "10119",
    "city": "Berlin",
    "country": "DE",
    "subdivision": "BE",
    "phone": None,
}


@pytest.fixture(scope="session")
def cache() -> Path:
    return CACHE


@pytest.fixture(scope="session")
def server() -> Iterator[TrytonServer]:
    """A real Tryton, for all tests of this folder."""
    with tryton_server(CACHE) as running:
        yield running


@pytest.fixture(scope="session")
def rpc(server: TrytonServer) -> Iterator[Rpc]:
    """A person at the ERP."""
    with signed_in(server) as rpc:
        yield rpc


def settings_of(server: TrytonServer, **more: Any) -> dict[str, Any]:
    return {
        "url": server.url,
        "database": server.database,
        "user": server.user,
        "password": server.password,
        **more,
    }


@pytest.fixture
def connect(server: TrytonServer) -> Iterator[Callable[..., Tryton]]:
    """Open the connector on the real Tryton, with other settings where a test wants them."""
    clients = []

    def connect(**more: Any) -> Tryton:
        client = open_client(limit=SPEC.limit, world=World())
        clients.append(client)
        return Tryton(SPEC.settings.model_validate(settings_of(server, **more)), client)

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def tryton(connect: Callable[..., Tryton]) -> Tryton:
    return connect()


class Cut(httpx.BaseTransport):
    """Passes a number of calls of one method on, and loses the answer of the last of them."""

    def __init__(self, method: str) -> None:
        self.inner = httpx.HTTPTransport()
        self.method = method.encode()
        self.armed = True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        if self.armed and self.method in request.content:
            response.read()
            self.armed = False
            raise httpx.ReadError("cut", request=request)
        return response


@pytest.fixture
def cut(server: TrytonServer) -> Iterator[Callable[[str], Tryton]]:
    """Open the connector on a wire that loses the answer of one call."""
    clients = []

    def cut(method: str) -> Tryton:
        client = open_client(limit=SPEC.limit, world=World(), transport=Cut(method))
        clients.append(client)
        return Tryton(SPEC.settings.model_validate(settings_of(server)), client)

    yield cut
    for client in clients:
        client.close()


@pytest.fixture
def push(tryton: Tryton) -> Callable[..., list[Written | Refused]]:
    """Write documents under record ids, and hear every outcome."""

    def push(stream: str, documents: dict[str, Document], ids: Sequence[str | None] = ()) -> list[Written | Refused]:
        known = [*ids, *[None] * (len(documents) - len(ids))]
        writes = [Write(r, f"key-{r}", i, d) for (r, d), i in zip(documents.items(), known, strict=True)]
        return list(tryton.upsert(stream, writes))

    return push


@pytest.fixture(scope="session")
def party(rpc: Rpc) -> str:
    """A customer."""
    values = {"name": "Ann Ono", "addresses": [["create", [{"city": "Köln"}]]]}
    return str(rpc.call("model.party.party.create", [values])[0])


@pytest.fixture(scope="session")
def mug(rpc: Rpc) -> str:
    """A stocked product."""
    return make_product(rpc, "MUG-FIXTURE")


def make_product(rpc: Rpc, code: str) -> str:
    (category,) = rpc.call("model.product.category.search", [])
    values = {"name": code, "default_uom": 1, "sale_uom": 1, "salable": True, "type": "goods", "list_price": 1}
    values |= {"account_category": category, "products": [["create", [{"suffix_code": code}]]]}
    (template,) = rpc.call("model.product.template.create", [values])
    return str(rpc.call("model.product.product.search", [["template", "=", template]])[0])


@pytest.fixture
def order(party: str, mug: str) -> Callable[..., Document]:
    """An order of one mug for 11.90 EUR, or what a test makes of it."""

    def order(**more: Any) -> Document:
        line = {"id": "l1", "product": mug, "title": "Mug", "quantity": "1", "amount": "10.00", "taxes": ["19 %"]}
        document = {
            "reference": "#1001",
            "state": "processing",
            "currency": "EUR",
            "party": party,
            "sale_date": "2026-11-20",
            "invoice_address": HOME,
            "shipment_address": HOME,
            "lines": [line],
            "shipping": [],
            "fees": [],
            "total": "11.90",
        }
        return document | more

    return order


@pytest.fixture
def line(mug: str) -> Callable[..., Document]:
    """A line of an order."""

    def line(id: str, amount: str, *taxes: str, quantity: str = "1", **more: Any) -> Document:
        return {
            "id": id,
            "product": mug,
            "title": "Mug",
            "quantity": quantity,
            "amount": amount,
            "taxes": list(taxes),
        } | more

    return line
