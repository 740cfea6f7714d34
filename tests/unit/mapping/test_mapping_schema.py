from __future__ import annotations

import pytest

from hub.errors import MappingFileError
from hub.mapping.codecs import make_codecs
from hub.mapping.engine import compile_mapping
from hub.mapping.paths import parse_path
from hub.mapping.schema import When, load_mapping

HEAD = "entity: order\nstream: orders\nid: id\nfields:\n"


def test_a_field_can_be_as_short_as_a_path() -> None:
    mapping = load_mapping(HEAD + "  note: customer_note\n", "orders.yaml")
    rule = mapping.fields["note"]
    assert (rule.reads, rule.writes) == ((parse_path("customer_note"),), (parse_path("customer_note"),))
    assert (rule.layer, rule.file, rule.line) == ("shipped", "orders.yaml", 5)


def test_every_key_of_a_field_is_read() -> None:
    text = HEAD + (
        "  customer: {in: a.id, out: b, as: [strip, id], link: customers, write: new, loses: much, empty: 0}\n"
        "  tags: {path: tags, as: comma_list, default: [a]}\n"
        "  lines: {path: l, each: line, by: id}\n"
        "parts:\n  line: {id: {in: id, as: id}}\n"
    )
    fields = load_mapping(text, "f.yaml").fields
    customer = fields["customer"]
    assert (customer.codecs, customer.link, customer.when, customer.loses, customer.empty) == (
        ("strip", "id"),
        "customers",
        When.NEW,
        "much",
        0,
    )
    assert fields["tags"].default == ["a"]
    assert (fields["lines"].each, fields["lines"].by) == ("line", "id")


def test_yaml_has_no_surprises() -> None:
    """Norway stays text, and so do on, yes and 007."""
    text = HEAD + "  custom.place: {path: c, values: {NO: [on, yes, 007, 1, 1.5, true, null, '2']}, default: no}\n"
    rule = load_mapping(text, "f.yaml").fields["custom.place"]
    assert rule.values == {"NO": ("on", "yes", "007", 1, 1.5, True, None, "2")}
    assert rule.default == "no"


def test_a_boolean_is_mapped_from_words() -> None:
    text = HEAD + "  test: {path: mode, values: {true: [sandbox], false: [live], null: ['']}}\n"
    assert load_mapping(text, "f.yaml").fields["test"].values == {True: ("sandbox",), False: ("live",), None: ("",)}


