from __future__ import annotations

import sys
from typing import Any

import pytest

from hub.connector import Codec
from hub.mapping.check import Report, check
from hub.mapping.codecs import make_codecs
from hub.mapping.engine import compile_mapping
from hub.mapping.law import Law
from hub.mapping.schema import load_mapping
from hub.model import Order

HEAD = "entity: order\nstream: orders\nid: id\nfields:\n"


def same(value: Any, tables: Any, base: Any = None) -> Any:
    return value


def scribble(value: Any, tables: Any) -> Any:
    value["seen"] = True
    return "x"


OWN = [
    Codec("upper", lambda value, tables: value.upper(), same),
    Codec("upper_declared", lambda value, tables: value.upper(), same, loses="upper and lower case"),
    Codec("growing", lambda value, tables: value + "!", same, loses="how loud it was"),
    Codec("scribble", scribble),
    Codec("replacing", lambda value, tables: value.get("text"), lambda value, tables, base: {"text": value}),
    Codec("picky", lambda value, tables: {"a": "1", "b": "2"}[value], lambda v, t, base: {"1": "a", "2": "b"}[v]),
    Codec("writes_trash", lambda value, tables: value["x"], lambda value, tables, base: "trash"),
]
RECORD = {"number": "1", "status": "open", "currency": "EUR", "total": "1.00"}


def report(fields: str, *documents: Any, parts: str = "", tables: Any = None) -> Report:
    lines = "".join(f"  {line.strip()}\n" for line in fields.strip().splitlines())
    text = HEAD + lines + (f"parts:\n{parts}" if parts else "")
    compiled = compile_mapping(load_mapping(text, "orders.yaml"), make_codecs(OWN))
    return check(compiled, documents, Order, tables or {})


def laws(found: Report) -> list[tuple[Law, str, int]]:
    return [(finding.law, finding.field, finding.line) for finding in found.findings if finding.law is not Law.VALID]


def test_a_mapping_that_keeps_the_law_has_no_findings() -> None:
    found = report(
        "note: n\nstatus: {path: s, values: {open: [a]}}\ntags: {path: t, as: comma_list}", {"id": 1, "n": "x"}
    )
    assert laws(found) == []
    assert found.generated > 50


@pytest.mark.parametrize(
    ("field", "document", "broken"),
    [
        ("note: {path: n, as: upper}", {"id": 1}, [(Law.ROUND_TRIP, "note", 5)]),
        ("note: {path: n, as: upper}", {"id": 1, "n": "abc"}, [(Law.ROUND_TRIP, "note", 5)]),
        ("note: {path: n, as: upper_declared}", {"id": 1, "n": "abc"}, []),
        ("note: {path: n, as: growing}", {"id": 1, "n": "abc"}, [(Law.STABLE, "note", 5)]),
        ("note: {path: n, as: upper, loses: case}", {"id": 1, "n": "abc"}, []),
        ("note: {in: n, as: scribble}", {"id": 1, "n": {}}, [(Law.PURE, "", 0)]),
        ("total: t", {"id": 1, "t": "free"}, [(Law.READS, "total", 5)]),
        ("number: n", {"n": "5"}, [(Law.READS, "", 0)]),
        ("note: {path: n, as: writes_trash}", {"id": 1, "n": {"x": "y"}}, [(Law.ROUND_TRIP, "note", 5)]),
        ("lines: {in: l, each: line}", {"id": 1, "l": [{"t": "1"}, {"t": "?"}]}, [(Law.READS, "lines[1].total", 7)]),
    ],
)
def test_every_broken_law_is_found_with_its_line(field: str, document: Any, broken: list[Any]) -> None:
    parts = "  line: {total: t}\n" if "line" in field else ""
    assert laws(report(field, document, parts=parts)) == broken


