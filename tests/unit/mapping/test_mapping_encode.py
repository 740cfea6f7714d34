from __future__ import annotations

import copy
from typing import Any

import pytest

from hub.connector import Codec
from hub.errors import InvalidRecordError, LinkMissingError, UnknownValueError
from hub.mapping.codecs import make_codecs
from hub.mapping.engine import Compiled, compile_mapping
from hub.mapping.schema import load_mapping

HEAD = "entity: order\nstream: orders\nid: id\nreference: meta[key=hub].value\nfields:\n"
SEEN: list[tuple[Any, Any]] = []


def spy(value: Any, tables: Any, base: Any) -> Any:
    """Remember what a codec is given."""
    SEEN.append((value, base))
    return value


def split_name(value: str, tables: Any, base: Any) -> list[str]:
    """Write one name as two."""
    return value.split(" ", 1)


OWN = [
    Codec("spy", lambda value, tables: value, spy),
    Codec("full_name", lambda value, tables: " ".join(part for part in value if part), split_name),
    Codec("extras", lambda value, tables: value.get("x"), lambda value, tables, base: {"x": value, "y": {"z": 1}}),
    Codec("no", lambda value, tables: value, lambda value, tables, base: {}[value]),
]


def compiled(fields: str, parts: str = "") -> Compiled:
    lines = "".join(f"  {line.strip()}\n" for line in fields.strip().splitlines())
    text = HEAD + lines + (f"parts:\n{parts}" if parts else "")
    return compile_mapping(load_mapping(text, "orders.yaml"), make_codecs(OWN))


def known(stream: str, record_id: str) -> str | None:
    return record_id.removeprefix("r") if record_id.startswith("r") else None


def encoded(fields: str, record: Any, parts: str = "", *, tables: Any = None, **options: Any) -> Any:
    before = copy.deepcopy((record, options))
    patch = compiled(fields, parts).encode(record, tables or {}, known, **options)
    assert (record, options) == before
    return patch


@pytest.mark.parametrize(
    ("field", "record", "base", "patch"),
    [
        ("note: n", {"note": "x"}, None, {"n": "x"}),
        ("note: n", {}, {"n": "y"}, {}),
        ("note: n", {"note": None}, {"n": "y"}, {"n": None}),
        ("note: {in: n}", {"note": "x"}, None, {}),
        ("note: {out: a.b}", {"note": "x"}, None, {"a": {"b": "x"}}),
        ('note: {path: n, empty: ""}', {"note": None}, None, {"n": ""}),
        ("status: {path: s, values: {open: [new, busy]}}", {"status": "open"}, None, {"s": "new"}),
        ("status: {path: s, values: {open: [new, busy]}}", {"status": "open"}, {"s": "busy"}, {"s": "busy"}),
        ("status: {path: s, values: {open: [new], failed: bad}}", {"status": "failed"}, {"s": "new"}, {"s": "bad"}),
        ("status: {path: s, values: {open: [new]}}", {"status": None}, {"s": "new"}, {"s": None}),
        ("test: {path: t, values: {true: [1], false: [0]}}", {"test": False}, None, {"t": 0}),
        ("note: {path: n, as: html}", {"note": "a & b"}, None, {"n": "a &amp; b"}),
        ("note: {path: n, as: html}", {"note": "a & b"}, {"n": "a & b"}, {"n": "a & b"}),
        ("total: t", {"total": "5.00", "currency": "EUR"}, {"t": "5"}, {"t": "5"}),
        ("total: t", {"total": "5.10", "currency": "EUR"}, {"t": "5"}, {"t": "5.10"}),
        ("customer: {path: c, link: customers}", {"customer": "r7"}, None, {"c": "7"}),
        ("customer: {path: c, link: customers}", {"customer": "r7"}, {"c": 7}, {"c": 7}),
        ("customer: {path: c, link: customers, as: id_number}", {"customer": "r7"}, None, {"c": 7}),
        ("customer: {path: c, link: customers, empty: 0}", {"customer": None}, {"c": 7}, {"c": 0}),
        ("customer: {path: c, link: customers, empty: 0}", {"customer": None}, {"c": ""}, {"c": ""}),
        ("email: {path: [f, l], as: full_name}", {"email": "Ada Love Lace"}, None, {"f": "Ada", "l": "Love Lace"}),
        ("email: {path: [f, l], as: full_name}", {"email": "Ada"}, {"f": "", "l": "Ada"}, {"f": "", "l": "Ada"}),
        ("note: {path: $, as: extras}", {"note": "x"}, {"a": 1}, {"x": "x", "y": {"z": 1}}),
        (
            "note: {path: $, as: extras}\nnumber: y.n",
            {"note": "x", "number": "1"},
            None,
            {"x": "x", "y": {"z": 1, "n": "1"}},
        ),
        ("custom.size: s", {"custom": {"size": "M"}}, None, {"s": "M"}),
        ("custom.size: s", {"custom": {}}, None, {}),
        ("cancellation.note: s", {"cancellation": None}, None, {"s": None}),
    ],
)
def test_encodes_a_field(
    field: str, record: dict[str, Any], base: dict[str, Any] | None, patch: dict[str, Any]
) -> None:
    assert encoded(field, record, base=base) == patch


