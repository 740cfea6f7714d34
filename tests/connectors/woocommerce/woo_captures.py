"""Recorded answers of a real store, found by HUB_CAPTURES or ../shared/captures."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Capture:
    """One recorded exchange with a real store."""

    name: str
    method: str
    url: str
    sent: dict[str, str]
    body: bytes
    status: int
    headers: dict[str, str]
    answer: Any


def folder() -> Path:
    root = Path(__file__).resolve().parents[3]
    given = os.environ.get("HUB_CAPTURES")
    return Path(given) / "woocommerce" if given else root.parent / "shared" / "captures" / "woocommerce"


def load(name: str) -> Capture:
    path = folder() / f"{name}.txt"
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI must have the recorded answers: {path} is missing; set HUB_CAPTURES")
        pytest.skip(f"no recorded answers at {path.parent}; set HUB_CAPTURES")
    return parse(name, path.read_text(encoding="utf-8"))


def parse(name: str, text: str) -> Capture:
    asked, _, got = text.partition("\n<<< HTTP ")
    request = asked[asked.index(">>> ") + 4 :].splitlines()
    method, _, url = request[0].partition(" ")
    sent = dict(line[2:].split(": ", 1) for line in request[1:] if line.startswith("> "))
    body = "".join(line for line in request[1:] if line and not line.startswith("> ")).encode()
    head, _, answer = got.partition("\n\n")
    status, *lines = head.splitlines()
    headers = {k.lower(): v for k, v in (line[2:].split(": ", 1) for line in lines if line.startswith("< "))}
    code = int(status.split()[0])
    return Capture(name, method, url, sent, body, code, headers, json.loads(answer) if answer.strip() else None)
