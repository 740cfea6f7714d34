"""Counts what a query costs and keeps the bucket: an object is 1, a connection 2 and more the more is asked of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

MUTATION = 10
MOST = 1000
"""What a single query may cost."""


@dataclass
class Bucket:
    """Points that an app may spend in a shop: they come back with time."""

    clock: Callable[[], datetime]
    size: float = 2000
    per_second: float = 100
    held: float | None = None
    at: datetime | None = None

    def level(self) -> float:
        """Tell how many points there are now."""
        now = self.clock()
        if self.held is None or self.at is None:
            self.held = self.size
        else:
            self.held = min(self.size, self.held + (now - self.at).total_seconds() * self.per_second)
        self.at = now
        return self.held

    def spend(self, points: float) -> None:
        """Take points out."""
        self.held = self.level() - points

    def status(self) -> dict[str, float]:
        """Say how it stands, as answers do."""
        held = math.floor(self.level())
        return {"maximumAvailable": self.size, "currentlyAvailable": held, "restoreRate": self.per_second}


class Count:
    """Counts one operation: with data as it came, without it as it was asked for."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any]) -> None:
        self._schema = schema
        self._variables = variables
        self._parts = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))

    def cost(self, data: Any = None) -> int:
        """Give the points."""
        kind = self._schema.get_root_type(self._operation.operation)
        assert kind is not None
        base = MUTATION if self._operation.operation.value == "mutation" else 0
        return math.ceil(base + self._selection(self._operation.selection_set, kind, data))

    def _selection(self, chosen: SelectionSetNode | None, kind: GraphQLNamedType, data: Any) -> float:
        if chosen is None:
            return 0
        return sum(self._field(node, parent, data) for node, parent in self._fields(chosen, kind))

    def _fields(self, chosen: SelectionSetNode, kind: GraphQLNamedType) -> Iterator[tuple[FieldNode, GraphQLNamedType]]:
        for node in chosen.selections:
            if isinstance(node, FieldNode):
                if not node.name.value.startswith("__"):
                    yield node, kind
                continue
            fragment: Any = node if isinstance(node, InlineFragmentNode) else self._parts[node.name.value]  # type: ignore[attr-defined]
            inner = self._schema.type_map[fragment.type_condition.name.value]
            yield from self._fields(fragment.selection_set, inner)

    def _field(self, node: FieldNode, parent: Any, data: Any) -> float:
        kind = get_named_type(parent.fields[node.name.value].type)
        if is_leaf_type(kind) or node.name.value in ("pageInfo", "userErrors"):
            return 0
        key = node.alias.value if node.alias else node.name.value
        inner = data.get(key) if isinstance(data, dict) else None
        if data is not None and inner is None:
            return 0
        if node.name.value in ("nodes", "edges", "node") and parent.name.endswith(("Connection", "Edge")):
            rows = inner if isinstance(inner, list) else [inner]
            return max((self._selection(node.selection_set, kind, row) for row in rows), default=0) + 1
        if kind.name.endswith("Connection"):
            return 2 + self._times(node, inner) * self._selection(node.selection_set, kind, inner)
        if isinstance(inner, list):
            return sum(1 + self._selection(node.selection_set, kind, row) for row in inner if row)
        return self._times(node, inner) * (1 + self._selection(node.selection_set, kind, inner))

    def _times(self, node: FieldNode, inner: Any) -> float:
        rows = (inner or {}).get("nodes") or (inner or {}).get("edges") if isinstance(inner, dict) else None
        asked = len(rows) if rows is not None else self._first(node)
        return 1 + math.log2(asked) if asked else 0

    def _first(self, node: FieldNode) -> int:
        value: Any = next((a.value for a in node.arguments if a.name.value in ("first", "ids")), None)
        if value is None:
            return 1
        asked = self._variables[value.name.value] if isinstance(value, VariableNode) else value.value
        return len(asked) if isinstance(asked, list) else int(asked)
