"""Plays one script: the town lives through its troubles, comes to rest, and is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from hub.sync.hub import Hub
from hub.testing.simulation import people, work
from hub.testing.simulation.backup import RESTORED, be_put_back
from hub.testing.simulation.baton import Baton
from hub.testing.simulation.bystander import Bystander
from hub.testing.simulation.database import fresh_database
from hub.testing.simulation.double import REREAD
from hub.testing.simulation.mischief import Mischief
from hub.testing.simulation.operator import decide, map_more
from hub.testing.simulation.script import Script
from hub.testing.simulation.town import Town
from hub.testing.simulation.verdict import asleep, judge

MOST_ROUNDS = 16
PAUSES = (900.0, 5000.0)
"""Seconds between the rounds of settling: some waits are minutes long, some hours."""
LONGEST_END = 4000.0
PEACE = 280.0
"""Seconds between two syncs before the troubles begin."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a simulation ended: what was violated, the history line by line, how many faults found their seam."""

    violations: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    hits: int = 0


def live(script: Script) -> Outcome:
    """Play a script from its first second to the verdict."""
    with fresh_database() as (database, folder):
        baton = Baton(script.seed)
        mischief = Mischief(baton, script.faults)
        town = Town(script, baton, mischief, database, folder)
        town.watcher = bystander = Bystander(town)
        mischief.asleep = bystander.see_sleeper
        baton.me.process = "settler"
        try:
            _trouble(town)
            town.closing = False
            restless = _settle(town)
        finally:
            town.closing = True
            baton.end()
        violations = [*restless, *judge(town)]
        return Outcome(violations, town.history, mischief.hit)


def _trouble(town: Town) -> None:
    """Let the hub work while people edit and things go wrong; then stop it."""
    baton = town.baton
    people.begin(town)
    actors = [baton.spawn("people", partial(people.act, town))]
    backups = [fault for fault in town.script.faults if fault.kind == RESTORED]
    actors += [baton.spawn("operator", partial(be_put_back, town, fault)) for fault in backups]
    _dawn(town)
    actors.append(baton.spawn("web", partial(work.serve_web, town), "web"))
    for number in range(1, town.script.workers + 1):
        process = f"worker-{number}"
        actors.append(baton.spawn(process, partial(work.work, town, process), process))
    baton.sleep(town.script.length)
    town.closing = True
    town.mischief.stop()
    for _ in range(200):
        if not any(baton.acts(actor) for actor in actors):
            return
        baton.sleep(LONGEST_END / 100)
    town.accusations.append("a process does not end")


def _dawn(town: Town) -> None:
    """Let one process work in peace, before the troubles begin."""
    hub, baton = town.hub("settler#0"), town.baton
    while baton.now < town.script.dawn:
        baton.sleep(PEACE)
        work.sync_all(town, hub)
    town.at_peace = False


def _settle(town: Town) -> list[str]:
    """Let one process work until nothing moves any more; tell if it never does."""
    hub = town.hub("settler#1")
    for call in town.calls:
        town.deliver(call)
    town.calls.clear()
    restless = _rest(town, hub)
    if any(
        dialect.blind and (not dialect.hooks or name in town.deaf) for name, dialect in town.script.dialects.items()
    ):
        town.baton.sleep(REREAD)  # what nobody told of is found by re-reading
        restless += _rest(town, hub, calm=1)
    if town.script.remaps:
        work.note(town, map_more(town, hub))
        restless += _rest(town, hub, calm=1)
    return restless


def _rest(town: Town, hub: Hub, calm: int = len(PAUSES)) -> list[str]:
    """Work until nothing moves for so many rounds."""
    quiet = 0
    for turn in range(MOST_ROUNDS):
        before = sum(remote.written for remote in town.remotes.values())
        work.sync_all(town, hub)
        work.send_notices(town, hub)
        with town.database.read() as tx:
            town.accusations += asleep(tx)
        acted = decide(town, hub)
        moved = acted or sum(remote.written for remote in town.remotes.values()) != before
        quiet = 0 if moved else quiet + 1
        if quiet == calm:
            return []
        town.baton.sleep(PAUSES[turn % len(PAUSES)])
    return ["restless: the hub goes on writing although nobody edits anything"]
