"""Sees variants that a shop can sell and the system that gets its orders does not know, before the first order fails.

Where a route carries products there, they come by themselves, and a write that fails is a problem of its own. Where
none does, because its articles are kept by people, somebody has to make the variant there or link it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from hub.clock import utc_parse
from hub.connector import Entity
from hub.errors import LinkMissingError
from hub.store import links, problems, records
from hub.store.database import Transaction
from hub.store.links import LinkRow, LinkState
from hub.store.problems import Place, ProblemKind
from hub.sync.agreeing.change import Changes

Data = dict[str, Any]
Linked = Mapping[str, Sequence[LinkRow]]


def note_unmapped(changes: Changes, tx: Transaction) -> None:
    """Open a problem for each product of a batch that has unmapped variants, and close it when all are mapped."""
    pairs = list(_pairs(changes)) if changes.stream.entity is Entity.PRODUCT else []
    touched = {link.record for link in changes.links} if pairs else set()
    if not touched:
        return
    products = {i: _variants(row.data) for i, row in records.by_ids(tx, sorted(touched)).items()}
    linked = links.of_records(tx, [*products, *(i for variants in products.values() for i in variants)])
    for source, target in pairs:
        for product, variants in products.items():
            stream = _stream(linked.get(product, ()), target)
            if stream and _stream(linked.get(product, ()), source):
                missing = [sku for i, sku in variants.items() if _is_unmapped(linked.get(i, ()), source, target)]
                _tell(changes, tx, Place(changes.session.merchant, target, stream, "push", product), missing)


def _pairs(changes: Changes) -> Iterator[tuple[str, str]]:
    """Name who sells to whom without its products going there, where the batch is of one of the two."""
    legs = [leg for leg in changes.session.legs if leg.source == leg.route.source]
    carried = {(leg.source, leg.target) for leg in legs if leg.route.entity == Entity.PRODUCT}
    sold = {(leg.source, leg.target) for leg in legs if leg.route.entity == Entity.ORDER}
    return (pair for pair in sorted(sold - carried) if changes.session.name in pair)


def _variants(data: str | bytes) -> dict[str, str]:
    """Give the variants of a product by id, each by what people know it by."""
    product: Data = orjson.loads(data)
    rows = (row for row in product.get("variants") or () if row.get("id"))
    return {row["id"]: row.get("sku") or row.get("title") or row["id"] for row in rows}


def _stream(linked: Sequence[LinkRow], connection: str) -> str | None:
    found = (link for link in linked if link.connection == connection and link.state == LinkState.ACTIVE)
    return next((link.stream for link in found), None)


def _is_unmapped(linked: Sequence[LinkRow], source: str, target: str) -> bool:
    there = {link.connection for link in linked if link.state != LinkState.GONE}
    return source in there and target not in there


def _tell(changes: Changes, tx: Transaction, place: Place, missing: Sequence[str]) -> None:
    now = utc_parse(changes.now)
    if not missing:
        note = "Every variant is known there."
        problems.close(tx, place.connection, place.stream, place.direction, [place.subject], note=note, now=now)
        return
    error = LinkMissingError(
        f"{place.connection} has no variant for {', '.join(missing)}: orders of it will wait.",
        stream=place.stream,
        record_id=place.subject,
        hint="Make it there under the same SKU, and sync; or let a route carry products there.",
    )
    problem_id = changes.session.hub.world.new_id()
    problems.report(tx, place, error, problem_id=problem_id, now=now, kind=ProblemKind.REPAIR, run=changes.run)
