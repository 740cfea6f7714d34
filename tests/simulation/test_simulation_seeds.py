"""The whole hub, with people who edit every side and faults at every seam: what it promises holds all the same."""

from __future__ import annotations

import os

from hub.testing.simulation.crew import play

SEEDS = range(1, 151)


def test_a_hundred_and_fifty_simulations_end_well() -> None:
    """T002 T003 T004 T016 T017 T018 T025 T110 T117 T120 T129 T132 T133: each of them in many orders and with faults."""
    failed = {seed: violations for seed, violations in play(SEEDS, os.cpu_count() or 1) if violations}
    assert failed == {}, f"play one with: python -m hub.testing.simulation --seeds 1 --from {min(failed)}"
