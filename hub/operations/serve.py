"""`hub serve`: runs the schedules, writes what is owed as soon as it may be, and sends the notices that are due."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from hub.errors import LockedError
from hub.operations.errand import Errands
from hub.operations.notice import send_notices
from hub.schedule.serve import Chore
from hub.schedule.serve import serve as run_schedules
from hub.store import inbox, outbox, schedules, settings
from hub.store.database import Transaction
from hub.store.runs import Counts
from hub.sync.cap import holding
from hub.sync.execute import Report, Result, sync, sync_connection
from hub.sync.hub import Hub
from hub.sync.webhook import forget_old

RESTING = frozenset({"paused", "needs_reauth"})
HOURLY = timedelta(hours=1)
OFTEN = timedelta(seconds=10)
SOON = timedelta(seconds=1)
"""How soon what a webhook told of, or what became due, is looked after."""
log = logging.getLogger(__name__)


def serve(hub: Hub, *, stop: threading.Event | None = None) -> None:
    """Run the hub until it is told to stop by SIGTERM, SIGINT or `stop`."""
    stopping = stop or threading.Event()

    def run(connection: str, streams: tuple[str, ...]) -> None:
        report = sync(hub, [connection], streams, stopping=stopping.is_set)
        _log(report.results)
        for error in report.errors:
            raise error

    with Errands(lambda name: do_work(hub, name, stopping), hub.world) as errands:
        chores = [
            Chore("work", SOON, lambda: _start(errands, hub)),
            Chore("notices", OFTEN, lambda: _send(hub, stopping)),
            Chore("webhooks", HOURLY, lambda: forget_old(hub)),
        ]
        run_schedules(hub.database, run, world=hub.world, chores=chores, stop=stopping, holder=hub.holder)


def _start(errands: Errands, hub: Hub) -> None:
    errands.start(connections_with_work(hub))


def do_work(hub: Hub, name: str, stopping: threading.Event) -> bool:
    """Do what has become due in a connection, without waiting for its schedule; tell whether it went well."""
    report = Report(sync_connection(hub, name, first=False, stopping=stopping.is_set))
    _log(report.results)
    errors = [error for error in report.errors if not isinstance(error, LockedError)]
    for error in errors:
        log.error("%s: %s %s", name, error.message, error.hint)
    return not errors


def write_owed(hub: Hub, stopping: threading.Event) -> None:
    """Do what has become due in any connection, one after the other; one in trouble spares the others."""
    for name in connections_with_work(hub):
        if not stopping.is_set():
            do_work(hub, name, stopping)


def connections_with_work(hub: Hub) -> list[str]:
    """List the connections that have something to fetch, to write, or to find out about an unanswered write."""
    with hub.database.read() as tx:
        rows = [row.name for row in settings.connections(tx) if row.state not in RESTING]
        wanted = {connection for connection, _ in inbox.backlog(tx)}
        for connection, stream in outbox.backlog(tx).keys() - holding(tx):
            if connection not in wanted and _has_writes(tx, connection, stream, hub.world.now()):
                wanted.add(connection)
    return [name for name in rows if name in wanted]


def _has_writes(tx: Transaction, connection: str, stream: str, now: datetime) -> bool:
    flying = outbox.in_flight(tx, connection, stream)
    return any(row.waits_stream is None for row in flying) or bool(outbox.due(tx, connection, stream, now, 1))


def _log(results: Sequence[Result]) -> None:
    """Log the runs that did something."""
    for one in results:
        counts = {name: number for name in Counts.__slots__ if (number := getattr(one.counts, name))}
        if set(counts) - {"read", "unchanged"}:
            said = ", ".join(f"{number} {name}" for name, number in counts.items())
            log.info("%s %s %s is %s: %s", one.connection, one.stream, one.kind, one.state, said)


def _send(hub: Hub, stopping: threading.Event) -> None:
    send_notices(hub, stopping=stopping.is_set)


def schedule_words(hub: Hub) -> Iterator[str]:
    """Say each schedule in words: shop orders every 5m."""
    with hub.database.read() as tx:
        found = schedules.every(tx)
    for one in found:
        when = f"every {one.every}" if one.every else f"at {one.cron} ({one.zone})"
        yield f"{one.connection} {' '.join(one.streams) or 'all streams'} {when}"
