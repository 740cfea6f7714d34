"""Whatever the connector can send holds against Shopify's own schema: document, variables, deprecations, keys."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLNamedType,
    GraphQLSchema,
    NoDeprecatedCustomRule,
    OperationDefinitionNode,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
    is_union_type,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.values import get_variable_values
from graphql.type.schema import GraphQLSchema as Schema

sys.path.insert(0, str(Path(__file__).parent))

from shopify_schema import BEFORE, VERSION, schema
from shopify_tour import tour

from connectors.shopify import SPEC
from connectors.shopify.check import wanted_scopes
from connectors.shopify.document import document, names
from connectors.shopify.sandbox.server import schema as own_schema
from connectors.shopify.version import VERSION as PINNED
from connectors.shopify.webhooks import TOPICS
from hub.api import Document

NEW_IN_2026_10 = (
    *("customer_by", "customers", "customers_bulk", "customers_by_id"),
    *("return_exchange_lines", "returns_by_id"),
)
"""The consent to text messages has a type of its own since then, and exchange lines say what is sent in them."""
SCOPE = re.compile(r"\bread_\w+")
KEYED = re.compile(r"idempotency key is required and must be provided")


@cache
def asked() -> Sequence[tuple[str, Document]]:
    """Every request of a tour through everything that the connector does."""
    return tour()


def operation_of(text: str) -> OperationDefinitionNode:
    return next(node for node in parse(text).definitions if isinstance(node, OperationDefinitionNode))


def faults(real: GraphQLSchema, text: str) -> list[str]:
    return [error.message for error in validate(real, parse(text), [*specified_rules, NoDeprecatedCustomRule])]


def test_the_pinned_version_is_the_one_that_is_checked() -> None:
    """T144."""
    assert PINNED == VERSION
    assert SPEC.sunset == date(2027, 10, 1)


@pytest.mark.parametrize("name", names())
def test_a_document_is_valid_and_uses_nothing_deprecated(name: str) -> None:
    assert faults(schema(), document(name)) == []


@pytest.mark.parametrize("name", [name for name in names() if name not in NEW_IN_2026_10])
def test_a_document_holds_in_the_version_before_too(name: str) -> None:
    assert faults(schema(BEFORE), document(name)) == []


def test_the_tour_sends_every_document() -> None:
    """Bulk queries are sent inside another document."""
    sent = {text for text, _ in asked()}
    inside = {variables["query"] for text, variables in asked() if text == document("run_bulk")}
    bulk = [name for name in names() if name.endswith("_bulk") and name != "run_bulk"]
    assert [name for name in names() if name not in bulk and document(name) not in sent] == []
    assert [name for name in bulk if not any(query.startswith(document(name)[:18]) for query in inside)] == []


def test_every_variable_that_is_sent_is_one_that_the_schema_takes() -> None:
    for text, variables in asked():
        operation = operation_of(text)
        result = get_variable_values(schema(), operation.variable_definitions, variables)
        assert isinstance(result, dict), f"{text[:60]}: {[error.message for error in result]}"
        assert set(variables) <= {d.variable.name.value for d in operation.variable_definitions}, text[:60]


def test_nothing_deprecated_is_sent_as_input() -> None:
    for text, variables in asked():
        operation = operation_of(text)
        for definition in operation.variable_definitions:
            inner: Any = definition.type
            while hasattr(inner, "type"):
                inner = inner.type
            given = variables.get(definition.variable.name.value)
            assert list(deprecated(schema().type_map[inner.name.value], given)) == [], text[:60]


def deprecated(kind: GraphQLNamedType, value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for one in value for name in deprecated(kind, one)]
    if not is_input_object_type(kind) or not isinstance(value, Mapping):
        return []
    found = [f"{kind.name}.{name}" for name in value if kind.fields[name].deprecation_reason]
    return found + [n for k, v in value.items() for n in deprecated(get_named_type(kind.fields[k].type), v)]


def test_bulk_queries_are_valid_once_their_window_is_in_them() -> None:
    queries = [variables["query"] for text, variables in asked() if text == document("run_bulk")]
    assert queries
    for query in queries:
        assert "%s" not in query
        assert faults(schema(), query) == []


def test_what_must_carry_a_key_carries_one() -> None:
    """Since 2026-04 some mutations need @idempotent; only their descriptions say so."""
    mutations: Any = schema().mutation_type
    keyed = {name for name, field in mutations.fields.items() if KEYED.search(field.description or "")}
    assert "inventorySetQuantities" in keyed
    for name in names():
        operation = next(
            node for node in parse(document(name)).definitions if isinstance(node, OperationDefinitionNode)
        )
        for field in operation.selection_set.selections if operation.operation.value == "mutation" else ():
            has = any(directive.name.value == "idempotent" for directive in field.directives)
            assert has is (field.name.value in keyed), name  # type: ignore[attr-defined]


def test_every_key_is_one_that_shopify_takes() -> None:
    keys = [variables["key"] for _, variables in asked() if "key" in variables]
    assert keys
    assert all(0 < len(key) <= 255 for key in keys)


def test_every_topic_can_be_subscribed_to() -> None:
    kind: Any = schema().type_map["WebhookSubscriptionTopic"]
    assert [topic for topic in TOPICS if topic not in kind.values] == []


def test_each_topic_needs_a_scope_that_is_asked_for() -> None:
    """T142: the descriptions of topics say which; any of those that one names will do."""
    kind: Any = schema().type_map["WebhookSubscriptionTopic"]
    needed = {topic: set(SCOPE.findall(kind.values[topic].description)) for topic in TOPICS}
    assert needed["DISPUTES_CREATE"] == {"read_shopify_payments_disputes"}
    asked = set(wanted_scopes(SPEC.settings.model_validate({"shop": "acme", "access_token": "t", "writes": False})))
    assert [topic for topic, scopes in needed.items() if scopes and not scopes & asked] == []


def test_the_sandboxs_schema_is_a_part_of_the_real_one() -> None:
    own, real = own_schema(), schema()
    assert list(differences(own, real)) == []


def differences(own: Schema, real: Schema) -> list[str]:
    found = []
    for name, kind in own.type_map.items():
        if name.startswith("__"):
            continue
        theirs: Any = real.type_map.get(name)
        if theirs is None or type(theirs) is not type(kind):
            found.append(f"{name} is not there")
        elif is_enum_type(kind):
            found += [f"{name}.{value}" for value in kind.values if value not in theirs.values]
        elif is_union_type(kind):
            found += [f"{name}: {one}" for one in kind.types if one.name not in {t.name for t in theirs.types}]
        elif is_object_type(kind) or is_interface_type(kind):
            found += [f"{name}.{f}" for f in kind.fields if not same_field(kind.fields[f], theirs.fields.get(f))]
        elif is_input_object_type(kind):
            found += [f"{name}.{f}" for f in kind.fields if not same_type(kind.fields[f], theirs.fields.get(f))]
    return found


def same_field(mine: Any, theirs: Any) -> bool:
    """Nothing that the real one asks for may be missing, and nothing may be there that it does not know."""
    if not same_type(mine, theirs):
        return False
    known = all(same_type(argument, theirs.args.get(name)) for name, argument in mine.args.items())
    needed = [name for name, arg in theirs.args.items() if str(arg.type).endswith("!") and not has_default(arg)]
    return known and all(name in mine.args for name in needed)


def has_default(argument: Any) -> bool:
    return argument.default_value is not None and str(argument.default_value) != "Undefined"


def same_type(mine: Any, theirs: Any) -> bool:
    return theirs is not None and str(mine.type) == str(theirs.type)
