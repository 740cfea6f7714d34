"""A hub at the command line beside a WooCommerce store whose answers can be spoiled."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from connectors.woocommerce.sandbox import WooSandbox
from hub.cli.program import run

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
    """Spoil the lists of one stream only."""

    def spoil(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        return change(response) if request.url.path.endswith(f"/{stream}") else response

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
    return httpx.Response(status or response.status_code, headers=response.headers, content=content, extensions=extensions)


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

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.url = ""
        self._capsys = capsys

    def write(self, text: str, name: str = "hub.toml") -> Path:
        """Write a file in the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def start(self, *words: str, **more: Any) -> subprocess.Popen[str]:
        """Start `hub` as a process of its own."""
        command = [sys.executable, "-c", "from hub.cli import main; main()", *words]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        environment = {**os.environ, "TMPDIR": str(self.folder)}
        return subprocess.Popen(command, cwd=self.folder, env=environment, **pipes, **more)

    def ended(self, process: subprocess.Popen[str]) -> Said:
        """Wait for a process to end; a traceback is never an answer, nor is the report of a bug."""
        out, err = process.communicate(timeout=60)
        said = Said(process.returncode, out, err)
        assert "Traceback" not in out + err, said
        assert not list(self.folder.glob("hub-bug-*")), said
        return said

    def run(self, words: str) -> Said:
        """Run a command line to its end, in this process: it is the same code, without a second to start it."""
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


def everything_came_once(desk: Desk, shop: Shop) -> None:
    """Hold the hub against the store: all of it is there, nothing twice, nothing is left open, and nothing more comes."""
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
