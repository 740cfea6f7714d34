"""The database: what it says in trouble, and that writers do not lose each other's work."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hub.errors import ConfigError, LockedError, UnavailableError
from hub.store import schema, settings
from hub.store.database import Database
from hub.store.settings import MerchantRow
from hub.store.tables import connection

Open = Callable[..., Database]


def asked(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(select(connection.c.asked).where(connection.c.name == "shop")).scalar_one())


def test_many_writers_that_read_and_write_lose_nothing(open_database: Open) -> None:
    databases = [open_database() for _ in range(2)]

    def count(database: Database) -> None:
        for _ in range(25):
            with database.write() as tx:
                before = tx.execute(select(connection.c.asked).where(connection.c.name == "shop")).scalar_one()
                tx.execute(update(connection).where(connection.c.name == "shop").values(asked=before + 1))

    threads = [threading.Thread(target=count, args=(databases[n % 2],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked(databases[0]) == 150


def test_a_reader_neither_waits_for_a_writer_nor_sees_what_is_not_committed(open_database: Open) -> None:
    writing, reading = open_database(), open_database()
    with writing.write() as tx:
        tx.execute(update(connection).values(asked=7))
        assert asked(reading) == 0
    assert asked(reading) == 7


def test_a_transaction_that_fails_leaves_nothing_behind(database: Database) -> None:
    def fail() -> None:
        with database.write() as tx:
            tx.execute(update(connection).values(asked=7))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert asked(database) == 0


def test_the_seams_are_told_in_order(open_database: Open) -> None:
    told: list[str] = []
    with open_database(seam=told.append).write():
        told.append("work")
    assert told == ["before begin", "after begin", "work", "before commit", "after commit"]


def test_a_transaction_that_is_stopped_before_its_commit_is_rolled_back(open_database: Open) -> None:
    class Stop(BaseException):
        pass

    def stop(name: str) -> None:
        if name == "before commit":
            raise Stop

    with pytest.raises(Stop), open_database(seam=stop).write() as tx:
        tx.execute(update(connection).values(asked=7))
    assert asked(open_database()) == 0


def test_a_locked_database_is_said_to_be_locked_and_that_we_wait_for_it(
    database: Database, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with database.read() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout=0")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LockedError, match="locked by another process") as caught, database.write():
        pass
    assert "hub doctor" in caught.value.hint
    said = "the database is locked by another process: waiting up to 30 s for its turn"
    assert [record.getMessage() for record in caplog.records] == [said]
    other.close()


def test_a_read_only_database_is_read_but_not_written(open_database: Open, path: Path) -> None:
    database = open_database(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert asked(database) == 0
    with pytest.raises(ConfigError, match="is read-only") as caught, database.write() as tx:
        tx.execute(update(connection).values(asked=7))
    assert "the right to write the file and its folder" in caught.value.hint


def test_a_full_disk_is_an_outage_that_loses_nothing(open_database: Open) -> None:
    database = open_database()
    with database.read() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar()
        tx.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(UnavailableError, match="is full") as caught, database.write() as tx:
        settings.put_merchant(tx, MerchantRow("large", "x" * 100_000))
    assert "nothing was lost" in caught.value.hint
    with database.read() as tx:
        assert [row.name for row in settings.merchants(tx)] == ["default"]


@pytest.mark.parametrize("content", [b"this is a letter to my aunt. " * 40, b"SQLite format 3\x00" + b"\xff" * 900])
def test_a_file_that_is_no_database_is_called_that(open_database: Open, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "letter.db").write_bytes(content)
    with pytest.raises(ConfigError, match="is not a sound SQLite database") as caught:
        schema.version(open_database(f"sqlite:///{tmp_path}/letter.db"))
    assert "backup" in caught.value.hint


def test_a_missing_folder_is_named(open_database: Open, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be opened") as caught:
        schema.version(open_database(f"sqlite:///{tmp_path}/nowhere/hub.db"))
    assert caught.value.hint == f"Create the folder {tmp_path}/nowhere first."


def test_a_folder_in_place_of_a_file_is_not_opened(open_database: Open, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be opened"):
        schema.version(open_database(f"sqlite:///{tmp_path}"))


def test_a_database_without_tables_says_how_to_make_them(open_database: Open, tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigError, match="has no hub tables") as caught,
        open_database(f"sqlite:///{tmp_path}/empty.db").read() as tx,
    ):
        settings.merchants(tx)
    assert caught.value.hint == "Create them with: hub init"
