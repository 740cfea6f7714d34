"""Learns from a stream that was read whole what may be gone. Absence is never the signal: only a read by id is.

What a pass has come across is stamped with its generation, together with each page, so that a pass may be broken off
and go on. What it did not come across is asked for by id. A pass that finds far less than there should be is a problem
for a person, and nothing follows from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.connector import Fetches, Lane, Stream, Window
from hub.errors import BadResponseError
from hub.store import full_passes, inbox, problems
from hub.store.database import Transaction
from hub.store.full_passes import FullPass
from hub.store.problems import Place, ProblemKind
from hub.sync.connection.session import Session

SUBJECT = "full pass"
FEW = 5
"""So many records may always be missing: they are asked for by id."""
SHARE = 5
"""More than one in so many missing is not believed."""


@dataclass(frozen=True, slots=True)
class Passing:
    """A pass while it is read."""

    session: Session
    stream: Stream
    row: FullPass
    run: str

    def come_across(self, tx: Transaction, external_ids: Sequence[str]) -> None:
        """Stamp a page's documents, in the transaction that keeps them."""
        full_passes.see(tx, self.row, external_ids)

    def conclude(self, tx: Transaction, expected: int | None) -> None:
        """Have asked for by id what was not found, or open a problem where too much was not.

        `expected` is how many documents the remote spoke of.
        """
        missing, seen = full_passes.missing(tx, self.row), full_passes.count_seen(tx, self.row)
        if doubt := _doubt(self.row, seen, len(missing), expected):
            self._complain(tx, doubt, seen)
            return
        if missing and isinstance(self.session.connector, Fetches):
            rows = [(self.session.name, self.stream.name, external_id) for external_id in missing]
            inbox.add(tx, rows, "not seen in a full pass", self.session.hub.world.now())
        full_passes.forget(tx, (self.session.name, self.stream.name, self.row.lane))
        if problems.any_open(tx, self.session.name, self.stream.name):
            place = (self.session.name, self.stream.name, "pull", [SUBJECT])
            problems.close(tx, *place, note="A later pass was complete.", now=self.session.hub.world.now())

    def _complain(self, tx: Transaction, doubt: str, seen: int) -> None:
        session, title = self.session, self.session.spec.title
        error = BadResponseError(
            f"{title} was read whole, and {doubt}. Nothing was taken as deleted.",
            hint="If they were deleted there, have each asked for by replaying this problem; else see what ails it.",
            context={"seen": str(seen)},
        )
        place = Place(session.merchant, session.name, self.stream.name, "pull", SUBJECT)
        problems.report(
            tx,
            place,
            error,
            problem_id=session.hub.world.new_id(),
            now=session.hub.world.now(),
            kind=ProblemKind.REPAIR,
            run=self.run,
        )


def passing(session: Session, stream: Stream, window: Window, run: str) -> Passing | None:
    """Begin a pass, or go on with the one under way.

    None when a window is not the whole stream, or nothing is known that a pass could miss.
    """
    if window.since is not None or window.until is not None or window.lane is Lane.BACKFILL:
        return None
    place = (session.name, stream.name, str(window.lane))
    with session.hub.database.read() as tx:
        row = full_passes.get(tx, place) if window.resume is not None else None
        known = full_passes.count_known(tx, place, session.asked) if window.resume is None else 0
    if known:
        with session.commit() as tx:
            row = full_passes.begin(tx, place, session.asked, known, session.hub.world.now())
    return Passing(session, stream, row, run) if row else None


def reread(tx: Transaction, session_name: str, stream: str) -> list[tuple[str, str, str]]:
    """List what the last passes over a stream did not find, for a person who says that it was deleted."""
    passes = full_passes.every_of(tx, session_name, stream)
    return [(session_name, stream, external_id) for one in passes for external_id in full_passes.missing(tx, one)]


def _doubt(one: FullPass, seen: int, missing: int, expected: int | None) -> str:
    """Say why a pass is not believed; empty: it is."""
    if not seen:
        return f"showed nothing where {one.known} records are known"
    if missing > max(FEW, one.known // SHARE):
        return f"did not show {missing} of {one.known} known records"
    if expected is not None and expected - seen > max(FEW, expected // SHARE):
        return f"showed {seen} of the {expected} records that it spoke of"
    return ""
