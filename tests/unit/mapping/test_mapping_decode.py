from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from hub.connector import Codec
from hub.errors import InvalidRecordError, UnknownValueError
from hub.mapping.codecs import make_codecs
from hub.mapping.engine import Compiled, compile_mapping
from hub.mapping.schema import load_mapping

HEAD = "entity: order\nstream: orders\nid: id\nversion: changed\nfields:\n"
OWN = [
    Codec("first", lambda value, tables: next((item for item in value if item), None)),
    Codec("whole", lambda value, tables: value["a"] + value["b"]),
    Codec("broken", lambda value, tables: value["no such key"]),
]


def compiled(fields: str, parts: str = "", codecs: list[Codec] | None = None) -> Compiled:
    lines = "".join(f"  {line.strip()}\n" for line in fields.strip().splitlines())
    text = HEAD + lines + (f"parts:\n{parts}" if parts else "")
    return compile_mapping(load_mapping(text, "orders.yaml"), make_codecs(OWN if codecs is None else codecs))


def decoded(fields: str, document: Any, parts: str = "", tables: Any = None) -> Any:
    before = copy.deepcopy(document)
    record = compiled(fields, parts).decode(document, tables or {}, lambda stream, external: f"{stream}/{external}")
    assert document == before
    return record


@pytest.mark.parametrize(
    ("field", "document", "record"),
    [
        ("note: n", {"n": "x"}, {"note": "x"}),
        ("note: n", {}, {}),
        ("note: n", {"n": None}, {"note": None}),
        ("note: n", {"n": ""}, {"note": ""}),
        ('note: {path: n, empty: ""}', {"n": ""}, {"note": None}),
        ("note: {path: n, default: none}", {}, {"note": "none"}),
        ("note: {path: n, default: none}", {"n": None}, {"note": None}),
        ("note: {path: 'm[key=a].v', default: none}", {"m": []}, {"note": "none"}),
        ("note: {path: 'm[key=a].v', default: none}", {"m": [{"key": "a", "v": None}]}, {"note": None}),
        ("note: m[key=a].v", {"m": []}, {"note": None}),
        ("note: m[key=a].v", {}, {}),
        ("note: a.b.c", {"a": None}, {"note": None}),
        ("note: a.b.c", {"a": {}}, {}),
        ("note: {path: n, as: strip}", {"n": None}, {"note": None}),
        ("note: {path: n, as: [strip, lower]}", {"n": " X "}, {"note": "x"}),
        ("status: {path: s, values: {open: [new, busy], failed: bad}}", {"s": "busy"}, {"status": "open"}),
        ("status: {path: s, values: {open: [new, busy]}}", {"s": None}, {"status": None}),
        ("test: {path: t, values: {true: [1], false: [0]}}", {"t": 0}, {"test": False}),
        ("customer: {path: c, link: customers}", {"c": 7}, {"customer": "customers/7"}),
        ("customer: {path: c, link: customers}", {"c": 0}, {"customer": None}),
        ("customer: {path: c, link: customers}", {"c": "gid://shopify/Customer/7"}, {"customer": "customers/7"}),
        ("customer: {path: c, link: customers}", {}, {}),
        ("customer: {in: [a, b], as: first, link: customers}", {"a": 0, "b": 5}, {"customer": "customers/5"}),
        ("customer: {in: [a, b], as: first, link: customers}", {"b": 5}, {"customer": "customers/5"}),
        ("customer: {in: [a, b], as: first, link: customers}", {"a": 0}, {"customer": None}),
        ("customer: {in: [a, b], as: first, link: customers}", {}, {}),
        ("note: {in: $, as: whole}", {"a": "1", "b": "2"}, {"note": "12"}),
        ("custom.size: s", {"s": "M"}, {"custom": {"size": "M"}}),
        ("custom.size: s", {}, {}),
        ("cancellation.note: c", {"c": "M"}, {"cancellation": {"note": "M"}}),
        ("tags: {path: t, as: comma_list}", {"t": None}, {"tags": []}),
    ],
)
def test_decodes_a_field(field: str, document: dict[str, Any], record: dict[str, Any]) -> None:
    assert decoded(field, document) == record


def test_a_default_is_each_record_s_own() -> None:
    ready = compiled("tags: {path: t, as: comma_list, default: [web]}")
    ready.decode({}, {}, lambda stream, external: external)["tags"].append("spoiled")
    assert ready.decode({}, {}, lambda stream, external: external) == {"tags": ["web"]}


