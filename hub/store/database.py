"""Opens the database and gives out transactions: readers never wait, writers hold the write lock from the start."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import make_url

from hub.errors import ConfigError, HubError, LockedError, UnavailableError
from hub.store.keyring import Keyring, give_keyring

SCHEMA = "0001"
BUSY_SECONDS = 3
PATIENCE = 10
"""So often we wait that long for somebody else's write; after the first time it is said."""
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-8192",
    "PRAGMA wal_autocheckpoint=2000",  # 32 MB: pages that several batches touch are copied once
)

log = logging.getLogger(__name__)
Seam = Callable[[str], None]
Transaction: TypeAlias = Connection
"""What repositories work in; a word of its own, since a connection is a configured account here."""


def _no_seam(_name: str) -> None:
    return None


class Database:
    """One database. `seam` is told of every begin and commit, before and after: the simulation may stop us there.

    `keyring` encrypts the secrets in it; without one they can be neither kept nor read.
    """

    def __init__(self, url: str, *, seam: Seam = _no_seam, keyring: Keyring | None = None) -> None:
        self.url = url
        self.engine = _engine(url)
        self._keyring = keyring or Keyring()
        give_keyring(self.engine.dialect, self._keyring)
        self._seam = seam

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading; it sees one consistent state a statement."""
        with _translated(self.url), self.engine.connect() as connection:
            yield connection.execution_options(hub_writer=False)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a transaction that holds the write lock; it commits at the end, or leaves nothing behind."""
        with _translated(self.url), self.engine.connect() as connection:
            self._seam("before begin")
            with connection.execution_options(hub_writer=True).begin():
                self._seam("after begin")
                yield connection
                self._seam("before commit")
            self._seam("after commit")

    def copy(self, path: Path) -> Database:
        """Copy everything as it stands now into a new file; nobody has to wait meanwhile."""
        with self.read() as connection, closing(sqlite3.connect(path)) as target:
            _copy(connection.connection.driver_connection, target)
        return Database(f"sqlite:///{path}", keyring=self._keyring)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _copy(source: Any, target: sqlite3.Connection) -> None:
    try:
        source.backup(target)
    except sqlite3.DatabaseError as error:
        raise exc.DatabaseError("backup", None, error) from error


def _engine(url: str) -> Engine:
    sqlite = make_url(url).get_backend_name() == "sqlite"
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS} if sqlite else {})
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # pysqlite's own transactions lose updates; BEGIN is ours, below
    raw.execute("PRAGMA page_size=16384")  # a document or two a page would leave much of it empty
    for pragma in PRAGMAS:
        raw.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get("hub_writer", True):
        connection.exec_driver_sql("BEGIN")
        return
    for attempt in range(PATIENCE):
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        except exc.OperationalError as error:
            if attempt == PATIENCE - 1 or "locked" not in str(error.orig):
                raise
            if attempt == 0:
                waiting = PATIENCE * BUSY_SECONDS
                log.error("the database is locked by another process: waiting up to %d s for its turn", waiting)


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """Turn what the database says into what the operator should do."""
    try:
        yield
    except exc.OperationalError as error:
        raise _hub_error(error, url) from error
    except exc.DatabaseError as error:
        if isinstance(error.orig, sqlite3.DatabaseError) and not isinstance(error.orig, sqlite3.IntegrityError):
            raise _hub_error(error, url) from error
        raise
    except exc.StatementError as error:
        if isinstance(error.orig, HubError):  # a column's own, such as a key that is missing
            raise error.orig from None
        raise


def _hub_error(error: exc.DBAPIError, url: str) -> HubError:
    said = str(error.orig)
    place = make_url(url).database or url
    if "locked" in said or "busy" in said:
        return LockedError(
            f"The database {place} is locked by another process.",
            hint="Wait for it to end, or find it with: hub doctor",
        )
    if "readonly" in said or "read-only" in said:
        return ConfigError(
            f"The database {place} is read-only.", hint="Give this user the right to write the file and its folder."
        )
    if "full" in said:
        return UnavailableError(
            f"The disk that holds {place} is full.",
            hint="Free some space and start again: nothing was lost, the last step is repeated.",
        )
    if "disk I/O" in said:
        return UnavailableError(
            f"The database {place} cannot be written or read: {said}.",
            hint="Look for a full disk, a quota or a failing drive, then start again: the last step is repeated.",
        )
    if "unable to open" in said:
        return ConfigError(f"The database {place} cannot be opened.", hint=_open_hint(place))
    if "no such table" in said or "no such column" in said:
        return ConfigError(f"The database {place} has no hub tables.", hint="Create them with: hub init")
    if "not a database" in said or "malformed" in said:
        return ConfigError(
            f"{place} is not a sound SQLite database.", hint="Restore it from a backup, or name another file."
        )
    return UnavailableError(
        f"The database {place} does not answer: {said}", hint="Look at the database server and start again."
    )


def _open_hint(place: str) -> str:
    folder = Path(place).parent
    return "Check the rights of the file." if folder.exists() else f"Create the folder {folder} first."
