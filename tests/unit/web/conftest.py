"""A hub between a shop that calls and an ERP, and its web application, called without a socket."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from cryptography.fernet import Fernet

sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))

from house import House, clock, house, migrated, open_house

from hub.api import Hook, Touched, Webhooks
from hub.store import inbox, runs, secrets, webhooks
from hub.store.keyring import VARIABLE
from hub.testing.calls import CALLS, CallingConnector, Exchange, signed
from hub.web.server import open_app
from hub.web.webhook import LIMIT

__all__ = ["clock", "house", "migrated", "open_house"]

Client = httpx.AsyncClient


@dataclass
class Porch:
    """The place where remotes call: a house whose shop has webhooks, and what a test wants to know of it."""

    house: House
    exchange: Exchange = field(default_factory=Exchange)
    secret: str = "open sesame"

    def call(self, *hooks: Hook, to: str = "shop", at_once: bool = False) -> list[int]:
        """Deliver calls one after the other, or all at once; gives the answers' statuses."""

        async def deliver(client: Client) -> list[int]:
            posts = [client.post(f"/webhooks/{to}", content=hook.body, headers=dict(hook.headers)) for hook in hooks]
            answers = await asyncio.gather(*posts) if at_once else [await post for post in posts]
            return [answer.status_code for answer in answers]

        return self.visit(deliver)

    def visit(self, what: Callable[[Client], Awaitable[Any]], limit: int = LIMIT) -> Any:
        """Do something with a client of the hub's web application."""

        async def inside() -> Any:
            async with open_app(self.house.hub, limit) as app:
                transport = httpx.ASGITransport(app, raise_app_exceptions=False)
                async with Client(transport=transport, base_url="http://hub") as client:
                    return await what(client)

        return asyncio.run(inside())

    def hook(self, external_id: str = "1", *, version: str | None = None, event: str = "", **more: Any) -> Hook:
        """Make a signed call that an order was touched."""
        return signed(self.secret, Touched("orders", external_id, "orders", event, version), **more)

    def dirty(self, connection: str = "shop", stream: str = "orders") -> list[str]:
        with self.house.hub.database.read() as tx:
            return inbox.wanted(tx, connection, stream)

    def counts(self) -> dict[tuple[str, str], int]:
        with self.house.hub.database.read() as tx:
            return {(one.connection, one.outcome): one.count for one in webhooks.counts(tx, self.house.clock())}

    def told(self, kind: str) -> list[str | None]:
        with self.house.hub.database.read() as tx:
            return [event.external_id for event in runs.events(tx, kind=kind)]

    def add_secret(self, word: str) -> int:
        with self.house.hub.database.write() as tx:
            return secrets.add(tx, "shop", "webhook", word, self.house.clock())

    def change_webhooks(self, webhooks: Webhooks | None) -> None:
        """Let the shop's connector call in another way."""
        connectors = cast("dict[str, Any]", self.house.hub.plugins.connectors)
        connectors["shop"] = replace(connectors["shop"], webhooks=webhooks)


@pytest.fixture
def porch(house: House, monkeypatch: pytest.MonkeyPatch) -> Porch:
    """A porch whose shop signs with "open sesame"."""
    monkeypatch.setenv(VARIABLE, Fernet.generate_key().decode())
    porch = Porch(house)
    house.swap("shop", lambda remote: CallingConnector(remote, porch.exchange))
    porch.change_webhooks(CALLS)
    porch.add_secret(porch.secret)
    return porch
