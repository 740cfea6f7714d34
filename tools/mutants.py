"""Breaks the hub on purpose, one bug at a time, and shows that the simulation notices each: python -m tools.mutants.

Each patch in tests/simulation/mutants is one bug. It is applied to a scratch copy of the hub; one that no longer
applies is a failure, like one that no simulation catches.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATCHES = ROOT / "tests" / "simulation" / "mutants"
SEED = re.compile(r"seed (\d+): \d+ violations\n +(.*)")


def main(arguments: Sequence[str]) -> int:
    """Try every mutant, or those that are named; 1 when one survives."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these patches")
    parser.add_argument("--seeds", type=int, default=300, help="how many simulations may look for a bug (300)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    asked = parser.parse_args(arguments)
    patches = [path for path in sorted(PATCHES.glob("*.patch")) if not asked.names or path.stem in asked.names]
    survivors = [path.stem for path in patches if not _is_caught(path, asked.seeds, asked.jobs)]
    _say(f"{len(patches) - len(survivors)} of {len(patches)} mutants are caught within {asked.seeds} simulations.")
    for name in survivors:
        _say(f"    {name} is not")
    return 1 if survivors else 0


def _is_caught(patch: Path, seeds: int, jobs: int) -> bool:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as scratch:
        shutil.copytree(ROOT / "hub", Path(scratch) / "hub", ignore=shutil.ignore_patterns("__pycache__"))
        apply = ["git", "apply", "--unidiff-zero", "--recount", "-C1", str(patch)]
        applied = subprocess.run(apply, cwd=scratch, capture_output=True, text=True, check=False)
        if applied.returncode:
            _say(f"{patch.stem}: does not apply: {applied.stderr.strip()}")
            return False
        command = [sys.executable, "-m", "hub.testing.simulation", "--seeds", str(seeds), "--jobs", str(jobs), "--stop"]
        found = subprocess.run(
            command, cwd=scratch, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": scratch}
        )
    caught = SEED.search(found.stdout)
    told = f"seed {caught.group(1)}: {caught.group(2)[:120]}" if caught else f"not caught {found.stderr[-500:]}"
    _say(f"{patch.stem}: {told} ({time.monotonic() - begun:.0f} s)")
    return caught is not None


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
