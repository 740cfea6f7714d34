"""What the processes of the hub do: workers that sync, send notices and start again when they died; and webhooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub.errors import HubError
from hub.notify.dispatch import send_due
from hub.operations.serve import connections_with_work
from hub.sync.execute import CrashError, Result, sync, sync_connection
from hub.sync.hub import Hub
from hub.testing.simulation.baton import Crash
from hub.testing.simulation.town import Call, Town

REST = (10.0, 240.0)
"""Seconds that a worker rests between two jobs, at least and at most."""
DOWN = 45.0
"""Seconds until a process that died is started again."""


def work(town: Town, process: str) -> None:
    """Be a worker process, again and again, until the town closes."""
    lives = 0
    while not town.closing:
        lives += 1
        holder = f"{process}#{lives}"
        try:
            _live(town, town.hub(holder))
        except Crash:
            if town.closing:
                raise
            _rise(town, holder)


def _live(town: Town, hub: Hub) -> None:
    while not town.closing:
        job = town.baton.chance.choice(JOBS)
        try:
            job(town, hub)
        except HubError as error:
            town.tell(f"{type(error).__name__} {error}")
        town.baton.sleep(town.baton.chance.uniform(*REST))


def _rise(town: Town, holder: str) -> None:
    """Start again after a crash: whatever the process held in memory is gone."""
    town.tell(f"{holder} has died")
    town.dead.add(holder)
    town.baton.me.dead = False
    town.baton.sleep(DOWN)


def drop_in(town: Town, process: str, connections: Sequence[str], after: float) -> None:
    """Be a process of its own that syncs connections after some seconds, like `hub sync` in a second terminal."""
    try:
        town.baton.sleep(after)
        note(town, sync(town.hub(f"{process}#1"), connections, stopping=lambda: town.closing).results)
    except HubError as error:
        town.tell(f"{type(error).__name__} {error}")


def sync_one(town: Town, hub: Hub) -> None:
    """Sync one connection, as a schedule would."""
    name = town.baton.chance.choice(list(town.remotes))
    note(town, sync(hub, [name], stopping=lambda: town.closing).results)


def sync_all(town: Town, hub: Hub) -> None:
    """Sync every connection, as `hub sync` does."""
    note(town, sync(hub, stopping=lambda: town.closing).results)


def track(town: Town, hub: Hub) -> None:
    """Ask the carrier where parcels are, which schedules do more often than anything else."""
    note(town, sync(hub, ["carrier"], stopping=lambda: town.closing).results)


def write_owed(town: Town, hub: Hub) -> None:
    """Do what has become due, as `hub serve` does between schedules."""
    for name in connections_with_work(hub):
        note(town, sync_connection(hub, name, first=False, stopping=lambda: town.closing))


def send_notices(town: Town, hub: Hub) -> None:
    """Send what is due."""
    send_due(town.database, town.outlets, holder=hub.holder, world=hub.world, is_dead=hub.is_dead)


def note(town: Town, results: list[Result]) -> None:
    """Note how runs ended; a bug is a violation."""
    for result in results:
        counts = result.counts
        town.tell(
            f"{result.connection} {result.stream} {result.kind} {result.state} {counts.read} {counts.written}"
            f" {counts.unchanged} {counts.skipped} {counts.parked} {result.error or ''}"
        )
        if isinstance(result.error, CrashError):
            town.accusations.append(f"a bug: {result.error}")


JOBS: tuple[Callable[[Town, Hub], None], ...] = (
    sync_one,
    sync_one,
    sync_one,
    sync_all,
    track,
    track,
    write_owed,
    write_owed,
    send_notices,
    send_notices,
    send_notices,
)


def serve_web(town: Town) -> None:
    """Be the process that takes webhooks in: what it does not answer is sent again."""
    while not town.closing:
        due = [call for call in town.calls if call.at <= town.baton.now]
        try:
            for call in due:
                _take(town, call)
            town.baton.sleep(7.0)
        except Crash:
            if town.closing:
                raise
            _rise(town, "web")


def _take(town: Town, call: Call) -> None:
    town.calls.remove(call)
    lost = town.mischief.lasts("hooks_lost", call.connection)
    late = town.mischief.lasts("hooks_late", call.connection)
    if lost:
        town.deaf.add(call.connection)
        return
    if late:
        call.at = late.at + late.seconds + town.baton.chance.random() * 60
        town.calls.append(call)
        return
    try:
        town.deliver(call)
        if town.mischief.lasts("hooks_twice", call.connection):
            town.deliver(call)
    except Crash:
        town.calls.append(call)
        raise
