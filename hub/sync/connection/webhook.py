"""Takes webhooks in: verified, noted as dirty and counted. What a record is now, the sync asks for by id. What a hook
demands of a person is a problem until they have done it.

A hook is never dropped as a repetition or as old: that is only told. What it touched is asked for again, which is
cheap, and no mark of the remote's is sound enough to leave it out.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hub.clock import utc_parse, utc_text
from hub.errors import BadResponseError, HubError
from hub.store import inbox, links, problems, runs, secrets, settings, webhooks
from hub.store.database import Transaction
from hub.store.problems import Place, ProblemKind
from hub.store.runs import Event
from hub.store.secrets import SecretRow
from hub.sync.connection.secret import SECRET, current_secret
from hub.sync.hub import Hub
from hub.webhook import Demand, Hook, Receive, Touched

REMEMBERED = timedelta(days=7)
"""How long a delivery is known when it comes again: remotes try for up to two days."""


class Outcome(StrEnum):
    """How a call ended."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    STALE = "stale"
    """It tells of a version that is older than the one we know."""
    GREETING = "greeting"
    """It touches nothing that is read."""
    REFUSED = "refused"
    """No secret that is valid now fits."""
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    UNKNOWN = "unknown"
    """There is no such connection, or it takes no webhooks."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where a connection's remote may call: how its calls are read, and with which secrets they may be signed.

    `streams` are those that can be read: nothing could follow from a call about another.
    """

    connection: str
    receive: Receive
    secrets: Sequence[SecretRow]
    streams: frozenset[str]

    def read(self, hook: Hook, now: datetime) -> Call:
        """Verify a call and say what it touched and demands.

        Raises AuthError when no secret fits that is valid now, BadResponseError when it does not name a record.
        """
        moment = utc_text(now)
        valid = [row.text for row in self.secrets if row.until is None or moment < row.until]
        said = self.receive(hook, valid)
        touched = [one for one in said if isinstance(one, Touched) and one.stream in self.streams]
        if not all(isinstance(one.external_id, str) and one.external_id for one in touched):
            raise BadResponseError("a webhook touches a record without an id", context={"topic": touched[0].topic})
        demands = [one for one in said if isinstance(one, Demand)]
        return Call(self.connection, touched, hook.body, demands=demands)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was verified, or how it ended before that; `body` is what was signed."""

    connection: str
    touched: Sequence[Touched] = ()
    body: bytes = b""
    outcome: Outcome = Outcome.ACCEPTED
    demands: Sequence[Demand] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    """One record that a call speaks of."""

    connection: str
    touched: Touched
    digest: bytes

    @property
    def place(self) -> tuple[str, str, str]:
        return (self.connection, self.touched.stream, self.touched.external_id)


def find_door(hub: Hub, connection: str) -> Door | None:
    """Open the door of a connection; None when there is no such connection, or its remote does not call."""
    with hub.database.read() as tx:
        row = settings.connection(tx, connection)
    spec = hub.plugins.connectors.get(row.connector) if row else None
    if row is None or spec is None or spec.webhooks is None:
        return None
    if spec.webhooks.secret:
        current_secret(hub, row, spec)  # it may have been changed in the settings
    with hub.database.read() as tx:
        valid = secrets.valid(tx, connection, SECRET, hub.world.now())
    return Door(connection, spec.webhooks.receive, valid, frozenset(one.name for one in spec.streams if one.reads))


def keep(tx: Transaction, calls: Sequence[Call], *, now: datetime, new_id: Callable[[], str]) -> list[Outcome]:
    """Note what calls touched as dirty and what they demand, in one transaction, and how each of them ended.

    `now` is taken inside the transaction.
    """
    told = [list(_told(call)) for call in calls]
    everything = [one for of_call in told for one in of_call]
    repeated, old = _repeated(tx, everything), _old(tx, everything)
    outcomes = [_outcome(call, of_call, repeated, old) for call, of_call in zip(calls, told, strict=True)]
    by_topic: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for one in everything:
        by_topic[one.touched.topic].append(one.place)
    for topic, places in by_topic.items():
        inbox.add(tx, places, f"webhook {topic}", now)
    webhooks.note(tx, [(one.connection, one.digest) for one in everything], now)
    for call in calls:
        _demand(tx, call, now, new_id)
    webhooks.count(tx, Counter((call.connection, str(end)) for call, end in zip(calls, outcomes, strict=True)), now)
    runs.add_events(
        tx,
        [
            Event(new_id(), None, utc_text(now), end, *one.place[:2], None, one.place[2], {"topic": one.touched.topic})
            for end, of_call in zip(outcomes, told, strict=True)
            if end in (Outcome.DUPLICATE, Outcome.STALE)
            for one in of_call
        ],
    )
    return outcomes


def forget_old(hub: Hub) -> None:
    """Forget deliveries that will not come again, and secrets that are no longer valid."""
    now = hub.world.now()
    with hub.database.write() as tx:
        webhooks.forget(tx, now - REMEMBERED)
        secrets.forget_expired(tx, now)


def _demand(tx: Transaction, call: Call, now: datetime, new_id: Callable[[], str]) -> None:
    """Open a problem for each demand, unless this very call has come before: its problem may be closed by now."""
    for demand in call.demands:
        digest = hashlib.blake2b(f"{demand.subject}\0".encode() + call.body, digest_size=16).digest()
        row = settings.connection(tx, call.connection)
        if row is not None and not webhooks.known(tx, call.connection, {digest}):
            place = Place(row.merchant, call.connection, "", "pull", demand.subject)
            error = HubError(demand.message, hint=demand.hint)
            problems.report(tx, place, error, problem_id=new_id(), now=now, kind=ProblemKind.DEMAND)
        webhooks.note(tx, [(call.connection, digest)], now)


def _told(call: Call) -> Iterator[_Told]:
    """Give each record of a call what it is recognized by: the remote's event where it has one, else the bytes."""
    for touched in call.touched:
        event = touched.event.encode() or call.body
        what = "\0".join((touched.stream, touched.external_id, touched.topic)).encode()
        yield _Told(call.connection, touched, hashlib.blake2b(what + b"\0" + event, digest_size=16).digest())


