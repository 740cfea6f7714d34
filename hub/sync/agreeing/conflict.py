"""Cards: fields that both sides changed and a person must decide. A card freezes its field towards one link.

While a card is open both shadows of its field stay as they were at agreement, nothing of the field is written there,
and what the remote says of it does not enter the record. Everything else of the record goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from hub.clock import utc_text
from hub.errors import ConflictError
from hub.model.custom import spread
from hub.store import problems, records
from hub.store.database import Transaction
from hub.store.problems import Place, Problem, ProblemKind
from hub.store.records import RecordRow
from hub.sync.agreeing.merge import Clash
from hub.sync.connection.session import Session

HINT = (
    "Compare both with `hub problems show PROBLEM`, then say which counts: `hub problems decide PROBLEM ours` or "
    "`theirs`. Until then each side keeps its own; everything else of the record goes on."
)
AGREED = "Both sides agree again."


@dataclass(frozen=True, slots=True)
class Side:
    """What one side of a conflict says: since when (UTC), and which connection (or person) it came from."""

    value: Any
    since: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Card:
    """A conflict about one field: what both sides last agreed on, and what each of them says now."""

    field: str
    base: Any
    ours: Side
    theirs: Side


def read_card(problem: Problem) -> Card:
    """Read the card of a problem of kind conflict."""
    told = orjson.loads(problem.document or "{}")
    return Card(told["field"], told["base"], Side(**told["ours"]), Side(**told["theirs"]))


def cards(tx: Transaction, session: Session, stream: str, record_ids: Collection[str]) -> dict[str, dict[str, Card]]:
    """Find the open cards of records towards a stream: by record and field."""
    found: dict[str, dict[str, Card]] = defaultdict(dict)
    for problem in problems.conflicts(tx, session.name, stream, record_ids):
        found[problem.subject][problem.field] = read_card(problem)
    return found


def open_cards(
    session: Session,
    tx: Transaction,
    stream: str,
    record: RecordRow,
    clashes: Iterable[Clash],
    told: str | None,
    run: str,
) -> None:
    """Open a card for each clash, or bring the one that is open up to date; `told` is the remote's time of change."""
    for clash in clashes:
        now = session.hub.world.now()
        since, source = _origin(tx, record, clash.field)
        card = Card(
            clash.field,
            clash.base,
            Side(clash.ours, since, source),
            Side(clash.theirs, told or utc_text(now), session.name),
        )
        error = ConflictError(f"{clash.field}: {source} and {session.name} both changed it.", hint=HINT)
        problems.report(
            tx,
            Place(session.merchant, session.name, stream, "push", record.id, clash.field),
            error,
            problem_id=session.hub.world.new_id(),
            now=now,
            kind=ProblemKind.CONFLICT,
            document=orjson.dumps(asdict(card)).decode(),
            run=run,
        )


def close_cards(session: Session, tx: Transaction, stream: str, record_id: str, fields: Collection[str]) -> None:
    """Close the cards of fields about which both sides agree again."""
    for problem in problems.conflicts(tx, session.name, stream, [record_id]) if fields else ():
        if problem.field in fields:
            problems.settle(tx, problem.id, note=AGREED, now=session.hub.world.now())


def _origin(tx: Transaction, record: RecordRow, field: str) -> tuple[str, str]:
    """Tell since when a record has its value of a field, and from where it came."""
    value = spread(orjson.loads(record.data)).get(field)
    since, source = record.changed_at, record.source
    for older in reversed(records.versions(tx, record.id)):
        if older.version >= record.version:
            continue
        if spread(orjson.loads(older.data)).get(field) != value:
            break
        since, source = older.changed_at, older.source
    return since, source
