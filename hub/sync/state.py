"""How a connection is: kept after each sync, and asked before the next."""

from __future__ import annotations

from collections.abc import Sequence

from hub.errors import AuthError, ConfigError, HubError
from hub.store import settings
from hub.store.database import Transaction
from hub.sync.hub import Hub
from hub.sync.session import Session


def note_state(session: Session, errors: Sequence[HubError]) -> None:
    """Keep how the connection is: an auth failure is another state than an outage."""
    state, reason = "ok", None
    if errors:
        worst = next((e for e in errors if isinstance(e, AuthError)), errors[0])
        state = "needs_reauth" if isinstance(worst, AuthError) else "degraded"
        reason = worst.message
    with session.commit() as tx:
        if not is_paused(tx, session.name):  # by the operator, while we were at it
            settings.set_connection_state(tx, session.name, state, reason, session.hub.world.now())


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
