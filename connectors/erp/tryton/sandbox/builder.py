"""Makes, once, what a real Tryton needs: its own virtual environment and a prepared database; both are cached."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hub.api import ConfigError

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
INSIDE = HERE / "inside"
DATABASE = "erp"
USER = "admin"
LONGEST = 300  # characters of what an installer said
OPTIMIZED = "-O"  # without assertions, of which Tryton has one in the constructor of every record
PASSWORD = "entrepot-demo"


@dataclass(frozen=True, slots=True)
class Built:
    """Tryton's interpreter, and the database file to copy."""

    python: Path
    database: Path


def build(cache: Path) -> Built:
    """Make what is missing in the cache; ConfigError when Tryton cannot be installed.

    Takes about half a minute the first time. Several processes may call it at once: one works, the others wait.
    A build that is killed leaves nothing that a later one would take for complete.
    """
    folder = cache.resolve() / "tryton"
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / "lock"):
        environment = folder / f"venv-{_key(LOCK.read_text(), sys.version)}"
        if not environment.exists():
            _whole(environment, _install)
        python = environment / "bin" / "python"
        prepared = folder / f"database-{_database_key()}"
        if not prepared.exists():
            _whole(prepared, lambda place: _bootstrap(python, place))
    return Built(python, prepared / f"{DATABASE}.sqlite")


def _database_key() -> str:
    # The fiscal years in it are those around today's: last year's database cannot take today's sales.
    year = str(datetime.now(UTC).year)
    return _key(LOCK.read_text(), (INSIDE / "bootstrap.py").read_text(), PASSWORD, year)


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _whole(place: Path, make: Callable[[Path], None]) -> None:
    scratch = place.with_name(f"{place.name}.unfinished")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    make(scratch)
    scratch.rename(place)


def _install(place: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    found = str(uv) if uv.exists() else shutil.which("uv")
    python = str(place / "bin" / "python")
    if found:
        _run([found, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(place)])
        _run([found, "pip", "install", "--quiet", "--python", python, *_LOCKED])
    else:
        _run([sys.executable, "-m", "venv", str(place)])
        _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_LOCKED])


_LOCKED = ("--require-hashes", "-r", str(LOCK))


def _bootstrap(python: Path, place: Path) -> None:
    _run([str(python), OPTIMIZED, str(INSIDE / "bootstrap.py"), str(place), DATABASE, PASSWORD])
    with closing(sqlite3.connect(place / f"{DATABASE}.sqlite")) as connection:
        # One file without a write-ahead log can be copied.
        connection.execute("PRAGMA journal_mode = DELETE")


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command, env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ConfigError(
            f"Tryton could not be set up: {_last_lines(done.stderr)}",
            hint="It is installed from the package index once: connect to the network and start again.",
        )


def clean_environment() -> dict[str, str]:
    """Give the environment for Tryton's interpreter, without what belongs to ours or would configure it."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("TRYTON", "VIRTUAL_ENV", "PYTHON"))}


def _last_lines(text: str) -> str:
    said = " ".join(line.strip() for line in text.strip().splitlines()[-4:])
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}..."
