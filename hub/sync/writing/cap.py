"""Holds a run back that would move more than its route's caps allow, before it writes anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from hub.config.cap import Caps, caps_of
from hub.connector import Entity, Stream
from hub.errors import RecordError
from hub.store import links, outbox, problems, records
from hub.store.database import Transaction
from hub.store.problems import Place, Problem, ProblemKind
from hub.store.records import RecordRow
from hub.sync.agreeing.shadow import older_versions, unfold
from hub.sync.connection.session import Session
from hub.sync.routing import Leg, barred, writable
from hub.sync.writing.prepare import leg_of, link_of

Data = Mapping[str, Any]
NAMED = 5
AWAY = frozenset({"archived", "cancelled", "trashed", "failed"})


class CapError(RecordError):
    """A run would move more than its route allows; a person has to agree first."""


@dataclass(frozen=True, slots=True)
class Excess:
    """What a run would do too much of: `found` of the `there` records that the target has; `limit` in percent."""

    route: str
    cap: str
    entity: str
    found: int
    there: int
    limit: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """One change that a cap counts, in words, and how far it goes."""

    said: str
    by: Decimal


def held_back(session: Session, stream: Stream, run: str) -> bool:
    """Tell whether a person has to agree before a stream is written; the problem says what and how many."""
    found = list(_excesses(session, stream))
    with session.hub.database.read() as tx:
        before = {one.subject: one for one in problems.held(tx).get((session.name, stream.name), ())}
    if not found and not before:
        return False
    stopped = [one for one in found if not _is_released(before.get(_subject(one)), one)]
    with session.commit() as tx:
        for one in stopped:
            _report(session, stream, tx, one, run)
        settled = sorted(before.keys() - {_subject(one) for one in found})
        _close(session, stream, tx, settled, "It is within the cap again.")
    return bool(stopped)


def used_up(session: Session, stream: Stream) -> None:
    """Close what was released, now that it is written: a release lets one run through."""
    with session.hub.database.read() as tx:
        held = problems.held(tx).get((session.name, stream.name), ())
    released = [one.subject for one in held if "released" in one.context]
    if released:
        with session.commit() as tx:
            _close(session, stream, tx, released, "It was released and is written.")


def holding(tx: Transaction) -> set[tuple[str, str]]:
    """List the (connection, stream) that are not written before a person agrees."""
    return {place for place, held in problems.held(tx).items() if any("released" not in one.context for one in held)}


def _excesses(session: Session, stream: Stream) -> Iterator[Excess]:
    moves_of = MOVES.get(stream.entity)
    if moves_of is None:
        return
    with session.hub.database.read() as tx:
        due = outbox.due_changes(tx, session.name, stream.name, session.hub.world.now())
        if len(due) <= _fewest(session, stream):
            return
        there = links.count(tx, session.name, stream.name)
        found = _moves(session, stream, tx, due, moves_of)
    for (route, cap), moves in sorted(found.items()):
        caps = next(caps_of(leg.route.caps) for leg in session.legs if leg.route.name == route)
        limit = getattr(caps, cap)
        if len(moves) > caps.least and len(moves) * 100 > there * limit:
            widest = sorted(moves, key=lambda move: (-move.by, move.said))[:NAMED]
            yield Excess(route, cap, stream.entity, len(moves), there, limit, tuple(move.said for move in widest))


def _fewest(session: Session, stream: Stream) -> int:
    """Tell how many changes no cap ever holds back: most runs have no more."""
    here = [leg for leg in session.legs if (leg.target, leg.target_stream) == (session.name, stream.name)]
    return min((caps_of(leg.route.caps).least for leg in here), default=0)


Found = dict[tuple[str, str], list[Move]]
"""By route and cap."""


def _moves(session: Session, stream: Stream, tx: Transaction, due: Sequence[str], moves_of: Moves) -> Found:
    found: Found = defaultdict(list)
    for part in records.chunks(due):
        current = records.by_ids(tx, part)
        linked = links.of_records(tx, part)
        mine = {i: link for i in part if (link := link_of(linked, i, session.name, stream.name))}
        older = older_versions(tx, mine.values(), current)
        for record in current.values():
            leg = leg_of(session, stream, record, linked.get(record.id, ()))
            ours, theirs = unfold(mine.get(record.id), record, older)
            agreed = theirs if stream.entity == Entity.INVENTORY else ours  # levels are made for each target
            for cap, move in _of_record(session, stream, leg, record, agreed, moves_of):
                found[leg.route.name if leg else "", cap].append(move)
    return found


def _of_record(
    session: Session, stream: Stream, leg: Leg | None, record: RecordRow, ours: Data, moves_of: Moves
) -> Iterator[tuple[str, Move]]:
    data: Data = orjson.loads(record.data)
    if leg is None or not ours or barred(leg, data, record.occurred_at, exists=True):
        return
    written = writable(leg, session.mappings[stream.name].writable)
    before, after = ({name: side[name] for name in written if name in side} for side in (ours, data))
    for cap, by in moves_of(before, after, caps_of(leg.route.caps)):
        yield cap, Move(f"{record.entity} {_name(data, record)}: {_words(cap, by)}", by)


def _name(data: Data, record: RecordRow) -> str:
    return str(record.number or data.get("name") or data.get("sku") or record.id)


def _words(cap: str, by: Decimal) -> str:
    return f"by {by:.0f} %" if cap == "prices" else cap


Moves = Callable[[Data, Data, Caps], Iterator[tuple[str, Decimal]]]
"""(what we last agreed on, what would be written, caps) -> the caps that count it, and how far it goes in percent."""


def _product(before: Data, after: Data, caps: Caps) -> Iterator[tuple[str, Decimal]]:
    prices = {part["id"]: part.get("price") for part in before.get("variants") or ()}
    now = {part["id"]: part.get("price") for part in after.get("variants") or ()}
    widest = max((_percent(prices[part], now[part]) for part in prices.keys() & now.keys()), default=Decimal(0))
    if widest > caps.price_move:
        yield "prices", widest
    yield from _status(before, after, caps)


def _status(before: Data, after: Data, _caps: Caps) -> Iterator[tuple[str, Decimal]]:
    if after.get("status") in AWAY and before.get("status") not in AWAY:
        yield "archived", Decimal(100)


def _level(before: Data, after: Data, _caps: Caps) -> Iterator[tuple[str, Decimal]]:
    had, has = (Decimal(side.get("available") or side.get("on_hand") or 0) for side in (before, after))
    if had > 0 >= has:
        yield "emptied", had


def _percent(before: str | None, after: str | None) -> Decimal:
    """Tell by how many percent a price moves; one that was not there before does not."""
    if before is None or Decimal(before) == 0:
        return Decimal(0)
    return abs(Decimal(after or 0) - Decimal(before)) * 100 / Decimal(before)


MOVES: dict[str, Moves] = {"product": _product, "inventory": _level, "order": _status}
SAID = {
    "prices": "have a price that moves by more than {move} %",
    "archived": "are archived or cancelled at once",
    "emptied": "fall to zero at once",
}


def _report(session: Session, stream: Stream, tx: Transaction, one: Excess, run: str) -> None:
    caps = next(caps_of(leg.route.caps) for leg in session.legs if leg.route.name == one.route)
    what = SAID[one.cap].format(move=caps.price_move)
    share = one.found * 100 / max(one.there, 1)
    error = CapError(
        f"{one.found:,} of {one.there:,} {stream.name} ({share:.1f} %) {what}; the cap is {one.limit} %.",
        hint="Look at them with `hub sync --plan`. If they are right, `hub problems release` lets one run through.",
        context={"route": one.route, "cap": one.cap, "found": str(one.found), "examples": "; ".join(one.examples)},
    )
    place = Place(session.merchant, session.name, stream.name, "push", _subject(one))
    now, problem_id = session.hub.world.now(), session.hub.world.new_id()
    problems.report(tx, place, error, problem_id=problem_id, now=now, kind=ProblemKind.HELD, run=run)


def _subject(one: Excess) -> str:
    return f"{one.cap} of {one.route}"


def _is_released(before: Problem | None, one: Excess) -> bool:
    """Tell whether a person agreed to this many; a tenth more may have come since."""
    return before is not None and one.found * 10 <= int(before.context.get("released", 0)) * 11


def _close(session: Session, stream: Stream, tx: Transaction, subjects: Sequence[str], note: str) -> None:
    now = session.hub.world.now()
    problems.close(tx, session.name, stream.name, "push", subjects, note=note, now=now)
