"""Schedules, and the due times that somebody has taken."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.clock import utc_text
from hub.store.tables import schedule, schedule_run

SYNC = "sync"
RECONCILE = "reconcile"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the streams of a connection are synced: `every` ("5m") or `cron` in a named `zone`. No streams: all.

    `does` is "sync", or "reconcile" for the day before in that zone.
    """

    name: str
    connection: str
    streams: tuple[str, ...]
    every: str | None
    cron: str | None
    zone: str | None
    managed_by: str = "operator"
    does: str = SYNC


def every(tx: Connection) -> list[Schedule]:
    """List all schedules by name."""
    return [
        Schedule(
            row.name,
            row.connection,
            tuple(json.loads(row.streams)),
            row.every,
            row.cron,
            row.zone,
            row.managed_by,
            row.does,
        )
        for row in tx.execute(select(schedule).order_by(schedule.c.name))
    ]


def put(tx: Connection, new: Schedule) -> None:
    """Create a schedule, or replace the one of the same name."""
    remove(tx, new.name)
    tx.execute(
        insert(schedule).values(
            name=new.name,
            connection=new.connection,
            streams=json.dumps(new.streams),
            does=new.does,
            every=new.every,
            cron=new.cron,
            zone=new.zone,
            managed_by=new.managed_by,
        )
    )


def remove(tx: Connection, name: str) -> None:
    """Forget a schedule and its runs."""
    tx.execute(delete(schedule_run).where(schedule_run.c.schedule == name))
    tx.execute(delete(schedule).where(schedule.c.name == name))


def last_due(tx: Connection, name: str) -> str | None:
    """Tell the newest due time of a schedule that somebody has taken."""
    query = select(func.max(schedule_run.c.due_at)).where(schedule_run.c.schedule == name)
    found: str | None = tx.execute(query).scalar()
    return found


def claim(tx: Connection, name: str, due_at: datetime, now: datetime) -> bool:
    """Take a due time; False when another scheduler has it already."""
    try:
        with tx.begin_nested():
            tx.execute(
                insert(schedule_run).values(
                    schedule=name, due_at=utc_text(due_at), state="running", started_at=utc_text(now)
                )
            )
    except IntegrityError:
        return False
    return True


def finish(tx: Connection, name: str, due_at: datetime, now: datetime, *, failed: bool = False) -> None:
    """Note that a due time's run has ended."""
    key = (schedule_run.c.schedule == name, schedule_run.c.due_at == utc_text(due_at))
    state = "failed" if failed else "done"
    tx.execute(update(schedule_run).where(*key).values(state=state, ended_at=utc_text(now)))