@pytest.mark.parametrize(
    ("when", "base", "create", "written"),
    [
        ("always", {"n": "old"}, False, True),
        ("new", {"n": "old"}, False, False),
        ("new", None, True, True),
        ("empty", {"n": "old"}, False, False),
        ("empty", {"n": 0}, False, False),
        ("empty", {"n": ""}, False, True),
        ("empty", {"n": None}, False, True),
        ("empty", {"n": "-"}, False, True),
        ("empty", {}, False, True),
        ("empty", None, True, True),
        ("empty", None, False, False),
    ],
)
def test_when_a_field_is_written(when: str, base: dict[str, Any] | None, create: bool, written: bool) -> None:
    field = f"note: {{path: n, write: {when}, empty: '-'}}"
    assert encoded(field, {"note": "x"}, base=base, create=create) == ({"n": "x"} if written else {})


def test_only_the_asked_fields_are_written() -> None:
    """T122: a direction that is switched off writes nothing, inside other updates neither."""
    record = {"note": "x", "number": "1", "custom": {"a": "y", "b": "z"}}
    fields = "note: n\nnumber: m\ncustom.a: a\ncustom.b: b"
    assert encoded(fields, record, only={"note"}) == {"n": "x"}
    assert encoded(fields, record, only={"custom.a"}) == {"a": "y"}
    assert encoded(fields, record, only={"custom"}) == {"a": "y", "b": "z"}
    assert encoded(fields, record, only=()) == {}


def test_a_codec_gets_what_the_remote_holds_now() -> None:
    SEEN.clear()
    encoded("note: {out: n, as: spy}", {"note": "x"}, base={"n": "old"})
    encoded("note: {out: n, as: spy}", {"note": "x"})
    encoded("note: {out: [n, m], as: [spy, full_name]}", {"note": "a b"}, base={"n": "old"})
    encoded("note: {out: n, as: spy}", {"note": None}, base={"n": "old"})
    encoded("note: {out: n, as: [spy, spy]}", {"note": "y"}, base={"n": "old"})
    assert SEEN == [("x", "old"), ("x", None), (["a", "b"], ["old", None]), ("y", None), ("y", "old")]


def test_a_table_is_read_backwards_and_its_first_row_wins() -> None:
    tables = {"payments": {"stripe": "card", "adyen": "card", "cod": "cash"}}
    field = "payment_method: {path: p, table: payments}"
    assert encoded(field, {"payment_method": "card"}, tables=tables) == {"p": "stripe"}
    assert encoded(field, {"payment_method": "card"}, tables=tables, base={"p": "adyen"}) == {"p": "adyen"}


