"""Lists are joined by the identity of their elements, never by their place."""

from __future__ import annotations

from typing import Any

import pytest

from hub.sync.agreeing.element import join


def line(identity: str, quantity: str = "1", **more: Any) -> dict[str, Any]:
    return {"id": identity, "quantity": quantity, **more}


A, B, C, D = line("a"), line("b"), line("c"), line("d")


@pytest.mark.parametrize(
    ("mine", "base", "new", "joined"),
    [
        ([A, B, C], [A, B], [A, B, D], [A, B, C, D]),  # added here and there: both stay
        ([A, B], [A, B], [A], [A]),  # removed there
        ([A, B, C], [A, B], [B], [B, C]),  # removed there, added here
        ([B], [A, B], [A, B, D], [B, D]),  # removed here, added there
        ([A, B], [A, B], [B, A], [B, A]),  # only the order changed, there
        ([A, B, C], [A, B], [D, A, B], [A, B, C, D]),
        ([A], [], [A], [A]),  # both added the same
        (None, [], [A], [A]),
        ([A], [A], None, []),
        (["x", "y"], ["x"], ["x", "z"], ["x", "y", "z"]),  # texts are their own identity
        (["x", "y"], ["x", "y"], ["y", "z"], ["y", "z"]),
    ],
)
def test_what_either_side_added_or_removed_counts(mine: Any, base: Any, new: Any, joined: Any) -> None:
    """T117."""
    result = join(mine, base, base, new)
    assert result.value == joined
    assert not result.clash


def test_changed_fields_within_an_element_merge() -> None:
    base = [line("a", "1", title="Sock", tax="1.00"), B]
    mine = [line("a", "2", title="Sock", tax="1.00"), B]
    new = [B, line("a", "1", title="Warm sock", tax="1.00")]
    result = join(mine, base, base, new)
    assert not result.clash
    assert {e["id"]: e for e in result.value}["a"] == line("a", "2", title="Warm sock", tax="1.00")


def test_lists_and_custom_fields_inside_elements_merge_as_well() -> None:
    base = [line("a", taxes=[{"id": "t1", "amount": "1"}], custom={"color": "red"})]
    mine = [line("a", taxes=[{"id": "t1", "amount": "1"}, {"id": "t2", "amount": "2"}], custom={"color": "blue"})]
    new = [line("a", taxes=[{"id": "t1", "amount": "9"}], custom={"color": "red", "size": "M"})]
    [element] = join(mine, base, base, new).value
    assert element["taxes"] == [{"id": "t1", "amount": "9"}, {"id": "t2", "amount": "2"}]
    assert element["custom"] == {"color": "blue", "size": "M"}


@pytest.mark.parametrize(
    ("mine", "new", "value"),
    [
        ([line("a", "2")], [line("a", "3")], [line("a", "3")]),  # the same field of an element on both sides
        ([line("a", "2"), B], [B], [line("a", "2"), B]),  # changed here, removed there: no change is lost
        ([B], [line("a", "3"), B], [B, line("a", "3")]),  # removed here, changed there
    ],
)
def test_two_changes_of_one_thing_are_told(mine: Any, new: Any, value: Any) -> None:
    result = join(mine, [A, B], [A, B], new)
    assert sorted(result.value, key=str) == sorted(value, key=str)
    assert result.clash


def test_elements_that_the_remote_keeps_under_ids_of_its_own_are_found_by_what_was_agreed() -> None:
    """The ERP numbers the lines that it was given, and a person there adds one, changes one and removes one."""
    ours = [line("1", sku="X"), line("2", sku="Y"), line("3")]
    theirs = [line("70", sku="X"), line("71", sku="Y"), line("72")]
    new = [line("70", "5", sku="X"), line("72"), line("90", sku="Z")]
    result = join(ours, ours, theirs, new)
    assert result.value == [line("1", "5", sku="X"), line("3"), line("90", sku="Z")]
    assert not result.clash


def test_a_text_that_the_remote_spells_its_own_way_is_the_same_text() -> None:
    """T120: the remote sorts tags and writes them small."""
    assert join(["VIP", "new"], ["VIP", "new"], ["new", "vip"], ["new", "vip", "late"]).value == ["VIP", "new", "late"]
    assert join(["VIP", "new"], ["VIP", "new"], ["new", "vip"], ["new"]).value == ["new"]


def test_what_a_remote_does_not_keep_of_an_element_survives_its_change() -> None:
    ours = [line("a", taxes=[{"id": "t", "amount": "1"}])]
    assert join(ours, ours, [A], [line("a", "4")]).value == [line("a", "4", taxes=[{"id": "t", "amount": "1"}])]


@pytest.mark.parametrize("new", [[{"title": "no id"}], [A, A], "none", [17.5], [None]])
def test_lists_whose_elements_cannot_be_told_apart_are_replaced_as_a_whole(new: Any) -> None:
    assert join([A], [A], [A], new).value == new
    assert join([A, B], [A], [A], new).clash
