"""A fresh database for each test, copied from one that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.store import schema, settings
from hub.store.database import Database
from hub.store.settings import ConnectionRow, MerchantRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "hub.db"
    database = Database(f"sqlite:///{path}")
    schema.migrate(database)
    with database.write() as tx:
        settings.put_merchant(tx, MerchantRow("default"))
        for name in ("shop", "erp"):
            settings.put_connection(tx, ConnectionRow(name, "default", name, {}))
    with database.read() as tx:
        tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def path(migrated: Path, tmp_path: Path) -> Path:
    """A database file with a merchant and two connections, a shop and an ERP."""
    copy = tmp_path / "hub.db"
    shutil.copyfile(migrated, copy)
    return copy


@pytest.fixture
def open_database(path: Path) -> Iterator[Callable[..., Database]]:
    opened: list[Database] = []

    def build(url: str = f"sqlite:///{path}", **more: object) -> Database:
        opened.append(Database(url, **more))  # type: ignore[arg-type]
        return opened[-1]

    yield build
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: Callable[..., Database]) -> Database:
    return open_database()


@pytest.fixture
def now() -> datetime:
    return NOW