@pytest.mark.parametrize(
    ("field", "table"),
    [("payment_method: {path: p, table: payments}", "payments"), ("payment_method: {path: p, values: {a: [b]}}", "")],
)
def test_a_value_that_no_table_has_is_an_error(field: str, table: str) -> None:
    with pytest.raises(UnknownValueError, match="payment_method") as caught:
        encoded(field, {"payment_method": "card"})
    assert (caught.value.path, caught.value.value, caught.value.table) == ("payment_method", "card", table)


def test_a_record_that_is_not_linked_yet_is_named() -> None:
    fields, parts = "lines: {path: l, each: line}", "  line: {variant: {path: v, link: variants}}\n"
    with pytest.raises(LinkMissingError, match=r"lines\[1\]\.variant") as caught:
        encoded(fields, {"lines": [{"variant": "r1"}, {"variant": "x9"}]}, parts)
    assert (caught.value.stream, caught.value.record_id) == ("variants", "x9")


@pytest.mark.parametrize(
    ("field", "record", "path"),
    [
        ("note: {path: n, as: no}", {"note": "x"}, "note"),
        ("tags: {path: t, as: comma_list}", {"tags": ["a,b"]}, "tags"),
        ("email: {path: [f, l], as: full_name}", {"email": "Ada"}, "email"),
        ("lines: {path: l, each: line}", {"lines": [{"title": "x"}]}, "lines[0].title"),
    ],
)
def test_what_cannot_be_written_names_the_field(field: str, record: dict[str, Any], path: str) -> None:
    parts = "  line: {title: {path: t, as: no}}\n" if "line" in record or "lines" in record else ""
    with pytest.raises(InvalidRecordError, match=path.replace("[", r"\[")) as caught:
        encoded(field, record, parts)
    assert caught.value.path == path


def test_the_reference_is_written_on_creation_only() -> None:
    ready = compiled("note: n\ncustom.gift: meta[key=gift].value")
    record = {"note": "x", "custom": {"gift": "yes"}}
    patch = ready.encode(record, {}, known, create=True, reference="0abc")
    assert patch["meta"] == [{"key": "gift", "value": "yes"}, {"key": "hub", "value": "0abc"}]
    assert ready.referenced(patch) == "0abc"
    assert ready.encode({"note": "x"}, {}, known, base={"meta": []}, reference="0abc") == {"n": "x"}


PARTS = """
  line:
    id: {in: id, as: id}
    sku: sku
    title: {path: name, as: html}
    quantity: {path: qty, as: number, write: new}
    custom.size: meta[key=size].value
"""
LINES = "lines: {path: l, each: line, by: id}"
BASE = {
    "l": [
        {
            "id": 1,
            "sku": "A",
            "name": "a",
            "qty": 1,
            "tax": [7],
            "meta": [{"id": 5, "key": "x"}, {"id": 6, "key": "size", "value": "M"}],
        },
        {"id": 2, "sku": "B", "name": "b", "qty": 2, "foreign": True},
    ]
}


def test_elements_are_written_onto_those_with_the_same_identity() -> None:
    """T082: two lines with one SKU are told apart by their id."""
    record = {"lines": [{"id": "2", "sku": "A"}, {"id": "1", "sku": "A", "custom": {"size": "L"}, "quantity": "9"}]}
    assert encoded(LINES, record, PARTS, base=BASE)["l"] == [
        {"id": 2, "sku": "A", "name": "b", "qty": 2, "foreign": True},
        {
            "id": 1,
            "sku": "A",
            "name": "a",
            "qty": 1,
            "tax": [7],
            "meta": [{"id": 5, "key": "x"}, {"id": 6, "key": "size", "value": "L"}],
        },
    ]


def test_a_new_element_has_only_what_the_mapping_writes() -> None:
    record = {"lines": [{"id": "9", "sku": "N", "quantity": "3"}]}
    assert encoded(LINES, record, PARTS, base=BASE)["l"] == [{"sku": "N", "qty": 3}]
    assert encoded(LINES, record, PARTS)["l"] == [{"sku": "N"}]
    assert encoded(LINES, record, PARTS, create=True)["l"] == [{"sku": "N", "qty": 3}]


