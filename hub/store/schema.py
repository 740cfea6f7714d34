"""Brings a database to the schema of this version, by alembic, and refuses one that is newer."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from hub.errors import ConfigError
from hub.store.database import SCHEMA, Database

MIGRATIONS = Path(__file__).parent / "migrations"


def version(database: Database) -> str | None:
    """Tell the schema version of a database; None when it has no hub tables."""
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def require(database: Database) -> None:
    """Make sure that a database can be used as it is; ConfigError says what to do where it cannot."""
    found = version(database)
    if found == SCHEMA:
        return
    place = database.engine.url.database
    if found is None:
        raise ConfigError(f"The database {place} has no hub tables.", hint="Create them with: hub init")
    if found > SCHEMA:
        raise ConfigError(
            f"The database {place} was made by a newer hub (schema {found}, this one knows {SCHEMA}).",
            hint="Install the newer version of entrepot, or name another database in hub.toml.",
        )
    raise ConfigError(f"The database {place} has the older schema {found}.", hint="Back it up, then run: hub init")


def _refuse_foreign(database: Database) -> None:
    """Leave the database of another program alone."""
    with database.read() as connection:
        tables = inspect(connection).get_table_names()
    if tables:
        raise ConfigError(
            f"The database {database.engine.url.database} is another program's: it has a table {tables[0]}.",
            hint="Name a database of the hub's own in hub.toml.",
        )


def migrate(database: Database) -> None:
    """Create the tables, or bring them to this version."""
    found = version(database)
    if found == SCHEMA:
        return
    if found is not None and found > SCHEMA:
        require(database)
    if found is None:
        _refuse_foreign(database)
    from alembic import command  # slow to import, and hardly ever needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = database.engine
    command.upgrade(config, "head")
