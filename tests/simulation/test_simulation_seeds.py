"""The whole hub, with people who edit every side and faults at every seam: what it promises holds all the same."""

from __future__ import annotations

import os

import pytest

from hub.testing.simulation.crew import play

SEEDS, AT_ONCE = 150, 15


@pytest.mark.parametrize("first", range(1, SEEDS + 1, AT_ONCE))
def test_a_hundred_and_fifty_simulations_end_well(first: int) -> None:
    """T002 T003 T004 T016 T017 T018 T025 T110 T117 T120 T129 T132 T133: each of them in many orders and with faults."""
    seeds = range(first, first + AT_ONCE)
    failed = {seed: violations for seed, violations in play(seeds, os.cpu_count() or 1) if violations}
    assert failed == {}, f"play one with: python -m hub.testing.simulation --seeds 1 --from {min(failed)}"
