"""The schema: made fresh, kept when it fits, refused when it is newer, and equal to what the code declares."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from hub.errors import ConfigError
from hub.store import schema, settings
from hub.store.database import SCHEMA, Database
from hub.store.tables import metadata

Open = Callable[..., Database]


@pytest.fixture
def fresh(open_database: Open, tmp_path: Path) -> Database:
    return open_database(f"sqlite:///{tmp_path}/fresh.db")


def pretend(database: Database, version: str) -> None:
    with database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})


def test_a_fresh_database_has_no_version_until_it_is_migrated(fresh: Database) -> None:
    assert schema.version(fresh) is None
    with pytest.raises(ConfigError, match="has no hub tables") as caught:
        schema.require(fresh)
    assert "hub init" in caught.value.hint
    schema.migrate(fresh)
    schema.require(fresh)
    assert schema.version(fresh) == SCHEMA


def test_a_second_migration_changes_nothing(database: Database) -> None:
    schema.migrate(database)
    with database.read() as tx:
        assert [row.name for row in settings.merchants(tx)] == ["default"]


@pytest.mark.parametrize("open_it", [schema.require, schema.migrate])
def test_a_newer_schema_is_refused_and_left_alone(database: Database, open_it: Callable[[Database], None]) -> None:
    pretend(database, "9999")
    with pytest.raises(ConfigError, match=r"made by a newer hub \(schema 9999, this one knows") as caught:
        open_it(database)
    assert "Install the newer version" in caught.value.hint
    assert schema.version(database) == "9999"


def test_an_older_schema_asks_for_a_backup_and_a_migration(database: Database) -> None:
    pretend(database, "0000")
    with pytest.raises(ConfigError, match="older schema 0000") as caught:
        schema.require(database)
    assert caught.value.hint == "Back it up, then run: hub init"


def test_the_migrations_lead_to_what_the_code_declares(database: Database) -> None:
    with database.read() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []


def test_the_migrations_make_every_key_and_index_of_the_code(database: Database) -> None:
    with database.read() as tx:
        found = inspect(tx)
        for table in metadata.sorted_tables:
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [
                column.name for column in table.primary_key
            ]
            assert {index["name"] for index in found.get_indexes(table.name)} == {i.name for i in table.indexes}


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "hub.db")) as foreign:
        foreign.execute("CREATE TABLE diary (day TEXT)")
    database = Database(f"sqlite:///{tmp_path}/hub.db")
    with pytest.raises(ConfigError, match="is another program's: it has a table diary"):
        schema.migrate(database)
    with database.read() as tx:
        assert inspect(tx).get_table_names() == ["diary"]
    database.close()
