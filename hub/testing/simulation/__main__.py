"""Plays many simulations and tells which of them went wrong: python -m hub.testing.simulation --seeds 2000."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from hub.testing.simulation.crew import SHARE, play, quiet
from hub.testing.simulation.life import live
from hub.testing.simulation.plot import draw
from hub.testing.simulation.script import Script, load
from hub.testing.simulation.shrink import shrink


def main(arguments: list[str]) -> int:
    """Run what the command line asks for; 1 when something was violated."""
    asked = _parser().parse_args(arguments)
    quiet()
    if asked.replay:
        return _replay(load(Path(asked.replay).read_text()), asked.history)
    seeds = range(asked.first, asked.first + asked.seeds)
    if asked.seeds == 1:
        return _replay(draw(asked.first), asked.history)
    return _many(seeds, asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hub.testing.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=150, help="how many to play (150)")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first seed (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--stop", action="store_true", help="stop at the first violation")
    parser.add_argument("--replay", metavar="FILE", help="play a script that a failure has left")
    parser.add_argument("--history", metavar="FILE", help="write what happened, line by line")
    parser.add_argument("--scripts", metavar="FOLDER", help="where to put the shrunk scripts of failures")
    return parser


def _many(seeds: range, asked: argparse.Namespace) -> int:
    begun, failed = time.monotonic(), 0
    for seed, violations in play(seeds, asked.jobs, 1 if asked.stop else SHARE):
        if not violations:
            continue
        failed += 1
        _say(f"seed {seed}: {len(violations)} violations")
        for violation in violations[:5]:
            _say(f"    {violation}")
        if asked.stop:
            break
        if asked.scripts:
            _keep(Path(asked.scripts), seed, violations[0])
    minutes = (time.monotonic() - begun) / 60
    _say(f"{len(seeds)} seeds, {failed} with violations, {len(seeds) / minutes:.0f} seeds a minute")
    return 1 if failed else 0


def _keep(folder: Path, seed: int, violation: str) -> None:
    """Shrink a failure and keep its script."""
    kind = violation.partition(":")[0]

    def fails(script: Script) -> bool:
        return any(one.startswith(kind) for one in live(script).violations)

    small = shrink(draw(seed), fails)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"seed-{seed}.json"
    path.write_text(small.dump())
    _say(f"    {len(small.edits)} edits and {len(small.faults)} faults are left in {path}; play them with --replay")


def _replay(script: Script, history: str | None) -> int:
    outcome = live(script)
    if history:
        Path(history).write_text("\n".join(outcome.history) + "\n")
    for violation in outcome.violations:
        _say(violation)
    _say(f"seed {script.seed}: {len(outcome.violations)} violations, {len(outcome.history)} lines of history")
    return 1 if outcome.violations else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
