"""Derives how much may be sold: what the source has, less every sale that it has not posted yet, less the buffer.

A sale is posted once the source has answered the write of its order and its stock has been read after that. Nothing of
this is stored: it follows from the orders, their links and the last figures, so that it cannot go astray.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from hub.connector import Entity, Lane
from hub.store import checkpoints, links, outbox, problems, records
from hub.store.database import Transaction
from hub.store.links import LinkRow, LinkState
from hub.store.records import RecordRow
from hub.sync.agreeing.level import STREAM as LEVELS
from hub.sync.agreeing.level import shelf
from hub.sync.agreeing.shadow import older_versions, unfold
from hub.sync.routing import Leg, barred

Data = dict[str, Any]
FIELD = "available"
ZERO = Decimal(0)
TAKES_NOTHING = frozenset({"draft", "pending", "cancelled", "refunded", "failed", "trashed"})


@dataclass(frozen=True, slots=True)
class Sale:
    """The pieces of a variant that an order takes, and those that the source was `told` of with its last write.

    `answered` numbers the answer to that write; None: the source does not have the order.
    """

    order: str
    number: str
    connection: str
    pieces: Decimal
    told: Decimal
    answered: int | None

    def unknown_at(self, read: int) -> Decimal:
        """Tell how many pieces a figure of the source that was read then does not know of."""
        if self.answered is None or self.answered >= read:
            return self.pieces
        return max(ZERO, self.pieces - self.told)


@dataclass(frozen=True, slots=True)
class Place:
    """What the source has of a variant at one location, and the number of the request that told it."""

    record: str
    location: str | None
    figure: Decimal
    read: int


@dataclass(frozen=True, slots=True)
class Promise:
    """The sum behind one level: the source's figure, the sales that it does not know of, and the buffer.

    `taken` is what of these sales this location bears: they are taken off one location after the other.
    """

    place: Place
    sales: tuple[tuple[Sale, Decimal], ...]
    taken: Decimal
    buffer: int

    @property
    def level(self) -> Decimal:
        """How much may be offered; never less than nothing."""
        return max(ZERO, self.place.figure - self.taken - self.buffer)


@dataclass(frozen=True, slots=True)
class Source:
    """A connection that says how much there is, with what it does not know of yet, by variant."""

    name: str
    stream: str
    read: int
    sales: Mapping[str, Sequence[Sale]]


def promises(
    tx: Transaction, legs: Sequence[Leg], stock: Mapping[str, Leg], current: Mapping[str, RecordRow]
) -> dict[str, Promise]:
    """Work out the sums of levels by record id; `stock` says by which leg each of them travels."""
    found: dict[str, Promise] = {}
    sources = {leg.source: leg for leg in stock.values()}
    for name, leg in sources.items():
        mine = {i: current[i] for i, one in stock.items() if one.source == name and i in current}
        source = _source(tx, legs, name, leg.source_stream)
        places = _places(tx, source, mine)
        for record_id, row in mine.items():
            if record_id in places:
                others = _siblings(tx, source, row, places[record_id])
                found[record_id] = _promise(source, row, places[record_id], others, stock[record_id].route.buffer)
    return found


def owe_levels(
    tx: Transaction, legs: Sequence[Leg], merchant: str, orders: Iterable[Data]
) -> list[tuple[str, str, str]]:
    """List what is owed because orders came or changed: the levels of what they sell, to every shop."""
    stock = [leg for leg in legs if leg.route.entity == Entity.INVENTORY]
    if not stock:
        return []
    variants = {line["variant"] for order in orders for line in order.get("lines") or () if line.get("variant")}
    found = of_variants(tx, merchant, variants)
    return [(leg.target, leg.target_stream, record_id) for leg in stock for record_id in found.values()]


def owe_settled(
    tx: Transaction, legs: Sequence[Leg], merchant: str, source: str, since: int, until: int
) -> list[tuple[str, str, str]]:
    """List what is owed because the stock of a source was read to its end: it knows of the orders written before."""
    if not any(leg.route.entity == Entity.INVENTORY and leg.source == source for leg in legs):
        return []
    written = [i for stream in _order_streams(legs, source) for i in links.written(tx, source, stream, since, until)]
    rows = records.by_ids(tx, written)
    return owe_levels(tx, legs, merchant, (orjson.loads(row.data) for row in rows.values()))


def text(level: Decimal) -> str:
    """Write a level as canonical records do."""
    return format(level.normalize(), "f")


def _source(tx: Transaction, legs: Sequence[Leg], name: str, stream: str) -> Source:
    read = checkpoints.get(tx, name, stream, Lane.LIVE).asked
    rows: dict[str, list[Sale]] = {}
    for order_stream in _order_streams(legs, name):
        for variant, sale in _sales(tx, legs, name, order_stream, read):
            rows.setdefault(variant, []).append(sale)
    return Source(name, stream, read, rows)


def _order_streams(legs: Sequence[Leg], source: str) -> list[str]:
    return sorted({leg.target_stream for leg in legs if leg.target == source and leg.route.entity == Entity.ORDER})


def _sales(tx: Transaction, legs: Sequence[Leg], source: str, stream: str, read: int) -> Iterable[tuple[str, Sale]]:
    """Go through the orders that a source may not know of yet: not written, refused, or written since it was read."""
    ids = {*outbox.records(tx, source, stream), *problems.subjects(tx, source, stream, "push")}
    ids |= set(links.written(tx, source, stream, read, None))
    current = records.by_ids(tx, sorted(ids))
    linked = links.of_records(tx, list(current))
    mine = {
        i: link for i, rows in linked.items() for link in rows if (link.connection, link.stream) == (source, stream)
    }
    older = older_versions(tx, mine.values(), current)
    for record_id, row in sorted(current.items()):
        data, link = orjson.loads(row.data), mine.get(record_id)
        if row.entity != Entity.ORDER or not _goes(legs, source, stream, row, data, link, linked.get(record_id, ())):
            continue
        known = link is not None and link.state == LinkState.ACTIVE and link.version > 0
        told = _pieces(unfold(link, row, older)[0]) if known else {}
        seller = next((other.connection for other in linked.get(record_id, ()) if other.connection != source), "")
        for variant, pieces in _pieces(data).items():
            answered = link.answered if known and link else None
            yield variant, Sale(record_id, row.number or record_id, seller, pieces, told.get(variant, ZERO), answered)


def _goes(
    legs: Sequence[Leg],
    source: str,
    stream: str,
    row: RecordRow,
    data: Data,
    link: LinkRow | None,
    linked: Sequence[LinkRow],
) -> bool:
    """Tell whether an order is one that the source has or shall have: others are none of its business."""
    if link is not None and link.version > 0:
        return True
    sellers = {other.connection for other in linked}
    fitting = [leg for leg in legs if (leg.target, leg.target_stream) == (source, stream) and leg.source in sellers]
    return any(barred(leg, data, row.occurred_at, exists=False) is None for leg in fitting)


def _pieces(order: Data) -> dict[str, Decimal]:
    """Count what an order takes of each variant, as it stands after edits."""
    found: dict[str, Decimal] = {}
    if order.get("status") in TAKES_NOTHING:
        return found
    for line in order.get("lines") or ():
        if line.get("variant"):
            left = line["current_quantity"] if line.get("current_quantity") is not None else line["quantity"]
            found[line["variant"]] = found.get(line["variant"], ZERO) + Decimal(str(left))
    return found


def _places(tx: Transaction, source: Source, levels: Mapping[str, RecordRow]) -> dict[str, Place]:
    """Read the source's figures from what it last said itself: the record may hold what others said."""
    linked = links.of_records(tx, list(levels))
    mine = [x for rows in linked.values() for x in rows if (x.connection, x.stream) == (source.name, source.stream)]
    older = older_versions(tx, mine, levels)
    found = {}
    for link in mine:
        said = unfold(link, levels[link.record], older)[1]
        figure = _figure(said)
        if figure is not None and link.state == LinkState.ACTIVE:
            read = max(link.asked, source.read)
            found[link.record] = Place(link.record, said.get("location"), figure, read)
    return found


