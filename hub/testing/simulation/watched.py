"""The hub's database under the eyes of the simulation: seams where actors meet, and a watch on stale writers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hub.store.database import Database, Transaction
from hub.testing.simulation.baton import Baton

ASKED = "SELECT name, asked FROM connection ORDER BY name"
HOLDERS = "SELECT name, holder FROM lease"


class WatchedDatabase(Database):
    """A database on whose write transactions the actors of a simulation wait for each other.

    `accuse` hears of every commit for a connection whose lease somebody else holds by then.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url, seam=self._come_to)
        self.baton = Baton(0)
        self.accuse: Callable[[str], None] = lambda _text: None

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Give a transaction, after waiting for the other actors' turn to write."""
        me = self.baton.me
        try:
            with super().write() as tx:
                before = tx.exec_driver_sql(ASKED).all()
                yield tx
                after = tx.exec_driver_sql(ASKED).all()
                if after != before:
                    self._judge(tx, me.process, {row[0] for row in after} - {r[0] for r in set(before) & set(after)})
        finally:
            self.baton.unlock()

    def _come_to(self, seam: str) -> None:
        if seam == "after commit":
            self.baton.unlock()
        self.baton.seam(seam)
        if seam == "before begin":
            self.baton.lock()

    def _judge(self, tx: Transaction, process: str, connections: set[str]) -> None:
        """Accuse a process that counts requests of a connection whose lease it does not hold."""
        holders = {row[0]: row[1] for row in tx.exec_driver_sql(HOLDERS)}
        for name in sorted(connections):
            holder = holders.get(f"connection:{name}", "")
            if holder.partition("#")[0] != process:
                self.accuse(f"{process} committed for {name} while {holder or 'nobody'} holds its lease")
