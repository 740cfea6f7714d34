"""Leases: who may do a connection's traffic. A lease is a fence, not a lock: every commit checks its epoch."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, bindparam, insert, select, update

from hub.clock import utc_text
from hub.errors import LockedError
from hub.store.database import Database
from hub.store.tables import lease

TURN = timedelta(seconds=10)
"""So long bulk work leaves a lease to whoever asked for it: longer than they wait between two tries."""
TERM = timedelta(minutes=5)
"""Longer than one call of a connector with all its retries takes. A dead holder on this machine is seen at once."""
PROLONG = (
    update(lease)
    .where(
        lease.c.name == bindparam("our_name"),
        lease.c.holder == bindparam("our_holder"),
        lease.c.epoch == bindparam("our_epoch"),
    )
    .values(expires_at=bindparam("expires_at"))
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to act under a name until it expires or somebody takes it over."""

    name: str
    holder: str
    epoch: int


def this_holder() -> str:
    """Name this process so that another on the same machine can tell whether it still lives."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def holder_is_dead(holder: str) -> bool:
    """Tell whether a holder is certainly gone: a process of this machine that no longer runs."""
    host, pid, started = holder.rsplit(":", 2)
    return host == socket.gethostname() and _started(int(pid)) != started


def _started(pid: int) -> str:
    """Tell when a process started, in clock ticks since boot; empty when there is none, "0" where /proc is missing."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return "" if Path("/proc/self").exists() else "0"
    return "" if fields[0] == "Z" else fields[19]


def acquire(
    database: Database,
    name: str,
    *,
    holder: str,
    now: datetime,
    is_dead: Callable[[str], bool] = holder_is_dead,
    bulk: bool = False,
) -> Lease:
    """Take a lease that is free, expired or whose holder is dead; LockedError when somebody else works under it.

    Then it is noted that we want it, for bulk work to make way; who comes for `bulk` work itself waits in silence.
    """
    with database.write() as tx:
        row = tx.execute(select(lease).where(lease.c.name == name).with_for_update()).one_or_none()
        expires = utc_text(now + TERM)
        if row is None:
            tx.execute(insert(lease).values(name=name, holder=holder, epoch=1, expires_at=expires))
            return Lease(name, holder, 1)
        mine = update(lease).where(lease.c.name == name)
        is_free = not row.holder or row.expires_at <= utc_text(now) or is_dead(row.holder)
        makes_way = bulk and row.wanted_at is not None and row.wanted_at > utc_text(now - TURN)
        if is_free and not makes_way:
            tx.execute(mine.values(holder=holder, epoch=row.epoch + 1, expires_at=expires, wanted_at=None))
            return Lease(name, holder, row.epoch + 1)
        if not bulk:
            tx.execute(mine.values(wanted_at=utc_text(now)))
    raise LockedError(
        f"Another run is working on {name}.",
        hint="Wait until it ends (see: hub status), then start again.",
        context={"holder": row.holder},
    )


def is_wanted(tx: Connection, held: Lease) -> bool:
    """Tell whether somebody else has asked for a lease since it was taken: bulk work gives it up then."""
    query = select(lease.c.wanted_at).where(lease.c.name == held.name, lease.c.epoch == held.epoch)
    return tx.execute(query).scalar() is not None


def release(database: Database, held: Lease) -> None:
    """Give a lease back, unless somebody has taken it over."""
    with database.write() as tx:
        mine = (lease.c.name == held.name, lease.c.holder == held.holder, lease.c.epoch == held.epoch)
        tx.execute(update(lease).where(*mine).values(holder="", expires_at=""))


def forget(tx: Connection) -> None:
    """Free every lease, whoever holds it: in a copy of a database nobody is at work."""
    tx.execute(update(lease).values(holder="", expires_at="", wanted_at=None))


@contextmanager
def fenced(database: Database, held: Lease, now: datetime) -> Iterator[Connection]:
    """Give a transaction that is void if the lease was taken over; it also prolongs the lease."""
    with database.write() as tx:
        mine = {"our_name": held.name, "our_holder": held.holder, "our_epoch": held.epoch}
        if tx.execute(PROLONG, {**mine, "expires_at": utc_text(now + TERM)}).rowcount != 1:
            raise LockedError(
                f"The lease on {held.name} was taken over by another run.",
                hint="Nothing was written; no action needed.",
            )
        yield tx
