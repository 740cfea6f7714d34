"""Three systems that each write things their own way, people who edit everywhere, and answers that get lost."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from house import MAPPINGS, STREAMS, Clock

from hub.api import RejectedError, UnavailableError, Write
from hub.clock import World
from hub.plugins import Plugins
from hub.store import links, outbox, records, settings
from hub.store.database import Database
from hub.store.settings import ConnectionRow, MerchantRow, RouteRow
from hub.sync.execute import sync
from hub.sync.hub import Hub
from hub.testing.memory import MemoryRemote, memory_spec

FIELDS = ("email", "first", "last", "note")
Style = Callable[[str], str]
STYLES: dict[str, Style] = {
    "shop": lambda text: text,
    "erp": lambda text: text.strip().upper(),
    "crm": lambda text: text.strip()[:12].strip(),
}
Legs = tuple[tuple[str, str], ...]
CHAIN: Legs = (("shop", "erp"), ("erp", "crm"))
RING: Legs = (*CHAIN, ("shop", "crm"))


def styled(style: Style) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda row: {name: style(value) if name in FIELDS and value else value for name, value in row.items()}


class Office:
    """A hub between three systems, open both ways along the legs."""

    def __init__(self, folder: Path, database: Path, chance: random.Random, legs: Legs) -> None:
        shutil.copyfile(database, folder / "hub.db")
        self.chance, self.clock, self.trouble = chance, Clock(), 0.0
        self.remotes = {
            name: MemoryRemote(now=self.clock, normalize=styled(style), fail=self.fail, serial=1000 * n)
            for n, (name, style) in enumerate(STYLES.items(), 1)
        }
        self.database = Database(f"sqlite:///{folder}/hub.db")
        ids = count(1)
        world = World(now=self.clock, sleep=lambda _s: None, new_id=lambda: f"{next(ids):06d}", jitter=lambda: 0.5)
        specs = {name: memory_spec(name, remote, STREAMS[:1], MAPPINGS) for name, remote in self.remotes.items()}
        self.hub = Hub(self.database, Plugins(connectors=specs), folder, world)
        with self.database.write() as tx:
            settings.put_merchant(tx, MerchantRow("default"))
            for name in STYLES:
                settings.put_connection(tx, ConnectionRow(name, "default", name, {}))
            for source, target in legs:
                name = f"customer {source}->{target}"
                row = RouteRow(name, "default", "customer", source, target, "customers", "customers", "two-way")
                settings.put_route(tx, row)

    def fail(self, when: str, _write: Write) -> None:
        if self.chance.random() < self.trouble:
            if when == "before" and self.chance.random() < 0.3:
                raise RejectedError("not now", code="later")
            raise UnavailableError("reset", hint="Wait.")

    def edit(self) -> None:
        """Let somebody create or change a customer somewhere, also what the hub has just made there unknowingly."""
        name = self.chance.choice(list(STYLES))
        remote = self.remotes[name]
        rows = list(remote.tables.get("customers", {}))
        word = self.chance.choice([" Ada ", "Grace", "ring twice, please", "x", ""])
        if not rows or self.chance.random() < 0.2:
            remote.put("customers", {"email": f"{self.chance.randint(1, 10**6)}@example.com", "first": word})
        else:
            remote.put("customers", {"id": self.chance.choice(rows), self.chance.choice(FIELDS[1:]): word})

    def sync(self, *names: str) -> int:
        """Sync; tell how much was written anywhere."""
        before = sum(len(remote.writes) for remote in self.remotes.values())
        report = sync(self.hub, names)
        self.clock.forward(minutes=self.chance.randint(1, 10))
        assert all(result.counts.add_up() for result in report.results)
        assert {type(error) for error in report.errors} <= {UnavailableError}
        return sum(len(remote.writes) for remote in self.remotes.values()) - before

    def agree(self) -> None:
        """Hold each record against what the three systems say."""
        with self.database.read() as tx:
            every = list(records.of_entity(tx, "customer"))
            linked = links.of_records(tx, [row.id for row in every])
            assert outbox.backlog(tx) == {}
        for row in every:
            assert sorted(link.connection for link in linked[row.id]) == sorted(STYLES)
        for name, remote in self.remotes.items():
            assert len(remote.tables["customers"]) == len(every), name
        for row in every:
            self.agree_on(row.id, {link.connection: link.external_id for link in linked[row.id]})

    def agree_on(self, record: str, ids: dict[str, str]) -> None:
        rows = {name: self.remotes[name].tables["customers"][external_id] for name, external_id in ids.items()}
        for field in FIELDS:
            told = {name: row.get(field) or "" for name, row in rows.items()}
            fewest = {STYLES["crm"](STYLES["erp"](text)) for text in told.values()}
            assert len(fewest) == 1, (record, field, told)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("trouble", "legs"), [(0.0, RING), (0.2, RING), (0.4, CHAIN)])
def test_everything_settles_whatever_people_do(
    migrated: Path, tmp_path: Path, seed: int, trouble: float, legs: Legs
) -> None:
    """T117, T120, T129: no ping-pong between three systems, nothing twice, and everybody agrees in the end."""
    chance = random.Random(seed)
    office = Office(tmp_path, migrated, chance, legs)
    for _ in range(8):
        for _ in range(chance.randint(1, 4)):
            office.edit()
        office.trouble = trouble
        office.sync(*chance.sample(list(STYLES), chance.randint(1, 3)))
    office.trouble = 0.0
    touch(office)
    for _ in range(4):
        office.sync()
    assert office.sync() == 0
    office.agree()
    office.database.close()


def touch(office: Office) -> None:
    """Edit what was refused once more, so that it is written again."""
    for remote in office.remotes.values():
        for external_id in list(remote.tables.get("customers", {})):
            remote.put("customers", {"id": external_id, "tags": ["touched"]})
