"""The three-way merge: who changed a field since both sides agreed, and who wins where both did."""

from __future__ import annotations

from typing import Any

import pytest

from hub.sync.agreeing.merge import Merge, Sides, merge
from hub.sync.agreeing.policy import forward_status, grown, keep_if_empty

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
        ("in_transit", "cancelled", "cancelled"),
        ("delivered", "cancelled", "delivered"),
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


@pytest.mark.parametrize(("new", "refused"), [("cancelled", ["status"]), ("in_transit", [])])
def test_whoever_cancels_what_has_arrived_is_told_and_who_is_behind_is_not(new: str, refused: list[str]) -> None:
    """T121"""
    base = {"status": "picked_up"}
    result = merge(Sides("shipment", "shop", {"status": "delivered"}, base, base, {"status": new}))
    assert (result.data["status"], result.refused) == ("delivered", refused)


@pytest.mark.parametrize(
    ("field", "mine", "new", "decided"),
    [
        ("status", "completed", "cancelled", "completed"),  # goods that have left cannot be called back
        ("status", "cancelled", "completed", "completed"),
        ("status", "cancelled", "on_hold", "cancelled"),
        ("payment_status", "paid", "voided", "paid"),
        ("payment_status", "paid", "partially_refunded", "partially_refunded"),
        ("fulfillment_status", "partial", "restocked", "partial"),
    ],
)
def test_a_status_that_both_changed_is_decided_by_the_order_of_business(
    field: str, mine: str, new: str, decided: str
) -> None:
    """T121: the ERP says shipped and the shop says cancelled; who was last does not matter. T041."""
    base = {field: "open"}
    result = merge(Sides("order", "shop", {field: mine}, base, base, {field: new}))
    assert result.data[field] == decided
    assert result.ours[field] == new
    assert bool(result.refused) == (decided != new)


def test_a_status_that_only_one_side_changed_may_also_go_back() -> None:
    base = {"status": "cancelled"}
    assert merge(Sides("order", "shop", base, base, base, {"status": "open"})).data["status"] == "open"


@pytest.mark.parametrize(("policy", "tags"), [("newest", ["a", "c"]), ("union", ["a", "b", "c"]), ("erp", ["a", "c"])])
def test_a_list_is_joined_or_replaced_as_its_policy_says(policy: str, tags: list[str]) -> None:
    base = {"tags": ["a"]}
    sides = Sides("order", "erp", {"tags": ["a", "b"]}, base, base, {"tags": ["a", "c"]}, {"tags": policy})
    assert merge(sides).data["tags"] == tags


def test_lists_are_joined_unless_somebody_chose_otherwise_and_the_rest_is_owed() -> None:
    base = {"tags": ["a"]}
    result = merge(Sides("order", "erp", {"tags": ["a", "b"]}, base, base, {"tags": ["a", "c"]}))
    assert result.data["tags"] == ["a", "b", "c"]
    assert result.ours["tags"] == ["a", "c"]
    assert result.refused == ["tags"]


def test_each_custom_field_is_merged_by_itself() -> None:
    """T117; a policy names it as `custom.NAME`."""
    base = {"custom": {"size": "M", "color": "red", "gift": False}}
    mine = {"custom": {"size": "L", "color": "red", "gift": True}}
    new = {"custom": {"size": "M", "color": "blue", "gift": None}}
    sides = Sides("order", "erp", mine, base, base, new, {"custom.gift": "shop"})
    result = merge(sides)
    assert result.data == {"custom": {"size": "L", "color": "blue", "gift": True}}
    assert result.changed == ["custom.color"]


def test_a_person_is_asked_only_where_both_changed_the_same() -> None:
    """T118."""
    base = {"note": "a", "tags": ["x"]}
    human = {"note": "human", "tags": "human"}
    apart = Sides(
        "order", "erp", {"note": "a", "tags": ["x", "y"]}, base, base, {"note": "b", "tags": ["x", "z"]}, human
    )
    result = merge(apart)
    assert result.clashes == []
    assert result.data == {"note": "b", "tags": ["x", "y", "z"]}
    both = merge(Sides("order", "erp", {"note": "c"}, base, base, {"note": "b"}, human))
    assert [(c.field, c.base, c.ours, c.theirs) for c in both.clashes] == [("note", "a", "c", "b")]
    assert (both.data["note"], both.ours["note"], both.theirs["note"]) == ("c", "a", "a")
