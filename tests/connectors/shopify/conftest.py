"""A store in a sandbox, and the connector on it with the hub's own client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import httpx
import pytest

from connectors.shopify import SPEC
from connectors.shopify.connector import Shopify
from connectors.shopify.sandbox import ShopifySandbox, seed
from hub.api import Limit
from hub.http import open_client
from hub.mapping.engine import Compiled, Pairs
from hub.testing import ManualClock
from hub.testing.subject import compile_shipped

SETTINGS = {"shop": "sandbox", "access_token": "shpat_sandbox"}


@pytest.fixture
def clock() -> ManualClock:
    """The time that the store and the hub share."""
    return ManualClock()


@pytest.fixture
def empty(clock: ManualClock) -> ShopifySandbox:
    """A store in which nothing has happened."""
    return ShopifySandbox(clock.now)


@pytest.fixture
def shop(empty: ShopifySandbox) -> ShopifySandbox:
    """A store with its seed in it."""
    seed(empty, orders=60)
    return empty


@pytest.fixture
def connect(clock: ManualClock) -> Iterator[Callable[..., Shopify]]:
    """Makes connectors on a sandbox; waiting moves the shared clock."""
    clients: list[httpx.Client] = []

    def make(transport: Any, **settings: Any) -> Shopify:
        limit = Limit(10_000, 10_000)
        clients.append(open_client(limit=limit, world=clock.world(), transport=httpx.MockTransport(transport)))
        given = settings if "client_id" in settings else {**SETTINGS, **settings}
        return Shopify(SPEC.settings.model_validate({"shop": "sandbox", **given}), clients[-1])

    yield make
    for client in clients:
        client.close()


@cache
def compiled(stream: str) -> Compiled:
    """Compile the mapping of a stream once."""
    return compile_shipped(SPEC, stream)


def linked(stream: str, external_id: str) -> str:
    """Make up a record for an external id."""
    return f"{stream}/{external_id}"


@pytest.fixture
def decode() -> Callable[..., Any]:
    """Decodes a document of a stream with value tables."""

    def run(stream: str, document: Any, **tables: dict[str, str]) -> Any:
        return compiled(stream).decode(document, tables, linked)

    return run


@pytest.fixture
def encode() -> Callable[..., Any]:
    """Encodes what a record says of a document of a stream."""

    def run(stream: str, record: Any, base: Any = None, **tables: dict[str, str]) -> Any:
        return compiled(stream).encode(record, tables, Pairs().external, base=base)

    return run
