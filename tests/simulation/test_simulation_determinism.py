"""The same seed gives the same history, byte by byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.testing.simulation import draw, live
from hub.testing.simulation.script import load

SEEDS = (11, 38)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_played_twice_leaves_the_same_history(seed: int) -> None:
    first, second = live(draw(seed)), live(draw(seed))
    assert first.history == second.history
    assert len(first.history) > 20


def test_another_process_with_other_hashes_lives_through_the_same(tmp_path: Path) -> None:
    assert told(tmp_path / "one", hashes="1") == told(tmp_path / "two", hashes="2")


def told(path: Path, hashes: str) -> bytes:
    command = [sys.executable, "-m", "hub.testing.simulation", "--seeds", "1", "--from", "38", "--history", str(path)]
    subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": hashes}, check=False, capture_output=True)
    return path.read_bytes()


def test_a_script_that_was_written_down_plays_like_the_one_that_was_drawn() -> None:
    script = draw(SEEDS[0])
    assert load(script.dump()) == script
    assert live(load(script.dump())).history == live(script).history
