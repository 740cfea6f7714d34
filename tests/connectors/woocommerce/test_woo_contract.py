"""The contracts that every connector and mapping keeps, on the seeded store and on recorded answers."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from connectors.woocommerce import SPEC
from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.sandbox import WooSandbox, seed
from connectors.woocommerce.settings import WooSettings
from hub.api import Document, Window, Write, Written
from hub.mapping.engine import Pairs
from hub.model import ENTITIES
from hub.testing import ConnectorContract, MappingContract
from hub.testing.subject import compile_shipped

NOW = datetime(2026, 11, 21, 22, 44, tzinfo=UTC)
SETTINGS = {"url": "https://shop.test", "key": "ck_sandbox", "secret": "cs_sandbox"}
ORDER_STATUSES = [
    *("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"),
    *("trash", "checkout-draft", "auto-draft"),
]


def shop() -> WooSandbox:
    made = WooSandbox(clock=lambda: NOW)
    seed(made, orders=60)
    return made


def reference(record: str) -> list[Document]:
    return [{"key": "entrepot_id", "value": record}]


@cache
def processing() -> dict[str, Any]:
    return next(row for row in shop().store.orders.values() if row["status"] == "processing" and row["line_items"])


def shipment() -> Document:
    order = processing()
    lines = [{"id": "1", "order_line": str(order["line_items"][0]["id"]), "quantity": "1"}]
    parcels = [{"id": "1", "tracking_number": "JD1", "tracking_url": "https://track.test/JD1"}]
    return {
        "order_id": str(order["id"]), "number": "SH1", "status": "in_transit", "carrier": "dhl", "carrier_name": "DHL",
        "tracking_number": "JD1", "tracking_url": "https://track.test/JD1", "parcels": parcels, "lines": lines,
        "shipped_at": "2026-11-20T10:00:00Z", "delivered_at": None,
    }  # fmt: skip


class TestWooCommerce(ConnectorContract):
    spec = SPEC
    settings = {**SETTINGS, "page_size": 20}
    sandbox = staticmethod(shop)
    signature_headers = ["x-wc-webhook-signature"]
    creates = {
        "customers": [
            {"email": "new@example.test", "first_name": "New", "meta_data": reference("record-0")},
            {"email": "newer@example.test", "meta_data": reference("record-1")},
        ],
        "shipments": [shipment()],
    }
    changes = {
        "customers": ("1", {"first_name": "Changed", "billing": {"city": "Leeds"}}),
        "stock": ("10", {"stock_quantity": 12}),
        "products": ("10", {"variations": [{"id": 10, "regular_price": "13.50", "sale_price": ""}]}),
        "orders": (str(processing()["id"]), {"status": "completed", "customer_note": "✓"}),
        "shipments": (f"{processing()['id']}:record-change", shipment()),
    }
    refused = {"customers": {"email": "nonsense"}}


@cache
def documents() -> Mapping[str, Sequence[Document]]:
    """Every stream as the connector reads it from the seeded store, and the recorded orders and customers."""
    with httpx.Client(transport=httpx.MockTransport(shop())) as client:
        woo = WooCommerce(WooSettings.model_validate(SETTINGS), client)
        found = {
            stream.name: [row for page in woo.read(stream.name, Window()) for row in page.documents]
            for stream in SPEC.streams
            if stream.reads
        }
        (written,) = woo.upsert("shipments", [Write("s1", "k", None, shipment())])
        assert isinstance(written, Written)
        found["shipments"] = [written.document or {}]
    found["orders"] = [*found["orders"][:60], *recorded_orders()]
    return found


def folder() -> Path:
    root = Path(__file__).resolve().parents[3]
    given = os.environ.get("HUB_CAPTURES")
    return (Path(given) if given else root.parent / "shared" / "captures") / "woocommerce"


def recorded_orders() -> list[Document]:
    names = ("orders_page_last", "orders_status_trash", "order_fee_and_coupon", "order_create_meta", "legacy_cpt_order")
    paths = [folder() / f"{name}.txt" for name in names]
    rows = [orjson.loads(path.read_bytes().split(b"\n\n")[-1]) for path in paths if path.exists()]
    return [order for row in rows for order in (row if isinstance(row, list) else [row])]


ITEMS = ("lines", "shipping_lines", "fees")
BY_CODEC = [f"{items}.taxes.{name}" for items in ITEMS for name in ("id", "title", "rate")]


class TestWooMappings(MappingContract):
    spec = SPEC
    vocabulary = {
        "orders": {"status": ORDER_STATUSES},
        "products": {
            "status": ["draft", "pending", "private", "publish", "future", "trash"],
            "kind": ["simple", "grouped", "external", "variable"],
        },
    }
    unrecorded = {
        "orders": [
            *BY_CODEC,
            *("taxes.id", "taxes.title", "taxes.rate", "taxes.amount", "lines.discounts", "shipping_address.email"),
            *("transactions.gateway", "transactions.amount", "transactions.reference", "transactions.at"),
        ],
        "products": ["brand"],
        "refunds": ["lines.taxes.id", "lines.taxes.title", "lines.taxes.rate", "adjustments", "shipping"],
    }  # fmt: skip

    @property
    def recorded(self) -> Mapping[str, Sequence[Document]]:
        return documents()


def test_the_readmes_example_runs_and_says_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    readme = Path(__file__).resolve().parents[3] / "connectors" / "woocommerce" / "README.md"
    text = readme.read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    said = re.findall(r"# (\d+)$", example, re.MULTILINE)
    assert capsys.readouterr().out.split() == said == ["500"]


CAPTURED_ORDERS = [
    *("orders_page_first", "orders_page_last", "orders_status_trash", "orders_guest", "orders_customer_2"),
    *("order_fee_and_coupon", "order_create_meta", "order_create_empty", "order_status_refunded_created"),
    *("err_400_line_bad_product", "legacy_cpt_order", "refund_order_after_full"),
]
CAPTURED = {
    "orders": CAPTURED_ORDERS,
    "customers": ["customers_role_all", "customers_default", "customer_single"],
    "products": ["products_modified_after", "product_html_name"],
    "stock": ["products_modified_after", "product_html_name"],
    "refunds": ["refund_list", "refund_partial_create", "refund_rest_full"],
}


@pytest.mark.parametrize(("stream", "name"), [(s, n) for s, names in CAPTURED.items() for n in names])
def test_every_recorded_answer_becomes_valid_records(capture: Any, stream: str, name: str) -> None:
    answer, mapping = capture(name).answer, compile_shipped(SPEC, stream)
    rows = answer if isinstance(answer, list) else [answer]
    assert rows
    for row in rows:
        if stream == "products":
            row = {**row, "variations": [row]}
        if stream == "refunds":
            row = {**row, "parent_id": 355, "currency": "USD", "order_taxes": []}
        record = mapping.decode(row, {}, Pairs().record)
        ENTITIES[mapping.entity].model_validate_json(orjson.dumps(record))
