"""A large Shopify store: the sandbox, with many times the orders in its bulk file and the levels in its stock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import httpx
import orjson

from connectors.shopify.document import document
from connectors.shopify.sandbox import ShopifySandbox, seed
from hub.testing.serve import serve

TOKEN = "shpat_sandbox"
ORDERS = 500
"""How many different orders the sandbox makes; the file has each of them as often as it takes."""
ORDER = re.compile(rb"gid://shopify/Order/(\d+)")
FIRST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """How many requests the store was asked, and how many bytes its bulk file has."""

    requests: int
    size: int


def keep(orders: int, levels: int, pipe: Connection) -> None:
    """Keep a store, tell where it listens, and then how it stands as often as somebody asks."""
    store = Large(orders, levels)
    with serve(store) as url:
        pipe.send(url)
        while True:
            moved: int | None = pipe.recv()
            store.moved = store.moved if moved is None else moved
            pipe.send(Told(store.requests, store.size))


class Large:
    """Answers as the sandbox does, with `orders` orders in a bulk file and `levels` levels of stock.

    `moved` levels have one piece more than at first.
    """

    def __init__(self, orders: int, levels: int) -> None:
        self.shop = ShopifySandbox(currency="EUR")
        seed(self.shop, orders=ORDERS, large=False)
        self.orders, self.levels, self.moved = orders, levels, 0
        self.requests = 0
        self.size = 0
        self._grown: set[str] = set()
        self._item: Any = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests += 1
        if request.url.path.endswith("graphql.json"):
            asked = orjson.loads(request.content)
            if asked["query"] == document("stock"):
                return self._stock(request, asked["variables"])
        answer = self.shop(request)
        for node in self.shop.store.all("BulkOperation"):
            if node["id"] not in self._grown:
                self._grow(node)
        return answer

    def _grow(self, node: Any) -> None:
        """Write the file of a bulk operation over and over, each time with orders of other numbers."""
        self._grown.add(node["id"])
        path = httpx.URL(node["done"]["url"]).path
        once = self.shop._files[path]
        there = int(node["done"]["rootObjectCount"])
        copies = -(-self.orders // there)
        file = b"".join(ORDER.sub(rb"gid://shopify/Order/\g<1>%06d" % copy, once) for copy in range(copies))
        self.shop._files[path] = file
        self.size = len(file)
        node["done"] |= {"rootObjectCount": str(there * copies), "fileSize": str(len(file))}

    def _stock(self, request: httpx.Request, variables: Any) -> httpx.Response:
        """Give a page of items, made after the sandbox's first one."""
        if self._item is None:
            self._item = orjson.loads(self.shop(request).content)
        start = int(variables["after"] or 0)
        end = min(start + variables["first"], self.levels)
        items = {
            "nodes": [self._numbered(number) for number in range(start, end)],
            "pageInfo": {"hasNextPage": end < self.levels, "endCursor": str(end)},
        }
        return httpx.Response(200, json={**self._item, "data": {"items": items}})

    def _numbered(self, number: int) -> Any:
        node = self._item["data"]["items"]["nodes"][0]
        (level, *_) = node["levels"]["nodes"]
        pieces = 41 if number < self.moved else 40
        counts = [{**one, "quantity": pieces} for one in level["quantities"]]
        return {
            **node,
            "id": f"gid://shopify/InventoryItem/{FIRST + number}",
            "sku": f"SKU-{number}",
            "variants": {"nodes": [{"id": f"gid://shopify/ProductVariant/{FIRST + number}"}]},
            "levels": {**node["levels"], "nodes": [{**level, "quantities": counts}]},
        }
