"""Read a large Shopify store through the real command line: python -m bench boutique --orders 50000 --levels 200000."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from bench.boutique.shop import TOKEN, Told, keep

LIMIT = 150
"""Megabytes of memory that the hub may take."""
MOVED = 300
TOML = """\
[hub]
database = "sqlite:///hub.db"

[connections.boutique]
connector = "shopify"
shop = "{url}"
access_token = "env:BOUTIQUE_TOKEN"
"""
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "BOUTIQUE_TOKEN": TOKEN,
}
HUB = str(Path(sys.executable).with_name("hub"))


@dataclass(frozen=True, slots=True)
class Measure:
    """One finished command: seconds, CPU seconds, peak memory in MB, requests it made."""

    seconds: float
    cpu: float
    memory: float
    requests: int


def main() -> int:
    """Back-fill the orders, read the stock twice, and print what each took; 1 when it was more memory than allowed."""
    parser = argparse.ArgumentParser(prog="python -m bench boutique", description=__doc__)
    parser.add_argument("--orders", type=int, default=50_000)
    parser.add_argument("--levels", type=int, default=200_000)
    wanted = parser.parse_args()
    found: list[Measure] = []
    with opened(wanted.orders, wanted.levels) as store, tempfile.TemporaryDirectory() as folder:
        Path(folder, "hub.toml").write_text(TOML.format(url=store.url))
        for command in (["init"], ["apply", "--yes"]):
            subprocess.run([HUB, *command], cwd=folder, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
        if wanted.orders:
            found.append(measure("back-fill of orders", store, folder, "backfill", "boutique", "orders"))
            print(f"the file of {wanted.orders} orders: {store.ask().size / 1e6:.0f} MB")
        if wanted.levels:
            found.append(measure("stock, first time", store, folder, "backfill", "boutique", "stock"))
            store.ask(moved=MOVED)
            found.append(measure(f"stock, {MOVED} moved", store, folder, "backfill", "boutique", "stock"))
    return max(one.memory for one in found) > LIMIT


@dataclass(frozen=True, slots=True)
class Store:
    """The store in its own process, and the pipe to it."""

    url: str
    pipe: Connection

    def ask(self, moved: int | None = None) -> Told:
        """Hear how it stands, after so many levels have moved."""
        self.pipe.send(moved)
        told: Told = self.pipe.recv()
        return told


@contextmanager
def opened(orders: int, levels: int) -> Iterator[Store]:
    """Run the store beside us: a process begins with the memory of the one that starts it, so ours must stay small."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=keep, args=(orders, levels, theirs), daemon=True)
    process.start()
    try:
        yield Store(ours.recv(), ours)
    finally:
        process.terminate()
        process.join()


def measure(name: str, store: Store, folder: str, *command: str) -> Measure:
    """Run a command of the hub to its end, take what the operating system counted for it, and print it."""
    before, began = store.ask().requests, time.perf_counter()
    process = subprocess.Popen(
        [HUB, *command], cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed:\n{said}")
    cpu, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000
    found = Measure(time.perf_counter() - began, cpu, memory, store.ask().requests - before)
    print(f"{name:20} {found.seconds:6.0f} s, CPU {cpu:6.1f} s, {memory:6.1f} MB, {found.requests} requests")
    print(said.strip())
    return found


if __name__ == "__main__":
    raise SystemExit(main())