def _figure(said: Data) -> Decimal | None:
    if said.get(FIELD) is not None:
        return Decimal(str(said[FIELD]))
    if said.get("on_hand") is None:
        return None
    return Decimal(str(said["on_hand"])) - Decimal(str(said.get("reserved") or 0))


def _siblings(tx: Transaction, source: Source, row: RecordRow, place: Place) -> list[Place]:
    """List the source's places of a variant in the order in which sales are taken off them; alone, if none was sold."""
    variant = orjson.loads(row.data)["variant"]
    if variant not in source.sales:
        return [place]
    ids = of_variants(tx, row.merchant, [variant]).values()
    found = {**_places(tx, source, records.by_ids(tx, sorted(ids))), place.record: place}
    return sorted(found.values(), key=lambda one: (one.location is not None, one.location or "", one.record))


def _promise(source: Source, row: RecordRow, place: Place, places: Sequence[Place], buffer: int) -> Promise:
    sales = source.sales.get(orjson.loads(row.data)["variant"], ())
    counted = [(sale, sale.unknown_at(place.read)) for sale in sales]
    left, taken = sum((pieces for _, pieces in counted), ZERO), ZERO
    for one in places:
        here = min(left, max(ZERO, one.figure))
        taken, left = here if one.record == place.record else taken, left - here
    if places[0].record == place.record:
        taken += left  # more was sold than there is
    return Promise(place, tuple((sale, pieces) for sale, pieces in counted if pieces), taken, buffer)


def of_variants(tx: Transaction, merchant: str, variants: Collection[str]) -> dict[str, str]:
    """Find the levels of variants: "variant@location" -> record id."""
    return links.beginning(tx, shelf(merchant), LEVELS, [f"{variant}@" for variant in sorted(variants)])
