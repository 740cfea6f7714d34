"""What an operator sees of runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.clock import utc_parse
from hub.errors import ConfigError
from hub.queries.words import record_words
from hub.store import records, runs
from hub.store.database import Database, Transaction
from hub.store.runs import RunRow

SHORTEST_END = 4
SEARCHED = 5000


@dataclass(frozen=True, slots=True)
class RunView:
    """One run of a stream; read = written + unchanged + skipped + parked."""

    id: str
    connection: str
    stream: str
    kind: str
    lane: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    read: int
    written: int
    unchanged: int
    skipped: int
    parked: int
    message: str | None
    mapping: str | None

    @property
    def took(self) -> timedelta | None:
        """How long it ran."""
        return self.ended_at - self.started_at if self.ended_at else None


@dataclass(frozen=True, slots=True)
class EventView:
    """Something that happened in a run or to a record."""

    at: datetime
    kind: str
    connection: str
    stream: str
    record: str | None
    external_id: str | None
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run with its events, oldest first; `names` are those of the records in them."""

    run: RunView
    events: tuple[EventView, ...]
    names: dict[str, str]


def run_list(
    database: Database, *, connection: str | None = None, stream: str | None = None, limit: int = 20
) -> list[RunView]:
    """List runs, newest first."""
    with database.read() as tx:
        return [run_view(row) for row in runs.listing(tx, connection=connection, stream=stream, limit=limit)]


def run_page(database: Database, run_id: str) -> RunPage:
    """Show one run, by its id or the end of it; ConfigError when there is none."""
    with database.read() as tx:
        row = runs.get(tx, run_id) or _ending(tx, run_id)
        events = runs.events(tx, run_id=row.id)
        about = records.by_ids(tx, {event.record for event in events if event.record})
    names = {record_id: record_words(record) for record_id, record in about.items()}
    return RunPage(run_view(row), tuple(map(event_view, events)), names)


def _ending(tx: Transaction, end: str) -> RunRow:
    near = [row for row in runs.listing(tx, limit=SEARCHED) if len(end) >= SHORTEST_END and row.id.endswith(end)]
    if len(near) != 1:
        many = "several runs end" if near else "no run ends"
        raise ConfigError(f"{many} in {end}", hint="List them with `hub runs`.")
    return near[0]


def run_view(row: RunRow) -> RunView:
    """Show a run's row."""
    values = {name: getattr(row, name) for name in RunRow.__slots__}
    ended = utc_parse(row.ended_at) if row.ended_at else None
    return RunView(**{**values, "started_at": utc_parse(row.started_at), "ended_at": ended})


def event_view(event: runs.Event) -> EventView:
    """Show an event's row."""
    return EventView(
        at=utc_parse(event.at),
        kind=event.kind,
        connection=event.connection,
        stream=event.stream,
        record=event.record,
        external_id=event.external_id,
        detail=dict(event.detail or {}),
    )
