"""docs/first-connector.md is followed word by word: its files are written, its commands run, its outputs compared."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIXTURE = ROOT / "tests/fixtures/acme_connector"
PAGE = (ROOT / "docs/first-connector.md").read_text()
FILE = re.compile(r"^\*\*`(?P<name>[^`]+)`\*\*\n\n```\w+\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console(?P<where>[^\n]*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
MARK = "=*=*="
ALIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@dataclass(frozen=True)
class Step:
    """A command of the page, and what the page says that it prints."""

    command: str
    output: str


def written() -> dict[str, str]:
    return {found["name"]: found["text"] for found in FILE.finditer(PAGE)}


def steps(where: str) -> list[Step]:
    text = "".join(found["text"] for found in CONSOLE.finditer(PAGE) if found["where"].strip() == where)
    commands = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [Step(*command.split("\n", 1)) for command in commands]


def test_the_page_shows_the_files_of_the_example() -> None:
    there = {path.relative_to(FIXTURE).as_posix() for path in FIXTURE.rglob("*") if path.is_file()}
    shown = written()
    assert set(shown) == {name for name in there if "__pycache__" not in name}
    assert [name for name, text in shown.items() if (FIXTURE / name).read_text() != text] == []


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A scratch environment in which Entrepot is installed, and what it needs is borrowed from this one."""
    scratch = tmp_path / "environment"
    venv.create(scratch, symlinks=True)
    paths = sysconfig.get_paths("venv", {"base": str(scratch), "platbase": str(scratch)})
    borrowed = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    (Path(paths["purelib"]) / "borrowed.pth").write_text(borrowed)
    settings = {**os.environ, **OFFLINE, "PATH": f"{paths['scripts']}:{os.environ['PATH']}"}
    settings |= {
        "COLUMNS": "200",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(tmp_path),
    }
    subprocess.run(
        [f"{paths['scripts']}/python", "-m", "pip", "install", "--quiet", str(ROOT)], env=settings, check=True
    )
    pip = Path(paths["scripts"]) / "pip"
    pip.write_text(f'#!/bin/sh\nexec "{paths["scripts"]}/python" -m pip "$@"\n')
    pip.chmod(0o755)
    return settings


@contextmanager
def second_terminal(environment: dict[str, str], folder: Path) -> Iterator[None]:
    [step] = steps("second terminal")
    command = ["python", *shlex.split(step.command)[1:]]
    with subprocess.Popen(
        command, env=environment, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as acme:
        assert acme.stdin is not None
        assert acme.stdout is not None
        try:
            assert acme.stdout.readline() == step.output
            yield
        finally:
            acme.communicate("\n", timeout=10)


def run(commands: list[Step], environment: dict[str, str], folder: Path) -> list[str]:
    """Run commands in one shell, as a reader would, and give what each printed."""
    script = "".join(f"{step.command}\necho '{MARK}'\n" for step in commands)
    done = subprocess.run(
        ["bash", "-ec", script],
        stdin=subprocess.DEVNULL,
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    outputs = done.stdout.split(f"{MARK}\n")
    assert done.returncode == 0, f"{commands[len(outputs) - 1].command} failed: {outputs[-1]}"
    return outputs[:-1]


def differences(commands: list[Step], outputs: list[str]) -> list[str]:
    checker = doctest.OutputChecker()
    return [
        f"$ {step.command}\n--- page\n{step.output}--- really\n{output}"
        for step, output in zip(commands, outputs, strict=True)
        if not checker.check_output(step.output, output, ALIKE)
    ]


def test_a_stranger_who_follows_the_page_ends_with_a_connector_that_syncs(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    commands = steps("")
    start = next(place for place, step in enumerate(commands) if step.command == "cd entrepot-acme") + 1
    run(commands[:start], environment, tmp_path)
    package = tmp_path / "entrepot-acme"
    for name, text in written().items():
        (package / name).write_text(text)
    connect = next(place for place, step in enumerate(commands) if step.command.startswith("hub "))
    outputs = run(commands[start:connect], environment, package)
    with second_terminal(environment, package):
        outputs += run(commands[connect:], environment, package)
    assert differences(commands[start:], outputs) == []