def test_amounts_follow_the_currency_of_the_record_wherever_it_stands() -> None:
    """T060, T061: each amount in its own currency, with that currency's decimals."""
    fields = """
    total: t
    presentment: {in: p, part: presentment}
    transactions: {in: x, each: transaction}
    lines: {in: l, each: line}
    currency: c
    """
    parts = """
  presentment: {total: t, currency: c}
  transaction: {id: i, amount: a, currency: c}
  line: {id: i, total: t}
"""
    document = {
        "c": "JPY",
        "t": "1200.00",
        "p": {"t": "8.1", "c": "EUR"},
        "x": [{"i": "1", "a": "1.50", "c": "KWD"}, {"i": "2", "a": 3}],
        "l": [{"i": "1", "t": "12.50"}],
    }
    assert decoded(fields, document, parts) == {
        "currency": "JPY",
        "total": "1200",
        "presentment": {"currency": "EUR", "total": "8.10"},
        "transactions": [{"currency": "KWD", "id": "1", "amount": "1.500"}, {"id": "2", "amount": "3"}],
        "lines": [{"id": "1", "total": "12.5"}],
    }


def test_parts_and_lists_of_parts() -> None:
    parts = "  address: {city: city}\n  line: {id: {in: id, as: id}, variant: {in: v, link: variants}}\n"
    fields = "billing_address: {path: b, part: address}\nlines: {in: l.nodes, each: line, by: id}"
    document = {"b": {"city": "Gent"}, "l": {"nodes": [{"id": 1, "v": 9}, {"id": 2}]}}
    assert decoded(fields, document, parts) == {
        "billing_address": {"city": "Gent"},
        "lines": [{"id": "1", "variant": "variants/9"}, {"id": "2"}],
    }
    assert decoded(fields, {"b": None, "l": None}, parts) == {"billing_address": None, "lines": []}
    assert decoded(fields, {"b": [], "l": {"nodes": []}}, parts) == {"billing_address": {}, "lines": []}


def test_a_value_table_of_the_connection_is_asked() -> None:
    tables = {"payments": {"stripe": "card", "7": "cash"}}
    assert decoded("payment_method: {path: p, table: payments}", {"p": "stripe"}, tables=tables) == {
        "payment_method": "card"
    }
    assert decoded("payment_method: {path: p, table: payments}", {"p": 7}, tables=tables) == {"payment_method": "cash"}


@pytest.mark.parametrize("value", ["brand-new", 5, [], {}, True])
def test_an_unknown_value_is_an_error_and_never_a_default(value: object) -> None:
    with pytest.raises(UnknownValueError, match="status") as caught:
        decoded("status: {in: a.s, values: {open: [processing]}, default: open}", {"a": {"s": value}})
    assert (caught.value.path, caught.value.value, caught.value.table) == ("a.s", str(value), "")


@pytest.mark.parametrize("tables", [{}, {"payments": {}}, {"payments": {"other": "x"}}])
def test_a_value_that_no_table_has_names_the_table(tables: dict[str, dict[str, str]]) -> None:
    with pytest.raises(UnknownValueError, match="payments") as caught:
        decoded("payment_method: {path: p, table: payments}", {"p": "stripe"}, tables=tables)
    assert (caught.value.path, caught.value.value, caught.value.table) == ("p", "stripe", "payments")


def test_an_unknown_value_deep_inside_names_the_element() -> None:
    fields, parts = (
        "lines: {in: l, each: line}",
        "  line:\n    taxes: {in: t, each: tax}\n  tax: {id: {in: i, table: taxes}}\n",
    )
    document = {"l": [{"t": []}, {"t": [{"i": "a"}, {"i": "b"}]}]}
    with pytest.raises(UnknownValueError, match=r"lines\[1\]\.taxes\[1\]\.id") as caught:
        decoded(fields, document, parts, {"taxes": {"a": "vat"}})
    assert caught.value.path == "l[1].t[1].i"


