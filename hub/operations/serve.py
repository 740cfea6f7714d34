"""`hub serve`: runs the schedules, writes what is owed as soon as it may be, and sends the notices that are due."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from hub.clock import utc_parse, utc_text
from hub.connector import Lane
from hub.errors import LockedError
from hub.operations.alert import call_dead_man, send_alerts
from hub.operations.connection import probe_refusing
from hub.operations.errand import Errands
from hub.operations.notice import send_notices
from hub.operations.reconcile import reconcile_open_days
from hub.operations.retention import forget_past
from hub.operations.watch import watch
from hub.operations.webhook import Watch
from hub.schedule.scheduler import LEASE
from hub.schedule.serve import Chore
from hub.schedule.serve import serve as run_schedules
from hub.store import checkpoints, health, inbox, outbox, overview, schedules, secrets, settings
from hub.store.database import Transaction
from hub.store.runs import Counts
from hub.store.schedules import Schedule
from hub.sync.backfill import read_slice
from hub.sync.connection.webhook import forget_old
from hub.sync.execute import Report, Result, sync, sync_connection
from hub.sync.hub import Hub
from hub.sync.reading.slice import SLICE
from hub.sync.writing.cap import holding

OFTEN = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
HOURLY = timedelta(hours=1)
SOON = timedelta(seconds=1)
"""How soon what a webhook told of, or what became due, is looked after."""
log = logging.getLogger(__name__)


def serve(
    hub: Hub,
    *,
    public_url: str | None = None,
    stop: threading.Event | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Run the hub until it is told to stop by SIGTERM, SIGINT or `stop`.

    `public_url` is where remotes find it. `ready` is called when it works. ConfigError when the key is gone that opens
    what is kept secret: it would be missed later, when nobody looks.
    """
    with hub.database.read() as tx:
        secrets.prove(tx)
    stopping, started = stop or threading.Event(), hub.world.now()

    def run(schedule: Schedule) -> None:
        if schedule.does == schedules.RECONCILE:
            reconcile_open_days(hub, schedule)
            return
        report = sync(hub, [schedule.connection], schedule.streams, stopping=stopping.is_set, bulk_for=SLICE)
        _log(report.results)
        for error in report.errors:
            raise error

    with Errands(lambda name: do_work(hub, name, stopping), hub.world) as errands:
        chores = [
            Chore("work", SOON, lambda: _start(errands, hub)),
            Chore("backfill", OFTEN, lambda: go_on_backfilling(hub, stopping)),
            Chore("notices", OFTEN, lambda: _send(hub, stopping)),
            Chore("watch", MINUTE, lambda: watch_over(hub, started)),
            Chore("dead man", MINUTE, lambda: call_dead_man(hub)),
            Chore("probe", MINUTE, lambda: _probe(hub, stopping)),
            Chore("retention", HOURLY, lambda: _forget(hub)),
            Chore("deliveries", HOURLY, lambda: forget_old(hub)),
        ]
        if public_url:
            chores.append(Chore("webhooks", MINUTE, Watch(hub, public_url).look, at_once=True))
        run_schedules(hub.database, run, world=hub.world, chores=chores, stop=stopping, holder=hub.holder, ready=ready)


def _start(errands: Errands, hub: Hub) -> None:
    errands.start(connections_with_work(hub))


def do_work(hub: Hub, name: str, stopping: threading.Event) -> bool:
    """Do what has become due in a connection, without waiting for its schedule; tell whether it went well."""
    report = Report(sync_connection(hub, name, first=False, stopping=stopping.is_set, bulk_for=SLICE))
    _log(report.results)
    errors = [error for error in report.errors if not isinstance(error, LockedError)]
    for error in errors:
        log.error("%s: %s %s", name, error.message, error.hint)
    return not errors


def watch_over(hub: Hub, started: datetime) -> None:
    """Look at how everything is, and tell the operators what has changed."""
    watch(hub, since=started, free=lambda: free_percent(hub))
    send_alerts(hub)


