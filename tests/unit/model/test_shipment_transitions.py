"""How the status of a shipment may change: the whole table, in words."""

from __future__ import annotations

import pytest

from hub.model import ShipmentStatus as S
from hub.model import may_become
from hub.model.shipment import BEFORE_PICKUP, MOVING, TRANSITIONS


def test_every_status_has_a_row() -> None:
    assert TRANSITIONS.keys() == set(S)


def test_a_new_shipment_may_have_any_status() -> None:
    """T089: a shipment that is already delivered when first seen is believed."""
    assert all(may_become(None, status) for status in S)


@pytest.mark.parametrize("status", list(S))
def test_staying_is_no_change(status: S) -> None:
    assert not may_become(status, status) or status in MOVING


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (S.LABEL_CREATED, S.IN_TRANSIT),
        (S.IN_TRANSIT, S.OUT_FOR_DELIVERY),
        (S.ATTEMPT_FAILED, S.OUT_FOR_DELIVERY),
        (S.OUT_FOR_DELIVERY, S.IN_TRANSIT),
        (S.READY_FOR_PICKUP, S.DELIVERED),
        (S.LOST, S.DELIVERED),
        (S.DELIVERED, S.RETURNED),
        (S.RETURN_TO_SENDER, S.IN_TRANSIT),
        (S.CANCELLED, S.IN_TRANSIT),
    ],
)
def test_what_carriers_really_do_is_legal(now: S, then: S) -> None:
    assert may_become(now, then)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (S.DELIVERED, S.IN_TRANSIT),
        (S.DELIVERED, S.OUT_FOR_DELIVERY),
        (S.DELIVERED, S.LABEL_CREATED),
        (S.IN_TRANSIT, S.LABEL_CREATED),
        (S.IN_TRANSIT, S.PENDING),
        (S.DELIVERED, S.CANCELLED),
        (S.RETURNED, S.DELIVERED),
        (S.CANCELLED, S.PENDING),
        (S.LOST, S.CANCELLED),
    ],
)
def test_going_back_in_time_is_not(now: S, then: S) -> None:
    """T092: a returned parcel is never told as delivered."""
    assert not may_become(now, then)


def test_nothing_leaves_returned() -> None:
    assert not any(may_become(S.RETURNED, then) for then in S)


@pytest.mark.parametrize("now", sorted(BEFORE_PICKUP | MOVING))
def test_what_has_not_arrived_may_be_taken_back_and_a_scan_shows_that_it_was_not(now: S) -> None:
    """T085, T121: a person cancels; what the carrier sees afterwards is what happens."""
    assert may_become(now, S.CANCELLED)
    assert may_become(S.CANCELLED, S.IN_TRANSIT)
    assert may_become(S.CANCELLED, S.DELIVERED)


@pytest.mark.parametrize("now", sorted(set(S) - BEFORE_PICKUP))
def test_once_scanned_a_parcel_is_never_unknown_again(now: S) -> None:
    assert not any(may_become(now, then) for then in BEFORE_PICKUP)
