"""The three-way merge: who changed a field since both sides agreed, and who wins where both did."""

from __future__ import annotations

from typing import Any

import pytest

from hub.sync.merge import Merge, Sides, merge
from hub.sync.policy import forward_status, grown, keep_if_empty

GONE = object()


def merged(record: Any, ours: Any, theirs: Any, decoded: Any, owner: str | None = None) -> Merge:
    """Merge one field of the ERP's answer; GONE: the field is not there."""
    sides = [{} if value is GONE else {"note": value} for value in (record, ours, theirs, decoded)]
    return merge(Sides("order", "erp", *sides, policies={"note": owner} if owner else {}))


@pytest.mark.parametrize(
    ("record", "ours", "theirs", "decoded", "value", "owed"),
    [
        ("a", "a", "a", "a", "a", False),  # nobody changed it
        ("b", "a", "a", "a", "b", True),  # we changed it
        ("a", "a", "a", "b", "b", False),  # they changed it
        ("b", "a", "a", "b", "b", False),  # both, to the same
        ("b", "a", "a", "c", "c", False),  # both: the newest is the remote's
        ("a", "a", "A", "A", "a", False),  # what it makes of our value is no change (T120)
        ("b", "a", "A", "A", "b", True),  # we changed it, it still normalizes the old one
        ("a", "a", "A", "B", "B", False),  # it normalizes, then a person changed it there
        ("a", "a", GONE, "b", "b", False),  # it was never told before
        (GONE, GONE, GONE, "b", "b", False),  # a field that the record does not have yet
        ("a", "a", "a", GONE, "a", False),  # absent is no change
        ("a", "a", "a", None, None, False),  # null is one
        ("a", "a", None, "a", "a", False),  # they come round to ours
    ],
)
def test_a_field_is_merged_three_ways(
    record: Any, ours: Any, theirs: Any, decoded: Any, value: Any, owed: bool
) -> None:
    """T117: each side's own changes are kept."""
    result = merged(record, ours, theirs, decoded)
    assert result.data.get("note", GONE) == value
    assert result.changed == (["note"] if value is not record and value != record else [])
    assert (result.data.get("note") != result.ours.get("note")) == owed


def test_changes_of_different_fields_are_both_kept() -> None:
    """T117: the phone changed in the shop, the e-mail in the ERP."""
    base = {"phone": "1", "email": "a"}
    sides = Sides("customer", "erp", {"phone": "2", "email": "a"}, base, base, {"phone": "1", "email": "b"})
    result = merge(sides)
    assert result.data == {"phone": "2", "email": "b"}
    assert result.changed == ["email"]
    assert result.ours == {"phone": "1", "email": "b"}


@pytest.mark.parametrize(("owner", "value"), [("shop", "a"), ("erp", "b"), ("newest", "b"), (None, "b")])
def test_the_owner_of_a_field_wins(owner: str | None, value: str) -> None:
    """T118: the same field, and a policy that says whose it is."""
    result = merged("a", "a", "a", "b", owner)
    assert result.data["note"] == value
    assert bool(result.refused) == (owner == "shop")


def test_a_refused_value_is_owed_back_to_the_remote() -> None:
    result = merged("a", "a", "a", "b", "shop")
    assert result.ours["note"] == "b"
    assert result.data["note"] == "a"
    assert result.changed == []


def test_neither_the_record_nor_its_shadow_is_changed_in_place() -> None:
    record, ours = {"note": "a"}, {"note": "a"}
    merge(Sides("order", "erp", record, ours, {"note": "a"}, {"note": "b"}))
    assert (record, ours) == ({"note": "a"}, {"note": "a"})


def test_lists_are_joined_by_the_identity_of_their_elements() -> None:
    mine = [{"id": "2", "at": "t2", "code": "old"}, {"id": "1", "at": "t1"}]
    new = [{"id": "2", "at": "t2", "code": "new"}, {"id": "3", "at_text": "t3"}]
    assert grown(mine, new) == [
        {"id": "1", "at": "t1"},
        {"id": "2", "at": "t2", "code": "new"},
        {"id": "3", "at_text": "t3"},
    ]
    assert grown(None, new) == new
    assert grown(mine, None) == sorted(mine, key=lambda e: e["id"])


@pytest.mark.parametrize(
    ("mine", "new", "agreed"),
    [
        (None, "pending", "pending"),
        ("in_transit", "out_for_delivery", "out_for_delivery"),
        ("attempt_failed", "out_for_delivery", "out_for_delivery"),
        ("delivered", "in_transit", "delivered"),
        ("delivered", "returned", "returned"),
        ("in_transit", "label_created", "in_transit"),
        ("in_transit", "unknown", "in_transit"),
        ("in_transit", None, "in_transit"),
        ("in_transit", "in_transit", "in_transit"),
        ("cancelled", "in_transit", "in_transit"),
    ],
)
def test_a_shipments_status_goes_only_where_the_table_allows(mine: str | None, new: str | None, agreed: str) -> None:
    """T121: never the last clock."""
    assert forward_status(mine, new) == agreed


@pytest.mark.parametrize(("mine", "new", "agreed"), [("a", None, "a"), ("a", "", "a"), ("a", [], "a"), ("a", "b", "b")])
def test_what_the_remote_leaves_empty_does_not_erase_ours(mine: str, new: Any, agreed: str) -> None:
    assert keep_if_empty(mine, new) == agreed


def test_a_rule_decides_in_place_of_the_remote() -> None:
    result = merge(
        Sides(
            "shipment",
            "karrio",
            record={"status": "delivered", "carrier": "dhl"},
            ours={"status": "in_transit"},
            theirs={"status": "in_transit"},
            decoded={"status": "picked_up", "carrier": None},
        )
    )
    assert result.data == {"status": "delivered", "carrier": "dhl"}
    assert result.changed == []
