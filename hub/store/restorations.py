"""When the database was put back from a backup: for a day, what it does not know may have happened all the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select

from hub.clock import utc_parse, utc_text
from hub.store.tables import restoration

LATELY = timedelta(days=1)
"""How long after it a restored database is not believed where it knows of nothing."""


def note(tx: Connection, at: datetime, by: str) -> None:
    """Keep that the database was put back, and who said so."""
    if tx.execute(select(restoration.c.at).where(restoration.c.at == utc_text(at))).first() is None:
        tx.execute(insert(restoration).values(at=utc_text(at), by=by))


def lately(tx: Connection, now: datetime) -> datetime | None:
    """Tell when the database was last put back, if that is less than a day ago."""
    since = utc_text(now - LATELY)
    found: str | None = tx.execute(select(func.max(restoration.c.at)).where(restoration.c.at > since)).scalar()
    return utc_parse(found) if found else None
