"""Somebody who acts at the worst moment: when the hub has just written, or has read and has not kept it yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from hub.testing.simulation.dialect import Document, path
from hub.testing.simulation.people import TOKENS, WORDS, change, located
from hub.testing.simulation.remote import Remote, part
from hub.testing.simulation.script import Edit, Fault
from hub.testing.simulation.town import Town
from hub.testing.simulation.work import drop_in

LOOK = 60.0
"""Seconds that a process waits before it keeps what it has read, while another one reads the same record elsewhere."""
LATE = 0.85
"""When somebody comes while another sleeps, of the time until that one wakes up: the lease is gone by then."""
SAYING = 8000
"""Bystanders' words are numbered from here on: nobody else says them."""


@dataclass(slots=True)
class Bystander:
    """Watches the lines of a town. `said` counts what was said so far, `came` the processes that it started."""

    town: Town
    said: int = 0
    came: int = 0

    def see_change(self, remote: Remote, stream: str, external_id: str, written: Document) -> None:
        """Change a field that the hub has just written."""
        fields = [name for name in WORDS.get(stream, ()) if part(written, path(remote.name, name)) is not None]
        row = remote.tables.get(stream, {}).get(external_id)
        if row and fields:
            self._say(remote, stream, row, fields)

    def see_list(self, remote: Remote, stream: str, listed: Sequence[Document]) -> None:
        """Change in another system what was listed last, and have somebody sync that before this process keeps it."""
        if stream not in WORDS:
            return
        town, row = self.town, max(listed, key=lambda row: str(row["updated"]))
        thing = _thing(stream, row)
        others = [other for other in town.remotes.values() if other is not remote and located(other, stream, thing)]
        if not others:
            return
        other = town.baton.chance.choice(others)
        self._say(other, stream, row, WORDS[stream])
        town.mischief.add(Fault(town.baton.now, "freeze_to_begin", town.baton.me.process, seconds=LOOK))
        self._sync([other.name])

    def see_sleeper(self, seconds: float) -> None:
        """Sync everything shortly before somebody wakes up who has fallen asleep with writes in hand."""
        self._sync(list(self.town.remotes), seconds * LATE)

    def _sync(self, connections: Sequence[str], after: float = 0.0) -> None:
        self.came += 1
        process = f"passer-by-{self.came}"
        self.town.baton.spawn(process, partial(drop_in, self.town, process, connections, after), process)

    def _say(self, remote: Remote, stream: str, row: Document, fields: Sequence[str]) -> None:
        self.said += 1
        thing, field = _thing(stream, row), self.town.baton.chance.choice(fields)
        said = f"q{SAYING + self.said}q at once"
        change(self.town, remote, Edit(self.town.baton.now, remote.name, "change", stream, thing, field, said))


def _thing(stream: str, row: Document) -> int:
    return int(str(row[TOKENS[stream]]).removeprefix("b"))
