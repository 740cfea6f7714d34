"""Sends the notices that are due, each at most once by itself.

`sending` is committed before the channel is called. So a process that dies in between leaves a row that says so, and
the next one marks it `unknown`: whether the buyer has the message is then a person's question, never a second copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from hub.clock import World
from hub.connector import Attempt, Delivery, Message
from hub.errors import LockedError, RecordError
from hub.notify.burst import RELEASED, hold_burst
from hub.notify.news import Outlet, read_news, why_not_now, write_message
from hub.store import notices
from hub.store.database import Database
from hub.store.leases import Lease, acquire, fenced, holder_is_dead, release
from hub.store.notices import Notice

if TYPE_CHECKING:
    from hub.store.database import Transaction

LEASE = "notices"
MOST_ATTEMPTS = 6
MOST_IN_A_ROW = 5  # then the mail server is away, and the others keep their attempts
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1), timedelta(hours=3))
WAIT_FOR_ORDER = timedelta(minutes=5)
NEXT_STATE = {Delivery.SENT: "sent", Delivery.REFUSED: "refused", Delivery.UNKNOWN: "unknown"}
WAITING = "waiting"
LOST_TRACK = "the process ended while this was being sent; the buyer may or may not have it"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many notices came to which state in one go.

    `pending` failed and are tried again later, `waiting` have no order yet, `changed` were taken by somebody else.
    """

    counts: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, state: str) -> int:
        return self.counts.get(state, 0)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What one go of sending works with."""

    database: Database
    outlets: Mapping[str, Outlet]
    lease: Lease
    world: World


def send_due(
    database: Database,
    outlets: Mapping[str, Outlet],
    *,
    holder: str,
    world: World,
    is_dead: Callable[[str], bool] = holder_is_dead,
    stopping: Callable[[], bool] = lambda: False,
    limit: int = 1000,
) -> Tally:
    """Send what is due, oldest first, and tell how each notice ended.

    `outlets` are by merchant; notices of other merchants stay where they are. Where another process is sending,
    nothing is done. `stopping` is asked between two notices.
    """
    lease = _take_lease(database, holder, world.now(), is_dead)
    if lease is None:
        return Tally()
    desk = _Desk(database, outlets, lease, world)
    try:
        counts = _recover(desk)
        in_a_row = 0
        for notice in _due(desk, counts, limit):
            if stopping() or in_a_row == MOST_IN_A_ROW:
                break
            state = _settle(desk, notice)
            in_a_row = in_a_row + 1 if state in ("pending", "failed") else 0
            counts[state] += 1
    finally:
        release(database, lease)
    return Tally({state: count for state, count in counts.items() if count})


def _take_lease(database: Database, holder: str, now: datetime, is_dead: Callable[[str], bool]) -> Lease | None:
    try:
        return acquire(database, LEASE, holder=holder, now=now, is_dead=is_dead)
    except LockedError as error:
        if "holder" in error.context:  # somebody else is sending; a locked database is another matter
            return None
        raise


def _recover(desk: _Desk) -> Counter[str]:
    """Mark what a dead process was sending: we hold the lease, so nobody is sending it now."""
    now = desk.world.now()
    with fenced(desk.database, desk.lease, now) as tx:
        orphans = notices.in_state(tx, ["sending"])
        for orphan in orphans:
            notices.add_attempt(tx, orphan.id, orphan.attempts, now, Delivery.UNKNOWN, LOST_TRACK)
            notices.change(tx, orphan.id, state="unknown", now=now, reason=LOST_TRACK)
    return Counter(unknown=len(orphans))


def _due(desk: _Desk, counts: Counter[str], limit: int) -> list[Notice]:
    now = desk.world.now()
    with fenced(desk.database, desk.lease, now) as tx:
        for merchant, outlet in desk.outlets.items():
            counts["held"] += hold_burst(tx, merchant, outlet.rules, now)
        due = notices.in_state(tx, ["pending"], now=now, limit=limit)
    return [n for n in due if n.merchant in desk.outlets and n.channel in desk.outlets[n.merchant].channels]


def _settle(desk: _Desk, notice: Notice) -> str:
    """Bring one notice to its next state and name that state."""
    outlet = desk.outlets[notice.merchant]
    claimed = _claim(desk, outlet, notice.id)
    if isinstance(claimed, str):
        return claimed
    attempt = outlet.channels[notice.channel].send(claimed)
    return _record(desk, notice, notice.attempts + 1, attempt)


def _claim(desk: _Desk, outlet: Outlet, notice_id: str) -> Message | str:
    """Judge once more and commit `sending`; where it may not be sent now, the state that it went to instead."""
    now = desk.world.now()
    with fenced(desk.database, desk.lease, now) as tx:
        notice = notices.get(tx, notice_id)
        if notice is None or notice.state != "pending":
            return "changed"
        state, reason, message = _judge(tx, notice, outlet, now)
        if message is None:
            later = now + WAIT_FOR_ORDER if state == "pending" else None
            notices.change(tx, notice.id, state=state, now=now, reason=reason, not_before=later)
            return WAITING if later else state
        notices.change(tx, notice.id, state=state, now=now, reason=reason, attempts=notice.attempts + 1)
        return message


def _judge(tx: Transaction, notice: Notice, outlet: Outlet, now: datetime) -> tuple[str, str | None, Message | None]:
    """Decide on a notice whose time has come: its next state, the reason, and the message if it is to be sent."""
    try:
        news = read_news(tx, notice)
        if reason := why_not_now(notice, news, outlet.rules, now):
            return "skipped", reason, None
        if news.order is None:
            return "pending", "waits for its order", None
        return "sending", _kept(notice), write_message(notice, news, outlet)
    except (RecordError, ValidationError) as error:
        return "failed", f"the message cannot be written: {type(error).__name__} in the stored record", None


def _record(desk: _Desk, notice: Notice, number: int, attempt: Attempt) -> str:
    """Keep how an attempt ended.

    Not fenced: nobody else can know it. If we were so slow that another process gave us up and wrote `unknown`, our
    answer is the better one.
    """
    now = desk.world.now()
    state = _next_state(attempt.delivery, number)
    wait = _wait(number, desk.world) if state == "pending" else None
    reason = _kept(notice) or (None if state == "sent" else attempt.detail)
    with desk.database.write() as tx:
        current = notices.get(tx, notice.id)
        if current is None or current.attempts != number or current.state not in ("sending", "unknown"):
            return "changed"
        if current.state == "sending":
            notices.add_attempt(tx, notice.id, number, now, attempt.delivery, attempt.detail)
        notices.change(tx, notice.id, state=state, now=now, reason=reason, not_before=now + wait if wait else None)
    return state


def _next_state(delivery: Delivery, number: int) -> str:
    if delivery is Delivery.FAILED:
        return "pending" if number < MOST_ATTEMPTS else "failed"
    return NEXT_STATE[delivery]


def _wait(number: int, world: World) -> timedelta:
    """Back off: a minute, then longer and longer, with some jitter so that a server that returns is not rushed."""
    return WAITS[min(number, len(WAITS)) - 1] * (1 + world.jitter() / 4)


def _kept(notice: Notice) -> str | None:
    """A release is remembered: the notices that it let go do not count towards the next burst."""
    return RELEASED if notice.reason == RELEASED else None
