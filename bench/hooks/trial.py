"""One trial: a shop, a hub that is killed in the middle, and what the hub knows when the storm is over."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.hooks.caller import Caller, Measured
from bench.hooks.shop import SECRET, Shop
from hub.clock import utc_now
from hub.store import inbox, links, schema, secrets, settings, webhooks
from hub.store.database import Database
from hub.store.keyring import Keyring, make_key_file
from hub.store.settings import ConnectionRow, MerchantRow
from hub.testing.serve import serve

START_SECONDS = 30
CATCH_UP_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a storm: `lost` orders are known in an older state than the last call told of.

    `kept` calls were written, `caught_up` is how many seconds after the last answer everything was fetched.
    """

    measured: Measured
    kept: int
    lost: list[str]
    caught_up: float
    cpu: float

    def percentile(self, share: float) -> float:
        """Give a percentile of the times to an answer at the first attempt, in milliseconds."""
        ordered = sorted(self.measured.first)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


@dataclass
class HubProcess:
    """The hub, which can be killed and started again."""

    database: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        command = [sys.executable, "-m", "bench.hooks.hub", str(self.database), str(self.port)]
        self.process = subprocess.Popen(command)
        end = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit("The hub did not start.")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.end(signal.SIGKILL)

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait until it is gone."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()


def run(folder: Path, *, rate: float, seconds: float, orders: int, kill: bool = True) -> Outcome:
    """Let a storm go over a hub."""
    shop, chance = Shop(), random.Random(1)
    with serve(shop) as url, ThreadPoolExecutor(1) as beside:
        database = _prepare(folder, url)
        hub = HubProcess(folder / "hub.db", _free_port())
        hub.start()
        try:
            assassin = beside.submit(_kill_and_start, hub, seconds / 2) if kill else None
            measured = asyncio.run(
                Caller(hub.port).storm(lambda _n: shop.change(str(chance.randint(1, orders))), rate, seconds)
            )
            if assassin:
                assassin.result()
            caught_up = _wait(lambda: not _backlog(database))
            cpu = _cpu(hub)
        finally:
            hub.end()
    return Outcome(measured, _kept(database), _lost(database, shop), caught_up, cpu)


def _prepare(folder: Path, url: str) -> Database:
    make_key_file(folder)
    database = Database(f"sqlite:///{folder / 'hub.db'}", keyring=Keyring(folder, {}))
    schema.migrate(database)
    with database.write() as tx:
        settings.put_merchant(tx, MerchantRow("default"))
        settings.put_connection(tx, ConnectionRow("shop", "default", "storm", {"url": url}))
        secrets.add(tx, "shop", "webhook", SECRET, utc_now())
    return database


def _kill_and_start(hub: HubProcess, after: float) -> None:
    time.sleep(after)
    hub.kill()
    hub.start()


def _wait(until: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not until():
        if time.monotonic() - began > CATCH_UP_SECONDS:
            raise SystemExit("The hub does not catch up.")
        time.sleep(0.05)
    return time.monotonic() - began


def _backlog(database: Database) -> int:
    with database.read() as tx:
        return sum(inbox.backlog(tx).values())


def _kept(database: Database) -> int:
    with database.read() as tx:
        counted = webhooks.counts(tx, utc_now().replace(hour=0))
    return sum(one.count for one in counted if one.outcome in ("accepted", "duplicate", "stale"))


def _lost(database: Database, shop: Shop) -> list[str]:
    with database.read() as tx:
        known = links.versions(tx, "shop", "orders", list(shop.versions))
    return [one for one, version in shop.versions.items() if known.get(one) != str(version)]


def _cpu(hub: HubProcess) -> float:
    """Tell how many CPU seconds the hub that lives now has used."""
    assert hub.process is not None
    fields = Path(f"/proc/{hub.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
