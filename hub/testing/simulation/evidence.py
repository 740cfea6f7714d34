"""What a verdict rests on: the records by the thing they stand for, their links, and the open problems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from hub.store import links, problems, records
from hub.store.links import LinkRow
from hub.store.problems import Problem
from hub.testing.simulation.dialect import Document
from hub.testing.simulation.people import TOKENS
from hub.testing.simulation.town import Town

ENTITIES = {"customers": "customer", "orders": "order", "shipments": "shipment"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The hub's side of the story. `known` gives the records of each thing: one, if all is well."""

    town: Town
    known: Mapping[str, list[str]]
    data: Mapping[str, dict[str, Any]]
    linked: Mapping[str, list[LinkRow]]
    problems: list[Problem]
    closed: list[Problem]

    def record(self, thing: str) -> str | None:
        """Give the record of a thing, if the hub knows it."""
        return next(iter(self.known.get(thing, ())), None)

    def excused(self, record: str | None) -> bool:
        """Tell whether an open problem is about a record, or about one that it refers to."""
        if record is None:
            return False
        subjects = {problem.subject for problem in self.problems}
        mine = {record, *(link.external_id for link in self.linked.get(record, ()))}
        data = self.data.get(record, {})
        return bool(mine & subjects) or any(
            self.excused(data[name]) for name in ("customer", "order") if data.get(name)
        )

    def copies(self, system: str, stream: str, thing: str) -> list[Document]:
        """Find every copy of a thing in a system."""
        rows = self.town.remotes[system].tables.get(stream, {}).values()
        return [row for row in rows if row.get(TOKENS[stream]) == thing]


def gather(town: Town) -> Evidence:
    """Read what the hub knows."""
    known: dict[str, list[str]] = defaultdict(list)
    data: dict[str, dict[str, Any]] = {}
    with town.database.read() as tx:
        for stream, entity in ENTITIES.items():
            for row in records.of_entity(tx, entity):
                data[row.id] = orjson.loads(row.data)
                known[data[row.id].get(FIELDS[stream]) or ""].append(row.id)
        linked = links.of_records(tx, list(data))
        return Evidence(town, known, data, linked, problems.listing(tx), problems.listing(tx, state="closed"))


FIELDS = {"customers": "company", "orders": "purchase_order", "shipments": "number"}
