"""Lines of keys and values, held against `tomllib` on generated and on awkward files."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.config.locator import KeyPath, locate

AWKWARD = '''\
# [not.a.table]
a = "x # no comment ] } = \\" "
b = """
c = 1
"quotes" \\""" ""still"""
# the end
d = \'\'\'
[e]
\'\'\'
f.g = [ 1,
  [2, 3], # two
  { h = "]", i.j = 5 },
]
"key with = and \\u00e9" = 1979-05-27 07:32:00
[ t . "u.v" ]
w = 1
[[r]]
x = 1
[r.s]
y = 2
[[r]]
[[r.z]]
q = true
[[r.z]]
q = false
'''


def paths(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    found = {path} if path else set()
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found.union(*(paths(item, (*path, key)) for key, item in items))


def test_every_key_and_element_of_an_awkward_file_has_its_line() -> None:
    lines = locate(AWKWARD)
    assert paths(tomllib.loads(AWKWARD)) == set(lines._lines)
    expected: dict[KeyPath, int] = {
        ("a",): 2,
        ("b",): 3,
        ("d",): 7,
        ("f", "g"): 10,
        ("f", "g", 0): 10,
        ("f", "g", 1): 11,
        ("f", "g", 2, "i", "j"): 12,
        ("key with = and é",): 14,
        ("t", "u.v", "w"): 16,
        ("r", 0, "s", "y"): 20,
        ("r", 1): 21,
        ("r", 1, "z", 1, "q"): 25,
    }
    assert {path: lines.line(*path) for path in expected} == expected


def test_a_path_that_was_not_written_has_the_line_of_its_nearest_parent() -> None:
    lines = locate("\n[a.b]\nc = 1\n")
    assert lines.line("a", "b", "missing", 3) == 2
    assert lines.line("elsewhere") is None


def test_windows_line_ends_count_once() -> None:
    assert locate("a = 1\r\nb = 2\r\n").line("b") == 2


KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\x7f", exclude_categories=("Cs", "Cc")), max_size=6)


@given(st.dictionaries(KEYS, st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=9)))
def test_one_pair_a_line_is_found_on_its_line_whatever_it_says(values: dict[str, str]) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    text = "\n".join(f"{quoted(key)} = {quoted(value)}" for key, value in values.items())
    assert tomllib.loads(text) == values
    lines = locate(text)
    assert [lines.line(key) for key in values] == list(range(1, len(values) + 1))
