"""Stock: one document for each inventory item at each location."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.shopify.flat import gid, number
from connectors.shopify.graph import Graph, rejected, user_errors
from connectors.shopify.pages import Kind, Reader
from hub.api import ConflictError, Document, Page, RecordError, Refused, RejectedError, Window, Write, Written

KIND = Kind(
    "InventoryItem",
    listed="stock",
    single="stock_by_id",
    page=50,
    filtered=False,
    lines=False,
    inside={"levels": "item_levels"},
)
STALE = ("CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE")
GONE = ("INVALID_LOCATION", "INVALID_INVENTORY_ITEM")
BUNDLE = "NON_MUTABLE_INVENTORY_ITEM"
REFERENCE = "entrepot://stock"


@dataclass(frozen=True, slots=True)
class Planned:
    """A write made ready: its level as it stands in the store, and the quantity to set."""

    write: Write
    level: Document
    entry: Document


def read(reader: Reader, window: Window) -> Iterator[Page]:
    """Read every level; Shopify's items do not tell when a quantity changed."""
    return reader.pages(KIND, window, lambda answer: [row for item in answer["items"] for row in levels(item)])


def fetch(reader: Reader, ids: Sequence[str]) -> Iterator[Document]:
    """Read levels by "item:location"."""
    wanted = dict.fromkeys(ids)
    items = list(dict.fromkeys(one.partition(":")[0] for one in wanted))
    for answer in reader.fetch(KIND, items):
        found = (row for item in answer["nodes"] for row in levels(item))
        yield from (row for row in found if row["id"] in wanted)


def levels(item: Document) -> Iterator[Document]:
    """Give the levels of an item, each with what is counted and with its quantities by name."""
    variant = next(iter(item["variants"]), None)
    for level in item["levels"]:
        if not level["isActive"]:
            continue
        quantities = {row["name"]: row["quantity"] for row in level["quantities"]}
        yield {
            "id": f"{number(item['id'])}:{number(level['location']['id'])}",
            "sku": item["sku"],
            "tracked": item["tracked"],
            "variant": variant,
            "location": level["location"],
            "updatedAt": level["updatedAt"],
            **quantities,
        }


def upsert(graph: Graph, reader: Reader, writes: Sequence[Write]) -> Iterator[Written | Refused]:
    """Set what is available, all in one request; what is refused spares the others."""
    outcomes: dict[Write, Written | Refused] = {}
    planned: list[Planned] = []
    known = {row["id"]: row for row in fetch(reader, [w.external_id for w in writes if w.external_id])}
    for write in writes:
        try:
            ready = _plan(graph, reader, write, known)
        except RecordError as error:
            outcomes[write] = Refused(write, error)
        else:
            planned.append(ready)
    _send(graph, planned, outcomes)
    for write in writes:
        yield outcomes[write]


def _plan(graph: Graph, reader: Reader, write: Write, known: dict[str, Document]) -> Planned:
    level = known.get(write.external_id) if write.external_id else _activate(graph, reader, write)
    if level is None:
        hint = "The location or the product is gone from the store: unlink the level, or connect the location again."
        raise RejectedError(f"the store has no level {write.external_id}", code="gone", hint=hint)
    return Planned(write, level, _entry(write, level))


def _entry(write: Write, level: Document) -> Document:
    item, _, location = level["id"].partition(":")
    wanted = write.document.get("available", level["available"])
    return {
        "inventoryItemId": gid("InventoryItem", item),
        "locationId": gid("Location", location),
        "quantity": _whole(wanted),
        "changeFromQuantity": (write.base or level)["available"],
    }


