"""The hub's database under the eyes of the simulation: seams where actors meet, and a watch on stale writers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hub.store.database import Database, Transaction
from hub.store.keyring import Keyring
from hub.testing.simulation.baton import Baton

KEY = "c2ltdWxhdGlvbnMtaGlkZS1ub3RoaW5nLWF0LWFsbCE="
ASKED = "SELECT name, asked FROM connection"
HOLDERS = "SELECT name, holder FROM lease"
IN_FLIGHT = "SELECT count(*) FROM outbox WHERE slot = 'in_flight'"


class WatchedDatabase(Database):
    """A database on whose write transactions the actors of a simulation wait for each other.

    `accuse` hears of every commit for a connection whose lease somebody else holds by then.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url, seam=self._come_to, keyring=Keyring(environ={"HUB_SECRET_KEY": KEY}))
        self.baton = Baton(0)
        self._known: dict[str, int] = {}
        self._counted: dict[str, int] = {}
        self._launches = False
        self.accuse: Callable[[str], None] = lambda _text: None

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Give a transaction, after waiting for the other actors' turn to write."""
        process = self.baton.me.process
        try:
            with super().write() as tx:
                before = tx.exec_driver_sql(IN_FLIGHT).scalar_one()
                yield tx
                self._launches = tx.exec_driver_sql(IN_FLIGHT).scalar_one() > before
                if process:
                    self._counted = dict(tx.exec_driver_sql(ASKED).all())
                    self._judge(tx, process)
        finally:
            self.baton.unlock()

    def start(self, baton: Baton, accuse: Callable[[str], None]) -> None:
        """Begin a simulation on a file that is as new."""
        self.baton, self.accuse, self._known, self._counted = baton, accuse, {}, {}

    def look_anew(self) -> None:
        """Take the counters as they stand: the file was put back."""
        with self.read() as tx:
            self._known = dict(tx.exec_driver_sql(ASKED).all())

    def _come_to(self, seam: str) -> None:
        if seam == "after commit":
            self._known = self._counted
            self.baton.unlock()
        self.baton.seam("after commit of a launch" if seam == "after commit" and self._launches else seam)
        if seam == "before begin":
            self.baton.lock()
            self._counted = self._known

    def _judge(self, tx: Transaction, process: str) -> None:
        """Accuse a process that counts requests of a connection whose lease it does not hold."""
        touched = sorted(name for name, asked in self._counted.items() if asked != self._known.get(name, 0))
        if not touched:
            return
        holders = {row[0]: row[1] for row in tx.exec_driver_sql(HOLDERS)}
        for name in touched:
            holder = holders.get(f"connection:{name}", "")
            if holder.partition("#")[0] != process:
                self.accuse(f"stale: {process} committed for {name} while {holder or 'nobody'} holds its lease")
