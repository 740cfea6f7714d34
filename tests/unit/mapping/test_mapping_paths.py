from __future__ import annotations

import copy

import pytest

from hub.errors import InvalidRecordError
from hub.mapping.paths import MISSING, Lists, merge, parse_path, path_text, read, write

DOCUMENT = {
    "number": "7",
    "billing": {"city": "Gent", "phone": None},
    "shipping": None,
    "extra": [],
    "meta": [{"id": 1, "key": "a", "value": "x"}, {"id": 2, "key": "b", "value": {"deep": 1}}, "noise"],
    "party.": {"name": "Ada"},
    "flags": [{"default": True, "code": "t"}, {"default": "false", "code": "f"}],
    "rates": [{"id": 5, "name": "five"}],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DOCUMENT),
        ("number", "7"),
        ("billing.city", "Gent"),
        ("billing.phone", None),
        ("nothing", MISSING),
        ("billing.nothing", MISSING),
        ("nothing.below", MISSING),
        ("shipping.city", None),
        ("extra.below", MISSING),
        ("meta[key=a].value", "x"),
        ("meta[key=b].value.deep", 1),
        ("meta[key=a]", {"id": 1, "key": "a", "value": "x"}),
        ("meta[key=none].value", None),
        ("nothing[key=a].value", MISSING),
        ("shipping.meta[key=a].value", None),
        ('"party.".name', "Ada"),
        ("flags[default=true].code", "t"),
        ("flags[default=false].code", "f"),
        ("rates[id=5].name", "five"),
        ('rates[id="5"].name', None),
    ],
)
def test_reads_a_path(path: str, value: object) -> None:
    assert read(parse_path(path), DOCUMENT) == value


@pytest.mark.parametrize(
    "text",
    [
        "$",
        "a",
        "a.b",
        "m[key=x].value",
        '"party.".name',
        'm[key="a b"].v',
        'm[id="5"].v',
        "m[default=true]",
        "m[id=5].v",
    ],
)
def test_a_path_is_written_back_as_it_was(text: str) -> None:
    assert path_text(parse_path(text)) == text


@pytest.mark.parametrize("text", ["", ".", "a.", "a..b", "a b", "a[b]", "a[b=c", "a]", "$.a", "a[=x]", '""'])
def test_refuses_what_is_not_a_path(text: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        parse_path(text)


@pytest.mark.parametrize(
    ("path", "found"), [("number.x", "text"), ("meta.x", "a list"), ("billing[key=a].x", "an object")]
)
def test_a_document_of_another_shape_is_an_invalid_record(path: str, found: str) -> None:
    with pytest.raises(InvalidRecordError, match=found):
        read(parse_path(path), DOCUMENT)


@pytest.mark.parametrize(
    ("path", "value", "patch"),
    [
        ("number", "8", {"number": "8"}),
        ("billing.city", "Wien", {"billing": {"city": "Wien"}}),
        ("billing", {"city": "Wien"}, {"billing": {"city": "Wien"}}),
        ("new.deep.er", 1, {"new": {"deep": {"er": 1}}}),
        (
            "meta[key=a].value",
            "y",
            {"meta": [{"id": 1, "key": "a", "value": "y"}, {"id": 2, "key": "b", "value": {"deep": 1}}, "noise"]},
        ),
        (
            "meta[key=c].value",
            "z",
            {
                "meta": [
                    {"id": 1, "key": "a", "value": "x"},
                    {"id": 2, "key": "b", "value": {"deep": 1}},
                    "noise",
                    {"key": "c", "value": "z"},
                ]
            },
        ),
        ("meta[key=c].value", None, {}),
        ("rates[id=5]", None, {"rates": []}),
        ("rates[id=5]", {"name": "V"}, {"rates": [{"id": 5, "name": "V"}]}),
        ("more[default=true].code", "x", {"more": [{"default": True, "code": "x"}]}),
    ],
)
def test_writes_a_path_into_a_patch(path: str, value: object, patch: object) -> None:
    base, written = copy.deepcopy(DOCUMENT), {}
    write(written, base, parse_path(path), value)
    assert written == patch
    assert base == DOCUMENT


def test_without_a_base_null_is_written_so_that_the_remote_forgets() -> None:
    patch: dict[str, object] = {}
    write(patch, None, parse_path("meta[key=c].value"), None)
    assert patch == {"meta": [{"key": "c", "value": None}]}


def test_two_writes_into_one_list_become_one_list() -> None:
    patch: dict[str, object] = {}
    for key, value in [("a", "1"), ("c", "3")]:
        write(patch, {"meta": [{"id": 9, "key": "a"}]}, parse_path(f"meta[key={key}].value"), value)
    assert patch == {"meta": [{"id": 9, "key": "a", "value": "1"}, {"key": "c", "value": "3"}]}


def test_laying_a_patch_over_a_document_keeps_foreign_elements_of_selected_lists() -> None:
    lists = Lists()
    lists.add([parse_path("meta[key=a].value"), parse_path("meta[key=gone].value")])
    document = {
        "meta": [{"id": 1, "key": "x"}, {"id": 2, "key": "a", "value": "old"}, {"id": 3, "key": "gone"}],
        "n": 1,
    }
    merged = merge({"meta": [{"key": "a", "value": "new"}]}, document, lists)
    assert merged == {"meta": [{"id": 2, "key": "a", "value": "new"}, {"id": 1, "key": "x"}], "n": 1}


def test_other_lists_are_laid_over_whole() -> None:
    assert merge({"tags": ["b"]}, {"tags": ["a"], "o": {"k": 1}}) == {"tags": ["b"], "o": {"k": 1}}


def test_doubled_keys_in_a_selected_list_all_stay() -> None:
    lists = Lists()
    lists.add([parse_path("meta[key=a].value")])
    document = {"meta": [{"id": 1, "key": "x", "value": 1}, {"id": 2, "key": "x", "value": 2}, {"id": 3, "key": "a"}]}
    patch: dict[str, object] = {}
    write(patch, document, parse_path("meta[key=a].value"), "v")
    expected = [
        {"id": 1, "key": "x", "value": 1},
        {"id": 2, "key": "x", "value": 2},
        {"id": 3, "key": "a", "value": "v"},
    ]
    assert merge(patch, document, lists)["meta"] == expected
