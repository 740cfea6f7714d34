"""Runs what is due: once however many schedulers there are, and one run a connection at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from hub.clock import World, utc_parse
from hub.errors import ConfigError, HubError, LockedError
from hub.schedule.when import latest_due, read_timing
from hub.store import health, schedules
from hub.store.database import Database
from hub.store.leases import Lease, acquire, fenced, holder_is_dead, release
from hub.store.schedules import Schedule
from hub.store.tables import schedule_run

if TYPE_CHECKING:
    from hub.store.database import Transaction

LEASE = "scheduler"
SECONDS_BETWEEN_TRIES = 5.0
THREADS = 8
log = logging.getLogger(__name__)

Run = Callable[[Schedule], None]
"""Do what a schedule wants of its connection. Raises LockedError while somebody else works on the connection, another
HubError when it failed."""


@dataclass(frozen=True, slots=True)
class Due:
    """A schedule whose time has come, and which time that is."""

    schedule: Schedule
    at: datetime


class Scheduler:
    """One of any number of schedulers on a database; the one that holds the lease leads, the others stand by.

    A due time is claimed in the database before it runs. What a dead leader left running is run again.
    """

    def __init__(
        self,
        database: Database,
        run: Run,
        *,
        holder: str,
        world: World,
        stop: threading.Event,
        is_dead: Callable[[str], bool] = holder_is_dead,
        seconds_between_tries: float = SECONDS_BETWEEN_TRIES,
    ) -> None:
        self._database, self._run, self._holder, self._world = database, run, holder, world
        self._stop, self._is_dead, self._seconds_between_tries = stop, is_dead, seconds_between_tries
        self._started = world.now()
        self._lease: Lease | None = None
        self._busy: dict[str, Due] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="run")

    def tick(self, now: datetime) -> list[Due]:
        """Start everything that is due and not yet taken; tell what was started."""
        with self._lock:
            if self._stop.is_set():
                return []
            found = self._take(now)
            self._busy |= {due.schedule.connection: due for due in found}
            started = [(due, self._pool.submit(self._work, due)) for due in found]
        for due, work in started:
            work.add_done_callback(partial(self._done, due))
        return found

    def close(self) -> None:
        """Wait until every run has finished its page, and let another scheduler lead."""
        with self._lock:
            self._stop.set()
        self._pool.shutdown(wait=True)
        if self._lease is not None:
            release(self._database, self._lease)

    def _take(self, now: datetime) -> list[Due]:
        """Claim what is due as the leader; nothing while another leads."""
        if self._lease is not None:
            try:
                with fenced(self._database, self._lease, now) as tx:
                    return self._claim(tx, now)
            except LockedError:
                log.info("another scheduler leads, or the database is busy")
        try:
            self._lease = acquire(self._database, LEASE, holder=self._holder, now=now, is_dead=self._is_dead)
        except LockedError:
            return []
        with fenced(self._database, self._lease, now) as tx:
            resumed = self._resume(tx, now)
            return [*resumed, *self._claim(tx, now, {due.schedule.connection for due in resumed})]

    def _resume(self, tx: Transaction, now: datetime) -> list[Due]:
        """Take over what a dead leader left running: the newest run of each connection starts again."""
        by_name = {schedule.name: schedule for schedule in schedules.every(tx)}
        running = tx.execute(schedule_run.select().where(schedule_run.c.state == "running")).all()
        left = [Due(by_name[row.schedule], utc_parse(row.due_at)) for row in running]
        resumed: dict[str, Due] = {}
        for due in sorted(left, key=lambda due: due.at, reverse=True):
            if due in self._busy.values():
                continue
            if due.schedule.connection in resumed or due.schedule.connection in self._busy:
                schedules.finish(tx, due.schedule.name, due.at, now, failed=True)
            else:
                resumed[due.schedule.connection] = due
        return list(resumed.values())

    def _claim(self, tx: Transaction, now: datetime, taken: Collection[str] = ()) -> list[Due]:
        """Claim what is due, the longest overdue first, one schedule a connection."""
        resting = health.left_alone(tx, now)
        waiting = [Due(schedule, at) for schedule in schedules.every(tx) if (at := self._due_time(tx, schedule, now))]
        claimed: dict[str, Due] = {}
        for due in sorted(waiting, key=lambda due: due.at):
            name = due.schedule.connection
            if name in resting or name in taken or name in self._busy or name in claimed:
                continue
            if schedules.claim(tx, due.schedule.name, due.at, now):
                claimed[name] = due
        return list(claimed.values())

    def _due_time(self, tx: Transaction, schedule: Schedule, now: datetime) -> datetime | None:
        """Tell the newest time that has come since the last run; a new interval is due at once, a new cron is not."""
        last = schedules.last_due(tx, schedule.name)
        after = utc_parse(last) if last else self._started if schedule.cron else None
        try:
            return latest_due(read_timing(schedule), after, now)
        except ConfigError as error:
            log.error("schedule %s cannot run: %s %s", schedule.name, error.message, error.hint)
            return None

    def _work(self, due: Due) -> bool:
        """Run one due time, waiting while somebody else works on the connection; tell whether it came to its end."""
        while True:
            try:
                self._run(due.schedule)
                return not self._stop.is_set()
            except LockedError:
                log.info("%s waits: another run works on %s", due.schedule.name, due.schedule.connection)
                if self._stop.wait(self._seconds_between_tries):
                    return False

    def _done(self, due: Due, work: Future[bool]) -> None:
        """Note how a run ended. One that a stop cut short stays `running`, so that the next leader resumes it."""
        error = work.exception()
        if error is not None:
            trace = None if isinstance(error, HubError) else error
            log.error("schedule %s failed: %s", due.schedule.name, error, exc_info=trace)
        if error is not None or work.result():
            now = self._world.now()
            with self._database.write() as tx:
                schedules.finish(tx, due.schedule.name, due.at, now, failed=error is not None)
        with self._lock:
            self._busy.pop(due.schedule.connection, None)
        self.tick(self._world.now())
