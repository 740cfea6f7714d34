"""Let webhooks rain on a hub: python -m bench webhooks --seconds 60."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from bench.hooks.trial import Outcome, run

SLOWEST = 100
"""Milliseconds in which 99 of 100 calls must be answered."""


def main() -> int:
    """Run one trial and print what it measured; 1 when a call was lost, or answers took too long."""
    parser = argparse.ArgumentParser(prog="python -m bench webhooks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--orders", type=int, default=5000)
    parser.add_argument("--no-kill", action="store_true")
    wanted = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        found = run(
            Path(folder), rate=wanted.rate, seconds=wanted.seconds, orders=wanted.orders, kill=not wanted.no_kill
        )
    report(found, wanted.rate, wanted.seconds, load)
    return 1 if found.lost or found.percentile(0.99) > SLOWEST else 0


def report(found: Outcome, rate: float, seconds: float, load: float) -> None:
    """Print what was measured."""
    first, again = len(found.measured.first), len(found.measured.again)
    print(f"{first + again} calls, {rate:.0f} a second for {seconds:.0f} s; load of the machine before: {load:.2f}")
    print(f"answered at once {first}, when made again {again}, refused meanwhile {len(found.measured.refused)}")
    shares = ", ".join(f"p{share * 100:g} {found.percentile(share):.1f}" for share in (0.5, 0.9, 0.99, 0.999))
    print(f"milliseconds to the answer: {shares}, most {found.percentile(1):.1f}")
    if found.measured.slow:
        spans = sorted({int(at) for at, _ in found.measured.slow})
        print(f"{len(found.measured.slow)} took longer than 100 ms, in these seconds of the trial: {spans}")
    if again:
        print(f"longest wait of one that was made again: {max(found.measured.again):.2f} s")
    print(f"written {found.kept}; lost {len(found.lost)}; all fetched {found.caught_up:.1f} s after the last answer")
    print(f"CPU of the hub since its start: {found.cpu:.1f} s")


if __name__ == "__main__":
    raise SystemExit(main())
