"""As much of a document's JSON as tells which record it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.document import read
from hub.errors import InvalidRecordError
from hub.mapping.paths import parse_path
from hub.mapping.paths import read as read_path
from hub.mapping.peek import marks_of, may_contain, peeker

ID, VERSION = parse_path("id"), parse_path('"date.modified"')
VALUES = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8) | st.lists(st.integers(), max_size=2)
)
REFERENCE = parse_path("meta_data[key=entrepot_id].value")


@given(st.dictionaries(st.sampled_from(["id", "date.modified", "total", "lines"]), VALUES))
def test_a_peek_finds_what_stands_in_the_whole_document(document: dict[str, object]) -> None:
    text = json.dumps(document).encode()
    found = peeker((ID, VERSION))(text)
    for path in (ID, VERSION):
        assert read_path(path, found) == read_path(path, read(text))
    assert found.keys() <= {"id", "date.modified"}


def test_for_a_longer_path_the_whole_document_is_read() -> None:
    document = {"node": {"id": 5, "x": 1}, "y": 2}
    assert peeker([parse_path("node.id"), None])(json.dumps(document).encode()) == document


def test_what_is_no_object_comes_as_it_is() -> None:
    assert peeker([ID])(b"[1, 2]") == [1, 2]


def test_broken_json_is_an_error_of_that_document() -> None:
    with pytest.raises(InvalidRecordError):
        peeker([ID])(b'{"id": 1')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"meta_data": [{"key": "entrepot_id", "value": "n1"}]}', True),
        (b'{"meta_data": [{"key": "other", "value": "n1"}]}', False),
        (b'{"note": "entrepot_id"}', False),
        (rb'{"meta_data": [{"key": "\u0065ntrepot_id", "value": "n1"}]}', True),
        (rb'{"meta_data": [{"key": "\u00e9"}], "url": "http:\/\/x"}', False),
    ],
)
def test_only_what_certainly_has_no_reference_is_passed_over(text: bytes, expected: bool) -> None:
    assert may_contain(text, marks_of(REFERENCE)) is expected
    assert may_contain(memoryview(text), marks_of(REFERENCE)) is expected


@pytest.mark.parametrize(("where", "text"), [("1", b"true"), ("true", b"1"), ("100", b"1e2")])
def test_a_number_that_is_selected_may_be_written_in_more_than_one_way(where: str, text: bytes) -> None:
    path = parse_path(f"meta[key={where}].value")
    document = b'{"meta": [{"key": %b, "value": "n1"}]}' % text
    assert read_path(path, read(document)) == "n1"
    assert may_contain(document, marks_of(path))


def test_a_number_of_more_digits_than_are_kept_is_read_as_it_is_kept() -> None:
    text = b'{"id": 12345678901234567890123}'
    assert peeker([ID])(text) == read(text)


@given(st.text(max_size=12))
def test_a_reference_is_never_passed_over_however_it_is_escaped(value: str) -> None:
    document = {"meta_data": [{"key": "entrepot_id", "value": value}]}
    for ascii_only in (True, False):
        text = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        assert may_contain(text, marks_of(REFERENCE))
        everything = "".join(f"\\u{ord(c):04x}" if c.isalnum() and c.isascii() else c for c in "entrepot_id")
        assert may_contain(text.replace(b"entrepot_id", everything.encode()), marks_of(REFERENCE))
