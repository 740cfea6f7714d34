"""A database that is locked, read-only, full, newer or none: one clear error, and nothing is lost."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
from bad_input_desk import Desk, Shop, Waiting, everything_came_once, one_error
from sqlalchemy import Engine, event

from hub.store.database import SCHEMA

LIKE_ANYBODY = """
import ctypes, os, sys
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
if os.geteuid() == 0:
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)
    os.execv(sys.executable, [sys.executable, "-c", "from hub.cli import main; main()", *sys.argv[1:]])
"""
"""Give up, where root runs the tests, the right to write what may not be written; it holds from the next program on."""

QUOTA = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))"


def test_a_database_that_another_process_has_locked(waiting: Waiting) -> None:
    """It is waited for, then told; readers are not disturbed. It has been waiting since the first test."""
    desk, shop, process, locker = waiting
    assert desk.ended(desk.start("status")).code == 0
    said = desk.ended(process)
    waits, _, rest = said.err.partition("\n")
    assert waits.endswith("the database is locked by another process: waiting up to 30 s for its turn")
    sentence, step = one_error(replace(said, err=rest), 4)
    assert sentence == f"shop: The database {desk.folder}/hub.db is locked by another process."
    assert "Wait for it to end" in step
    locker.rollback()
    locker.close()
    assert desk.ended(desk.start("sync")).code == 0
    assert desk.ended(desk.start("status", "--json")).json["records"]["order"] == len(shop.orders)


@pytest.mark.parametrize("folder_too", [False, True])
def test_a_database_that_may_not_be_written(folder_too: bool, desk: Desk, shop: Shop) -> None:
    database = desk.folder / "hub.db"
    before = database.read_bytes()
    database.chmod(0o444)
    desk.folder.chmod(0o555 if folder_too else 0o755)
    sentence, step = one_error(desk.ended(desk.start("sync", first=LIKE_ANYBODY)), 2)
    desk.folder.chmod(0o755)
    database.chmod(0o644)
    assert f"{database} is read-only" in sentence
    assert step == "Give this user the right to write the file and its folder."
    assert database.read_bytes() == before
    everything_came_once(desk, shop)


def test_a_disk_that_is_full(desk: Desk, shop: Shop) -> None:
    def limit(raw: sqlite3.Connection, _record: object) -> None:
        [used] = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count={used + 4}")

    event.listen(Engine, "connect", limit)
    try:
        sentence, step = desk.fail("sync", 4)
    finally:
        event.remove(Engine, "connect", limit)
    assert sentence == f"shop: The disk that holds {desk.folder}/hub.db is full."
    assert step == "Free some space and start again: nothing was lost, the last step is repeated."
    everything_came_once(desk, shop)


def test_a_file_that_may_not_grow(desk: Desk, shop: Shop) -> None:
    """A quota, as the system tells it: no write beyond so many bytes."""
    most = (desk.folder / "hub.db").stat().st_size + 20_000
    sentence, step = one_error(desk.ended(desk.start("sync", first=QUOTA.format(most=most))), 4)
    assert str(desk.folder / "hub.db") in sentence
    assert "cannot be written or read" in sentence
    assert "quota" in step
    everything_came_once(desk, shop)


@pytest.mark.parametrize("command", ["sync", "status", "apply --yes", "init", "doctor"])
def test_a_database_of_a_newer_hub(command: str, desk: Desk) -> None:
    desk.do("sync")
    with sqlite3.connect(desk.folder / "hub.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0999'")
    database.close()
    said = desk.run(command)
    assert said.code == 2
    assert "made by a newer hub (schema 0999, this one knows" in said.out + said.err
    assert "Install the newer version" in said.out + said.err
    with sqlite3.connect(desk.folder / "hub.db") as database:
        database.execute("UPDATE alembic_version SET version_num = ?", (SCHEMA,))
    database.close()
    assert "Nothing needs a person." in desk.do("status").out


@pytest.mark.parametrize("command", ["sync", "status", "apply --yes", "init"])
def test_a_file_that_is_no_database(command: str, desk: Desk, shop: Shop) -> None:
    real = (desk.folder / "hub.db").rename(desk.folder / "kept.db")
    letter = "Dear customer, " * 1000
    desk.write(letter, "hub.db")
    sentence, step = desk.fail(command, 2)
    assert sentence == f"{desk.folder}/hub.db is not a sound SQLite database."
    assert "backup" in step
    assert (desk.folder / "hub.db").read_text(encoding="utf-8") == letter
    real.replace(desk.folder / "hub.db")
    assert desk.do("sync").code == 0
