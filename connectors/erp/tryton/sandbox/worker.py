"""What people at the ERP do all day, over its RPC: count the stock, ship what is waiting, add up the sales."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import httpx

from connectors.erp.tryton.rpc import Rpc
from connectors.erp.tryton.sale_key import IS_CREDIT, IS_SALE
from connectors.erp.tryton.sandbox.server import TrytonServer
from hub.api import AuthError, UnavailableError

STOCKED = [["type", "=", "goods"], ["consumable", "=", False]]


@dataclass(frozen=True, slots=True)
class SalesTotal:
    """How many sales in a currency and state the ERP has, and their total with tax."""

    currency: str
    state: str
    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Dispatched:
    """A shipment that has left the warehouse; `sales` are the numbers of its sales in Tryton."""

    id: int
    number: str
    sales: str
    customer: str
    packages: Sequence[str]


@contextmanager
def signed_in(server: TrytonServer) -> Iterator[Rpc]:
    """Sign in to a Tryton of the sandbox with a client of its own."""
    with httpx.Client(base_url=server.url, event_hooks={"response": [_judge]}) as http:
        yield Rpc(http, server.database, server.user, server.password)


def _judge(response: httpx.Response) -> None:
    status = response.status_code
    if status in {401, 403}:
        raise AuthError(f"Tryton answered {status}", context={"status": str(status)})
    if status >= 400:
        raise UnavailableError(f"Tryton answered {status}")


def count_stock(rpc: Rpc, quantity: int, codes: Sequence[str] = ()) -> int:
    """Find `quantity` of every stocked product (or of those with the codes) on the shelves; gives how many products."""
    wanted = [*STOCKED, *([["code", "in", list(codes)]] if codes else [])]
    products = rpc.call("model.product.product.search", wanted)
    if products:
        lines = [{"product": product, "quantity": quantity} for product in products]
        inventory = {"location": _storage(rpc), "empty_quantity": "keep", "lines": [["create", lines]]}
        rpc.call("model.stock.inventory.confirm", rpc.call("model.stock.inventory.create", [inventory]))
    return len(products)


def _storage(rpc: Rpc) -> int:
    (warehouse,) = rpc.search_read("stock.location", [["type", "=", "warehouse"]], ["storage_location"], limit=1)
    return int(warehouse["storage_location"])


def add_tax(rpc: Rpc, percent: Decimal) -> None:
    """Make the tax of a rate, named like `19 %`, unless there is one."""
    name = f"{percent.normalize():f} %"
    if not rpc.search_read("account.tax", [["name", "=", name]], ["id"], limit=1):
        (like,) = rpc.call("model.account.tax.search", [], 0, 1)
        changed = {"name": name, "description": name, "rate": percent / 100}
        rpc.call("model.account.tax.copy", [like], changed)


def waiting(rpc: Rpc, limit: int | None = None) -> list[int]:
    """Find the customer shipments that nobody has begun, oldest first."""
    domain = [["state", "in", ["draft", "waiting"]]]
    return [row["id"] for row in rpc.search_read("stock.shipment.out", domain, ["id"], limit=limit)]


def assign(rpc: Rpc, shipments: Sequence[int]) -> list[int]:
    """Release shipments and reserve the goods; gives the shipments for which there was enough."""
    rpc.call("model.stock.shipment.out.wait", list(shipments))
    rpc.call("model.stock.shipment.out.assign_try", list(shipments))
    domain = [["id", "in", list(shipments)], ["state", "=", "assigned"]]
    return [row["id"] for row in rpc.search_read("stock.shipment.out", domain, ["id"])]


def pack(rpc: Rpc, shipments: Sequence[int], references: Sequence[str] = ()) -> None:
    """Pick assigned shipments and pack each into one package, with its tracking number where there is one."""
    ids = list(shipments)
    rpc.call("model.stock.shipment.out.pick", ids)
    moves = rpc.call("model.stock.shipment.out.read", ids, ["outgoing_moves"])
    inside = {row["id"]: row["outgoing_moves"] for row in moves}
    kind = rpc.call("model.stock.package.type.search", [], 0, 1)[0]
    numbers = [*references, *[None] * (len(ids) - len(references))]
    rpc.call(
        "model.stock.package.create",
        [
            {
                "shipment": f"stock.shipment.out,{shipment}",
                "type": kind,
                "shipping_reference": number,
                "moves": [["add", inside[shipment]]],
            }
            for shipment, number in zip(ids, numbers, strict=True)
        ],
    )
    rpc.call("model.stock.shipment.out.pack", ids)


def send(rpc: Rpc, shipments: Sequence[int], *, done: bool = True) -> None:
    """Hand packed shipments to the carrier; `done` closes them too."""
    rpc.call("model.stock.shipment.out.ship", list(shipments))
    if done:
        rpc.call("model.stock.shipment.out.do", list(shipments))


def receive(rpc: Rpc, returns: Sequence[int]) -> None:
    """Unpack returned goods and put them back on the shelf."""
    rpc.call("model.stock.shipment.out.return.receive", list(returns))
    rpc.call("model.stock.shipment.out.return.do", list(returns))


def dispatch(rpc: Rpc, limit: int | None = None, references: Sequence[str] = ()) -> list[Dispatched]:
    """Ship what waits, the whole way from the shelf to the carrier; what lacks stock stays waiting."""
    ready = assign(rpc, waiting(rpc, limit))
    if not ready:
        return []
    pack(rpc, ready, references[: len(ready)])
    send(rpc, ready)
    return describe(rpc, ready)


def describe(rpc: Rpc, shipments: Sequence[int]) -> list[Dispatched]:
    """Read shipments as a person would list them."""
    fields = ["number", "origins", "customer.rec_name", "packages.number"]
    rows = rpc.call("model.stock.shipment.out.read", list(shipments), fields)
    return [
        Dispatched(
            id=row["id"],
            number=row["number"],
            sales=row["origins"] or "",
            customer=row["customer."]["rec_name"],
            packages=[package["number"] for package in row["packages."]],
        )
        for row in rows
    ]


def sales_totals(rpc: Rpc) -> list[SalesTotal]:
    """Add up the web shop's sales as Tryton itself computes them, by currency and state."""
    rows = rpc.search_read("sale.sale", [["web_shop", "!=", None]], ["currency.code", "state", "total_amount"])
    groups: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for row in rows:
        groups[row["currency."]["code"], row["state"]].append(Decimal(row["total_amount"]))
    return [SalesTotal(*key, len(amounts), sum(amounts, Decimal(0))) for key, amounts in sorted(groups.items())]


def counts(rpc: Rpc) -> dict[str, int]:
    """Count what the ERP has: customers that the hub wrote, stocked products, sales, credits, shipments, shipped."""
    return {
        "parties": rpc.call("model.party.party.search_count", [["identifiers.code", "like", "entrepot:%"]]),
        "products": rpc.call("model.product.product.search_count", STOCKED),
        "sales": rpc.call("model.sale.sale.search_count", [["web_shop", "!=", None], IS_SALE]),
        "credits": rpc.call("model.sale.sale.search_count", [["web_shop", "!=", None], IS_CREDIT]),
        "shipments": rpc.call("model.stock.shipment.out.search_count", []),
        "shipped": rpc.call("model.stock.shipment.out.search_count", [["state", "in", ["shipped", "done"]]]),
    }
