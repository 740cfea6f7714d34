"""Copies the database while the hub is at work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.errors import ConfigError
from hub.store import overview
from hub.store.database import Database


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished copy: where it is and how many bytes it has."""

    path: Path
    size: int


def back_up(database: Database, to: Path, *, force: bool = False) -> Backup:
    """Copy everything as it stands now into a file, which is there only once the copy is whole and sound.

    ConfigError where it cannot be written, or where a file of that name must not be replaced.
    """
    if to.is_dir() or (to.exists() and not force):
        hint = "Name a file in it." if to.is_dir() else "Name another file, or add --force to replace it."
        raise ConfigError(f"{to} is there already", hint=hint)
    try:
        with TemporaryDirectory(dir=to.parent, prefix=f".{to.name}.") as folder:
            _copy(database, Path(folder) / to.name).replace(to)
    except OSError as error:
        raise ConfigError(f"{to} cannot be written: {(error.strerror or 'unknown reason').lower()}") from None
    return Backup(to, to.stat().st_size)


def _copy(database: Database, part: Path) -> Path:
    """Make a sound copy that nobody else can read: it holds people's names and addresses."""
    copy = database.copy(part)
    try:
        with copy.read() as tx:
            said = overview.soundness(tx)
    finally:
        copy.close()
    if said != "ok":
        raise ConfigError(f"the database is damaged: {said}", hint="See `hub doctor`; keep the backups that you have.")
    part.chmod(0o600)
    return part
