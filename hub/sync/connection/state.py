"""How a connection is: kept after each sync, and asked before the next."""

from __future__ import annotations

from collections.abc import Sequence

from hub.clock import utc_text
from hub.errors import AuthError, ConfigError, HubError, LockedError, TransientError
from hub.store import health, settings
from hub.store.database import Transaction
from hub.store.health import Health
from hub.sync.connection.access import is_partial
from hub.sync.connection.backoff import LONGEST_REFUSED, REFUSED, back_off
from hub.sync.connection.session import Session
from hub.sync.hub import Hub


def note_state(session: Session, errors: Sequence[HubError]) -> None:
    """Keep how the connection is: an auth failure is another state than an outage."""
    with session.commit() as tx:
        _note(session.hub, tx, session.name, errors)


def note_failure(hub: Hub, name: str, error: HubError) -> None:
    """Keep that a connection could not even be opened; that somebody else works on it is no failure."""
    if isinstance(error, LockedError):
        return
    with hub.database.write() as tx:
        _note(hub, tx, name, [error])


def note_refused(hub: Hub, name: str) -> None:
    """Keep that a connection still refuses our credentials: it is asked again after a longer wait."""
    with hub.database.write() as tx:
        if not is_paused(tx, name):
            wait = _wait(hub, tx, name, None, refused=True)
            health.put(tx, name, wait)


def _note(hub: Hub, tx: Transaction, name: str, errors: Sequence[HubError]) -> None:
    if is_paused(tx, name):  # by the operator, while we were at it
        return
    now = hub.world.now()
    failures = [error for error in errors if not isinstance(error, LockedError)]
    if not failures:
        settings.set_connection_state(tx, name, "ok", None, now)
        health.put(tx, name, Health())
        return
    worst = next((e for e in failures if isinstance(e, AuthError) and not is_partial(e)), failures[0])
    refused = isinstance(worst, AuthError) and not is_partial(worst)
    settings.set_connection_state(tx, name, "needs_reauth" if refused else "degraded", worst.message, now)
    health.put(tx, name, Health() if is_partial(worst) else _wait(hub, tx, name, worst, refused=refused))


def _wait(hub: Hub, tx: Transaction, name: str, worst: HubError | None, *, refused: bool) -> Health:
    count = health.get(tx, name).failures + 1
    if refused:
        wait = back_off(count, hub.world, first=REFUSED, longest=LONGEST_REFUSED)
    else:
        wait = back_off(count, hub.world, asked=worst.retry_after if isinstance(worst, TransientError) else None)
    return Health(count, utc_text(hub.world.now() + wait))


def refuse_paused(hub: Hub, name: str) -> None:
    """Leave a connection alone that the operator has paused; ConfigError says how to go on."""
    with hub.database.read() as tx:
        row = settings.connection(tx, name)
    if row is not None and row.state == "paused":
        raise ConfigError(
            f"The connection {name} is paused: {row.reason}.", hint=f"Go on with `hub connect resume {name}`."
        )


def is_paused(tx: Transaction, name: str) -> bool:
    """Tell whether the operator has paused a connection."""
    row = settings.connection(tx, name)
    return row is not None and row.state == "paused"
