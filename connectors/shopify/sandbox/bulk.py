"""Bulk operations: a query without pages over a whole kind, written as lines with `__parentId`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_leaf_type,
    parse,
)

from connectors.shopify.sandbox.resolve import ROOTS, SPECIAL, matches
from connectors.shopify.sandbox.store import Store
from hub.api import Document

Cut = Callable[[list[Any]], list[Any]]


class Harvest:
    """Runs one bulk query. `cut` may shorten nested lists, as Shopify sometimes does without a word."""

    def __init__(self, store: Store, schema: GraphQLSchema, text: str, cut: Cut) -> None:
        document = parse(text)
        self._store, self._schema, self._cut = store, schema, cut
        self._parts = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        operation: Any = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
        self.root: FieldNode = operation.selection_set.selections[0]
        self.objects = self.roots = 0

    def lines(self) -> Iterator[bytes]:
        """Write every line: a root, then what belongs to it."""
        arguments = {a.name.value: getattr(a.value, "value", None) for a in self.root.arguments}
        kind = ROOTS[self.root.name.value]
        rows = [row for row in self._store.all(kind) if matches(row, arguments.get("query"))]
        for row in sorted(rows, key=lambda one: str(one["updatedAt"])):
            self.roots += 1
            yield from self._written(self._inner(self.root), kind, row, None)

    def _written(self, chosen: Any, kind: str, row: Document, parent: str | None) -> Iterator[bytes]:
        self.objects += 1
        nested: list[tuple[FieldNode, str, list[Any]]] = []
        line = self._object(chosen, kind, row, nested)
        yield orjson.dumps({**line, **({"__parentId": parent} if parent else {})}) + b"\n"
        for node, inner, rows in nested:
            for one in self._cut(rows):
                yield from self._written(self._inner(node), inner, self._node(one), row["id"])

    def _object(self, chosen: Any, kind: str, row: Document, nested: list[Any]) -> Document:
        made: Document = {}
        for node, parent in self._fields(chosen, kind, row):
            name = node.name.value
            key = node.alias.value if node.alias else name
            special = SPECIAL.get((parent, name))
            args = {a.name.value: self._argument(a.value) for a in node.arguments}
            value = special(self._store, row, args) if special else row.get(name)
            inner = get_named_type(self._field_type(parent, name))
            if is_leaf_type(inner):
                made[key] = value
            elif inner.name.endswith("Connection"):
                nested.append((node, inner.name.removesuffix("Connection"), value))
            elif isinstance(value, list):
                made[key] = [self._object(node.selection_set, inner.name, self._node(one), []) for one in value]
            else:
                node_value = self._node(value)
                made[key] = node_value and self._object(node.selection_set, inner.name, node_value, [])
        return made

    def _fields(self, chosen: Any, kind: str, row: Document) -> Iterator[tuple[FieldNode, str]]:
        for node in chosen.selections:
            if isinstance(node, FieldNode):
                yield node, kind
                continue
            fragment = self._parts[node.name.value] if hasattr(node, "name") else node
            wanted = fragment.type_condition.name.value
            if wanted == kind or row.get("__typename") == wanted:
                yield from self._fields(fragment.selection_set, wanted, row)

    def _field_type(self, kind: str, name: str) -> Any:
        found: Any = self._schema.type_map[kind]
        return found.fields[name].type

    def _inner(self, node: FieldNode) -> Any:
        """Give what is asked of a connection's node."""
        edges: Any = node.selection_set.selections[0]  # type: ignore[union-attr]
        return edges.selection_set.selections[0].selection_set

    def _node(self, value: Any) -> Any:
        return self._store.get(value) if isinstance(value, str) and value.startswith("gid://") else value

    def _argument(self, value: Any) -> Any:
        values = getattr(value, "values", None)
        return [one.value for one in values] if values is not None else value.value
