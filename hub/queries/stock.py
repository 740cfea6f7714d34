"""Why a shop is told that so much may be sold: the sum behind each level, and what it was told last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from hub.clock import utc_parse
from hub.connector import Entity
from hub.errors import ConfigError
from hub.store import links, records, runs, settings
from hub.store.database import Database, Transaction
from hub.store.links import LinkRow, LinkState
from hub.store.records import RecordRow
from hub.sync.agreeing.available import FIELD, Promise, Sale, of_variants, promises
from hub.sync.agreeing.shadow import older_versions, unfold
from hub.sync.routing import Leg, legs

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SaleView:
    """A sale that the source does not know of yet; `written`: it has the order, but its stock was not read since."""

    order: str
    number: str
    connection: str
    pieces: Decimal
    written: bool


@dataclass(frozen=True, slots=True)
class StockView:
    """One level on its way from a source to a shop: the sum, and what the shop was told last.

    `taken` is what of the sales this location bears; `level` what may be sold. `shown` is what the shop said last;
    `sold` tells whether it has the item at all: one that has not is told nothing.
    """

    record: str
    sku: str
    title: str
    location: str | None
    source: str
    figure: Decimal
    told_at: datetime | None
    sales: tuple[SaleView, ...]
    taken: Decimal
    buffer: int
    level: Decimal
    target: str
    stream: str
    external_id: str | None
    shown: Decimal | None
    pushed_at: datetime | None
    sold: bool


def explain(database: Database, text: str) -> list[StockView]:
    """Explain the stock of a SKU, barcode or variant wherever it goes; ConfigError where it goes nowhere."""
    if not text.strip():
        raise ConfigError("nothing is named to look for", hint="Name a SKU, a barcode or a variant's id.")
    with database.read() as tx:
        found = list(_views(tx, text))
        if found:
            return found
        known = any(True for _ in _variants(tx, text))
    if not known:
        raise ConfigError(
            f"no product has the SKU {text}",
            hint="Look for its barcode or its id: `hub record search`.",
        )
    raise ConfigError(
        f"the stock of {text} goes nowhere",
        hint='It needs a route with entity = "inventory", and a level of it that was read from the source.',
    )


def _views(tx: Transaction, text: str) -> Iterator[StockView]:
    for product, variant in _variants(tx, text):
        all_legs = legs(settings.routes(tx, product.merchant))
        current = records.by_ids(tx, sorted(of_variants(tx, product.merchant, [variant["id"]]).values()))
        linked = links.of_records(tx, list(current))
        for leg in (leg for leg in all_legs if leg.route.entity == Entity.INVENTORY):
            told = {i: leg for i, rows in linked.items() if leg.source in {row.connection for row in rows}}
            for record_id, promise in promises(tx, all_legs, told, current).items():
                yield _view(tx, (product, variant), leg, promise, current[record_id], linked[record_id])


def _variants(tx: Transaction, text: str) -> Iterator[tuple[RecordRow, Data]]:
    for row in records.search(tx, text):
        if row.entity == Entity.PRODUCT:
            for variant in orjson.loads(row.data).get("variants") or ():
                if text in (variant.get("sku"), variant.get("barcode"), variant["id"]):
                    yield row, variant


def _view(
    tx: Transaction,
    sold: tuple[RecordRow, Data],
    leg: Leg,
    promise: Promise,
    record: RecordRow,
    linked: Sequence[LinkRow],
) -> StockView:
    product, variant = sold
    source = _link(linked, leg.source, leg.source_stream)
    target = _link(linked, leg.target, leg.target_stream)
    said = unfold(target, record, older_versions(tx, [target] if target else [], {record.id: record}))[1]
    return StockView(
        record.id,
        str(variant.get("sku") or variant["id"]),
        str(variant.get("title") or orjson.loads(product.data).get("name") or ""),
        promise.place.location,
        leg.source,
        promise.place.figure,
        utc_parse(source.seen_at) if source and source.seen_at else None,
        tuple(_sale(sale, pieces) for sale, pieces in promise.sales),
        promise.taken,
        promise.buffer,
        promise.level,
        leg.target,
        leg.target_stream,
        target.external_id if target else None,
        Decimal(str(said[FIELD])) if said.get(FIELD) is not None else None,
        _pushed_at(tx, leg, record.id),
        leg.target in _sellers(tx, product.id, variant["id"]),
    )


def _sellers(tx: Transaction, product: str, variant: str) -> set[str]:
    """Name the connections that have a variant; of its product, where no system has an id for the variant."""
    linked = links.of_records(tx, [product, variant])
    there = linked.get(variant) or linked.get(product, [])
    return {link.connection for link in there if link.state != LinkState.GONE}


def _link(linked: Iterable[LinkRow], connection: str, stream: str) -> LinkRow | None:
    return next((x for x in linked if (x.connection, x.stream) == (connection, stream)), None)


def _sale(sale: Sale, pieces: Decimal) -> SaleView:
    return SaleView(sale.order, sale.number, sale.connection, pieces, sale.answered is not None)


def _pushed_at(tx: Transaction, leg: Leg, record_id: str) -> datetime | None:
    written = runs.events(tx, record=record_id, kind="written")
    at = [one.at for one in written if (one.connection, one.stream) == (leg.target, leg.target_stream)]
    return utc_parse(at[-1]) if at else None
