"""Who decides the conflicts that only a person may decide, and notes what the decision replaced."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from hub.errors import LockedError
from hub.operations.conflict import OPERATOR, OURS, THEIRS, decide
from hub.store import problems, records
from hub.store.problems import Problem, ProblemKind
from hub.sync.agreeing.conflict import read_card
from hub.sync.hub import Hub
from hub.testing.simulation.dialect import path, word
from hub.testing.simulation.remote import part
from hub.testing.simulation.town import Change, Town


def decide_cards(town: Town, hub: Hub) -> bool:
    """Decide every open conflict for one side or the other; tell whether there was any."""
    cards = _cards(town)
    for problem in cards:
        try:
            _decide(town, hub, problem)
        except LockedError as error:
            town.tell(f"operator waits: {error.message}")
    return bool(cards)


def touched(town: Town) -> Iterator[str]:
    """List the systems whose side of an open conflict is not what people wrote there, when all is at rest."""
    for problem in _cards(town):
        with town.database.read() as tx:
            data = orjson.loads(records.by_ids(tx, [problem.subject])[problem.subject].data)
        thing, where, name = data["company"], problem.connection, problem.field
        said = {change.word for change in town.changes[thing, name] if change.where == where}
        for row in town.remotes[where].tables.get(problem.stream, {}).values():
            stands = word(part(row, path(where, name)))
            if row["company"] == thing and stands not in {*said, word(read_card(problem).theirs.value)}:
                yield f"not waited for: {thing} {name} became {stands} in {where} while a person was asked"


def _cards(town: Town) -> list[Problem]:
    with town.database.read() as tx:
        return [problem for problem in problems.listing(tx) if problem.kind == ProblemKind.CONFLICT]


def _decide(town: Town, hub: Hub, problem: Problem) -> None:
    with town.database.read() as tx:
        record = records.by_ids(tx, [problem.subject])[problem.subject]
        current = problems.get(tx, problem.id)
    if current is None or current.state != "open":
        return  # the decision before this one has settled it, too
    data, theirs = orjson.loads(record.data), read_card(current).theirs.value
    side = town.baton.chance.choice((OURS, THEIRS))
    decision = decide(hub, current, side)
    loser = data.get(current.field) if side == THEIRS else theirs
    town.tell(f"operator decides {data['company']} {current.field}: {side}, {decision.value!r}")
    if word(loser) != word(decision.value):
        said = Change(word(decision.value), word(loser), OPERATOR)
        town.changes[data["company"], current.field].append(said)
