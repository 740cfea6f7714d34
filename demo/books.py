"""Counts and totals, asked of the shops and of the ERP themselves, beside the hub's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy.engine import make_url

from connectors.erp.tryton.sandbox.worker import sales_totals
from connectors.shopify.version import VERSION
from connectors.woocommerce.auth import make_auth
from connectors.woocommerce.settings import WooSettings
from demo.stage import Stage
from hub.model.money import rounded
from hub.store import links, records
from hub.store.database import Database

ORDERS = """
query ($after: String) {
  orders(first: 100, after: $after) {
    nodes { totalPriceSet { shopMoney { amount currencyCode } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
NOT_SOLD = frozenset({"checkout-draft", "trash", "failed"})
NOT_SOLD_IN_HUB = frozenset({"draft", "trashed", "failed"})


@dataclass(frozen=True, slots=True)
class Sum:
    """How many orders, and what they come to."""

    count: int
    total: Decimal


NOTHING = Sum(0, Decimal(0))
Books = dict[str, Sum]
"""By currency."""


def shop_books(stage: Stage, settings: WooSettings) -> Books:
    """Ask the shop's REST API for every order, page by page, and add up those that were sold."""
    rows = (
        (row["currency"], Decimal(row["total"]))
        for row in _shop_orders(stage, settings)
        if row["status"] not in NOT_SOLD
    )
    return _added(rows)


def boutique_books(stage: Stage, token: str) -> Books:
    """Ask the second shop's GraphQL API for every order, and add them up."""
    return _added(
        (row["totalPriceSet"]["shopMoney"]["currencyCode"], Decimal(row["totalPriceSet"]["shopMoney"]["amount"]))
        for row in _boutique_orders(stage, token)
    )


def both(first: Books, second: Books) -> Books:
    """Add two books up."""
    found = {}
    for currency in sorted({*first, *second}):
        one, other = first.get(currency, NOTHING), second.get(currency, NOTHING)
        found[currency] = Sum(one.count + other.count, rounded(one.total + other.total, currency))
    return found


def erp_books(stage: Stage) -> Books:
    """Ask the ERP what its sales of the web shops come to."""
    sums: dict[str, Sum] = {}
    for one in sales_totals(stage.rpc):
        before = sums.get(one.currency, Sum(0, Decimal(0)))
        sums[one.currency] = Sum(before.count + one.count, rounded(before.total + one.total, one.currency))
    return sums


def erp_writes(stage: Stage) -> int:
    """Count what was ever seen created or changed in the ERP, by its own stamps of last change."""
    models = ("sale.sale", "party.party", "party.address", "product.template", "product.product", "stock.shipment.out")
    for model in models:
        rows = stage.rpc.call(f"model.{model}.search_read", [], 0, None, None, ["last_modified_at"])
        stage.stamps.update((model, row["id"], str(row["last_modified_at"])) for row in rows)
    return len(stage.stamps)


def hub_books(folder: Path) -> Books:
    """Add up the hub's own orders that are linked in the ERP."""
    database = Database(str(make_url(f"sqlite:///{folder / 'hub.db'}")))
    try:
        with database.read() as tx:
            orders = [row for row in records.of_entity(tx, "order") if row.status not in NOT_SOLD_IN_HUB]
            linked = links.external_ids(tx, "erp", [("sales", row.id) for row in orders])
        sold = [row for row in orders if ("sales", row.id) in linked]
        return _added((row.currency or "", Decimal(row.total or 0)) for row in sold)
    finally:
        database.close()


def _shop_orders(stage: Stage, settings: WooSettings) -> Iterator[dict[str, str]]:
    auth = make_auth(settings)
    with httpx.Client(base_url=f"{stage.shop_url}/wp-json/wc/v3") as client:
        page = 1
        while True:
            request = client.build_request("GET", "/orders", params={"per_page": 100, "page": page, "orderby": "id"})
            next(auth.auth_flow(request))
            rows = client.send(request.extensions["hub.sign"](request)).raise_for_status().json()
            yield from rows
            if len(rows) < 100:
                return
            page += 1


def _boutique_orders(stage: Stage, token: str) -> Iterator[dict[str, Any]]:
    headers = {"X-Shopify-Access-Token": token}
    after = None
    with httpx.Client(base_url=stage.boutique_url, headers=headers) as client:
        while True:
            body = {"query": ORDERS, "variables": {"after": after}}
            answer = client.post(f"/admin/api/{VERSION}/graphql.json", json=body).raise_for_status().json()
            orders = answer["data"]["orders"]
            yield from orders["nodes"]
            if not orders["pageInfo"]["hasNextPage"]:
                return
            after = orders["pageInfo"]["endCursor"]


def _added(rows: Iterable[tuple[str, Decimal]]) -> Books:
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for currency, amount in rows:
        amounts[currency].append(amount)
    return {c: Sum(len(a), rounded(sum(a, Decimal(0)), c)) for c, a in sorted(amounts.items())}
