"""A hub at the command line beside a WooCommerce store whose answers can be spoiled."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import orjson
import pytest

from connectors.woocommerce.sandbox import WooSandbox, seed
from hub.cli.program import run
from hub.testing.serve import serve

AMOUNT = 12
TOML = """\
[connections.shop]
connector = "woocommerce"
url = "{url}"
key = "env:SHOP_KEY"
secret = "env:SHOP_SECRET"
"""
Spoil = Callable[[httpx.Request, httpx.Response], httpx.Response]


class Shop:
    """A store whose answers go through `spoil` while there is one; `stop_after` requests it answers no more."""

    def __init__(self, sandbox: WooSandbox) -> None:
        self.sandbox = sandbox
        self.spoil: Spoil | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        response = self.sandbox(request)
        return self.spoil(request, response) if self.spoil else response

    @property
    def orders(self) -> dict[int, dict[str, Any]]:
        """The store's own orders that an import must bring."""
        return {number: row for number, row in self.sandbox.store.orders.items() if row["status"] != "trash"}


def on(stream: str, change: Callable[[httpx.Response], httpx.Response]) -> Spoil:
    """Spoil the lists of one stream only, and not what other streams look up in them by id."""

    def spoil(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        is_list = request.url.path.endswith(f"/{stream}") and "include" not in request.url.params
        return change(response) if is_list else response

    return spoil


def on_order(number: int, values: Mapping[str, Any]) -> Spoil:
    """Change values of one order wherever it is shown, as a store with odd plugins would."""

    def change(document: Any) -> Any:
        return {**document, **values} if isinstance(document, dict) and document.get("id") == number else document

    def spoil(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if "/orders" not in request.url.path:
            return response
        body = orjson.loads(response.content)
        shown = [change(row) for row in body] if isinstance(body, list) else change(body)
        return same(response, orjson.dumps(shown))

    return spoil


def same(response: httpx.Response, content: bytes, status: int | None = None, **extensions: Any) -> httpx.Response:
    """Make the same answer with another body."""
    return httpx.Response(
        status or response.status_code, headers=response.headers, content=content, extensions=extensions
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Read the answer for programs."""
        return json.loads(self.out)


class Desk:
    """Runs `hub` in a folder, and holds what it says against what is promised of every error."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str] | None = None) -> None:
        self.folder = folder
        self.url = ""
        self._capsys = capsys

    def write(self, text: str, name: str = "hub.toml") -> Path:
        """Write a file in the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def start(self, *words: str, first: str = "") -> subprocess.Popen[str]:
        """Start `hub` as a process of its own, which does `first` (Python) before anything else."""
        command = [sys.executable, "-c", f"{first}\nfrom hub.cli import main; main()", *words]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        environment = {**os.environ, "TMPDIR": str(self.folder)}
        return subprocess.Popen(command, cwd=self.folder, env=environment, **pipes)

    def ended(self, process: subprocess.Popen[str]) -> Said:
        """Wait for a process to end; a traceback is never an answer, nor is the report of a bug."""
        out, err = process.communicate(timeout=60)
        said = Said(process.returncode, out, err)
        assert "Traceback" not in out + err, said
        assert not list(self.folder.glob("hub-bug-*")), said
        return said

    def run(self, words: str) -> Said:
        """Run a command line to its end, in this process: it is the same code, without a second to start it."""
        assert self._capsys is not None, "this desk only starts processes"
        self._capsys.readouterr()
        code = run(words.split())
        said = self._capsys.readouterr()
        assert "Traceback" not in said.out + said.err, said
        return Said(code, said.out, said.err)

    def do(self, words: str) -> Said:
        """Run what must go well, without a word of complaint."""
        said = self.run(words)
        assert (said.code, said.err) == (0, ""), said
        return said

    def fail(self, words: str, code: int) -> tuple[str, str]:
        """Run what must fail with one error; give its sentence and its next step."""
        return one_error(self.run(words), code)


def one_error(said: Said, code: int) -> tuple[str, str]:
    """Hold what was said against the promise: exactly one error, which says what, where, and what to do next."""
    assert said.code == code, said
    found = re.fullmatch(r"Error: ([^\n]+)\nNext:  ([^\n]+)\n", said.err)
    assert found, said
    assert all(text[-1] in ".?…`" for text in found.groups()), said
    return found[1], found[2]


Waiting: TypeAlias = tuple[Desk, Shop, "subprocess.Popen[str]", sqlite3.Connection]
"""A desk, its shop, the sync that waits there, and who holds the lock."""


def everything_came_once(desk: Desk, shop: Shop) -> None:
    """Hold the hub against the store: all of it is there, nothing twice, nothing open, nothing more comes."""
    assert "failed" not in desk.do("sync").out
    status = desk.do("status --json").json
    store = shop.sandbox.store
    assert (status["records"]["order"], status["records"]["product"]) == (len(shop.orders), len(store.products))
    assert status["needs"] == []
    assert problems(desk) == []
    runs = desk.do("sync --json").json["runs"]
    assert sum(run["written"] + run["parked"] for run in runs) == 0


def problems(desk: Desk) -> list[dict[str, Any]]:
    """List the open problems."""
    found: list[dict[str, Any]] = desk.do("problems list --json").json["problems"]
    return found


@pytest.fixture
def shop() -> Shop:
    sandbox = WooSandbox()
    seed(sandbox, AMOUNT)
    return Shop(sandbox)


@pytest.fixture
def url(shop: Shop) -> Iterator[str]:
    with serve(shop) as place:
        yield place


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    monkeypatch.setenv("SHOP_KEY", "ck_sandbox")
    monkeypatch.setenv("SHOP_SECRET", "cs_sandbox")
    return Desk(tmp_path, capsys)


@pytest.fixture
def desk(bare: Desk, url: str) -> Desk:
    bare.write(TOML.format(url=url))
    bare.do("apply --yes")
    bare.url = url
    return bare


def move(desk: Desk, url: str) -> None:
    """Point the connection at another place."""
    desk.write(TOML.format(url=url))
    desk.do("apply --yes")


@pytest.fixture(scope="session")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Waiting]:
    """Start a sync on a locked database: it waits half a minute for it, while the other tests run."""
    sandbox = WooSandbox()
    seed(sandbox, AMOUNT)
    shop, folder = Shop(sandbox), tmp_path_factory.mktemp("locked")
    with serve(shop) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_KEY", "ck_sandbox")
        patch.setenv("SHOP_SECRET", "cs_sandbox")
        desk = Desk(folder)
        desk.write(TOML.format(url=url))
        assert desk.ended(desk.start("apply", "--yes")).code == 0
        locker = sqlite3.connect(folder / "hub.db", isolation_level=None)
        locker.execute("BEGIN IMMEDIATE")
        process = desk.start("sync")
        yield desk, shop, process, locker
        locker.close()
        process.kill()
        process.communicate()
