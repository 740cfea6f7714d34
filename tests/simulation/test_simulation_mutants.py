"""The bugs that `make mutants` puts into the hub still fit the code, and say what they break."""

from __future__ import annotations

import shutil
import subprocess
import sys
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


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_mutant_names_nothing_that_is_not_there(patch: Path, tmp_path: Path) -> None:
    """One that only crashes shows nothing of what the simulation sees."""
    broken = next(line.split("b/", 1)[1] for line in patch.read_text().splitlines() if line.startswith("+++ "))
    place = tmp_path / broken
    place.parent.mkdir(parents=True)
    shutil.copy(ROOT / broken, place)
    apply = ["git", "apply", "--unidiff-zero", "--recount", "-C1", str(patch)]
    subprocess.run(apply, cwd=tmp_path, capture_output=True, check=True)
    undefined = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", str(place)]
    told = subprocess.run(undefined, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout
