"""A shop whose orders change all the time, and its connector."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx
from pydantic import BaseModel

from hub.api import ConnectorSpec, Document, Entity, Hook, Limit, Stream, Touched, hookimpl
from hub.testing.calls import CALLS, signed
from hub.testing.memory import TextFolder

SECRET = "a secret of the shop"
MAPPING = """
entity: order
stream: orders
id: id
version: version
fields:
  number: number
  status: {path: status, values: {open: [processing]}}
  currency: currency
  email: email
  total: {path: total, as: amount}
  note: note
"""


@dataclass
class Shop:
    """Orders by id, each with the number of its last change; it answers GET /orders?ids=1,2,3."""

    versions: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def change(self, external_id: str) -> Hook:
        """Change an order as a person would, and make the call that tells of it."""
        with self.lock:
            version = self.versions[external_id] = self.versions.get(external_id, 0) + 1
        return signed(SECRET, Touched("orders", external_id, "orders", "", str(version)), order=self.order(external_id))

    def order(self, external_id: str) -> Document:
        """Show an order as it is now."""
        facts = {"number": f"#{external_id}", "status": "processing", "currency": "EUR", "total": "10.00"}
        version = str(self.versions[external_id])
        return {"id": external_id, **facts, "version": version, "note": version, "email": f"{external_id}@example.com"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer the connector."""
        ids = request.url.params["ids"].split(",")
        with self.lock:
            return httpx.Response(200, json=[self.order(one) for one in ids if one in self.versions])


class ShopSettings(BaseModel):
    """Where the shop is."""

    url: str


class ShopConnector:
    """Reads orders by id; nothing else, so that only webhooks tell of a change."""

    def __init__(self, settings: ShopSettings, http: httpx.Client) -> None:
        http.base_url = settings.url
        self._http = http

    def check(self) -> None:
        """Ask for anything."""
        self._http.get("/orders", params={"ids": "0"})

    def fetch(self, _stream: str, ids: Sequence[str]) -> Iterator[Document]:
        """Read by id."""
        yield from self._http.get("/orders", params={"ids": ",".join(ids)}).json()

    def read(self, _stream: str, _window: object) -> Iterator[object]:
        """Have nothing to page through."""
        raise AssertionError("nobody polls here")


SPEC = ConnectorSpec(
    name="storm",
    title="Storm",
    connector=ShopConnector,
    settings=ShopSettings,
    streams=(Stream(name="orders", entity=Entity.ORDER),),
    mappings=TextFolder({"orders.yaml": MAPPING}),
    limit=Limit(per_second=1000, burst=1000),
    webhooks=CALLS,
)


@hookimpl
def hub_connectors() -> Iterator[ConnectorSpec]:
    """Offer the connector."""
    yield SPEC


PLUGIN = sys.modules[__name__]
