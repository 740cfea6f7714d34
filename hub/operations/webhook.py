"""What an operator, and `hub serve`, may do about webhooks: look after subscriptions, fill gaps, rotate secrets."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hub.connector import Lane
from hub.errors import ConfigError, HubError, LockedError, RecordError
from hub.operations.connection import find_connection
from hub.store import checkpoints, problems, settings, subscriptions
from hub.store.problems import Place, ProblemKind
from hub.store.secrets import SecretRow
from hub.sync.connection.secret import OVERLAP, current_secret
from hub.sync.connection.subscription import Reason, Repair, retire_former, rotate, watch
from hub.sync.execute import Report, sync_connection
from hub.sync.hub import Hub

INTERVAL = timedelta(minutes=5)
RESTING = frozenset({"paused", "needs_reauth"})
SUBJECT = "subscriptions"
log = logging.getLogger(__name__)


@dataclass
class Watch:
    """Looks after the subscriptions of all connections. It warns when something changes, not at every look."""

    hub: Hub
    public_url: str
    looked_at: dict[str, datetime] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)

    def look(self) -> None:
        """Look after each connection whose time has come, and read what nobody told us of."""
        for name in calling_connections(self.hub):
            now = self.hub.world.now()
            if now - self.looked_at.get(name, now - INTERVAL) >= INTERVAL and self._look_after(name):
                self.looked_at[name] = now
            fill_gap(self.hub, name)

    def _look_after(self, name: str) -> bool:
        try:
            repairs = look_after(self.hub, name, self.public_url)
        except LockedError:
            return False
        except HubError as error:
            if self.troubles.get(name) != error.message:
                log.warning("%s: its webhooks cannot be looked after: %s %s", name, error.message, error.hint)
            self.troubles[name] = error.message
            return True
        self.troubles.pop(name, None)
        for repair in repairs or []:
            since = f"; what changed since {repair.gap_since} is read again" if repair.gap_since else ""
            level = logging.INFO if repair.reason is Reason.NEW else logging.WARNING
            log.log(level, "%s: the subscription to %s was made (%s)%s", name, repair.topic, repair.reason, since)
        return True


def calling_connections(hub: Hub) -> list[str]:
    """List the connections whose remotes may call, and that are not at rest."""
    with hub.database.read() as tx:
        rows = [row for row in settings.connections(tx) if row.state not in RESTING]
    specs = {row.name: hub.plugins.connectors.get(row.connector) for row in rows}
    return [name for name, spec in specs.items() if spec and spec.webhooks]


def look_after(hub: Hub, name: str, public_url: str, overlap: timedelta = OVERLAP) -> list[Repair] | None:
    """Mend a connection's subscriptions; what the remote refuses is a problem until it no longer does.

    None: the remote cannot be subscribed to.
    """
    row = find_connection(hub.database, name)
    place = Place(row.merchant, name, "", "pull", SUBJECT)
    now = hub.world.now()
    try:
        repairs = watch(hub, name, public_url, overlap)
    except RecordError as error:
        with hub.database.write() as tx:
            problems.report(tx, place, error, problem_id=hub.world.new_id(), now=now, kind=ProblemKind.REPAIR)
        raise
    with hub.database.write() as tx:
        if problems.any_open(tx, name, ""):
            problems.close(tx, name, "", "pull", [SUBJECT], note="The subscriptions are well.", now=now)
    _read_all_soon(hub, name, repairs or [])
    return repairs


def fill_gap(hub: Hub, name: str) -> bool:
    """Read what changed while nobody told us: whatever a poll shows now, and by a sweep what it cannot show."""
    with hub.database.read() as tx:
        gaps = [row.gap_since for row in subscriptions.of_connection(tx, name).values() if row.gap_since]
        polled = {stream for (connection, stream, lane), point in checkpoints.every(tx).items()
                  if (connection, lane) == (name, Lane.LIVE) and point.high_water}  # fmt: skip
    if not gaps:
        return True
    if polled:
        report = Report(sync_connection(hub, name, sorted(polled)))
        if report.errors:
            return False
    with hub.database.write() as tx:
        subscriptions.filled(tx, name, max(gaps))
    return True


def rotate_secret(hub: Hub, name: str, public_url: str | None, overlap: timedelta = OVERLAP) -> SecretRow:
    """Give a connection a new webhook secret; the former one stays good for a while.

    The remote is told at once where it can be; else a person has to tell it, and has `overlap` to do so.
    """
    find_connection(hub.database, name)
    made = rotate(hub, name)
    if public_url is None or look_after(hub, name, public_url, overlap) is None:
        retire_former(hub, name, overlap)
    return made


def webhook_secret(hub: Hub, name: str) -> str:
    """Tell the secret of a connection, for a person who sets the webhook up by hand."""
    row = find_connection(hub.database, name)
    spec = hub.plugins.connector(row.connector)
    if spec.webhooks is None:
        raise ConfigError(f"{spec.title} does not call the hub", hint="It is polled: give it a schedule.")
    return current_secret(hub, row, spec).text


def _read_all_soon(hub: Hub, name: str, repairs: list[Repair]) -> None:
    """Let the sweeps begin now: a poll does not show what a stream is blind to, and a webhook might have."""
    if not any(repair.gap_since for repair in repairs):
        return
    spec = hub.plugins.connector(find_connection(hub.database, name).connector)
    with hub.database.write() as tx:
        for stream in spec.streams:
            point = checkpoints.get(tx, name, stream.name, Lane.SWEEP)
            if stream.blind_to and point.high_water and point.window is None:
                none = replace(point, high_water=None)
                checkpoints.put(tx, name, stream.name, Lane.SWEEP, none, hub.world.now())
