"""What the sandbox knows: nodes by gid in the shape of the schema, where one node stands in another as its gid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from hub.api import Document

Clock = Callable[[], datetime]
Told = Callable[[str, Document], None]
"""Called with a topic and the body of its webhook."""


@dataclass
class Store:
    """One shop. `changed` hears of everything that a webhook tells."""

    clock: Clock = lambda: datetime.now(UTC)
    currency: str = "EUR"
    nodes: dict[str, Document] = field(default_factory=dict)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    told: Told = lambda topic, body: None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1001))

    def now(self) -> str:
        """Tell the time as Shopify writes it."""
        return self.clock().astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")

    def number(self) -> int:
        """Give a number that no node has."""
        return next(self._numbers)

    def add(self, kind: str, document: Document, number: int | None = None) -> Document:
        """Keep a new node under a gid of its own."""
        gid = f"gid://shopify/{kind}/{number or self.number()}"
        node = {"__typename": kind, "id": gid, **document}
        self.nodes[gid] = node
        self.kinds.setdefault(kind, []).append(gid)
        return node

    def all(self, kind: str) -> list[Document]:
        """List the nodes of a kind, oldest first."""
        return [self.nodes[gid] for gid in self.kinds.get(kind, ()) if gid in self.nodes]

    def get(self, gid: str) -> Document | None:
        """Find a node; levels are asked for with a query string behind their number."""
        return self.nodes.get(gid)

    def remove(self, gid: str) -> None:
        """Forget a node."""
        node = self.nodes.pop(gid)
        self.kinds[node["__typename"]].remove(gid)

    def touch(self, node: Document, *topics: str) -> None:
        """Note that a node changed now, and let its webhooks go out."""
        node["updatedAt"] = self.now()
        for topic in topics:
            self.told(topic, hook_body(node))


def hook_body(node: Document) -> Document:
    """Give as much of a node as a webhook's body needs: it says numbers where GraphQL says gids."""
    return {
        "id": number_of(node["id"]),
        "admin_graphql_api_id": node["id"],
        "updated_at": node.get("updatedAt"),
        **({"order_id": number_of(node["order"])} if node.get("order") else {}),
        **({"checkout_id": number_of(node["checkout"])} if node.get("checkout") else {}),
    }


def number_of(gid: str) -> int:
    """Read the number of a gid."""
    return int(gid.rsplit("/", 1)[1].split("?")[0])


def find(nodes: list[Any], gid: str) -> Any:
    """Find a node in a list by its gid."""
    return next((node for node in nodes if node["id"] == gid), None)
