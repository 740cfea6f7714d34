"""Products with their variants, and the prices of variants out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.shopify.flat import gid, number
from connectors.shopify.graph import Graph
from connectors.shopify.pages import Kind, Reader
from hub.api import UNDONE, Document, Page, RecordError, Refused, RejectedError, Window, Write, Written

KIND = Kind(
    "Product",
    listed="products",
    single="products_by_id",
    page=10,
    inside={"variants": "product_variants"},
    finish=lambda answer, product: of_shop(answer, [product])[0],
)
PRICES = ("price", "compareAtPrice")


def read(reader: Reader, window: Window) -> Iterator[Page]:
    """Read products with all their variants."""
    return reader.pages(KIND, window, lambda answer: of_shop(answer, answer["items"]))


def fetch(reader: Reader, ids: list[str]) -> Iterator[Document]:
    """Read products by id."""
    for answer in reader.fetch(KIND, ids):
        yield from of_shop(answer, answer["nodes"])


def of_shop(answer: Any, rows: list[Document]) -> list[Document]:
    """Give products the currency that their prices are in."""
    return [{**row, "currencyCode": answer["shop"]["currencyCode"]} for row in rows]


def upsert(graph: Graph, reader: Reader, writes: Sequence[Write]) -> Iterator[Written | Refused]:
    """Set the prices of variants; the rest of a product is the store's own."""
    for write in writes:
        try:
            yield _set_prices(graph, reader, write)
        except RecordError as error:
            yield Refused(write, error)


def _set_prices(graph: Graph, reader: Reader, write: Write) -> Written:
    if write.external_id is None:
        hint = "Make the product in the store; the hub recognizes its variants by SKU."
        raise RejectedError("products are made in the store only", code="no_create", hint=hint)
    product = gid("Product", write.external_id)
    changed = _changed(write)
    if changed:
        graph.mutate("set_prices", {"productId": product, "variants": changed}, repeat=UNDONE)
    document = next(iter(fetch(reader, [write.external_id])), None)
    if document is None:
        raise RejectedError(f"product {write.external_id} is gone from the store", code="gone", hint="Unlink it.")
    return Written(write, write.external_id, document["updatedAt"], document)


def _changed(write: Write) -> list[Document]:
    before = {number(row["id"]): row for row in (write.base or {}).get("variants") or ()}
    changed = []
    for row in write.document.get("variants") or ():
        old = before.get(number(row["id"]), {})
        prices = {name: row[name] for name in PRICES if name in row and row[name] != old.get(name)}
        if prices:
            changed.append({"id": gid("ProductVariant", str(row["id"])), **prices})
    return changed
