"""The contracts that every connector and mapping keeps, on the seeded store."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.shopify import SPEC
from connectors.shopify.connector import Shopify
from connectors.shopify.sandbox import ShopifySandbox, seed
from hub.api import Document, Limit, Window, Write, Written
from hub.clock import World
from hub.http import open_client
from hub.testing import ConnectorContract, MappingContract

NOW = datetime(2026, 11, 21, 22, 44, tzinfo=UTC)
SETTINGS = {"shop": "sandbox", "access_token": "shpat_sandbox"}


def shop() -> ShopifySandbox:
    made = ShopifySandbox(lambda: NOW)
    seed(made, orders=40)
    return made


@cache
def sample() -> ShopifySandbox:
    return shop()


def number(gid: str) -> str:
    return gid.rsplit("/", 1)[1]


@cache
def paid_order() -> Document:
    orders = sample().store.all("Order")
    return next(
        o for o in orders if o["displayFinancialStatus"] == "PAID" and o["fulfillmentOrders"] and not o["closed"]
    )


def shipment() -> Document:
    order = paid_order()
    line = next(line for line in order["lineItems"] if line["requiresShipping"])
    parcels = [{"id": "1", "tracking_number": "JD1", "tracking_url": "https://track.test/JD1"}]
    return {
        "order_id": number(order["id"]), "number": "SH1", "status": "IN_TRANSIT", "carrier": "dhl",
        "carrier_name": "DHL", "tracking_number": "JD1", "tracking_url": "https://track.test/JD1", "parcels": parcels,
        "lines": [{"id": "1", "order_line": number(line["id"]), "quantity": "1"}],
        "shipped_at": "2026-11-20T10:00:00Z", "delivered_at": None,
    }  # fmt: skip


def tracked() -> tuple[str, Document]:
    """A parcel that was sent from the store, and news of it."""
    return number(sample().store.all("Fulfillment")[1]["id"]), {"status": "DELIVERED", "tracking_number": "JD77"}


def refund() -> Document:
    order = paid_order()
    line = {"order_line": number(order["lineItems"][0]["id"]), "quantity": "1", "restock": "NO_RESTOCK"}
    return {"orderId": number(order["id"]), "lines": [line], "note": "Damaged"}


def first(kind: str) -> Document:
    return sample().store.all(kind)[3]


def level() -> Document:
    return next(row for row in documents()["stock"] if row["available"] > 3)


def product() -> Document:
    return next(row for row in documents()["products"] if len(row["variants"]) > 3)


def priced() -> tuple[str, Document]:
    found = product()
    variants = [{**found["variants"][0], "price": "77.5"}, *found["variants"][1:]]
    return number(found["id"]), {"variants": variants}


@cache
def documents() -> Mapping[str, Sequence[Document]]:
    """Every stream as the connector reads it from the seeded store."""
    with open_client(limit=Limit(9999, 9999), world=World(), transport=httpx.MockTransport(shop())) as client:
        store = Shopify(SPEC.settings.model_validate(SETTINGS), client)
        found = {
            stream.name: [row for page in store.read(stream.name, Window()) for row in page.documents]
            for stream in SPEC.streams
            if stream.reads
        }
        (written,) = store.upsert("shipments", [Write("s1", "k", None, shipment())])
        assert isinstance(written, Written), written.error.message
        found["shipments"].append(written.document or {})
    return found


class TestShopify(ConnectorContract):
    spec = SPEC
    settings = {**SETTINGS, "page_size": 10, "lines": 40}
    sandbox = staticmethod(shop)
    public = ("notify",)
    signature_headers = ("x-shopify-hmac-sha256",)
    creates = {
        "customers": [
            {"email": "new@example.test", "firstName": "New", "tags": ["a"]},
            {"email": "newer@example.test", "addresses": [{"address1": "1 Road"}]},
        ],
        "shipments": [shipment()],
        "refunds": [refund()],
    }
    changes = {
        "customers": (number(first("Customer")["id"]), {"firstName": "Changed", "note": "kind"}),
        "orders": (number(paid_order()["id"]), {"note": "✓", "tags": ["seen"], "state": "CLOSED"}),
        "products": priced(),
        "stock": (level()["id"], {"available": 12}),
        "shipments": tracked(),
    }
    refused = {"customers": {"email": "nonsense"}}


FINANCIAL = ["AUTHORIZED", "EXPIRED", "PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "PENDING", "REFUNDED", "VOIDED"]
FULFILLMENT = [
    *("FULFILLED", "FULFILLMENT_NOT_REQUIRED", "IN_PROGRESS", "ON_HOLD", "OPEN", "PARTIALLY_FULFILLED"),
    *("PENDING_FULFILLMENT", "REQUEST_DECLINED", "RESTOCKED", "SCHEDULED", "UNFULFILLED"),
]
DISPLAYED = [
    *("ATTEMPTED_DELIVERY", "CANCELED", "CARRIER_PICKED_UP", "CONFIRMED", "DELAYED", "DELIVERED", "FAILURE"),
    *("FULFILLED", "IN_TRANSIT", "LABEL_PRINTED", "LABEL_PURCHASED", "LABEL_VOIDED", "MARKED_AS_FULFILLED"),
    *("NOT_DELIVERED", "OUT_FOR_DELIVERY", "PICKED_UP", "READY_FOR_PICKUP", "SUBMITTED"),
]


class TestShopifyMappings(MappingContract):
    spec = SPEC
    vocabulary = {
        "orders": {"payment_status": FINANCIAL, "fulfillment_status": FULFILLMENT, "status": ["OPEN", "CLOSED"]},
        "products": {"status": ["ACTIVE", "ARCHIVED", "DRAFT", "UNLISTED"]},
        "returns": {"status": ["CANCELED", "CLOSED", "DECLINED", "OPEN", "REQUESTED"]},
        "shipments": {"status": DISPLAYED},
    }

    @property
    def recorded(self) -> Mapping[str, Sequence[Document]]:
        return documents()


def test_the_readmes_example_runs_and_says_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    readme = Path(__file__).resolve().parents[3] / "connectors" / "shopify" / "README.md"
    text = readme.read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    said = re.findall(r"# (\d+)$", example, re.MULTILINE)
    assert capsys.readouterr().out.split() == said == ["201"]


def test_streams_name_the_contract(request: Any) -> None:
    assert {stream.name for stream in SPEC.streams} == documents().keys()