MISTAKES = {
    "tabs": (HEAD + "\tnote: x\n", 5, "not YAML"),
    "empty": ("", None, "empty"),
    "not a mapping": ("- a\n", 1, "must be a mapping"),
    "unknown top key": ("entity: order\nstream: orders\nid: id\nfeilds: {}\n", 4, "did you mean 'fields'"),
    "no stream": ("entity: order\nid: id\n", 1, "does not say its stream"),
    "unknown entity": ("entity: odrer\nstream: orders\nid: id\n", None, "did you mean 'order'"),
    "no id": ("entity: order\nstream: orders\nfields: {note: x}\n", None, "external id"),
    "the same key twice": (HEAD + "  note: a\n  number: b\n  note: c\n", 7, "twice.*line 5"),
    "unknown key of a field": (HEAD + "  note: {pth: x}\n", 5, "unknown key 'pth' in note: did you mean 'path'"),
    "no path": (HEAD + "  note: {as: strip}\n", 5, "neither `path` nor `in` nor `out`"),
    "path and in": (HEAD + "  note: {path: x, in: y}\n", 5, "both `path` and `in`/`out`"),
    "a broken path": (HEAD + "  note: a..b\n", 5, "not a path"),
    "unknown field": (HEAD + "  tital: x\n", 5, "Order has no 'tital': did you mean 'total'"),
    "a field of one's own": (HEAD + "  warehouse_code: x\n", 5, r"custom\.warehouse_code"),
    "unknown field of a part": (
        HEAD + "  billing_address: {path: b, part: address}\nparts:\n  address:\n    cty: c\n",
        8,
        "Address has no 'cty': did you mean 'city'",
    ),
    "below a plain field": (HEAD + "  note.text: x\n", 5, "note is not an object"),
    "below a list": (HEAD + "  lines.sku: x\n", 5, "lines is a list: use `each`"),
    "custom without a name": (HEAD + "  custom: x\n", 5, "custom.NAME"),
    "an object without a part": (HEAD + "  billing_address: b\n", 5, "describe them with `part`"),
    "a list without each": (HEAD + "  lines: l\n", 5, "describe them with `each`"),
    "part for a list": (HEAD + "  lines: {in: l, part: a}\nparts: {a: {sku: s}}\n", 5, "use `each`"),
    "each for an object": (HEAD + "  billing_address: {in: l, each: a}\nparts: {a: {city: s}}\n", 5, "use `part`"),
    "missing part": (
        HEAD + "  billing_address: {path: b, part: adress}\nparts: {address: {city: c}}\n",
        5,
        "'address'",
    ),
    "idle part": (HEAD + "  note: x\nparts: {address: {city: c}}\n", None, "no field uses the part 'address'"),
    "by of another part": (HEAD + "  lines: {in: l, each: a, by: ID}\nparts: {a: {id: i}}\n", 5, "did you mean 'id'"),
    "by that is not read": (
        HEAD + "  lines: {path: l, each: a, by: id}\nparts: {a: {id: {out: i}}}\n",
        5,
        "cannot tell",
    ),
    "by without each": (HEAD + "  note: {path: x, by: id}\n", 5, "needs `each`"),
    "one value, two meanings": (
        HEAD + "  note: {path: x, values: {a: [1, 2], b: [2]}}\n",
        5,
        "their 2 stands under a and b",
    ),
    "unknown canonical value": (HEAD + "  status: {path: s, values: {opne: [x]}}\n", 5, "did you mean 'open'"),
    "text for a boolean": (HEAD + "  test: {path: s, values: {maybe: [x]}}\n", 5, "true or false"),
    "values and table": (HEAD + "  note: {path: x, values: {a: b}, table: taxes}\n", 5, "both `table` and `values`"),
    "several paths without codec": (HEAD + "  note: {in: [a, b]}\n", 5, "needs a codec"),
    "unknown when": (HEAD + "  note: {path: a, write: nwe}\n", 5, "did you mean 'new'"),
    "write without writing": (HEAD + "  note: {in: a, write: new}\n", 5, "never written"),
    "default without reading": (HEAD + "  note: {out: a, default: x}\n", 5, "never read"),
    "codec before a part, two ways": (
        HEAD + "  billing_address: {path: b, as: json, part: a}\nparts: {a: {city: c}}\n",
        5,
        "only works one way",
    ),
    "two writers": (HEAD + "  note: a.b\n  number: a.b\n", 6, "number and note both write a.b"),
    "one list, two selections": (
        HEAD + "  note: m[key=a].v\n  number: m[id=3].v\n",
        6,
        "selected by id here and by key",
    ),
    "a field and a field inside it": (
        HEAD + "  cancellation: {path: c, part: p}\n  cancellation.note: n\nparts: {p: {reason: r}}\n",
        6,
        "inside cancellation",
    ),
    "anchors": (HEAD + "  note: &x a\n  number: *x\n", 5, "anchors"),
    "tags": (HEAD + "  note: !!python/name:os.system a\n", 5, "tags"),
    "null as empty": (HEAD + "  note: {path: a, empty: null}\n", 5, "the remote's own word for null"),
    "bottomless": ("[" * 400_000, 1, "nested deeper"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_every_mistake_is_named_with_file_and_line(case: str) -> None:
    text, line, message = MISTAKES[case]
    with pytest.raises(MappingFileError, match=message) as caught:
        load_mapping(text, "orders.yaml")
    assert (caught.value.file, caught.value.line) == ("orders.yaml", line)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("note: {path: a, as: htlm}", "unknown codec 'htlm': did you mean 'html'"),
        ("note: {path: a, as: country_text}", "country_text cannot write"),
    ],
)
def test_codecs_are_checked_when_they_are_known(field: str, message: str) -> None:
    mapping = load_mapping(HEAD + f"  number: n\n  {field}\n", "orders.yaml")
    with pytest.raises(MappingFileError, match=message) as caught:
        compile_mapping(mapping, make_codecs())
    assert caught.value.line == 6


def test_an_upper_layer_says_only_what_it_changes() -> None:
    text = "entity: order\nstream: orders\nfields:\n  note: null\n  billing_address: {path: b, part: address}\n"
    mapping = load_mapping(text, "mine.yaml", "merchant")
    assert mapping.fields["note"].off
    assert mapping.fields["billing_address"].layer == "merchant"
