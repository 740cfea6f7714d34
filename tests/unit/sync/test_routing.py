"""Routes: where a record goes, and which rule keeps it from going there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.store.settings import RouteRow
from hub.sync.routing import Leg, barred, describe, holds, legs, targets, writable

ROUTE = RouteRow("order shop->erp", "default", "order", "shop", "erp", "orders", "sales")


def leg(**more: Any) -> Leg:
    return legs([replace(ROUTE, **more)])[0]


def test_a_one_way_route_has_one_leg_and_a_two_way_route_two() -> None:
    assert [(x.source, x.target, x.target_stream) for x in legs([ROUTE])] == [("shop", "erp", "sales")]
    both = legs([replace(ROUTE, direction="two-way")])
    assert [(x.source, x.target, x.target_stream) for x in both] == [
        ("shop", "erp", "sales"),
        ("erp", "shop", "orders"),
    ]


@pytest.mark.parametrize("state", ["draft", "matched"])
def test_a_route_carries_nothing_before_it_is_live(state: str) -> None:
    assert legs([replace(ROUTE, state=state)]) == []


def test_a_record_goes_from_where_it_is_linked() -> None:
    both = legs([replace(ROUTE, direction="two-way")])
    assert [x.target for x in targets(both, "order", {"shop"})] == ["erp"]
    assert [x.target for x in targets(both, "order", {"shop", "erp"})] == ["erp", "shop"]
    assert targets(both, "order", {"carrier"}) == []
    assert targets(both, "customer", {"shop"}) == []


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ({"is": "open"}, "open", True),
        ({"is": "open"}, "completed", False),
        ({"is": True}, True, True),
        ({"not": "open"}, "completed", True),
        ({"not": "open"}, None, True),
        ({"in": ["open", "completed"]}, "open", True),
        ({"in": ["open"]}, None, False),
        ({"not_in": ["open"]}, "completed", True),
        ({"not_in": ["open"]}, "open", False),
        ({"before": "2026-02-01T00:00:00Z"}, "2026-01-31T23:59:59Z", True),
        ({"before": "2026-02-01T00:00:00Z"}, "2026-02-01T00:00:00Z", False),
        ({"before": "2026-02-01T00:00:00Z"}, None, False),
        ({"after": "2026-02-01T00:00:00Z"}, "2026-02-01T00:00:01Z", True),
        ({"after": "2026-02-01T00:00:00Z"}, None, False),
        ({"after": "2026-02-01T00:00:00Z"}, 5, False),
        ({"before": "2026-02-01T00:00:00Z"}, [], False),
        ({"exists": True}, "x", True),
        ({"exists": True}, None, False),
        ({"exists": False}, None, True),
        ({"exists": False}, "", False),
    ],
)
def test_every_operator_of_a_rule(rule: dict[str, Any], value: Any, expected: bool) -> None:
    assert holds({"field": "x", **rule}, {"x": value}) is expected


def test_a_rule_reaches_into_a_record() -> None:
    rule = {"field": "shipping_address.country", "is": "DE"}
    assert holds(rule, {"shipping_address": {"country": "DE"}})
    assert not holds(rule, {"shipping_address": None})
    assert not holds(rule, {"shipping_address": "DE"})
    assert not holds(rule, {})


def test_a_rule_that_bars_is_named_in_words() -> None:
    only = leg(rules={"only": [{"field": "status", "in": ["open", "completed"]}]})
    assert barred(only, {"status": "cancelled"}, None, exists=False) == "only status in open, completed"
    assert barred(only, {"status": "open"}, None, exists=False) is None
    without = leg(rules={"except": [{"field": "test", "is": True}]})
    assert barred(without, {"test": True}, None, exists=True) == "except test is True"
    assert describe({"field": "tags", "not_in": ["x"]}) == "tags not in x"


def test_every_only_must_hold() -> None:
    both = leg(rules={"only": [{"field": "a", "is": "1"}, {"field": "b", "is": "2"}]})
    assert barred(both, {"a": "1", "b": "2"}, None, exists=False) is None
    assert barred(both, {"a": "1", "b": "3"}, None, exists=False) == "only b is 2"


@pytest.mark.parametrize(
    ("occurred_at", "exists", "is_barred"),
    [
        ("2025-12-31T23:59:59Z", False, True),
        ("2025-12-31T23:59:59Z", True, False),
        ("2026-01-01T00:00:00Z", False, False),
        (None, False, False),
    ],
)
def test_what_is_older_than_go_live_is_not_created_but_kept_up_to_date(
    occurred_at: str | None, exists: bool, is_barred: bool
) -> None:
    since = leg(since="2026-01-01T00:00:00Z")
    assert bool(barred(since, {}, occurred_at, exists=exists)) is is_barred


@pytest.mark.parametrize(
    ("mask", "fields"),
    [
        (None, {"status", "note", "total"}),
        ({"skip": ["status"]}, {"note", "total"}),
        ({"write": ["status", "nonsense"]}, {"status"}),
        ({"write": ["status", "note"], "skip": ["note"]}, {"status"}),
    ],
)
def test_a_mask_limits_what_is_written(mask: dict[str, list[str]] | None, fields: set[str]) -> None:
    """T122: a direction is switched off for a field."""
    assert writable(leg(mask=mask), ["status", "note", "total"]) == fields
