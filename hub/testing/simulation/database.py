"""The databases of simulations: a file in memory where the machine has a place for that, new for each of them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from hub.store import schema
from hub.store.database import Database
from hub.testing.simulation.watched import WatchedDatabase

MEMORY = Path("/dev/shm")
KEPT: list[tempfile.TemporaryDirectory[str]] = []
"""Folders that go when the process ends."""
CHOSEN: list[Path] = []
"""The folder that this process was told to use."""


def room() -> str | None:
    """Tell where files are fast; None for the usual place."""
    return str(MEMORY) if os.access(MEMORY, os.W_OK) else None


def use_folder(folder: str) -> None:
    """Keep this process's databases in a folder that somebody else removes."""
    CHOSEN[:] = [Path(tempfile.mkdtemp(dir=folder))]


@contextmanager
def fresh_database() -> Iterator[tuple[WatchedDatabase, Path]]:
    """Give a database that is as new, and its folder.

    A process uses one name for all of them: what the engine has compiled stays compiled.
    """
    folder = folder_here()
    database = _database(str(folder / "hub.db"))
    replace(database, _template(folder))
    try:
        yield database, folder
    finally:
        database.close()


def replace(database: Database, source: Path) -> None:
    """Put another file in the place of a database; nobody may be using it."""
    path = Path(database.engine.url.database or "")
    database.close()
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    shutil.copyfile(source, path)


def keep(database: Database, target: Path) -> None:
    """Copy a database as a backup would; nobody may be writing."""
    with database.read() as tx:
        tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(Path(database.engine.url.database or ""), target)


def folder_here() -> Path:
    """Give this process's folder."""
    return CHOSEN[0] if CHOSEN else _own()


@cache
def _own() -> Path:
    kept = tempfile.TemporaryDirectory(prefix="entrepot-", dir=room())
    KEPT.append(kept)
    return Path(kept.name)


@cache
def _database(path: str) -> WatchedDatabase:
    return WatchedDatabase(f"sqlite:///{path}")


@cache
def _template(folder: Path) -> Path:
    path = folder / "template.db"
    database = Database(f"sqlite:///{path}")
    schema.migrate(database)
    with database.read() as tx:
        tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path
