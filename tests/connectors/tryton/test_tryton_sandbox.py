"""How the real Tryton is built once, started and ended."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import httpx
import pytest

from connectors.erp.tryton.sandbox import build, tryton_server
from connectors.erp.tryton.sandbox.builder import LOCK, _alone, _whole
from connectors.erp.tryton.sandbox.worker import signed_in

REPOSITORY = Path(__file__).resolve().parents[3]


def test_the_lock_holds_hashes_and_no_address() -> None:
    text = LOCK.read_text()
    assert "http" not in text
    packages = re.findall(r"^\S+==\S+", text, re.MULTILINE)
    assert len(packages) > 30
    assert text.count("--hash=sha256:") >= len(packages)


def test_what_is_built_is_found_again(cache: Path) -> None:
    first = build(cache)
    started = time.monotonic()
    assert build(cache) == first
    assert time.monotonic() - started < 1
    assert first.database.stat().st_size > 1_000_000
    assert not first.database.with_name("erp.sqlite-wal").exists(), "a copy would miss what is in the log"


def test_a_build_that_dies_leaves_nothing_that_looks_complete(tmp_path: Path) -> None:
    place = tmp_path / "venv"

    def die(scratch: Path) -> None:
        (scratch / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _whole(place, die)
    assert not place.exists()
    _whole(place, lambda scratch: (scratch / "whole").touch())
    assert [file.name for file in place.iterdir()] == ["whole"]


def test_two_builders_work_one_after_the_other(tmp_path: Path) -> None:
    script = f"""
        from pathlib import Path
        from connectors.erp.tryton.sandbox.builder import _alone
        with _alone(Path({str(tmp_path / "lock")!r})):
            print("mine", flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with _alone(tmp_path / "lock"):
        other = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(timeout=1)
    with other:
        assert other.stdout is not None
        assert other.stdout.read() == "mine\n"


def test_every_server_has_a_database_of_its_own(cache: Path) -> None:
    with tryton_server(cache) as one, tryton_server(cache) as two, signed_in(one) as a, signed_in(two) as b:
        a.call("model.party.party.create", [{"name": "Only here"}])
        assert [r.call("model.party.party.search_count", [["name", "=", "Only here"]]) for r in (a, b)] == [1, 0]


def test_a_folder_of_ones_own_keeps_the_data(cache: Path, tmp_path: Path) -> None:
    with tryton_server(cache, tmp_path) as server, signed_in(server) as rpc:
        rpc.call("model.party.party.create", [{"name": "Still here"}])
    with tryton_server(cache, tmp_path) as server, signed_in(server) as rpc:
        assert rpc.call("model.party.party.search_count", [["name", "=", "Still here"]]) == 1


def test_a_server_never_outlives_the_process_that_started_it(cache: Path) -> None:
    script = f"""
        import time
        from pathlib import Path
        from connectors.erp.tryton.sandbox import tryton_server
        with tryton_server(Path({str(cache)!r})) as server:
            print(server.url, flush=True)
            time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        url = starter.stdout.readline().strip()
        assert answers(url)
        os.kill(starter.pid, signal.SIGKILL)
    assert ends(url)


def answers(url: str) -> bool:
    try:
        return httpx.post(f"{url}/rpc/", json={"id": 1, "method": "common.server.version", "params": []}).is_success
    except httpx.TransportError:
        return False


def ends(url: str) -> bool:
    until = time.monotonic() + 10
    while answers(url) and time.monotonic() < until:
        pass
    return not answers(url)


def test_the_command_says_in_one_sentence_what_went_wrong(tmp_path: Path) -> None:
    """Without a network, and nothing in the installer's own cache."""
    nowhere = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "empty"), "PIP_NO_INDEX": "1"}
    command = [sys.executable, "-m", "connectors.erp.tryton.sandbox", "--cache", str(tmp_path / "cache")]
    done = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, **nowhere}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "connect to the network and start again" in done.stderr