def _send(graph: Graph, planned: list[Planned], outcomes: dict[Write, Written | Refused]) -> None:
    """Send until nothing is refused: one stale entry holds up a whole request, so it is taken out of the next."""
    while planned:
        entries = [one.entry for one in planned]
        answer = graph.ask("set_stock", {"input": _input(entries), "key": _key(planned)})["inventorySetQuantities"]
        errors = user_errors(answer)
        if not errors:
            outcomes.update((one.write, _written(one)) for one in planned)
            return
        refused = _refused(planned, errors)
        outcomes.update(refused)
        planned = [one for one in planned if one.write not in refused]


def _input(entries: list[Document]) -> Document:
    return {"name": "available", "reason": "correction", "referenceDocumentUri": REFERENCE, "quantities": entries}


def _key(planned: list[Planned]) -> str:
    """Make the same key for the same writes, whatever of them was sent before in other company."""
    return hashlib.sha256("\n".join(one.write.key for one in planned).encode()).hexdigest()[:48]


def _refused(planned: list[Planned], errors: list[Document]) -> dict[Write, Written | Refused]:
    refused: dict[Write, Written | Refused] = {}
    for error in errors:
        place = _place(error.get("field") or [])
        for one in planned if place is None else planned[place : place + 1]:
            refused[one.write] = Refused(one.write, _why(one, error))
    return refused or {one.write: Refused(one.write, rejected(errors)) for one in planned}


def _place(path: Sequence[str]) -> int | None:
    return next((int(part) for part in path if part.isdigit()), None)


def _why(one: Planned, error: Document) -> RecordError:
    if error.get("code") in STALE:
        said = f"the stock changed in the store: it is not {one.entry['changeFromQuantity']} any more"
        hint = "Nothing to do: the hub reads the level again and works the quantity out anew."
        return ConflictError(said, hint=hint, context={"level": one.level["id"], "code": error["code"]})
    if error.get("code") in GONE:
        hint = "The location or the product is gone from the store: unlink the level, or connect the location again."
        return RejectedError(str(error["message"]), code="gone", hint=hint)
    if error.get("code") == BUNDLE:
        hint = "Its stock follows from its parts: leave it out of the route, or discard this."
        said = f"{one.level['sku'] or one.level['id']} is a bundle, which is not counted itself"
        return RejectedError(said, code="bundle", hint=hint)
    return rejected([error])


def _written(one: Planned) -> Written:
    """Say what stands there now; compare-and-set proves what stood there before."""
    moved = one.entry["quantity"] - one.entry["changeFromQuantity"]
    on_hand = one.level.get("on_hand")
    after = {"available": one.entry["quantity"], **({} if on_hand is None else {"on_hand": on_hand + moved})}
    return Written(one.write, one.level["id"], one.level["updatedAt"], {**one.level, **after})


def _activate(graph: Graph, reader: Reader, write: Write) -> Document | None:
    """Let an item be counted at a location where it was not yet; nothing is available there."""
    variant = number((write.document.get("variant") or {}).get("id") or "")
    location = write.document.get("location") or {}
    if not variant or not location.get("id"):
        hint = "Link the variant, and name the location's number in the table `locations`."
        raise RejectedError("a level needs its variant and its location", code="no_place", hint=hint)
    found = graph.ask("variant_item", {"id": gid("ProductVariant", variant)})["productVariant"]
    if found is None:
        raise RejectedError(f"variant {variant} is gone from the store", code="gone", hint="Unlink it.")
    item, place = found["inventoryItem"]["id"], gid("Location", location["id"])
    given: dict[str, Any] = {"inventoryItemId": item, "locationId": place, "key": f"{write.key}-on"}
    graph.mutate("activate_stock", given, repeat=True)
    return next(iter(fetch(reader, [f"{number(item)}:{number(place)}"])), None)


def _whole(quantity: Any) -> int:
    try:
        if int(quantity) == float(quantity):
            return int(quantity)
    except (TypeError, ValueError, OverflowError):
        pass
    hint = "The store counts in whole pieces: map the unit, or round in the source."
    raise RejectedError(f"{quantity} is not a whole number of pieces", code="fraction", hint=hint)
