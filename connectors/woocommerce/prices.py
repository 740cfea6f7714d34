"""Prices: the one thing of a product that the hub writes, for products and for each of their variations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx

from connectors.woocommerce import batches
from connectors.woocommerce.refusals import refusal
from hub.api import Document, Refused, RejectedError, Write, Written

WRITTEN = ("regular_price", "sale_price")


def upsert(http: httpx.Client, writes: Sequence[Write]) -> Iterator[Written | Refused]:
    """Set prices, in one batch for all simple products and one for the variations of each other one."""
    refused: dict[Write, RejectedError] = {}
    places: dict[str, list[tuple[Write, Document]]] = {}
    for write in writes:
        if write.external_id is None:
            refused[write] = _no_create()
            continue
        for path, body in _changes(write.external_id, write):
            places.setdefault(path, []).append((write, body))
    for path, group in places.items():
        answers = batches.send(http, path, [("update", body) for _, body in group])
        for (write, _), answer in zip(group, answers, strict=True):
            if (error := _error(write, answer)) is not None:
                refused.setdefault(write, error)
    for write in writes:
        yield Refused(write, refused[write]) if write in refused else Written(write, write.external_id or "")


def _changes(product_id: str, write: Write) -> Iterator[tuple[str, Document]]:
    """List the prices that differ from the last ones seen, each with the place where it is set."""
    known = {str(row["id"]): row for row in (write.base or {}).get("variations") or []}
    for row in write.document.get("variations") or []:
        number = str(row["id"])
        wanted = {name: row[name] for name in WRITTEN if name in row}
        if all(known.get(number, {}).get(name) == value for name, value in wanted.items()):
            continue
        place = "products" if number == product_id else f"products/{product_id}/variations"
        yield place, {"id": int(number), **wanted}


def _error(write: Write, answer: Document | RejectedError) -> RejectedError | None:
    if isinstance(answer, RejectedError):
        return answer
    return refusal(answer, f"a price of product {write.external_id}") if "error" in answer else None


def _no_create() -> RejectedError:
    return RejectedError(
        "the hub makes no products in WooCommerce, it only sets their prices",
        code="no_create",
        hint="Create the product in the store; it is matched by its SKU. Or keep such products out of the route.",
    )
