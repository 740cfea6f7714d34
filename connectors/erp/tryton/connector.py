"""Tryton: parties, products, sales, credits, shipments and stock over its JSON-RPC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import httpx

from connectors.erp.tryton.credits import Credits
from connectors.erp.tryton.directory import Directory
from connectors.erp.tryton.parties import Parties
from connectors.erp.tryton.products import Products
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sales import Sales
from connectors.erp.tryton.settings import TrytonSettings
from connectors.erp.tryton.shipments import Shipments
from connectors.erp.tryton.stock import Stock
from hub.api import ConfigError, Document, Page, Refused, Window, Write, Written

SERIES = ("8.2",)


class Readable(Protocol):
    """A stream that is read."""

    def read(self, window: Window) -> Iterator[Page]: ...
    def fetch(self, ids: Sequence[str]) -> list[Document]: ...
    def search(self, text: str) -> list[Document]: ...


class Writable(Readable, Protocol):
    """A stream that is also written."""

    def find(self, write: Write) -> str | None: ...
    def upsert(self, writes: Sequence[Write]) -> Iterator[Written | Refused]: ...


class Tryton:
    """One Tryton database."""

    def __init__(self, settings: TrytonSettings, http: httpx.Client) -> None:
        http.base_url = str(settings.url)
        password = settings.password.get_secret_value()
        self._rpc = Rpc(http, settings.database, settings.user, password, settings.language)
        self._settings = settings
        self._directory = directory = Directory(self._rpc, settings)
        self._written: dict[str, Writable] = {
            "parties": Parties(self._rpc, directory, settings.page_size),
            "products": Products(self._rpc, directory, settings.codes, settings.page_size),
            "sales": Sales(self._rpc, directory, settings),
            "credits": Credits(self._rpc, directory, settings),
            "shipments": Shipments(self._rpc, directory, settings.page_size),
        }
        self._streams: dict[str, Readable] = {**self._written, "stock": Stock(self._rpc, directory, settings)}

    def check(self) -> None:
        """Sign in and prove that everything a sale needs is there; the error names what is missing."""
        if (version := self._rpc.version()) not in SERIES:
            raise ConfigError(
                f"this is Tryton {version}, the connector speaks {', '.join(SERIES)}",
                hint="Use a Tryton of that series, or a connector for this one.",
            )
        directory = self._directory
        for found in (directory.shop, directory.warehouse, directory.category, directory.unit):
            found()
        for code in self._settings.codes.model_dump().values():
            directory.item(code)
        if self._settings.carrier:
            directory.sure_carrier(self._settings.carrier)

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        """Page through what changed in a window."""
        return self._streams[stream].read(window)

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        """Read single records."""
        return iter(self._streams[stream].fetch(ids))

    def search(self, stream: str, text: str) -> Iterator[Document]:
        """Find records by number, name, e-mail or code."""
        return iter(self._streams[stream].search(text))

    def find(self, stream: str, write: Write) -> str | None:
        """Find the record that an earlier attempt of a write has made."""
        return self._written[stream].find(write)

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Write a batch; one outcome for each write, in order."""
        return self._written[stream].upsert(writes)
