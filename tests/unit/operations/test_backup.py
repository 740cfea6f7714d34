"""Copies of the database that are made while the hub works."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from office import Office

from hub.errors import ConfigError
from hub.operations.backup import back_up
from hub.store import settings
from hub.store.database import Database


def test_a_copy_holds_what_was_committed_until_then(office: Office, tmp_path: Path) -> None:
    office.apply()
    with office.hub.database.write():  # somebody is at work
        made = back_up(office.hub.database, tmp_path / "kept.db")
    copy = Database(f"sqlite:///{made.path}")
    with copy.read() as there, office.hub.database.read() as here:
        assert settings.connections(there) == settings.connections(here) != []
    copy.close()


def test_nobody_else_can_read_it(office: Office, tmp_path: Path) -> None:
    made = back_up(office.hub.database, tmp_path / "kept.db")
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_replaced_only_when_that_is_wanted(office: Office, tmp_path: Path) -> None:
    place = tmp_path / "kept.db"
    place.write_text("precious")
    with pytest.raises(ConfigError, match="is there already"):
        back_up(office.hub.database, place)
    assert place.read_text() == "precious"
    assert back_up(office.hub.database, place, force=True).size > 10_000


@pytest.mark.parametrize("name", ["nowhere/kept.db", "hub.toml/kept.db", "."])
def test_a_place_that_cannot_be_written_is_one_sentence(office: Office, tmp_path: Path, name: str) -> None:
    (tmp_path / "hub.toml").touch()
    with pytest.raises(ConfigError, match=r"cannot be written|is there already"):
        back_up(office.hub.database, tmp_path / name)


def test_nothing_is_left_of_a_copy_that_failed(office: Office, tmp_path: Path) -> None:
    office.hub.database.close()
    Path(office.hub.database.engine.url.database or "").write_bytes(b"not a database at all" * 1000)
    folder = tmp_path / "safe"
    folder.mkdir()
    with pytest.raises(ConfigError, match="not a sound SQLite database"):
        back_up(office.hub.database, folder / "kept.db")
    assert list(folder.iterdir()) == []
