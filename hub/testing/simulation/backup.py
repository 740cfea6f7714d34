"""The database is put back from a backup: every process dies, and what happened since is forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from hub.operations.restored import restored
from hub.store import settings
from hub.testing.simulation.database import keep, replace
from hub.testing.simulation.dialect import path, word
from hub.testing.simulation.people import TOKENS, WORDS
from hub.testing.simulation.remote import part
from hub.testing.simulation.script import Fault
from hub.testing.simulation.town import Town

RESTORED = "restored"
"""The kind of fault: the backup is made at its time, and put back `seconds` later."""
Seen = tuple[str, str, str, str]
"""A word that stands in a system: system, thing, field, word."""


def be_put_back(town: Town, fault: Fault) -> None:
    """Make a backup, let the hub go on, then put the backup back and let the operator say so."""
    town.baton.sleep(max(0.0, fault.at - town.baton.now))
    backup = town.folder / "backup.db"
    keep(town.database, backup)
    town.tell("operator makes a backup")
    before = set(_words(town))
    town.baton.sleep(fault.seconds)
    while town.at_peace:  # nobody puts a database back under a process that is at work
        town.baton.sleep(1.0)
    _end_all(town)
    replace(town.database, backup)
    town.database.look_anew()
    town.tell("operator puts the backup back")
    _forget(town, before)
    restored(town.hub("operator"), "operator")
    with town.database.write() as tx:  # a token that was withdrawn since is brought anew
        for remote in town.remotes.values():
            settings.put_connection(tx, town.enter(remote))


def _end_all(town: Town) -> None:
    """Let every process of the hub die; they rise again in a while."""
    for process in sorted(town.baton.processes()):
        town.baton.kill(process)
    while town.baton.is_dying():
        town.baton.sleep(0.0)


def _forget(town: Town, before: set[Seen]) -> None:
    """Note which words came to where they stand since the backup: which of two is the newer one, nobody knows now.

    Of a thing that was created somewhere since, these are all words: nothing is known that was agreed of it.
    """
    forgotten: dict[tuple[str, str], set[str]] = defaultdict(set)
    known, now = {(system, thing) for system, thing, *_ in before}, set(_words(town))
    created = {thing for system, thing, *_ in now if (system, thing) not in known}
    for seen in now:
        _, thing, name, said = seen
        if seen not in before or thing in created:
            forgotten[thing, name].add(said)
    town.forgotten, town.told_before = forgotten, len(town.mail.mails)


def _words(town: Town) -> Iterator[Seen]:
    for system, remote in town.remotes.items():
        for stream, names in WORDS.items():
            for row in remote.tables.get(stream, {}).values():
                for name in names:
                    yield system, str(row[TOKENS[stream]]), name, word(part(row, path(system, name)))
