"""The bugs that `make mutants` puts into the hub still fit the code, and say what they break."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATCHES = sorted((ROOT / "tests" / "simulation" / "mutants").glob("*.patch"))


def test_there_are_enough_of_them_to_tell_whether_the_simulation_sees_anything() -> None:
    assert len(PATCHES) >= 20


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_mutant_applies_and_says_what_is_wrong_with_it(patch: Path) -> None:
    said = patch.read_text().splitlines()[0]
    assert said.endswith(".")
    check = ["git", "apply", "--check", "--unidiff-zero", "--recount", "-C1", str(patch)]
    applied = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert applied.returncode == 0, applied.stderr
