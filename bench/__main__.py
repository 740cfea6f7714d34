"""Measure what importing orders costs through the real command line, in units of a bare script that does only that."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "SHOP_KEY": "ck",
    "SHOP_SECRET": "cs",
}
"""An installed hub has its bytecode: without it every start would compile what was edited last."""
TOML = """\
[hub]
database = "sqlite:///hub.db"

[connections.shop]
connector = "woocommerce"
url = "http://127.0.0.1:{port}"
auth = "basic"
key = "env:SHOP_KEY"
secret = "env:SHOP_SECRET"
"""


@dataclass(frozen=True, slots=True)
class Measure:
    """One finished process: CPU seconds of itself and its children, peak memory in MB, requests it made."""

    cpu: float
    memory: float
    requests: int


def main() -> None:
    """Run both candidates in turn and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, str(HERE / "server.py"), "--n", str(arguments.orders), "--port", str(port)],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        compare(port, arguments.orders, arguments.runs)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def compare(port: int, orders: int, runs: int) -> None:
    """Interleave floor, import and a sync of nothing new; print medians and ratios."""
    results: dict[str, list[Measure]] = {"floor": [], "import": [], "nothing new": []}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            floor = [sys.executable, str(HERE / "floor.py"), str(port), f"{folder}/floor.db"]
            results["floor"].append(measure(floor, folder, port))
            prepare(folder, port)
            command = [str(Path(sys.executable).with_name("hub")), "sync", "shop", "orders"]
            results["import"].append(measure(command, folder, port))
            results["nothing new"].append(measure(command, folder, port))
    report(results, orders)


def prepare(folder: str, port: int) -> None:
    """Set up a hub with one shop."""
    Path(folder, "hub.toml").write_text(TOML.format(port=port))
    hub = str(Path(sys.executable).with_name("hub"))
    for command in (["init"], ["apply", "--yes"]):
        subprocess.run([hub, *command], cwd=folder, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)


def measure(command: list[str], folder: str, port: int) -> Measure:
    """Run a command to its end and take what the operating system counted for it."""
    control(port, "reset")
    process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed:\n{said.decode()}")
    requests = int(control(port, "stats")["requests"])
    return Measure(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, requests)


def report(results: dict[str, list[Measure]], orders: int) -> None:
    """Print the medians, and the import in units of the floor, with and without what starting costs."""
    cpu = {name: statistics.median(m.cpu for m in found) for name, found in results.items()}
    for name, found in results.items():
        memory = max(m.memory for m in found)
        each = f"{cpu[name] / orders * 1e6:8.1f} us an order"
        print(f"{name:12} {cpu[name]:7.2f} s CPU {each}  {memory:6.1f} MB  {found[0].requests} requests")
    print(f"whole processes:      {cpu['import'] / cpu['floor']:.2f} F")
    print(f"less a sync of nothing: {(cpu['import'] - cpu['nothing new']) / cpu['floor']:.2f} F (lower bound)")


def control(port: int, what: str) -> dict[str, float]:
    """Ask the server's own counters."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_c/{what}") as answer:
        found: dict[str, float] = json.load(answer)
        return found


def free_port() -> int:
    """Find a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until the server has made its orders and answers."""
    for _ in range(600):
        try:
            control(port, "warm")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The server did not start.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["webhooks"]:
        from bench.hooks.__main__ import main as storm

        del sys.argv[1]
        raise SystemExit(storm())
    if sys.argv[1:2] == ["boutique"]:
        from bench.boutique.__main__ import main as boutique

        del sys.argv[1]
        raise SystemExit(boutique())
    main()
