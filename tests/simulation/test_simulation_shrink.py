"""A failing script becomes small, and what is left still fails."""

from __future__ import annotations

from hub.testing.simulation import Script, draw, shrink


def test_what_does_not_matter_is_left_out() -> None:
    script = draw(5)
    culprit = script.faults[-1]
    guilty_edit = script.edits[2]

    def fails(tried: Script) -> bool:
        return culprit in tried.faults and guilty_edit in tried.edits

    small = shrink(script, fails)
    assert (small.faults, small.edits) == ((culprit,), (guilty_edit,))


def test_it_gives_up_after_so_many_trials_with_what_it_has() -> None:
    tried = 0

    def fails(_script: Script) -> bool:
        nonlocal tried
        tried += 1
        return False

    script = draw(5)
    assert shrink(script, fails, most=3) == script
    assert tried == 3
