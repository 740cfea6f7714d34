"""Stock: one document for each thing that is counted, a product without variations or a variation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import httpx

from connectors.woocommerce import batches, products
from connectors.woocommerce.answers import count, document, documents
from connectors.woocommerce.pages import is_short
from connectors.woocommerce.refusals import is_gone, refusal
from hub.api import ConflictError, Document, Refused, RejectedError, Window, Write, Written

KEYS = ("id", "parent_id", "type", "sku", "manage_stock", "stock_quantity", "stock_status", "date_modified_gmt")
FIELDS = {"_fields": ",".join(KEYS)}
LISTED = {"_fields": ",".join([*KEYS, "variations"])}
COUNTED_NOWHERE = ("grouped", "external")
BUNDLES = ("bundle", "composite")
"""Their stock follows from that of their parts, unless they are counted themselves."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A write made ready: the endpoint and body for it, and the level as it stands in the store."""

    write: Write
    path: str
    body: Document
    base: Document


def of_products(http: httpx.Client, rows: Sequence[Document]) -> list[Document]:
    """Give the stock documents of a page of products."""
    return [level for row in rows for level in _levels(http, row)]


def is_read_whole(http: httpx.Client, window: Window, size: int) -> bool:
    """Tell whether all levels are read: always in a sweep, and in a store of few products, since sales move no time.

    In a larger one a window holds the products that were edited in it; webhooks and sweeps tell the rest.
    """
    if window.since is None or window.resume is not None:
        return window.since is None or window.resume["before"] is None
    return is_short(count(http.get("products", params={"per_page": "1", "_fields": "id"}), "X-WP-Total"), size)


def fetch(http: httpx.Client, number: str) -> Document | None:
    """Read the stock of one product or variation, None where it is gone or not counted."""
    row = _row(http, number)
    return None if row is None or row.get("variations") or _is_uncounted(row) else _level(row)


def upsert(http: httpx.Client, writes: Sequence[Write]) -> Iterator[Written | Refused]:
    """Set quantities, in one batch for all products and one for the variations of each product.

    The store knows no compare-and-set, so levels are read right before: one that has changed since it was last seen is
    refused as a conflict, and one that stands there already is not written.
    """
    outcomes: dict[Write, Written | Refused] = {}
    places: dict[str, list[Planned]] = {}
    for write in writes:
        try:
            planned = _plan(http, write)
        except RejectedError as error:
            outcomes[write] = Refused(write, error)
        else:
            places.setdefault(planned.path, []).append(planned)
    for path, group in places.items():
        now = _now(http, path, group)
        known = {planned.write: settled for planned in group if (settled := _settled(planned, now))}
        left = [planned for planned in group if planned.write not in known]
        answers = batches.send(http, path, [("update", planned.body) for planned in left])
        outcomes |= known
        outcomes |= {p.write: _outcome(p, answer) for p, answer in zip(left, answers, strict=True)}
    for write in writes:
        yield outcomes[write]


def _levels(http: httpx.Client, row: Document) -> Iterator[Document]:
    if _is_uncounted(row):
        return
    if not row.get("variations"):
        yield _level(row)
        return
    for variation in products.variations(http, row["id"], FIELDS):
        yield _level({**variation, "parent_id": row["id"], "type": "variation"})


def _is_uncounted(row: Document) -> bool:
    return row.get("type") in COUNTED_NOWHERE or _follows_its_parts(row)


def _follows_its_parts(row: Document) -> bool:
    return row.get("type") in BUNDLES and row.get("manage_stock") is not True


def _level(row: Document) -> Document:
    return {name: row.get(name) for name in KEYS}


