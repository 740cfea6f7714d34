"""The suite that every connector passes, on a real Tryton that is fresh wherever a check creates."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.erp.tryton import SPEC, Tryton
from connectors.erp.tryton.sandbox import TrytonServer, tryton_server
from connectors.erp.tryton.sandbox.worker import count_stock, signed_in
from hub.api import Document, Write, Written
from hub.clock import World
from hub.http import open_client
from hub.testing import ConnectorContract

PARTY = {"name": "Ann Ono", "email": "ann@example.org", "addresses": [{"kind": "billing", "city": "Köln"}]}
PRODUCT = {"name": "Mug", "variants": [{"code": None, "list_price": "9.50"}]}
# In a fresh database the first party, product and sale that the hub writes have these numbers.
FIRST = {"parties": "5", "products": "10", "sales": "1", "credits": "4", "shipments": "1"}
VARIANT = "10"


def sale(**more: Any) -> Document:
    goods = {"id": "l1", "product": VARIANT, "quantity": "1", "amount": "10.00", "taxes": ["19 %"]}
    return {
        "reference": "#1",
        "state": "processing",
        "currency": "EUR",
        "party": FIRST["parties"],
        "lines": [goods],
        "total": "11.90",
    } | more


CREDIT: Document = {"sale": FIRST["sales"], "total": "1.00", "comment": "Late", "lines": []}


def settings_of(server: TrytonServer) -> dict[str, Any]:
    return {
        "url": server.url,
        "database": server.database,
        "user": server.user,
        "password": server.password,
        "page_size": 2,
    }


def fill(server: TrytonServer) -> None:
    """Write three of everything."""
    with (
        open_client(limit=SPEC.limit, world=World()) as client,
        signed_in(server) as rpc,
    ):
        tryton = Tryton(SPEC.settings.model_validate(settings_of(server)), client)
        for stream, document in (("parties", PARTY), ("products", PRODUCT), ("sales", sale()), ("credits", CREDIT)):
            outcomes = tryton.upsert(stream, [Write(f"{stream}-{n}", "k", None, document) for n in range(3)])
            written = [o.external_id for o in outcomes if isinstance(o, Written)]
            assert written[0] == FIRST[stream]
        count_stock(rpc, 10)


@pytest.fixture(scope="module")
def filled(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with three of everything, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    with tryton_server(cache, folder) as server:
        fill(server)
    with closing(sqlite3.connect(folder / "erp.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return folder / "erp.sqlite"


@pytest.fixture(scope="module")
def shared(cache: Path, filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrytonServer]:
    yield from copy_of(filled, cache, tmp_path_factory.mktemp("shared"))


def copy_of(filled: Path, cache: Path, folder: Path) -> Iterator[TrytonServer]:
    shutil.copy(filled, folder / "erp.sqlite")
    with tryton_server(cache, folder) as server:
        yield server


class TestTryton(ConnectorContract):
    spec = SPEC
    settings: dict[str, Any] = {}
    creates = {
        "parties": [PARTY, PARTY | {"name": "Bob"}],
        "products": [PRODUCT, PRODUCT],
        "sales": [sale(), sale(state="quotation")],
        "credits": [CREDIT, CREDIT],
    }
    changes = {
        "parties": (FIRST["parties"], {"email": "new@example.org"}),
        "products": (FIRST["products"], {"name": "Big mug"}),
        "sales": (FIRST["sales"], {"comment": "Ring twice"}),
        "credits": (FIRST["credits"], {"comment": "Scratched"}),
        "shipments": (FIRST["shipments"], {"shipping_reference": "1Z999"}),
    }
    refused = {"sales": sale(total="99.00"), "credits": CREDIT | {"total": "99.00"}}

    @pytest.fixture(autouse=True)
    def _server(self, request: pytest.FixtureRequest, cache: Path, filled: Path, tmp_path: Path) -> Iterator[None]:
        fresh = "creatable" in request.fixturenames
        running = copy_of(filled, cache, tmp_path) if fresh else iter([request.getfixturevalue("shared")])
        for server in running:
            type(self).settings = settings_of(server)
            yield

    def transport(self) -> httpx.BaseTransport:
        return httpx.HTTPTransport()