def test_elements_may_be_identified_through_a_link() -> None:
    fields, parts = (
        "lines: {path: l, each: line, by: variant}",
        "  line: {variant: {in: v, link: variants}, sku: sku}\n",
    )
    base = {"l": [{"v": 7, "sku": "old", "mine": 1}, {"v": 8, "sku": "b"}]}
    record = {"lines": [{"variant": "r7", "sku": "new"}, {"variant": "unlinked", "sku": "c"}]}
    assert encoded(fields, record, parts, base=base)["l"] == [{"v": 7, "sku": "new", "mine": 1}, {"sku": "c"}]


def test_without_an_identity_elements_are_replaced() -> None:
    assert encoded("lines: {path: l, each: line}", {"lines": [{"sku": "N"}]}, PARTS, base=BASE)["l"] == [{"sku": "N"}]


def test_a_part_keeps_what_it_does_not_know() -> None:
    ready = compiled(
        "billing_address: {path: b, part: address}\nemail: b.mail",
        "  address: {city: c}\n",
    )
    base = {"b": {"c": "Gent", "zip": "9000"}, "x": 1}
    patch = ready.encode({"billing_address": {"city": "Wien"}, "email": "a@b"}, {}, known, base=base)
    assert patch == {"b": {"c": "Wien", "mail": "a@b"}}
    assert ready.apply(patch, base) == {"b": {"c": "Wien", "mail": "a@b", "zip": "9000"}, "x": 1}
    assert ready.encode({"billing_address": None}, {}, known, base=base) == {"b": None}


def test_applying_a_patch_that_knew_no_base_keeps_foreign_elements() -> None:
    fields = "custom.gift: m[key=gift].v\nbilling_address: {path: b, part: address}"
    ready = compiled(fields, "  address: {city: c, vat_number: 'm[key=vat].v'}\n")
    base = {"m": [{"key": "x", "v": 1}], "b": {"m": [{"key": "y", "v": 2}, {"id": 3, "key": "vat", "v": "old"}]}}
    record = {"custom": {"gift": "yes"}, "billing_address": {"vat_number": "new"}}
    assert ready.apply(ready.encode(record, {}, known), base) == {
        "m": [{"key": "gift", "v": "yes"}, {"key": "x", "v": 1}],
        "b": {"m": [{"id": 3, "key": "vat", "v": "new"}, {"key": "y", "v": 2}]},
    }


def test_an_element_of_a_selected_list_may_be_a_part() -> None:
    ready = compiled("billing_address: {path: 'a[type=invoice]', part: address}", "  address: {city: c}\n")
    base = {"a": [{"type": "home", "c": "x"}, {"type": "invoice", "c": "Gent", "zip": 1}]}
    patch = ready.encode({"billing_address": {"city": "Wien"}}, {}, known, base=base)
    assert ready.apply(patch, base) == {"a": [{"type": "home", "c": "x"}, {"type": "invoice", "c": "Wien", "zip": 1}]}
    gone = ready.apply(ready.encode({"billing_address": None}, {}, known, base=base), base)
    assert gone == {"a": [{"type": "home", "c": "x"}]}
    assert ready.decode(gone, {}, lambda s, e: e) == {"billing_address": None}


def test_norm_is_what_the_remote_makes_of_a_record() -> None:
    fields = (
        "note: {path: n, as: strip}\nnumber: {in: no}\nstatus: {path: s, values: {open: [a, b]}}\n"
        "customer: {path: c, link: customers}\n" + LINES
    )
    ready = compiled(fields, PARTS)
    record = {"note": " x ", "number": "5", "status": "open", "customer": "r5", "lines": [{"id": "1", "sku": "S"}]}
    norm = ready.norm(record, {}, BASE)
    assert norm["note"] == "x"
    assert norm["customer"] == "r5"
    assert norm["lines"] == [{"sku": "S", "title": "a", "custom": {"size": "M"}}]
    assert "number" not in norm
    assert ready.norm(norm, {}, BASE)["note"] == "x"
