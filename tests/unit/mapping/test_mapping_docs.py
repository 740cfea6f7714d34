"""Everything that docs/mappings.md shows is true."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hub.connector import Codec
from hub.mapping.codecs import BUILT_IN, make_codecs
from hub.mapping.engine import Compiled, compile_mapping
from hub.mapping.layers import layer
from hub.mapping.schema import OPTIONS, MappingFile, load_mapping

PAGE = (Path(__file__).parents[3] / "docs" / "mappings.md").read_text(encoding="utf-8")
HEAD = "entity: order\nstream: orders\nid: id\n"
OWN = [Codec("first_id", lambda value, tables: next((item for item in value if item), None))]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


YAML = blocks("yaml")
LINKS = {("customers", "20"): "0c1", ("variants", "12"): "0v1"}


def loaded(text: str) -> MappingFile:
    if "# layer: merchant" in text:
        return layer([load_mapping(YAML[0], "docs.yaml"), load_mapping(text, "merchant.yaml", "merchant")])
    return load_mapping(text if text.startswith("entity:") else HEAD + text, "docs.yaml")


def example() -> Compiled:
    return compile_mapping(loaded(YAML[0]), make_codecs(OWN))


@pytest.mark.parametrize("text", YAML)
def test_every_mapping_on_the_page_compiles(text: str) -> None:
    compile_mapping(loaded(text), make_codecs(OWN))


def test_the_page_has_examples() -> None:
    assert (len(YAML), len(blocks("json")), len(blocks("python"))) == (6, 3, 1)


def test_the_example_decodes_to_what_the_page_shows() -> None:
    document, record, _ = map(json.loads, blocks("json"))
    decoded = example().decode(document, {}, lambda stream, external_id: LINKS[stream, external_id])
    assert decoded == record
    assert list(decoded) == list(record)


def test_the_change_is_written_as_the_page_shows() -> None:
    document, record, patch = map(json.loads, blocks("json"))
    back = {(stream, record_id): external for (stream, external), record_id in LINKS.items()}
    changed: dict[str, Any] = {
        **record,
        "note": "Ring twice",
        "status": "cancelled",
        "custom": {"gift_message": "For us"},
    }
    changed["billing_address"] = {**record["billing_address"], "city": "Huế"}
    only = {"note", "status", "custom.gift_message", "billing_address"}
    written = example().encode(changed, {}, lambda stream, record_id: back[stream, record_id], base=document, only=only)
    assert written == patch


def test_the_codec_on_the_page_keeps_its_word() -> None:
    names: dict[str, Any] = {}
    exec(blocks("python")[0], names)
    codec = names["WEIGHT"]
    assert codec.decode({"grams": 250}, {}) == "250"
    assert codec.encode("250", {}, {"unit": "g", "grams": 1}) == {"unit": "g", "grams": 250}


def rows(heading: str) -> set[str]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE))


def test_every_key_of_a_rule_is_on_the_page() -> None:
    assert rows("A rule") == set(OPTIONS)


def test_every_codec_is_on_the_page() -> None:
    assert rows("Codecs") == {codec.name for codec in BUILT_IN}
