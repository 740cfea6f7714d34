"""200 webhooks a second on SQLite and a SIGKILL in the middle: each is answered, and none is lost."""

from __future__ import annotations

from pathlib import Path

from bench.hooks.trial import run

RATE, SECONDS = 200, 8


def test_no_webhook_is_lost_although_the_hub_is_killed_while_they_rain(tmp_path: Path) -> None:
    """T133: only webhooks tell of changes here, so a lost one would leave its order in an older state."""
    found = run(tmp_path, rate=RATE, seconds=SECONDS, orders=400)
    answered = len(found.measured.first) + len(found.measured.again)
    assert answered == RATE * SECONDS
    assert found.measured.again, "the kill came when nobody called"
    assert found.kept >= answered
    assert found.lost == []
    assert found.percentile(0.5) < 50
