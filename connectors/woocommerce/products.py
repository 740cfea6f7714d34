"""Products with their variations inside; a product without variations counts as its own and only one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx

from connectors.woocommerce.answers import count, document, documents
from connectors.woocommerce.pages import Params
from connectors.woocommerce.refusals import is_gone
from hub.api import Document, RejectedError


def with_variations(http: httpx.Client, products: Sequence[Document]) -> list[Document]:
    """Put the variations of each product into it as `variations`; the store lists only their ids there."""
    return [{**product, "variations": _inside(http, product)} for product in products]


def fetch(http: httpx.Client, product_id: str) -> Document | None:
    """Read one product with its variations, None where it is gone; of a variation's id the product that has it."""
    try:
        product = document(http.get(f"products/{product_id}"))
    except RejectedError as error:
        if is_gone(error):
            return None
        raise
    if product.get("type") == "variation":
        return fetch(http, str(product["parent_id"]))
    return with_variations(http, [product])[0]


def variations(http: httpx.Client, product_id: object, params: Params) -> Iterator[Document]:
    """Read all variations of a product, the last page first as everywhere."""
    path = f"products/{product_id}/variations"
    asked = {**params, "per_page": "100", "orderby": "id", "order": "asc"}
    answer = http.get(path, params={**asked, "page": "1"})
    first, last = documents(answer), count(answer, "X-WP-TotalPages")
    for page in range(last, 1, -1):
        yield from documents(http.get(path, params={**asked, "page": str(page)}))
    yield from first


def _inside(http: httpx.Client, product: Document) -> list[Document]:
    if not product.get("variations"):
        return [product]
    found = {row["id"]: {**row, "parent_id": product["id"]} for row in variations(http, product["id"], {})}
    return [found[number] for number in sorted(found)]