def _outcome(call: Call, told: Sequence[_Told], repeated: set[int], old: set[int]) -> Outcome:
    if call.outcome is not Outcome.ACCEPTED or not told:
        return call.outcome if call.outcome is not Outcome.ACCEPTED or call.demands else Outcome.GREETING
    if all(id(one) in repeated for one in told):
        return Outcome.DUPLICATE
    return Outcome.STALE if any(id(one) in old for one in told) else Outcome.ACCEPTED


def _repeated(tx: Transaction, told: Sequence[_Told]) -> set[int]:
    """Tell what was delivered before, in an earlier call or in one of these."""
    by_connection: dict[str, list[_Told]] = defaultdict(list)
    for one in told:
        by_connection[one.connection].append(one)
    found = set()
    for connection, of_connection in by_connection.items():
        known = webhooks.known(tx, connection, {one.digest for one in of_connection})
        for one in of_connection:
            if one.digest in known:
                found.add(id(one))
            known.add(one.digest)
    return found


def _old(tx: Transaction, told: Sequence[_Told]) -> set[int]:
    """Tell what speaks of an older version than the one that is linked."""
    by_stream: dict[tuple[str, str], list[_Told]] = defaultdict(list)
    for one in told:
        if one.touched.version is not None:
            by_stream[one.place[:2]].append(one)
    found = set()
    for (connection, stream), of_stream in by_stream.items():
        versions = links.versions(tx, connection, stream, {one.touched.external_id for one in of_stream})
        for one in of_stream:
            known, spoken = versions.get(one.touched.external_id), one.touched.version
            if known is not None and spoken is not None and is_older(spoken, known):
                found.add(id(one))
    return found


def is_older(version: str, known: str) -> bool:
    """Tell whether a version text is certainly older than another: numbers or times; of other texts nobody knows."""
    if version.isdecimal() and known.isdecimal():
        return int(version) < int(known)
    try:
        return utc_parse(version) < utc_parse(known)
    except (ValueError, TypeError):
        return False
