"""A day of a remote, read afresh: every order that was placed on it, and what it is worth there now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from hub.clock import utc_parse
from hub.connector import Fetches, Lane, Stream, Window
from hub.document import Document
from hub.errors import ConfigError, RecordError
from hub.store import leases
from hub.sync.agreeing.arrival import Arrival, arrive
from hub.sync.connection.patience import patient
from hub.sync.connection.session import Session, open_session
from hub.sync.connection.state import refuse_paused
from hub.sync.execute import ordered
from hub.sync.hub import Hub
from hub.sync.reading.pull import readable
from hub.sync.reading.window import OVERLAP

FETCHED = 500
"""At most so many single records are asked for to explain why they are missing."""
FIELDS = ("currency", "gross", "tax", "refunded")


@dataclass(frozen=True, slots=True)
class Day:
    """One day in one time zone."""

    date: date
    zone: str = "UTC"

    @property
    def since(self) -> datetime:
        """When it begins."""
        return datetime.combine(self.date, time(), ZoneInfo(self.zone))

    @property
    def until(self) -> datetime:
        """When the next one begins: 23, 24 or 25 hours later."""
        return datetime.combine(self.date + timedelta(days=1), time(), ZoneInfo(self.zone))

    def has(self, moment: str | None) -> bool:
        """Tell whether a time in canonical text lies in it."""
        return moment is not None and self.since <= utc_parse(moment) < self.until


@dataclass(frozen=True, slots=True)
class Worth:
    """What an order is worth: gross with tax, the tax in it, and what was given back."""

    currency: str
    gross: Decimal
    tax: Decimal
    refunded: Decimal

    def differing(self, other: Worth) -> list[str]:
        """Name the fields in which two sides differ."""
        return [name for name in FIELDS if getattr(self, name) != getattr(other, name)]

    def texts(self) -> list[str]:
        """Write it down as text."""
        return [self.currency, *(str(amount.normalize() + 0) for amount in (self.gross, self.tax, self.refunded))]


@dataclass(frozen=True, slots=True)
class Found:
    """An order as the remote shows it now."""

    worth: Worth
    number: str | None
    digest: bytes
    placed_at: str | None
    updated_at: str | None


@dataclass(slots=True)
class RemoteDay:
    """What a remote showed: the orders of the day, and documents that cannot be read, with the reason."""

    orders: dict[str, Found] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


def worth_of(data: Mapping[str, Any]) -> Worth:
    """Add up what a canonical order is worth."""
    given = [one.get("amount") for one in data.get("refunds") or ()]
    if not given:
        moved = data.get("transactions") or ()
        given = [one.get("amount") for one in moved if (one.get("kind"), one.get("status")) == ("refund", "success")]
    refunded = sum((abs(Decimal(amount)) for amount in given if amount), Decimal(0))
    gross, tax = Decimal(data.get("total") or 0), Decimal(data.get("tax_total") or 0)
    return Worth(str(data.get("currency") or ""), gross, tax, refunded)


def read_day(hub: Hub, name: str, stream_name: str, day: Day) -> RemoteDay:
    """Read a day of a stream afresh from the remote.

    A record cannot have been modified before it was placed: so everything modified since the day began is read, and
    what was placed on that day is kept. The connection is left to live work between two pages, where that waits.
    """
    refuse_paused(hub, name)
    found = RemoteDay()
    rest: Window | None = Window(day.since - OVERLAP, hub.world.now(), lane=Lane.SWEEP)
    while rest is not None:
        rest = patient(hub, partial(_read_some, hub, name, stream_name, rest, day, found))
    return found


def _read_some(hub: Hub, name: str, stream_name: str, window: Window, day: Day, found: RemoteDay) -> Window | None:
    """Read pages until the window is exhausted (None), or somebody else wants the connection: then what is left."""
    with open_session(hub, name, bulk=True) as session:
        stream = ordered(session.spec, [stream_name])[0]
        readable(session, stream)
        if "placed_at" not in session.mappings[stream.name].readable:
            raise ConfigError(
                f"{session.spec.title} does not tell when {stream.name} were placed.",
                hint="Map placed_at of the stream; only then can a day be reconciled.",
            )
        for page in session.connector.read(stream.name, window):
            for one in _decoded(session, stream, page.documents, found):
                if day.has(one[1].placed_at):
                    found.orders[one[0]] = one[1]
            session.keep_alive()
            if page.resume is not None and _is_wanted(session):
                return Window(window.since, window.until, page.resume, window.lane)
    return None


def fetch_orders(hub: Hub, name: str, stream_name: str, ids: Iterable[str]) -> RemoteDay | None:
    """Ask for single orders by id; None where the remote cannot be asked so."""
    wanted = sorted(ids)[:FETCHED]

    def fetch() -> RemoteDay | None:
        with open_session(hub, name, bulk=True) as session:
            if not isinstance(session.connector, Fetches):
                return None
            stream, found = ordered(session.spec, [stream_name])[0], RemoteDay()
            documents = list(session.connector.fetch(stream.name, wanted))
            found.orders = dict(_decoded(session, stream, documents, found))
            return found

    return patient(hub, fetch) if wanted else RemoteDay()


def _decoded(
    session: Session, stream: Stream, documents: Sequence[Document], found: RemoteDay
) -> Iterator[tuple[str, Found]]:
    compiled = session.mappings[stream.name]
    for arrival in arrive(compiled, documents, 0):
        try:
            yield arrival.external_id, _found(session, stream, arrival)
        except RecordError as error:
            found.unreadable[arrival.external_id] = error.message


def _found(session: Session, stream: Stream, arrival: Arrival) -> Found:
    if arrival.error is not None:
        raise arrival.error
    data = session.mappings[stream.name].decode(arrival.document, session.tables, lambda where, what: f"{where} {what}")
    return Found(worth_of(data), data.get("number"), arrival.digest, data.get("placed_at"), data.get("updated_at"))


def _is_wanted(session: Session) -> bool:
    with session.hub.database.read() as tx:
        return leases.is_wanted(tx, session.lease)
