"""Secrets: encrypted at rest, bound to their connection, several valid at once during a rotation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from hub.errors import ConfigError
from hub.store import secrets
from hub.store.database import Database
from hub.store.keyring import FILE, VARIABLE, Keyring, make_key_file

Open = Callable[..., Database]
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def sealed(open_database: Open, tmp_path: Path) -> Database:
    """A database with a key file beside it."""
    make_key_file(tmp_path)
    return open_database(keyring=Keyring(tmp_path, {}))


def texts(database: Database, connection: str, now: datetime) -> list[str]:
    with database.read() as tx:
        return [row.text for row in secrets.valid(tx, connection, "webhook", now)]


def keep(database: Database, word: str, now: datetime, connection: str = "shop") -> int:
    with database.write() as tx:
        return secrets.add(tx, connection, "webhook", word, now)


def test_a_secret_reads_back_and_is_nowhere_in_the_file(sealed: Database, path: Path, now: datetime) -> None:
    keep(sealed, "open sesame", now)
    with sealed.read() as tx:
        assert secrets.newest(tx, "shop", "webhook", now) == "open sesame"
        assert secrets.newest(tx, "erp", "webhook", now) is None
    assert [file.name for file in path.parent.iterdir() if b"sesame" in file.read_bytes()] == []


def test_old_and_new_are_valid_until_the_old_one_is_retired_and_its_time_is_over(
    sealed: Database, now: datetime
) -> None:
    """T012: the store's part of a rotation."""
    keep(sealed, "old", now)
    newest = keep(sealed, "new", now)
    assert texts(sealed, "shop", now) == ["new", "old"]
    with sealed.write() as tx:
        assert secrets.retire(tx, "shop", "webhook", newest, now + timedelta(minutes=10)) == 1
        assert secrets.retire(tx, "shop", "webhook", newest, now + timedelta(minutes=20)) == 0
    assert texts(sealed, "shop", now + timedelta(minutes=9, seconds=59)) == ["new", "old"]
    assert texts(sealed, "shop", now + timedelta(minutes=10)) == ["new"]
    with sealed.write() as tx:
        secrets.forget_expired(tx, now + timedelta(minutes=10))
    assert texts(sealed, "shop", now) == ["new"]


def test_replacing_leaves_only_the_new_one(sealed: Database, now: datetime) -> None:
    keep(sealed, "old", now)
    with sealed.write() as tx:
        secrets.replace(tx, "shop", "webhook", "new", now)
    assert texts(sealed, "shop", now) == ["new"]


def test_a_row_copied_to_another_connection_is_refused(sealed: Database, now: datetime) -> None:
    keep(sealed, "open sesame", now)
    with sealed.write() as tx:
        tx.execute(text("UPDATE secret SET connection = 'erp'"))
    with pytest.raises(ConfigError, match="A secret of shop is stored for erp"):
        texts(sealed, "erp", now)


def test_further_keys_still_read_what_they_wrote(open_database: Open, now: datetime) -> None:
    keep(open_database(keyring=Keyring(None, {VARIABLE: OLD})), "written before", now)
    both = open_database(keyring=Keyring(None, {VARIABLE: f"{NEW}, {OLD}"}))
    assert texts(both, "shop", now) == ["written before"]
    with pytest.raises(ConfigError, match="encrypted with another key") as caught:
        texts(open_database(keyring=Keyring(None, {VARIABLE: NEW})), "shop", now)
    assert "former key" in caught.value.hint


def test_the_key_file_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    assert make_key_file(tmp_path)
    made = (tmp_path / FILE).read_bytes()
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert not make_key_file(tmp_path)
    assert (tmp_path / FILE).read_bytes() == made


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (None, 0o600, "There is no key"),
        (OLD, 0o644, "can be read by others"),
        ("too short", 0o600, "does not hold a key"),
        ("", 0o600, "does not hold a key"),
    ],
    ids=["none", "readable by others", "too short", "empty"],
)
def test_a_key_that_cannot_be_used_is_named_with_a_way_out(
    open_database: Open, tmp_path: Path, now: datetime, content: str | None, mode: int, said: str
) -> None:
    if content is not None:
        (tmp_path / FILE).write_text(content)
        (tmp_path / FILE).chmod(mode)
    with pytest.raises(ConfigError, match=said) as caught:
        keep(open_database(keyring=Keyring(tmp_path, {})), "word", now)
    assert caught.value.hint


def test_a_key_that_is_gone_is_put_back_and_not_made_anew(open_database: Open, sealed: Database, now: datetime) -> None:
    keep(sealed, "open sesame", now)
    with open_database(keyring=Keyring(None, {})).read() as tx, pytest.raises(ConfigError, match="is gone") as raised:
        secrets.prove(tx)
    assert "hub init" not in raised.value.hint


def test_a_connection_takes_its_secrets_along_when_it_goes(sealed: Database, now: datetime) -> None:
    keep(sealed, "open sesame", now)
    with sealed.write() as tx:
        tx.execute(text("DELETE FROM connection WHERE name = 'shop'"))
    assert texts(sealed, "shop", now) == []
