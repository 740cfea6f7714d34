"""Plays many seeds in several processes at once."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from hub.testing.simulation.database import room, use_folder
from hub.testing.simulation.life import live
from hub.testing.simulation.plot import draw

SHARE = 5
"""Seeds that a process gets at a time."""


def play(seeds: range, jobs: int, share: int = SHARE) -> Iterator[tuple[int, list[str]]]:
    """Play the seeds in several processes; give each seed's violations as they come."""
    shares = [seeds[start : start + share] for start in range(0, len(seeds), share)]
    with (
        tempfile.TemporaryDirectory(prefix="entrepot-", dir=room()) as spare,
        ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin, initargs=(spare,)) as pool,
    ):
        try:
            for played in pool.map(_play, shares):
                yield from played
        finally:
            pool.shutdown(cancel_futures=True)


def quiet() -> None:
    """Leave out what the hub logs: that remotes are away is no news here."""
    logging.getLogger("hub").setLevel(logging.CRITICAL)


def _begin(folder: str) -> None:
    quiet()
    use_folder(folder)


def _play(seeds: range) -> list[tuple[int, list[str]]]:
    return [(seed, live(draw(seed)).violations) for seed in seeds]
