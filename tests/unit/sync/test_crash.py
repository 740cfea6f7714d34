"""The hub dies at every moment at which something lasting has just happened, and goes on as if nothing had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wreck import SEAMS, Fuse, Moment, live, moments, wreck

EVERY = 4
"""Of the moments, one in so many is tried here; the simulation tries them all, with everything else going wrong too."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[Moment]]:
    """How everything stands after three days without a crash, and when one is worth trying."""
    return moments(tmp_path_factory.mktemp("undisturbed"))


def test_without_a_crash_everything_is_where_it_belongs(undisturbed: tuple[dict[str, Any], list[Moment]]) -> None:
    end, found = undisturbed
    assert (end["owed"], end["problems"]) == ({}, [])
    assert [len(end[f"ERP's {stream}"]) for stream in ("customers", "products", "orders")] == [4, 1, 5]
    assert len(end["records"]) == 10
    assert {name for name, _ in found} >= {"after commit", "after a write"}


def test_a_crash_between_any_two_lasting_events_changes_nothing(
    undisturbed: tuple[dict[str, Any], list[Moment]], tmp_path: Path
) -> None:
    """T017, T018, T133: exactly one of everything in the ERP, nothing owed, nothing lost, whenever the process dies."""
    end, found = undisturbed
    assert len(found) > 60
    for seam, number in found[::EVERY]:
        assert crashed(tmp_path, seam, number) == end, f"died {seam} {number}"


@pytest.mark.parametrize("seam", SEAMS)
def test_a_crash_at_any_seam_is_a_crash(tmp_path: Path, seam: str) -> None:
    """Nothing of the process works any more, and nobody catches it."""
    with wreck(tmp_path, Fuse(seam, 9)) as life:
        live(life)
        assert life.crashes == 1


def crashed(folder: Path, seam: str, number: int) -> dict[str, Any]:
    with wreck(folder, Fuse(seam, number)) as life:
        end = live(life)
        assert life.crashes == 1
        return end
