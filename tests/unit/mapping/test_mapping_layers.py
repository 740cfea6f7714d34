from __future__ import annotations

import pytest

from hub.errors import MappingFileError
from hub.mapping.codecs import make_codecs
from hub.mapping.engine import Compiled, compile_mapping
from hub.mapping.layers import layer
from hub.mapping.schema import MappingFile, load_mapping

SHIPPED = """
entity: order
stream: orders
id: id
fields:
  number: {in: number}
  note: note
  billing_address: {path: billing, part: address}
parts:
  address:
    city: city
    line1: street
"""


def shipped() -> MappingFile:
    return load_mapping(SHIPPED, "shipped.yaml")


def above(fields: str, name: str = "merchant") -> MappingFile:
    return load_mapping(f"entity: order\nstream: orders\n{fields}", f"{name}.yaml", name)


def compiled(*files: MappingFile) -> Compiled:
    return compile_mapping(layer(files), make_codecs())


def test_later_layers_replace_field_by_field_and_every_rule_knows_its_own() -> None:
    result = layer(
        [
            shipped(),
            above("fields: {note: remark, custom.gift: gift}\nparts: {address: {city: town}}\n"),
            above("fields: {note: memo}\n", "connection"),
        ]
    )
    assert {name: (rule.layer, rule.line) for name, rule in result.fields.items()} == {
        "number": ("shipped", 6),
        "note": ("connection", 3),
        "billing_address": ("shipped", 8),
        "custom.gift": ("merchant", 3),
    }
    assert result.parts["address"]["city"].layer == "merchant"
    assert result.parts["address"]["line1"].layer == "shipped"


def test_null_switches_a_field_off_and_says_who_did() -> None:
    mapping = layer([shipped(), above("fields: {note: null}\n")])
    assert (mapping.fields["note"].off, mapping.fields["note"].layer) == (True, "merchant")
    ready = compile_mapping(mapping, make_codecs())
    assert "note" not in ready.readable | ready.writable
    assert ready.decode({"id": 1, "number": "7", "note": "x"}, {}, lambda s, e: e) == {"number": "7"}


def test_what_a_layer_switches_off_another_may_switch_on() -> None:
    mapping = layer([shipped(), above("fields: {note: null}\n"), above("fields: {note: memo}\n", "connection")])
    assert not mapping.fields["note"].off


def test_a_layer_may_take_the_last_use_of_a_part_away() -> None:
    mapping = layer([shipped(), above("fields: {billing_address: null}\n")])
    assert "billing_address" not in compile_mapping(mapping, make_codecs()).readable


def test_switching_off_what_is_not_there_is_a_mistake() -> None:
    with pytest.raises(MappingFileError, match="no layer below has it") as caught:
        layer([shipped(), above("fields:\n  payment_title: null\n")])
    assert (caught.value.file, caught.value.line) == ("merchant.yaml", 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("entity: order\nstream: sales\nfields: {note: x}\n", "stream is sales, but orders in shipped.yaml"),
        ("entity: refund\nstream: orders\nfields: {reason: x}\n", "entity is refund"),
    ],
)
def test_layers_are_of_one_stream(text: str, message: str) -> None:
    with pytest.raises(MappingFileError, match=message):
        layer([shipped(), load_mapping(text, "m.yaml", "merchant")])


def test_the_whole_is_checked_again() -> None:
    with pytest.raises(MappingFileError, match="unknown part 'adress'") as caught:
        layer([shipped(), above("fields:\n  shipping_address: {path: s, part: adress}\n")])
    assert (caught.value.file, caught.value.line) == ("merchant.yaml", 4)
    with pytest.raises(MappingFileError, match=r"custom.a and note both write note"):
        layer([shipped(), above("fields: {custom.a: note}\n")])


CHANGES = {
    "another codec": "fields: {note: {path: note, as: strip}}",
    "another path": "fields: {note: memo}",
    "switched off": "fields: {note: null}",
    "a field of a part": "parts: {address: {city: town}}",
    "a default": "fields: {note: {path: note, default: x}}",
    "a word for null": "fields: {note: {path: note, empty: x}}",
    "values": "fields: {note: {path: note, values: {a: b}}}",
    "other values": "fields: {note: {path: note, values: {a: c}}}",
    "a table": "fields: {note: {path: note, table: taxes}}",
    "a link": "fields: {customer: {path: note, link: customers}, note: null}",
    "a link to another stream": "fields: {customer: {path: note, link: people}, note: null}",
}


def test_the_hash_changes_with_what_decoding_depends_on() -> None:
    hashes = {name: compiled(shipped(), above(text)).hash for name, text in CHANGES.items()}
    assert len({compiled(shipped()).hash, *hashes.values()}) == len(CHANGES) + 1


def test_the_hash_does_not_change_with_anything_else() -> None:
    same = compiled(shipped()).hash
    assert compiled(load_mapping("# moved\n" + SHIPPED, "elsewhere.yaml")).hash == same
    assert compiled(shipped(), above("fields: {note: {in: note, out: memo, write: new, loses: much}}")).hash == same
