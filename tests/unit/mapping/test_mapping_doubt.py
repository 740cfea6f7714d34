"""A record about which decoding leaves no doubt is one that the model accepts; of usual documents there is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from order_shape import order
from pydantic import ValidationError

from hub.connector import Codec
from hub.errors import RecordError
from hub.mapping.codecs import make_codecs
from hub.mapping.engine import Compiled, Pairs, compile_mapping
from hub.mapping.schema import load_mapping
from hub.model import ENTITIES, Order

REQUIRED = "  number: {in: n, as: text}\n  status: {in: s, values: {open: [new]}}\n  currency: c\n  total: t\n"
USUAL = {"n": 7, "s": "new", "c": "EUR", "t": "9.00"}
ODD: list[Any] = [
    *(None, True, 0, -3, 7.25, 1e300, "", " ", "x", "1.5", "1e3", "-0.00", "NaN", "٣", "1\n", "EUR", "DE", "new"),
    *("2026-02-29T00:00:00", "2026-01-01T00:00:00", "2026-W01-1T00:00:00", "2026-01-01T0000:00.0", "0001-01-01"),
    *("2026-01-01T00:00:00\n", "2026-01-01T24:00:00", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+02:00", "fee"),
    *([], {}, ["x"], [1], [None], [{}], {"a": "x"}, [{"key": "k"}], [{"key": 5}], [{"key": "k", "value": None}]),
]
FIELDS = [
    *("note: v", "channel: {in: v, as: html}", 'note: {in: v, empty: ""}', "note: {in: v, default: none}"),
    *("prices_include_tax: v", "prices_include_tax: {in: v, as: boolean}", "test: {in: v, values: {true: [1]}}"),
    *("kind: v", "kind: {in: v, values: {online: [new], pos: [x]}}", "kind: {in: v, as: given}"),
    *("tax_total: v", "tax_total: {in: v, as: decimal}", "tax_total: {in: v, as: negate}", "placed_at: v"),
    *("placed_at: {in: v, as: utc}", "customer: {in: v, link: customers}", "channel: {in: v, table: carriers}"),
    *("tags: v", "attributes: {in: v, as: given}", "attributes: {in: v, each: attribute}"),
    *("billing_address: {in: v, as: given}", "billing_address: {in: v, part: address}", "billing_address.country: v"),
    *("presentment.total: v", "presentment: {in: v, part: presentment}", "custom.size: v"),
    *("number: v", "currency: v", "total: v", "status: v"),
]
PARTS = (
    "attribute: {key: key, value: value}",
    "address: {city: a, country: c}",
    "presentment: {currency: a, total: b}",
)


def compiled(field: str) -> Compiled:
    named = field.split(":")[0]
    required = "".join(line for line in REQUIRED.splitlines(keepends=True) if not line.startswith(f"  {named}:"))
    parts = "".join(f"parts:\n  {part}\n" for part in PARTS if part.split(":")[0] in field.split(": ", 2)[-1])
    text = f"entity: order\nstream: orders\nid: id\nfields:\n{required}  {field}\n{parts}"
    return compile_mapping(load_mapping(text, "orders.yaml"), make_codecs([Codec("given", lambda v, _tables: v)]))


def accepts(record: dict[str, Any]) -> bool:
    try:
        Order.model_validate_json(json.dumps(record))
    except ValidationError:
        return False
    return True


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place inside a document: its container and the key or index there."""
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


@pytest.mark.parametrize("field", FIELDS)
def test_no_odd_value_gets_past_without_a_doubt(field: str) -> None:
    mapping = compiled(field)
    for document in [USUAL, *({**USUAL, "v": odd} for odd in ODD)]:
        doubts: list[str] = []
        try:
            record = mapping.decode(document, {"carriers": {"x": "DHL"}}, lambda _s, e: f"r{e}", doubts)
        except RecordError:
            continue
        assert doubts or accepts(record), document


@pytest.mark.parametrize("number", range(1, 5))
def test_nothing_odd_anywhere_in_an_order_gets_past_without_a_doubt(woo_orders: Compiled, number: int) -> None:
    document = order(number)
    for container, key in list(places(document)):
        before = container[key]
        for odd in ODD:
            container[key] = odd
            doubts: list[str] = []
            try:
                record = woo_orders.decode(document, {}, Pairs().record, doubts)
            except RecordError:
                continue
            assert doubts or accepts(record), (key, odd)
        container[key] = before


@pytest.mark.parametrize("number", range(1, 61))
def test_a_usual_order_leaves_no_doubt(woo_orders: Compiled, number: int) -> None:
    doubts: list[str] = []
    woo_orders.decode(order(number), {}, Pairs().record, doubts)
    assert doubts == []


@pytest.mark.parametrize(
    ("field", "document", "doubts"),
    [
        ("note: v", {"v": 5}, ["note"]),
        ("note: v", {"v": None}, []),
        ("number: v", {"v": None}, ["number"]),
        ("number: v", {}, ["number"]),
        ("kind: v", {"v": "fair"}, ["kind"]),
        ("kind: v", {"v": ["pos"]}, ["kind"]),
        ("placed_at: v", {"v": "2026-01-01T00:00:00Z\n"}, ["placed_at"]),
        ("tags: v", {"v": ["a", "b"]}, []),
        ("tags: v", {"v": ["a", 5]}, ["tags"]),
        ("attributes: {in: v, each: attribute}", {"v": [{"key": "k"}, {"value": "v"}]}, ["key"]),
        ("presentment.total: v", {"v": "5.00"}, ["presentment"]),
        ("custom.size: v", {"v": 5}, []),
    ],
)
def test_a_doubt_names_its_field(field: str, document: Any, doubts: list[str]) -> None:
    found: list[str] = []
    compiled(field).decode({**USUAL, **document}, {}, Pairs().record, found)
    assert found == doubts


def test_a_field_that_must_be_there_and_is_never_read_is_always_a_doubt() -> None:
    text = "entity: order\nstream: orders\nid: id\nfields:\n  number: n\n"
    doubts: list[str] = []
    compile_mapping(load_mapping(text, "orders.yaml"), make_codecs()).decode({"n": "7"}, {}, Pairs().record, doubts)
    assert doubts == ["status", "currency", "total"]


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_field_of_the_model_can_be_judged(entity: str) -> None:
    """An object in place of whatever belongs there is doubted, not let through."""
    names = [name for name in ENTITIES[entity].model_fields if name != "custom"]
    rules = "".join(f"  {name}: {{in: {name}, as: given}}\n" for name in names)
    text = f"entity: {entity}\nstream: s\nid: id\nfields:\n{rules}"
    mapping = compile_mapping(load_mapping(text, "s.yaml"), make_codecs([Codec("given", lambda v, _tables: v)]))
    for name in names:
        doubts: list[str] = []
        with suppress(RecordError):  # amounts and links read no objects at all
            mapping.decode({name: {"odd": 1}} if name != "currency" else {name: "no code"}, {}, Pairs().record, doubts)
            assert name in doubts