def test_a_record_that_the_model_refuses_is_a_finding() -> None:
    found = report(
        "number: n\nstatus: {in: s, as: text}\ntotal: t\ncurrency: c",
        {"id": 1, "n": None, "s": "bogus", "t": "1", "c": "EUR"},
    )
    assert {(f.law, f.field, f.line, f.document) for f in found.findings} == {
        (Law.VALID, "number", 5, "1"),
        (Law.VALID, "status", 6, "1"),
    }


@pytest.mark.parametrize(("by", "found"), [("", [(Law.FOREIGN, "lines", 5)]), (", by: id", []), (", loses: all", [])])
def test_a_list_that_is_replaced_with_what_nobody_maps_is_found(by: str, found: list[Any]) -> None:
    document = {"id": 1, "l": [{"i": "1", "t": "x", "foreign": True}]}
    parts = "  line: {id: i, title: t}\n"
    assert laws(report(f"lines: {{path: l, each: line{by}}}", document, parts=parts)) == found


def test_losses_are_told_with_reason_and_layer() -> None:
    fields = """
    note: {path: n, as: strip, loses: every second word}
    status: {path: s, values: {open: [a, b]}}
    lines: {path: l, each: line}
    email: {in: e, out: mail}
    """
    found = report(fields, parts="  line: {title: {path: t, as: lower}}\n")
    assert [(loss.field, loss.line, loss.layer) for loss in found.losses] == [
        ("note", 5, "shipped"),
        ("note", 5, "shipped"),
        ("status", 6, "shipped"),
        ("lines", 7, "shipped"),
        ("lines[].title", 10, "shipped"),
        ("email", 8, "shipped"),
    ]
    reasons = [loss.reason for loss in found.losses]
    assert reasons[:2] == ["every second word", "white space at both ends"]
    assert "a and b all mean open" in reasons[2]
    assert "replaced whole" in reasons[3]
    assert "written to mail and read from e" in reasons[5]


def test_coverage_names_what_is_left_out_on_both_sides() -> None:
    fields = """
    note: n
    custom.gift: meta[key=gift].value
    billing_address: {path: b, part: address}
    lines: {in: l.nodes, each: line}
    """
    parts = "  address: {city: c}\n  line: {id: i, title: {in: t}}\n"
    document = {
        "id": 1,
        "n": "x",
        "foreign": {"deep": 1},
        "meta": [{"id": 1, "key": "gift", "value": "y"}, {"id": 2, "key": "other", "value": {"z": 1}}],
        "b": {"c": "Gent", "zip": "9000"},
        "l": {"nodes": [{"i": 1}], "page": None},
    }
    found = report(fields, document, parts=parts)
    assert found.uncovered_paths == ("foreign.deep", "meta[key=gift].id", "meta[key=other]", "b.zip", "l.page")
    assert found.never_seen == ("lines.title",)
    assert {"number", "billing_address.line1", "lines.sku"} <= set(found.uncovered_fields)
    assert not {"note", "custom", "billing_address", "billing_address.city"} & set(found.uncovered_fields)


def test_a_field_for_which_nothing_can_be_made_up_is_named() -> None:
    fields = "note: n\npayment_method: {path: p, table: payments}"
    assert report(fields).untried == ("payment_method",)
    assert report(fields, tables={"payments": {"x": "card"}}).untried == ()


def test_what_a_codec_refuses_aloud_is_no_mistake() -> None:
    assert laws(report("note: {path: n, as: picky}", {"id": 1, "n": "a"})) == []


def test_without_hypothesis_recorded_documents_are_still_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "hub.mapping.generated", raising=False)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    found = report("note: {path: n, as: upper}", {"id": 1, "n": "abc"})
    assert (found.generated, found.documents) == (0, 1)
    assert "entrepot[testing]" in found.note


def test_one_mistake_in_many_documents_is_one_finding() -> None:
    found = report("total: t", *({"id": place, "t": f"x{place}"} for place in range(1, 20)))
    assert laws(found) == [(Law.READS, "total", 5)]
