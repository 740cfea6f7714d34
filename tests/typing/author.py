"""What an author writes, as a type checker sees it: never run, only checked by `make lint`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import assert_type

import httpx
from pydantic import BaseModel, SecretStr

from hub.api import (
    Attempt,
    Channel,
    Codec,
    Connector,
    ConnectorSpec,
    Consent,
    Delivery,
    Demand,
    Document,
    Entity,
    Fetches,
    Finds,
    Hook,
    Install,
    Message,
    Page,
    Reads,
    Refused,
    RejectedError,
    Searches,
    Stream,
    Token,
    Touched,
    Tracks,
    Upserts,
    Webhooks,
    Window,
    Write,
    Written,
    hookimpl,
)
from hub.testing import ConnectorContract, MappingContract, Sandbox


class Settings(BaseModel):
    """Settings with a secret."""

    token: SecretStr


class Everything:
    """A connector with every capability."""

    def __init__(self, settings: Settings, http: httpx.Client) -> None: ...

    def check(self) -> None: ...

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        yield Page([{"id": 1}], resume={"page": 2}, expected=1)

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        yield from ({"id": id_} for id_ in ids)

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        for write in writes:
            yield Written(write, external_id="1") if write.document else Refused(write, RejectedError("empty"))

    def find(self, stream: str, write: Write) -> str | None:
        return write.external_id

    def search(self, stream: str, text: str) -> Iterator[Document]:
        yield {}

    def track(self, stream: str, numbers: Sequence[str]) -> Iterator[Document]:
        yield {}

    def use(self, token: Token) -> None: ...

    def renew(self, token: Token | None) -> Token:
        return token or Token("t")


def receive(hook: Hook, secrets: Sequence[str]) -> Sequence[Touched | Demand]:
    """A call may touch records, and demand something of a person."""
    return [Touched("orders", "1", "orders/create"), Demand("erase 1", "customer 1 must be erased", "Erase them.")]


def authorize(settings: Settings, consent: Consent) -> str:
    """The functions of an install take the connector's own settings."""
    return f"https://remote.example/?{consent.redirect}&{consent.state}"


def verify(settings: Settings, query: str) -> str:
    """The query comes as it is."""
    return query


def exchange(settings: Settings, consent: Consent, code: str, http: httpx.Client) -> Token:
    """The client is the connection's."""
    return Token(code)


INSTALL = Install(
    authorize=authorize, verify=verify, exchange=exchange, redirects="the app's settings", unless=["token"]
)


class Pigeon:
    """A channel."""

    name = "pigeon"

    def send(self, message: Message) -> Attempt:
        return Attempt(Delivery.UNKNOWN, "it flew away")


def capabilities(connector: Everything, pigeon: Pigeon) -> None:
    """The protocols accept what has the methods, without a base class."""
    able: tuple[Connector, Reads, Fetches, Upserts, Finds, Searches, Tracks] = (connector,) * 7
    channel: Channel = pigeon
    assert_type([page.resume is None for page in able[1].read("orders", Window())], list[bool])
    assert_type(channel.send(Message(id="1", recipient="a", sender="b", subject="c", text="d")), Attempt)


SPEC = ConnectorSpec(
    name="everything",
    title="Everything",
    connector=Everything,
    settings=Settings,
    streams=[Stream(name="orders", entity=Entity.ORDER, writes=True, blind_to=["refunds"], reread=3600)],
    mappings=files("mappings") / "everything",
    webhooks=Webhooks(receive=receive, topics=["orders"]),
    install=INSTALL,
    codecs=[Codec("shout", lambda value, tables: value.upper(), lambda value, tables, base: value.lower())],
)


@hookimpl
def hub_connectors() -> Iterator[ConnectorSpec]:
    """Offer the connector."""
    yield SPEC


@hookimpl
def hub_channels() -> Iterator[Channel]:
    """Offer the channel."""
    yield Pigeon()


def remote(request: httpx.Request) -> httpx.Response:
    """A sandbox may be a function."""
    return httpx.Response(200)


class TestEverything(ConnectorContract):
    """A contract is told what it needs by class attributes, or by overriding."""

    spec = SPEC
    settings = {"token": "t"}

    @staticmethod
    def sandbox() -> Sandbox:
        return remote


class TestMappings(MappingContract):
    """Documents are recorded per stream."""

    spec = SPEC
    recorded = {"orders": [{"id": 1}]}
