"""How a reconciled day is shown."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from hub.cli.output import show
from hub.cli.reconcile import render
from hub.operations.carried import Missing, Sum, TargetDay
from hub.operations.reconcile import Difference, Reason, Reconciliation, Total

TWO = Total("EUR", 2, Decimal("30.50"), Decimal("4.87"), Decimal("5.00"))
SUM = Sum("EUR", 2, 2, Decimal("30.50"), Decimal("30.50"))
TARGET = TargetDay("order shop->erp", "erp", "sales", (SUM,), (), {"except note is test": 1})
GOOD = Reconciliation(
    connection="shop",
    stream="orders",
    day="2026-03-01",
    zone="Europe/Berlin",
    is_over=True,
    theirs=(TWO,),
    ours=(TWO,),
    differences=(),
    targets=(TARGET,),
    closed_at=None,
    later=(),
    orders={},
)


def shown(view: Reconciliation, capsys: pytest.CaptureFixture[str], *, closed_now: bool = False) -> list[str]:
    show(render(view, closed_now=closed_now))
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_both_sides_and_each_target_stand_one_below_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(GOOD, capsys)
    assert lines[0] == "2026-03-01 (Europe/Berlin), orders of shop"
    assert "EUR shop 2 30.50 4.87 5.00" in lines
    assert "EUR hub 2 30.50 4.87 5.00" in lines
    assert "To erp, by the route order shop->erp" in lines
    assert "EUR due 2 30.50" in lines
    assert "EUR erp 2 30.50" in lines
    assert "1 skipped by the rule: except note is test" in lines
    assert lines[-1] == "Everything agrees."


def test_every_difference_is_named_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    missing = Missing("8", "#8", "waits for parties")
    bad = replace(
        GOOD,
        ours=(replace(TWO, orders=1, gross=Decimal("10.00")),),
        differences=(Difference("7", "#7", Reason.DIFFERS, "gross, tax"),),
        targets=(replace(TARGET, missing=(missing,)),),
    )
    lines = shown(bad, capsys)
    assert "7 #7 differs: gross, tax" in lines
    assert "8 #8 waits for parties" in lines
    assert lines[-1] == "The sides do not agree."


def test_what_changed_since_a_day_was_closed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    later = replace(GOOD, closed_at="x", later=(Difference("7", None, Reason.CHANGED, "refunded 0 -> 3"),))
    lines = shown(later, capsys)
    assert "7 changed since the day was closed: refunded 0 -> 3" in lines
    assert lines[-1] == "Everything agrees, and 1 changed since the day was closed: sign it off with --close."
    assert shown(later, capsys, closed_now=True)[-1] == "Everything agrees; the day is closed."
    assert shown(replace(GOOD, closed_at="x"), capsys)[-1] == "Everything agrees, as it was closed."


def test_a_day_that_goes_on_agrees_only_so_far(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = "Everything agrees so far; the day is not over yet in Europe/Berlin."
    assert shown(replace(GOOD, is_over=False), capsys)[-1] == verdict


def test_a_long_list_is_cut_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    many = tuple(Difference(str(n), None, Reason.MISSING_HERE) for n in range(60))
    assert "... and 10 more: see --json." in shown(replace(GOOD, differences=many), capsys)
