"""Keeps the remotes calling: subscriptions are made, looked after, and made anew where one was given up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from hub.clock import utc_text
from hub.connector import ConnectorSpec, Subscribes
from hub.errors import ConfigError, RecordError
from hub.store import leases, runs, secrets, settings, subscriptions
from hub.store.keyring import new_secret
from hub.store.runs import Event
from hub.store.secrets import SecretRow
from hub.store.settings import ConnectionRow
from hub.store.subscriptions import SubscriptionRow
from hub.sync.connection.secret import OVERLAP, SECRET, current_secret
from hub.sync.connection.session import build_connector
from hub.sync.hub import Hub
from hub.webhook import Subscription, Webhooks


class Reason(StrEnum):
    """Why a subscription was made."""

    NEW = "new"
    GONE = "gone"
    DISABLED = "disabled"
    FOREIGN = "foreign"
    """One was there that somebody else has made, or a hub before this one: nobody knows its secret."""
    MOVED = "moved"
    ROTATED = "rotated"


LOSES = frozenset({Reason.GONE, Reason.DISABLED, Reason.MOVED})


@dataclass(frozen=True, slots=True)
class Repair:
    """A subscription that was made, and since when nobody may have told us of changes."""

    topic: str
    reason: Reason
    gap_since: str | None


@dataclass(frozen=True, slots=True)
class Watched:
    """A connection whose subscriptions are looked after: what it should have, and where it should call."""

    hub: Hub
    name: str
    webhooks: Webhooks
    connector: Subscribes
    address: str
    secret: SecretRow

    @property
    def is_held(self) -> bool:
        """Whether the remote signs with a secret of its own, so that any subscription of its to us is good."""
        return bool(self.webhooks.secret)


def address_of(public_url: str, connection: str) -> str:
    """Say where a connection's remote should call."""
    return f"{public_url}/webhooks/{connection}"


def watch(hub: Hub, name: str, public_url: str, overlap: timedelta = OVERLAP) -> list[Repair] | None:
    """Hold a connection's subscriptions against what the remote has, and mend what is amiss.

    None: the remote cannot be subscribed to. Raises LockedError when somebody else is at it.
    """
    with _held(hub, name):
        row, spec = _calling(hub, name)
        secret = current_secret(hub, row, spec)
        connector, client = build_connector(hub, row, spec)
        try:
            if not isinstance(connector, Subscribes) or spec.webhooks is None:
                return None
            watched = Watched(hub, name, spec.webhooks, connector, address_of(public_url, name), secret)
            repairs = _mend(watched)
        finally:
            if client is not None:
                client.close()
        _settle(hub, name, secret, overlap)
        return repairs


def rotate(hub: Hub, name: str) -> SecretRow:
    """Make another secret for a connection; the former one stays good until the remote signs with the new one."""
    row, spec = _calling(hub, name)
    if spec.webhooks is not None and spec.webhooks.secret:
        raise ConfigError(
            f"{spec.title} signs with a secret of its own.",
            hint=f"Change it there, then put it into {spec.webhooks.secret} of [connections.{name}].",
        )
    current_secret(hub, row, spec)
    with hub.database.write() as tx:
        secrets.add(tx, name, SECRET, new_secret(), hub.world.now())
    return current_secret(hub, row, spec)


def retire_former(hub: Hub, name: str, overlap: timedelta = OVERLAP) -> None:
    """Let all secrets but the newest end after a while."""
    row, spec = _calling(hub, name)
    _settle(hub, name, current_secret(hub, row, spec), overlap)


def _calling(hub: Hub, name: str) -> tuple[ConnectionRow, ConnectorSpec]:
    with hub.database.read() as tx:
        row = settings.connection(tx, name)
    if row is None:
        raise ConfigError(f"There is no connection {name!r}.", hint="See `hub connect list`.")
    spec = hub.plugins.connector(row.connector)
    if spec.webhooks is None:
        raise ConfigError(f"{spec.title} does not call the hub.", hint="It is polled: give it a schedule.")
    return row, spec


@contextmanager
def _held(hub: Hub, name: str) -> Iterator[None]:
    """Let nobody else look after the same subscriptions meanwhile."""
    lease = leases.acquire(
        hub.database, f"webhooks:{name}", holder=hub.holder, now=hub.world.now(), is_dead=hub.is_dead
    )
    try:
        yield
    finally:
        leases.release(hub.database, lease)


