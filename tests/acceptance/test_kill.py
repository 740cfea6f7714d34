"""SIGKILL of the hub at random moments of a sync between a shop and an ERP: no sale twice, none missing."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hub.store import links, outbox, problems, schema, settings
from hub.store.database import Database
from hub.store.settings import ConnectionRow, MerchantRow, RouteRow
from hub.testing.serve import serve

LEDGER = Path(__file__).parent / "ledger"
sys.path.insert(0, str(LEDGER))

from ledger_remote import LedgerRemote, Row  # noqa: E402

KILLS = 30
MOST_STARTS = 3 * KILLS
SEED = 20260301
PAUSE = 0.004
NEW_ORDERS = 4


@dataclass
class Trade:
    """A shop and an ERP that outlive the hub, the people who work there, and the hub's database."""

    database: Path
    shop: LedgerRemote = field(default_factory=lambda: LedgerRemote(PAUSE))
    erp: LedgerRemote = field(default_factory=lambda: LedgerRemote(PAUSE, normalize=in_capitals))
    orders: int = 0

    def start(self) -> subprocess.Popen[str]:
        """Start a hub."""
        command = [sys.executable, str(LEDGER / "run.py"), str(self.database)]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def sync(self) -> None:
        """Sync to the end."""
        hub = self.start()
        _, said = hub.communicate(timeout=60)
        assert hub.returncode == 0, said

    def work(self, chance: random.Random) -> None:
        """Buy, edit in the shop, and edit in the ERP."""
        for _ in range(NEW_ORDERS):
            self.orders += 1
            account = chance.choice([0, 0, 1, 2, 3])
            if account and str(account) not in self.shop.tables.get("customers", {}):
                self.shop.put("customers", {"id": str(account), "email": f"a{account}@example.com", "first": "Ada"})
            self.shop.put("orders", sale(self.orders, account, f"guest{chance.randint(1, 6)}@example.com"))
        edited = chance.randint(1, self.orders)
        self.shop.put("orders", {"id": str(edited), "note": f"edited {self.orders}"})
        if linked := self.linked():
            self.erp.put("orders", {"id": chance.choice(linked), "status": "completed"})

    def linked(self) -> list[str]:
        """List the ERP's orders whose number there the hub has learned."""
        database = Database(f"sqlite:///{self.database}")
        with database.read() as tx:
            found = links.known(tx, "erp", "orders", list(self.erp.tables.get("orders", {})))
        database.close()
        return sorted(found)


def in_capitals(row: Row) -> Row:
    """Write first names in capitals, as this ERP does."""
    return {**row, "first": row["first"].upper()} if row.get("first") else row


def sale(number: int, account: int, email: str) -> Row:
    buyer = f"a{account}@example.com" if account else email
    base = {"id": str(number), "number": f"#{number}", "status": "processing", "currency": "EUR", "email": buyer}
    return {**base, "customer": account, "total": f"{number}.00", "note": ""}


@pytest.fixture
def trade(tmp_path: Path) -> Iterator[Trade]:
    trade = Trade(tmp_path / "hub.db")
    database = Database(f"sqlite:///{trade.database}")
    schema.migrate(database)
    with ExitStack() as open_until_the_end:
        with database.write() as tx:
            settings.put_merchant(tx, MerchantRow("default"))
            for name, remote in (("shop", trade.shop), ("erp", trade.erp)):
                url = open_until_the_end.enter_context(serve(remote))
                settings.put_connection(tx, ConnectionRow(name, "default", "ledger", {"url": url}))
            for entity in ("customer", "order"):
                name, stream = f"{entity} shop->erp", f"{entity}s"
                settings.put_route(
                    tx, RouteRow(name, "default", entity, "shop", "erp", stream, stream, direction="two-way")
                )
        database.close()
        yield trade


def killed(hub: subprocess.Popen[str], delay: float) -> bool:
    """Kill a hub after a while; False when it had ended by itself."""
    try:
        _, said = hub.communicate(timeout=delay)
    except subprocess.TimeoutExpired:
        hub.send_signal(signal.SIGKILL)
        hub.communicate()
        return hub.returncode == -signal.SIGKILL
    assert hub.returncode == 0, said
    return False


def test_a_hub_that_is_killed_thirty_times_sells_everything_once(trade: Trade) -> None:
    """T133: after every kill another hub goes on at once; at the end everything is as if there had been none."""
    chance = random.Random(SEED)
    trade.sync()
    trade.work(chance)
    began = time.monotonic()
    trade.sync()
    longest = time.monotonic() - began
    kills = 0
    for _ in range(MOST_STARTS):
        trade.work(chance)
        began = time.monotonic()
        if killed(trade.start(), chance.uniform(longest / 2, 1.5 * longest)):
            kills += 1
        else:
            longest = time.monotonic() - began  # the machine may be quicker by now
        if kills == KILLS:
            break
    assert kills == KILLS
    trade.sync()
    trade.sync()
    check(trade)


def check(trade: Trade) -> None:
    """Hold the two sides against each other, then against the hub's own books."""
    shop, erp = by_number(trade.shop), by_number(trade.erp)
    assert len(shop) == trade.orders
    assert sorted(shop) == sorted(erp)
    assert len(trade.erp.tables["orders"]) == len(erp)
    created = [row["number"] for stream, row in trade.erp.creates if stream == "orders"]
    assert len(created) == len(set(created)) == len(erp)
    buyers = trade.erp.tables["customers"]
    emails = [row["email"] for row in buyers.values()]
    assert sorted(emails) == sorted({row["email"] for row in shop.values()})
    for number, row in erp.items():
        assert buyers[str(row["customer"])]["email"] == row["email"]
        same = {name: (row[name], shop[number][name]) for name in ("status", "total", "note", "currency", "email")}
        assert {name: pair for name, pair in same.items() if pair[0] != pair[1]} == {}, number
    assert {row["first"] for row in trade.shop.tables["customers"].values()} == {"Ada"}
    assert all(stream != "orders" for stream, _ in trade.shop.creates)
    books(trade)


def by_number(remote: LedgerRemote) -> dict[str, Row]:
    return {row["number"]: row for row in remote.tables["orders"].values()}


def books(trade: Trade) -> None:
    database = Database(f"sqlite:///{trade.database}")
    with database.read() as tx:
        assert outbox.backlog(tx) == {}
        assert problems.listing(tx) == []
        assert {row.state for row in settings.connections(tx)} == {"ok"}
    database.close()
