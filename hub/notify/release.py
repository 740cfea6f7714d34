"""What an operator may do with notices that wait for a person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from hub.errors import ConfigError
from hub.notify.burst import ALL, RELEASED
from hub.store import notices

if TYPE_CHECKING:
    from hub.store.database import Transaction

SENDABLE_AGAIN = frozenset({"held", "unknown", "failed", "refused", "skipped"})
DROPPED = "dropped by an operator"


def release_held(
    tx: Transaction, *, now: datetime, merchant: str | None = None, ids: Collection[str] | None = None
) -> int:
    """Let held notices go out: those named, or all of a merchant, or all; tell how many."""
    return _decide(tx, _held(tx, merchant, ids), state="pending", reason=RELEASED, now=now)


def drop_held(
    tx: Transaction, *, now: datetime, merchant: str | None = None, ids: Collection[str] | None = None
) -> int:
    """Never send held notices: those named, or all of a merchant, or all; tell how many."""
    return _decide(tx, _held(tx, merchant, ids), state="skipped", reason=DROPPED, now=now)


def send_again(tx: Transaction, notice_id: str, *, now: datetime) -> None:
    """Send one notice after all, also one whose outcome is unknown: the operator answers for a second copy."""
    notice = notices.get(tx, notice_id)
    if notice is None:
        raise ConfigError(f"there is no notice {notice_id}", hint="List them with: hub notices")
    if notice.state not in SENDABLE_AGAIN:
        raise ConfigError(
            f"notice {notice_id} is {notice.state}", hint="Only one that is not on its way can be sent again."
        )
    notices.change(tx, notice_id, state="pending", now=now, reason=RELEASED)


def _held(tx: Transaction, merchant: str | None, ids: Collection[str] | None) -> list[notices.Notice]:
    held = notices.in_state(tx, ["held"], merchant=merchant, limit=ALL)
    return [notice for notice in held if ids is None or notice.id in ids]


def _decide(tx: Transaction, chosen: list[notices.Notice], *, state: str, reason: str, now: datetime) -> int:
    for notice in chosen:
        notices.change(tx, notice.id, state=state, now=now, reason=reason)
    return len(chosen)
