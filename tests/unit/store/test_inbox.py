"""The dirty set: what must be fetched, until a document is asked for afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hub.store import inbox
from hub.store.database import Database

SECOND = timedelta(seconds=1)


def add(database: Database, *ids: str, at: datetime) -> None:
    with database.write() as tx:
        inbox.add(tx, [("shop", "orders", i) for i in ids], "webhook", at)


def wanted(database: Database, limit: int = 10) -> list[str]:
    with database.read() as tx:
        return inbox.wanted(tx, "shop", "orders", limit)


def test_the_oldest_is_wanted_first_and_once(database: Database, now: datetime) -> None:
    add(database, "2", "2", at=now)
    add(database, "1", at=now + SECOND)
    assert wanted(database) == ["2", "1"]
    assert wanted(database, limit=1) == ["2"]


def tickets(database: Database, *ids: str) -> dict[str, inbox.Ticket]:
    with database.read() as tx:
        return inbox.tickets(tx, "shop", "orders", ids)


@pytest.mark.parametrize("later", [-SECOND, 0 * SECOND, SECOND])
def test_what_was_asked_for_before_the_hook_came_does_not_clear_it(
    database: Database, now: datetime, later: timedelta
) -> None:
    """Whatever the clocks say: the hook may come by another machine's clock, or in the same microsecond."""
    add(database, "1", "2", at=now)
    taken = tickets(database, "1", "2", "3")
    assert list(taken) == ["1", "2"]
    add(database, "2", at=now + later)
    with database.write() as tx:
        inbox.clear(tx, "shop", "orders", taken)
    assert wanted(database) == ["2"]


def test_clearing_leaves_other_streams_and_connections_alone(database: Database, now: datetime) -> None:
    add(database, "1", at=now)
    with database.write() as tx:
        inbox.clear(tx, "shop", "customers", tickets(database, "1"))
        inbox.clear(tx, "erp", "orders", tickets(database, "1"))
        inbox.clear(tx, "shop", "orders", {})
        inbox.forget(tx, "shop", "customers")
    assert wanted(database) == ["1"]


def test_the_backlog_is_counted_by_stream(database: Database, now: datetime) -> None:
    add(database, "1", "2", at=now)
    with database.write() as tx:
        inbox.add(tx, [("erp", "customers", "7")], "webhook", now)
        assert inbox.backlog(tx) == {("shop", "orders"): 2, ("erp", "customers"): 1}