def free_percent(hub: Hub) -> float:
    """Tell how much of the disk is free that holds the database, in percent."""
    usage = shutil.disk_usage(Path(hub.database.engine.url.database or hub.folder).parent)
    return 100 * usage.free / usage.total


def go_on_backfilling(hub: Hub, stopping: threading.Event) -> None:
    """Read the next slice of each back-fill that is under way, where nobody else is at work."""
    with hub.database.read() as tx:
        resting = health.left_alone(tx, hub.world.now())
        begun = [key for key, mark in checkpoints.every(tx).items() if key[2] == Lane.BACKFILL and mark.window]
    for name, stream, _lane in begun:
        if stopping.is_set():
            return
        if name not in resting:
            try:
                _log([read_slice(hub, name, stream, stopping=stopping.is_set)])
            except LockedError:
                log.debug("the back-fill of %s waits", name)


def _probe(hub: Hub, stopping: threading.Event) -> None:
    for name in probe_refusing(hub, stopping=stopping.is_set):
        log.warning("%s accepts our credentials again", name)


def write_owed(hub: Hub, stopping: threading.Event) -> None:
    """Do what has become due in any connection, one after the other; one in trouble spares the others."""
    for name in connections_with_work(hub):
        if not stopping.is_set():
            do_work(hub, name, stopping)


def connections_with_work(hub: Hub) -> list[str]:
    """List the connections that have something to fetch, to write, or to find out about an unanswered write."""
    with hub.database.read() as tx:
        resting = health.left_alone(tx, hub.world.now())
        rows = [row.name for row in settings.connections(tx) if row.name not in resting]
        wanted = {connection for connection, _ in inbox.backlog(tx)}
        for connection, stream in outbox.backlog(tx).keys() - holding(tx):
            if connection not in wanted and _has_writes(tx, connection, stream, hub.world.now()):
                wanted.add(connection)
    return [name for name in rows if name in wanted]


def _has_writes(tx: Transaction, connection: str, stream: str, now: datetime) -> bool:
    flying = outbox.in_flight(tx, connection, stream)
    at = utc_text(now)
    unasked = [row for row in flying if row.waits_stream is None and (row.not_before or "") <= at]
    return bool(unasked) or bool(outbox.due(tx, connection, stream, now, 1))


def _log(results: Sequence[Result]) -> None:
    """Log the runs that did something."""
    for one in results:
        counts = {name: number for name in Counts.__slots__ if (number := getattr(one.counts, name))}
        if set(counts) - {"read", "unchanged"}:
            said = ", ".join(f"{number} {name}" for name, number in counts.items())
            log.info("%s %s %s is %s: %s", one.connection, one.stream, one.kind, one.state, said)


def _forget(hub: Hub) -> None:
    forget_past(hub)


def _send(hub: Hub, stopping: threading.Event) -> None:
    send_notices(hub, stopping=stopping.is_set)


def schedule_words(hub: Hub) -> Iterator[str]:
    """Say each schedule in words: shop orders every 5m."""
    with hub.database.read() as tx:
        found = schedules.every(tx)
    for one in found:
        when = f"every {one.every}" if one.every else f"at {one.cron} ({one.zone})"
        what = " ".join(one.streams) or ("orders reconciled" if one.does == schedules.RECONCILE else "all streams")
        yield f"{one.connection} {what} {when}"


def leader(hub: Hub) -> str | None:
    """Name the process that runs the schedules of this database already; None where this one is going to."""
    with hub.database.read() as tx:
        held = {name: (holder, expires_at) for name, holder, expires_at in overview.held_leases(tx)}
    holder, expires_at = held.get(LEASE, (hub.holder, ""))
    if holder == hub.holder or hub.is_dead(holder) or utc_parse(expires_at) <= hub.world.now():
        return None
    host, process, _started = holder.rsplit(":", 2)
    return f"process {process} on {host}"