def _plan(http: httpx.Client, write: Write) -> Planned:
    number = write.external_id or str(write.document.get("id") or "")
    if not number.isdigit():
        hint = "Its product is not in the store yet: `hub record push PRODUCT CONNECTION`, then replay."
        raise RejectedError("a stock level needs the product or variation it belongs to", code="no_product", hint=hint)
    base = write.base or _known(http, number)
    if base is None:
        hint = "Restore it in the store, or forget it: `hub record unlink RECORD CONNECTION`."
        raise RejectedError(f"product {number} is gone from the store", code="gone", hint=hint)
    body: Document = {"id": int(number)}
    if isinstance(write.document.get("manage_stock"), bool):
        body["manage_stock"] = write.document["manage_stock"]
    if write.document.get("stock_quantity") is not None:
        body["stock_quantity"] = _whole(write.document["stock_quantity"])
        if write.external_id is None and base.get("manage_stock") is False:
            body["manage_stock"] = True
    path = f"products/{base['parent_id']}/variations" if base.get("type") == "variation" else "products"
    return Planned(write, path, body, base)


def _known(http: httpx.Client, number: str) -> Document | None:
    """Read a level that was never linked; RejectedError where its product is not counted by itself."""
    row = _row(http, number)
    if row is not None and _follows_its_parts(row):
        hint = "Push the stock of its parts, or keep bundles out of the route."
        raise RejectedError(f"product {number} is a bundle: its stock follows from its parts", code="bundle", hint=hint)
    return None if row is None or row.get("variations") or _is_uncounted(row) else _level(row)


def _row(http: httpx.Client, number: str) -> Document | None:
    try:
        return document(http.get(f"products/{number}", params=LISTED))
    except RejectedError as error:
        if is_gone(error):
            return None
        raise


def _now(http: httpx.Client, path: str, group: Sequence[Planned]) -> dict[int, Document]:
    """Read how levels stand in the store at this moment."""
    found: dict[int, Document] = {}
    for start in range(0, len(group), batches.LIMIT):
        ids = ",".join(str(planned.body["id"]) for planned in group[start : start + batches.LIMIT])
        rows = documents(http.get(path, params={**FIELDS, "include": ids, "per_page": str(batches.LIMIT)}))
        found |= {row["id"]: row for row in rows}
    return found


def _settled(planned: Planned, now: Mapping[int, Document]) -> Written | Refused | None:
    """Give the outcome of a write that need not be sent, or must not; None where it shall be."""
    row, body = now.get(planned.body["id"]), planned.body
    if row is None:
        return None
    if "stock_quantity" in body and not body.get("manage_stock", row.get("manage_stock") is True):
        return Refused(planned.write, _not_counted(row))
    if all(row.get(name) == value for name, value in body.items()):
        return Written(planned.write, str(row["id"]), row.get("date_modified_gmt"), _level({**planned.base, **row}))
    seen = planned.base.get("stock_quantity")
    if planned.write.base is None or row.get("stock_quantity") == seen:
        return None
    said = f"the store has {row.get('stock_quantity')} of {row['id']} by now, not {seen}"
    return Refused(planned.write, ConflictError(said, hint="The level is read again, then set anew."))


def _whole(quantity: object) -> int:
    try:
        number = Decimal(str(quantity))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number != number.to_integral_value():
        hint = "The store counts in whole pieces: map the unit, or round in the source."
        raise RejectedError(f"{quantity} is not a whole number of pieces", code="fraction", hint=hint)
    return int(number)


def _outcome(planned: Planned, answer: Document | RejectedError) -> Written | Refused:
    write = planned.write
    if isinstance(answer, RejectedError):
        return Refused(write, answer)
    if "error" in answer:
        return Refused(write, refusal(answer, f"the stock of {answer.get('id')}"))
    if "stock_quantity" in planned.body and answer.get("manage_stock") is not True:  # switched off a moment ago
        return Refused(write, _not_counted(answer))
    level = {**planned.base, **{name: answer[name] for name in KEYS if name in answer}}
    return Written(write, str(answer["id"]), level["date_modified_gmt"], _level(level))


def _not_counted(answer: Document) -> RejectedError:
    number = answer["id"]
    if answer.get("manage_stock") == "parent":
        hint = "Push the stock of its product instead, or let the variation be counted by itself in the store."
        return RejectedError(f"variation {number} shares the stock of its product", code="shared_stock", hint=hint)
    hint = 'Turn on "Track stock quantity" for it in the store, or push `tracked` too.'
    return RejectedError(f"the store does not count product {number}", code="not_tracked", hint=hint)
