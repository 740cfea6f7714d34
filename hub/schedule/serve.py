"""Runs the hub until it is told to stop: an alarm clock over the schedules, and small chores in between."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from hub.clock import World
from hub.errors import ConfigError, HubError
from hub.schedule.cron import Cron
from hub.schedule.scheduler import Run, Scheduler
from hub.schedule.when import Every, next_due, read_timing
from hub.store import schedules
from hub.store.database import Database
from hub.store.leases import holder_is_dead, this_holder
from hub.store.schedules import Schedule

LOOK = timedelta(seconds=10)  # how soon a changed schedule, or a leader's death, is noticed
JOB = "schedule:"
THREADS = 16
"""More than there are chores: one that takes its time does not keep the others."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something small to do every so often, such as sending the notices that are due; `at_once`: at the start, too."""

    name: str
    every: timedelta
    do: Callable[[], None]
    at_once: bool = False


class DueTrigger(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """Wakes at a schedule's due times; those that have passed are skipped, since a tick takes the newest."""

    def __init__(self, timing: Every | Cron) -> None:
        self._timing = timing

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Tell when to wake next."""
        return next_due(self._timing, max(previous_fire_time or now, now))


def serve(
    database: Database,
    run: Run,
    *,
    world: World | None = None,
    chores: Sequence[Chore] = (),
    stop: threading.Event | None = None,
    holder: str | None = None,
    is_dead: Callable[[str], bool] = holder_is_dead,
    look: timedelta = LOOK,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Run the schedules until SIGTERM, SIGINT or `stop`; then wait until the runs under way have finished their page.

    `run` should look at `stop` between two pages. A second signal ends the process at once. `ready` is called when
    signals are heard and schedules run.
    """
    seams, stopping = world or World(), stop or threading.Event()
    scheduler = Scheduler(database, run, holder=holder or this_holder(), world=seams, stop=stopping, is_dead=is_dead)
    clock = alarm_clock()
    known: dict[str, Schedule] = {}

    def look_around() -> None:
        set_alarms(clock, known, database, lambda: tick())
        tick()

    def tick() -> None:
        scheduler.tick(seams.now())

    clock.add_job(look_around, IntervalTrigger(seconds=look.total_seconds()), next_run_time=datetime.now().astimezone())
    for chore in chores:
        first = {"next_run_time": datetime.now().astimezone()} if chore.at_once else {}
        trigger = IntervalTrigger(seconds=chore.every.total_seconds())
        clock.add_job(careful(chore), trigger, id=f"chore:{chore.name}", **first)
    with until_told(stopping):
        clock.start()
        ready()
        stopping.wait()
        clock.shutdown(wait=True)
        scheduler.close()


def alarm_clock() -> BackgroundScheduler:
    """Make a clock whose late alarms ring once, however many were missed, and never two of one kind at a time."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a chore still runs is no news
    return BackgroundScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(THREADS)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )


def set_alarms(
    clock: BackgroundScheduler, known: dict[str, Schedule], database: Database, ring: Callable[[], None]
) -> None:
    """Make the alarms equal to the schedules in the database; `known` remembers what is set."""
    with database.read() as tx:
        wanted = {schedule.name: schedule for schedule in schedules.every(tx)}
    for name in known.keys() - wanted.keys():
        _drop_alarm(clock, name)
        del known[name]
    for name, schedule in wanted.items():
        if known.get(name) != schedule:
            try:
                clock.add_job(ring, DueTrigger(read_timing(schedule)), id=JOB + name, replace_existing=True)
            except ConfigError as error:
                _drop_alarm(clock, name)
                log.error("schedule %s cannot run: %s %s", name, error.message, error.hint)
            known[name] = schedule


def _drop_alarm(clock: BackgroundScheduler, name: str) -> None:
    if clock.get_job(JOB + name) is not None:
        clock.remove_job(JOB + name)


def careful(chore: Chore) -> Callable[[], None]:
    """Wrap a chore so that what the hub knows to go wrong is one line in the log."""

    def do() -> None:
        try:
            chore.do()
        except HubError as error:
            log.error("%s failed: %s %s", chore.name, error.message, error.hint)

    return do


@contextmanager
def until_told(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT set `stop` once; after that they do what they always did."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def tell(_number: int, _frame: FrameType | None) -> None:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop.set()

    for number in before:
        signal.signal(number, tell)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
