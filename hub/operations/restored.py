"""What an operator says when the database was put back from a backup: it has forgotten what happened since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.connector import Lane
from hub.store import checkpoints, leases, notices, restorations
from hub.store.database import Transaction
from hub.sync.hub import Hub

UNSURE = ("pending", "sending", "held")
REASON = "the database was restored: the buyer may or may not have it"


@dataclass(frozen=True, slots=True)
class Restored:
    """From when on the hub looks before it creates, until when, and how many notices nobody knows the end of."""

    at: datetime
    until: datetime
    notices: int


def restored(hub: Hub, by: str) -> Restored:
    """Note that the database was put back just now; no process of the hub may have been at work since the backup.

    For a day everything is read before it is written to, and looked for before it is created. What was about to be sent
    to buyers may have been sent: it is left to a person.
    """
    now = hub.world.now()
    with hub.database.write() as tx:
        leases.forget(tx)
        checkpoints.begin_again(tx, Lane.LIVE, Lane.SWEEP)
        unsure = _leave_to_person(tx, now)
        restorations.note(tx, now, by)
    return Restored(now, now + restorations.LATELY, unsure)


def _leave_to_person(tx: Transaction, now: datetime) -> int:
    unsure = notices.in_state(tx, UNSURE, limit=1_000_000)
    for notice in unsure:
        notices.change(tx, notice.id, state="unknown", now=now, reason=REASON)
    return len(unsure)