def _mend(watched: Watched) -> list[Repair]:
    with watched.hub.database.read() as tx:
        known = subscriptions.of_connection(tx, watched.name)
    found = list(watched.connector.subscriptions())
    repairs, good, refusals = [], set(), []
    for topic in watched.webhooks.topics:
        here = [one for one in found if one.topic == topic and one.address == watched.address]
        alive = next((one for one in here if _is_good(watched, known.get(topic), one)), None)
        if alive is not None:
            good.add(alive.external_id)
            _adopt(watched, topic, known.get(topic), alive)
            continue
        try:
            repairs.append(_subscribe(watched, topic, known.get(topic), here))
        except RecordError as error:  # this topic alone: our credentials may not reach it
            refusals.append(error)
    _tidy_up(watched, found, good, known)
    if refusals:
        raise refusals[0]
    return repairs


def _is_good(watched: Watched, row: SubscriptionRow | None, found: Subscription) -> bool:
    if not found.active:
        return False
    if watched.is_held:
        return True
    return row is not None and (row.external_id, row.secret) == (found.external_id, watched.secret.number)


def _subscribe(watched: Watched, topic: str, row: SubscriptionRow | None, here: Sequence[Subscription]) -> Repair:
    """Subscribe to a topic. What is dead goes before, since a remote may take one a topic and address only."""
    for dead in here:
        if not dead.active:
            watched.connector.unsubscribe(dead)
    reason = _reason(watched, row, here)
    gap = row.checked_at if row and reason in LOSES else None
    made = watched.connector.subscribe(topic, watched.address, watched.secret.text)
    now = utc_text(watched.hub.world.now())
    repair = None if reason is Reason.NEW else str(reason)
    open_gap = min(filter(None, (gap, row.gap_since if row else None)), default=None)
    place = (watched.name, topic, made.external_id, watched.address, watched.secret.number)
    event = Event(
        watched.hub.world.new_id(), None, now, "subscribed", watched.name, "", None, made.external_id,
        {"topic": topic, "reason": reason, "gap_since": gap},
    )  # fmt: skip
    with watched.hub.database.write() as tx:
        subscriptions.put(tx, SubscriptionRow(*place, now, now, now if repair else None, repair, open_gap))
        runs.add_events(tx, [event])
    return Repair(topic, reason, gap)


def _reason(watched: Watched, row: SubscriptionRow | None, here: Sequence[Subscription]) -> Reason:
    if row is None:
        return Reason.FOREIGN if any(one.active for one in here) else Reason.NEW
    if row.address != watched.address:
        return Reason.MOVED
    ours = next((one for one in here if one.external_id == row.external_id), None)
    if ours is None:
        return Reason.GONE
    return Reason.ROTATED if ours.active else Reason.DISABLED


def _adopt(watched: Watched, topic: str, row: SubscriptionRow | None, alive: Subscription) -> None:
    """Note one that was not made here and is as good as if it were."""
    if row is None or (row.external_id, row.address) != (alive.external_id, watched.address):
        now = utc_text(watched.hub.world.now())
        gap = row.gap_since if row else None
        place = (watched.name, topic, alive.external_id, watched.address, watched.secret.number)
        with watched.hub.database.write() as tx:
            subscriptions.put(tx, SubscriptionRow(*place, now, now, gap_since=gap))


def _tidy_up(
    watched: Watched, found: Sequence[Subscription], good: set[str], known: dict[str, SubscriptionRow]
) -> None:
    """Take back what calls us twice, for nothing or at a former address; what is others' is not ours to touch."""
    ours = {row.external_id for row in known.values()}
    for one in found:
        if one.external_id not in good and one.active and (one.address == watched.address or one.external_id in ours):
            watched.connector.unsubscribe(one)
    now = watched.hub.world.now()
    with watched.hub.database.write() as tx:
        for topic in known.keys() - set(watched.webhooks.topics):
            subscriptions.remove(tx, watched.name, topic)
        subscriptions.checked(tx, watched.name, now)


def _settle(hub: Hub, name: str, newest: SecretRow, overlap: timedelta) -> None:
    """The remote signs with the newest secret now: what came before is good for a little longer."""
    now = hub.world.now()
    with hub.database.write() as tx:
        secrets.retire(tx, name, SECRET, newest.number, now + overlap)
