"""The hub's operator: looks at the problems and does what their hints say."""

from __future__ import annotations

from hub.api import Lane, Window
from hub.errors import HubError
from hub.operations.problem import queue_replay
from hub.store import problems, settings
from hub.store.problems import Problem, ProblemKind
from hub.sync.backfill import backfill
from hub.sync.execute import Result
from hub.sync.hub import Hub
from hub.testing.simulation.town import Town
from hub.testing.simulation.umpire import decide_cards, touched

MORE = """
entity: customer
stream: customers
fields:
  vat_number: {in: vat}
"""


def map_more(town: Town, hub: Hub) -> list[Result]:
    """Map one more field of north's customers, and read them all again: none of them has changed."""
    with town.database.write() as tx:
        settings.add_mapping_override(tx, "connection:north", "north", "customers", MORE, hub.world.now())
    try:
        return [backfill(hub, "north", "customers", Window(until=hub.world.now(), lane=Lane.BACKFILL))]
    except HubError as error:
        town.accusations.append(f"off: when all is well again the operator is told: {error.message}")
        return []


def decide(town: Town, hub: Hub) -> bool:
    """Decide conflicts and replay what may be replayed, each problem once; tell whether there was anything to do."""
    with town.database.read() as tx:
        found = problems.listing(tx)
    town.accusations += touched(town)
    decided = decide_cards(town, hub)
    chosen = [problem for problem in found if problem.id not in town.replayed and _may_replay(town, problem)]
    town.replayed |= {problem.id for problem in chosen}
    if chosen:
        town.tell(f"operator replays {[(problem.connection, problem.subject) for problem in chosen]}")
        queue_replay(town.database, town.plugins, chosen, hub.world.now())
    return bool(chosen) or decided


def _may_replay(town: Town, problem: Problem) -> bool:
    """Look into the remote where nobody knows whether a write arrived: only what is missing there is sent again."""
    if problem.kind != ProblemKind.OUTCOME_UNKNOWN:
        return problem.kind != ProblemKind.CONFLICT
    rows = town.remotes[problem.connection].tables.get(problem.stream, {}).values()
    return all(row.get("ref") != problem.subject for row in rows)