@pytest.mark.parametrize(
    ("field", "document", "ours", "theirs"),
    [
        ("total: t", {"t": "free"}, "total", "t"),
        ("note: {in: a.n, as: broken}", {"a": {"n": {}}}, "note", "a.n"),
        ("note: {in: a.n, as: broken}", {"a": {"n": "text"}}, "note", "a.n"),
        ("note: a.n", {"a": "text"}, "note", "a.n"),
        ("note: 'm[key=a].v'", {"m": {"a": 1}}, "note", "m[key=a].v"),
        ("customer: {in: [a, b], as: broken}", {"a": 1}, "customer", "a and b"),
        ("billing_address: {path: b, part: address}", {"b": {"city": {}}}, "billing_address.city", "b.c"),
        ("billing_address: {path: b, part: address}", {"b": "here"}, "billing_address", "b"),
        ("lines: {in: l, each: line}", {"l": [{"t": "1"}, {"t": "x"}]}, "lines[1].total", "l[1].t"),
        ("lines: {in: l, each: line}", {"l": [{"t": "1"}, "x"]}, "lines[1]", "l[1]"),
        ("lines: {in: l, each: line}", {"l": "none"}, "lines", "l"),
        ("currency: c", {"c": []}, "currency", "c"),
        ("note: n", [], "note", "n"),
    ],
)
def test_an_error_names_the_field_and_where_it_was_read(
    field: str, document: dict[str, Any], ours: str, theirs: str
) -> None:
    used = [name for name in ("address", "line") if name in field]
    parts = {"address": "  address: {city: {in: c, as: strip}}\n", "line": "  line: {total: t}\n"}
    if "b" in document and isinstance(document["b"], dict):
        document = {"b": {"c": 5}}
    with pytest.raises(InvalidRecordError) as caught:
        decoded(field, document, "".join(parts[name] for name in used))
    assert str(caught.value).startswith(f"{ours} cannot be read from {theirs}: ")
    assert caught.value.path == theirs
    assert caught.value.hint


def test_what_the_link_lookup_raises_passes_through() -> None:
    def lost(stream: str, external_id: str) -> str:
        raise KeyError("a bug of the caller")

    with pytest.raises(KeyError, match="a bug of the caller"):
        compiled("customer: {path: c, link: customers}").decode({"c": 1}, {}, lost)


def test_links_lists_everything_a_document_refers_to() -> None:
    parts = "  line: {variant: {in: [v, p], as: first, link: variants}, total: t}\n"
    ready = compiled("number: n\ncustomer: {path: c, link: customers}\nlines: {in: l, each: line}", parts)
    document = {"c": 5, "n": "1", "l": [{"v": 0, "p": 3}, {"v": 8, "p": 3}, {"v": None, "p": 0}]}
    assert ready.links(document) == [("customers", "5"), ("variants", "3"), ("variants", "8")]
    assert ready.links({"c": 5, "l": "garbage"}) == [("customers", "5")]
    assert compiled("number: n").links({"n": 1}) == []


@pytest.mark.parametrize(
    ("document", "external"),
    [({"id": 5}, "5"), ({"id": "gid://shopify/Order/5"}, "5"), ({"id": 2**63}, str(2**63)), ({"id": "a/b"}, "a/b")],
)
def test_reads_the_external_id(document: dict[str, Any], external: str) -> None:
    """T009: a gid and a number are one id."""
    assert compiled("note: n").external_id(document) == external


@pytest.mark.parametrize("document", [{}, {"id": None}, {"id": 0}, {"id": ""}])
def test_a_document_without_an_id_is_invalid(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidRecordError, match="has no id"):
        compiled("note: n").external_id(document)


@pytest.mark.parametrize(
    ("document", "version"), [({"changed": "t1"}, "t1"), ({}, None), ({"changed": None}, None), ({"changed": 12}, "12")]
)
def test_reads_the_version(document: dict[str, Any], version: str | None) -> None:
    assert compiled("note: n").version(document) == version


HOSTILE = ["'", '"', "\\", "\n", "'] or exit() #", '"""', "{", "{x}", "\u2028", "ключ", "d", "__class__", "k1"]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_mapping_says_becomes_code(text: str) -> None:
    key = text.replace('"', "q").replace("\n", "n")
    path, value = json.dumps(f'"{key}"'), json.dumps(text)
    rule = f"  note: {{path: {path}, values: {{a: [{value}]}}, default: {value}}}\n"
    ready = compile_mapping(load_mapping(HEAD + rule, "f.yaml"), make_codecs())
    assert ready.decode({key: text}, {}, lambda s, e: e) == {"note": "a"}
    assert ready.decode({}, {}, lambda s, e: e) == {"note": text}
