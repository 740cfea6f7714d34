"""The connector of ledgers, as an author would write it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import httpx
from pydantic import BaseModel

from hub.api import (
    ConnectorSpec,
    Document,
    Entity,
    Limit,
    Page,
    Refused,
    RejectedError,
    Stream,
    Window,
    Write,
    Written,
    hookimpl,
)


class LedgerSettings(BaseModel):
    """Where the ledger is."""

    url: str


class Ledger:
    """One ledger."""

    def __init__(self, settings: LedgerSettings, http: httpx.Client) -> None:
        http.base_url = settings.url
        self._http = http

    def check(self) -> None:
        """Ask for anything."""
        self._http.get("/customers/0")

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        """Page through what changed, last page first."""
        bounds = {"since": _text(window.since), "until": _text(window.until), "page": window.resume}
        while True:
            found = self._http.get(f"/{stream}", params={k: v for k, v in bounds.items() if v}).json()
            yield Page(found["items"], found["next"], found["total"], datetime.fromisoformat(found["now"]))
            bounds["page"] = found["next"]
            if found["next"] is None:
                return

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        """Read by id."""
        for external_id in ids:
            try:
                yield self._http.get(f"/{stream}/{external_id}").json()
            except RejectedError:
                continue

    def find(self, stream: str, write: Write) -> str | None:
        """Find by our reference."""
        found = self._http.get(f"/{stream}", params={"ref": write.record_id}).json()["items"]
        return str(found[0]["id"]) if found else None

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Write one after another."""
        for write in writes:
            method, path = ("PUT", f"/{stream}/{write.external_id}") if write.external_id else ("POST", f"/{stream}")
            saved = self._http.request(method, path, json=write.document).json()
            yield Written(write, str(saved["id"]), saved["updated"], saved)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


@hookimpl
def hub_connectors() -> Iterator[ConnectorSpec]:
    """Offer the ledger."""
    yield ConnectorSpec(
        name="ledger",
        title="Ledger",
        connector=Ledger,
        settings=LedgerSettings,
        streams=(
            Stream(name="customers", entity=Entity.CUSTOMER, writes=True, batch=3),
            Stream(name="orders", entity=Entity.ORDER, writes=True, after=("customers",), batch=3),
        ),
        mappings=Path(__file__).parent / "mappings",
        limit=Limit(per_second=1000, burst=1000),
    )
