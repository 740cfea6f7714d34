"""Leases: who may act, and how somebody who was replaced is kept from writing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from hub.errors import LockedError
from hub.store import leases, settings
from hub.store.database import Database
from hub.store.leases import TERM, Lease, acquire, fenced, holder_is_dead, release, this_holder
from hub.store.settings import MerchantRow
from hub.store.tables import lease

Take = Callable[..., Lease]
SECOND = timedelta(seconds=1)


@pytest.fixture
def take(database: Database, now: datetime) -> Take:
    def build(holder: str, after: timedelta = timedelta(), dead: bool = False) -> Lease:
        return acquire(database, "connection:erp", holder=holder, now=now + after, is_dead=lambda _h: dead)

    return build


def merchants(database: Database) -> list[str]:
    with database.read() as tx:
        return [row.name for row in settings.merchants(tx)]


def test_a_free_lease_is_taken(take: Take) -> None:
    assert take("first") == Lease("connection:erp", "first", 1)


def test_a_lease_that_somebody_works_under_is_refused(take: Take) -> None:
    take("first")
    with pytest.raises(LockedError, match="Another run is working on connection:erp") as caught:
        take("second", TERM - SECOND)
    assert caught.value.context == {"holder": "first"}


def test_leases_of_other_names_do_not_meet(take: Take, database: Database, now: datetime) -> None:
    take("first")
    assert acquire(database, "connection:shop", holder="second", now=now, is_dead=lambda _h: False).epoch == 1


def test_an_expired_lease_is_taken_over_with_a_new_epoch(take: Take) -> None:
    """T133: the holder was killed on another machine."""
    take("first")
    assert take("second", TERM + SECOND) == Lease("connection:erp", "second", 2)


def test_the_lease_of_a_dead_holder_is_taken_at_once(take: Take) -> None:
    take("first")
    assert take("second", SECOND, dead=True).epoch == 2


def test_a_released_lease_is_free(take: Take, database: Database) -> None:
    release(database, take("first"))
    assert take("second").epoch == 2


def test_one_who_was_replaced_cannot_release_the_others_lease(take: Take, database: Database) -> None:
    first = take("first")
    take("second", TERM + SECOND)
    release(database, first)
    with pytest.raises(LockedError):
        take("third", TERM + SECOND)


def test_one_who_was_replaced_cannot_commit(take: Take, database: Database, now: datetime) -> None:
    first = take("first")
    second = take("second", TERM + SECOND)
    with pytest.raises(LockedError, match="taken over by another run"), fenced(database, first, now) as tx:
        settings.put_merchant(tx, MerchantRow("late"))
    with fenced(database, second, now) as tx:
        settings.put_merchant(tx, MerchantRow("in time"))
    assert merchants(database) == ["default", "in time"]


def test_the_same_holder_with_an_older_epoch_cannot_commit(take: Take, database: Database, now: datetime) -> None:
    first = take("first")
    take("first", TERM + SECOND)
    with pytest.raises(LockedError), fenced(database, first, now):
        pass


def test_every_commit_prolongs_the_lease(take: Take, database: Database, now: datetime) -> None:
    first = take("first")
    with fenced(database, first, now + TERM - SECOND):
        pass
    with pytest.raises(LockedError):
        take("second", TERM + SECOND)


def test_a_commit_that_fails_does_not_prolong(take: Take, database: Database, now: datetime) -> None:
    first = take("first")
    with pytest.raises(KeyError), fenced(database, first, now + TERM - SECOND):
        raise KeyError
    assert take("second", TERM + SECOND).epoch == 2


def test_two_who_want_an_expired_lease_do_not_both_get_it(take: Take, database: Database) -> None:
    take("first")
    take("second", TERM + SECOND)
    with pytest.raises(LockedError):
        take("third", TERM + SECOND)
    with database.read() as tx:
        assert tx.execute(select(lease.c.holder, lease.c.epoch)).all() == [("second", 2)]


def test_this_process_is_alive() -> None:
    assert not holder_is_dead(this_holder())


def test_a_process_that_ended_is_dead_and_one_of_another_machine_is_not_known_to_be() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    host, _pid, started = this_holder().rsplit(":", 2)
    ended.wait()
    assert holder_is_dead(f"{host}:{ended.pid}:{started}")
    assert not holder_is_dead(f"elsewhere:{ended.pid}:{started}")


def test_another_process_with_the_same_number_is_not_the_holder() -> None:
    host, pid, started = this_holder().rsplit(":", 2)
    assert int(pid) == os.getpid()
    assert holder_is_dead(f"{host}:{pid}:{int(started) - 1}")


def test_the_default_judge_of_death_is_the_real_one(database: Database, now: datetime) -> None:
    acquire(database, "connection:erp", holder=this_holder(), now=now)
    with pytest.raises(LockedError):
        acquire(database, "connection:erp", holder="second:1:1", now=now)
    assert leases.holder_is_dead(this_holder()) is False
