"""Stock levels: how much of each product lies in the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.erp.tryton.directory import Directory
from connectors.erp.tryton.reading import Row
from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.settings import TrytonSettings
from hub.api import Document, Page, Window

PRODUCT = "product.product"
GOODS = [["type", "=", "goods"], ["consumable", "=", False]]


class Stock:
    """Reads stock levels of the connection's warehouse; a level's id is product@warehouse."""

    def __init__(self, rpc: Rpc, directory: Directory, settings: TrytonSettings) -> None:
        self._rpc = rpc
        self._directory = directory
        self._settings = settings

    def read(self, window: Window) -> Iterator[Page]:
        """Page through the products that were moved or made in a window; without a beginning, through all."""
        size = self._settings.page_size
        domain: list[Any] = [GOODS, [["id", "in", self._moved(window)]] if window.since else []]
        last = int(window.resume or 0)
        while True:
            wanted = [domain, ["id", ">", last]]
            ids = self._rpc.call(f"model.{PRODUCT}.search", wanted, 0, size, [["id", "ASC"]], active_test=False)
            full = len(ids) == size
            last = ids[-1] if ids else last
            yield Page(self._levels(ids), resume=last if full else None, remote_time=self._rpc.remote_time)
            if not full:
                return

    def fetch(self, ids: Sequence[str]) -> list[Document]:
        """Read levels by id; another warehouse's are left out."""
        warehouse = self._directory.warehouse()
        wanted = [int(product) for product, at, place in (i.partition("@") for i in ids) if place == str(warehouse)]
        found = self._rpc.call(f"model.{PRODUCT}.search", [GOODS, ["id", "in", wanted]], active_test=False)
        return self._levels(found)

    def search(self, text: str) -> list[Document]:
        """Find levels by the product's code or name."""
        found = self._rpc.call(f"model.{PRODUCT}.search", [GOODS, ["rec_name", "ilike", f"%{text}%"]], 0, 10)
        return self._levels(found)

    def _moved(self, window: Window) -> list[int]:
        since = [["last_modified_at", ">=", window.since]]
        until = [["last_modified_at", "<", window.until]] if window.until else []
        moves = self._rpc.search_read("stock.move", [*since, *until], ["product"])
        made = self._rpc.call(f"model.{PRODUCT}.search", [*since, *until], active_test=False)
        return sorted({*(move["product"] for move in moves), *made})

    def _levels(self, ids: list[int]) -> list[Document]:
        if not ids:
            return []
        warehouse = self._directory.warehouse()
        # Without locations and a last day every quantity is 0; `stock_assign` counts what is reserved as gone.
        here = {"locations": [warehouse], "stock_date_end": self._today(), "with_childs": True}
        on_hand = self._rpc.call(f"model.{PRODUCT}.read", ids, ["code", "quantity"], **here)
        free = self._rpc.call(f"model.{PRODUCT}.read", ids, ["quantity"], **here, stock_assign=True)
        available = {row["id"]: row["quantity"] for row in free}
        name = self._rpc.call("model.stock.location.read", [warehouse], ["name"])[0]["name"]
        return [_level(row, available[row["id"]], warehouse, name) for row in on_hand]

    def _today(self) -> date:
        return date.fromisoformat(self._rpc.call("model.ir.date.today"))


def _level(row: Row, available: float, warehouse: int, name: str) -> Document:
    on_hand, free = Decimal(str(row["quantity"])), Decimal(str(available))
    return {
        "id": f"{row['id']}@{warehouse}",
        "product": str(row["id"]),
        "code": row["code"] or None,
        "warehouse": name,
        "quantity": _plain(on_hand),
        "available": _plain(free),
        "reserved": _plain(on_hand - free),
    }


def _plain(quantity: Decimal) -> str:
    return format(quantity.normalize(), "f")
