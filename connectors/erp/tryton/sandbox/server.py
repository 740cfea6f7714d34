"""Runs the real Tryton for as long as a test or the demo needs it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from connectors.erp.tryton.sandbox.builder import (
    DATABASE,
    INSIDE,
    OPTIMIZED,
    PASSWORD,
    USER,
    Built,
    build,
    clean_environment,
)
from hub.api import UnavailableError


@dataclass(frozen=True, slots=True)
class TrytonServer:
    """A running Tryton and how to sign in."""

    url: str
    database: str
    user: str
    password: str


@contextmanager
def tryton_server(cache: Path, work: Path | None = None) -> Iterator[TrytonServer]:
    """Start a Tryton of its own on a fresh copy of the prepared database, and end it with the block.

    `cache` keeps what is built once; `work` keeps the copy (and finds it again: a second start with the same folder
    goes on with its data), without it the copy is thrown away.
    """
    built = build(cache)
    with tempfile.TemporaryDirectory(prefix="tryton-") as scratch:
        folder = (work or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / f"{DATABASE}.sqlite").exists():
            shutil.copyfile(built.database, folder / f"{DATABASE}.sqlite")
        with _running(built, folder) as url:
            yield TrytonServer(url, DATABASE, USER, PASSWORD)


@contextmanager
def _running(built: Built, folder: Path) -> Iterator[str]:
    command = [str(built.python), OPTIMIZED, str(INSIDE / "serve.py"), str(folder), DATABASE]
    log = folder / "tryton.log"
    pipe, environment = subprocess.PIPE, clean_environment()
    with (
        log.open("a") as errors,
        subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=errors, text=True) as server,
    ):
        try:
            yield _ready(server, log)
        finally:
            server.kill()


def _ready(server: subprocess.Popen[str], log: Path) -> str:
    stuck = threading.Timer(120, server.kill)
    stuck.start()
    port = server.stdout.readline().strip() if server.stdout else ""
    stuck.cancel()
    if not port:
        raise UnavailableError(f"Tryton did not start: {log.read_text()[-500:]}", hint=f"Read {log}.")
    url = f"http://127.0.0.1:{port}"
    httpx.post(f"{url}/rpc/", json={"id": 1, "method": "common.server.version", "params": []}).raise_for_status()
    return url
