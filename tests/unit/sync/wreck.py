"""A hub that dies at a chosen moment and is started again on what it left behind."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import orjson
from house import MAPPINGS, STREAMS, Clock, House, order

from hub.api import RejectedError, Write
from hub.clock import World
from hub.plugins import Plugins
from hub.store import links, outbox, problems, records, schema, settings
from hub.store.database import Database
from hub.store.settings import ConnectionRow, MerchantRow
from hub.sync.hub import Hub
from hub.testing.memory import MemoryRemote, memory_spec


class Crash(BaseException):
    """The process dies: nothing in the hub may catch this."""


@dataclass
class Fuse:
    """Burns at the n-th time that something happens; after that nothing of this process works any more."""

    wanted: str = ""
    left: int = 0
    burnt: bool = False
    seen: Counter[str] = field(default_factory=Counter)

    def __call__(self, name: str) -> None:
        self.seen[name] += 1
        if self.burnt:
            raise Crash
        if name == self.wanted:
            self.left -= 1
            if self.left == 0:
                self.burnt = True
                raise Crash


@dataclass
class Wreck:
    """A shop and an ERP, and the hub between them, which may die and be started again."""

    folder: Path
    fuse: Fuse = field(default_factory=Fuse)
    clock: Clock = field(default_factory=Clock)
    refused: set[str] = field(default_factory=set)
    crashes: int = 0

    def __post_init__(self) -> None:
        self.shop, self.erp = MemoryRemote(now=self.clock), MemoryRemote(now=self.clock, serial=1000)
        self.ids = count(1)
        for name, remote in {"shop": self.shop, "erp": self.erp}.items():
            remote.fail = self._fail(name)
        self.erp.normalize = as_the_erp_keeps_it
        self.house = self.start()

    def start(self) -> House:
        """Start a process: a database of its own, the same files and remotes."""
        database = Database(f"sqlite:///{self.folder}/hub.db", seam=self.fuse)
        specs = {
            name: memory_spec(name, remote, STREAMS, MAPPINGS)
            for name, remote in {"shop": self.shop, "erp": self.erp}.items()
        }
        ids = self.ids
        world = World(now=self.clock, sleep=lambda _s: None, new_id=lambda: f"{next(ids):06d}", jitter=lambda: 0.5)
        hub = Hub(database, Plugins(connectors=specs), self.folder, world, is_dead=lambda _holder: True)
        return House(hub, self.shop, self.erp, self.clock)

    def sync(self) -> None:
        """Sync; when the process dies, start another and sync again."""
        try:
            self.house.sync()
        except Crash:
            self.crashes += 1
            self.house.hub.database.close()
            self.fuse = Fuse()
            self.house = self.start()
            self.house.sync()

    def _fail(self, name: str) -> Callable[[str, Write], None]:
        def fail(when: str, write: Write) -> None:
            if when == "before" and write.document.get("number") in self.refused and name == "erp":
                raise RejectedError("no such tax", code="tax")
            self.fuse(f"{when} a write")

        return fail


def as_the_erp_keeps_it(document: dict[str, Any]) -> dict[str, Any]:
    """Names in capitals, and variants under numbers of its own (T120)."""
    kept = dict(document)
    if kept.get("last"):
        kept["last"] = kept["last"].upper()
    if kept.get("variants"):
        kept["variants"] = [{**part, "id": f"{kept['id']}-{part['sku']}"} for part in kept["variants"]]
    return kept


@contextmanager
def wreck(folder: Path, fuse: Fuse) -> Iterator[Wreck]:
    """Open a hub on a fresh copy of a prepared database."""
    prepared = folder / "prepared.db"
    if not prepared.exists():
        prepare(prepared)
    shutil.rmtree(folder / "life", ignore_errors=True)
    (folder / "life").mkdir()
    shutil.copyfile(prepared, folder / "life" / "hub.db")
    opened = Wreck(folder / "life", fuse)
    yield opened
    opened.house.hub.database.close()


def prepare(path: Path) -> None:
    """Make the database of a hub with two-way routes for customers and orders, one-way for products."""
    database = Database(f"sqlite:///{path}")
    schema.migrate(database)
    with database.write() as tx:
        settings.put_merchant(tx, MerchantRow("default"))
        for name in ("shop", "erp"):
            settings.put_connection(tx, ConnectionRow(name, "default", name, {}))
    house = House(Hub(database, Plugins(), path.parent), MemoryRemote(), MemoryRemote(), Clock())
    house.route("customer", direction="two-way")
    house.route("product")
    house.route("order", direction="two-way")
    with database.read() as tx:
        tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def first_day(life: Wreck) -> None:
    """A customer, two guests who are one, products, and an order that the ERP refuses."""
    life.refused = {"3"}
    life.shop.put("customers", {"id": "7", "email": "ada@example.com", "first": "Ada", "last": "Lovelace", "tags": []})
    life.shop.put(
        "products", {"id": "5", "name": "Sock", "variants": [{"id": "51", "sku": "S1"}, {"id": "52", "sku": "S2"}]}
    )
    life.shop.put("orders", order("1", customer="7", variant="52"))
    life.shop.put("orders", order("2", email="Grace@Example.com"))
    life.shop.put("orders", order("3", customer="7"))
    life.shop.put("orders", order("4", email=" grace@example.com", variant="51"))
    life.sync()


def second_day(life: Wreck) -> None:
    """People edit on both sides, and an order with an unknown status comes."""
    ada = keys(life.erp, "customers", "email")["ada@example.com"]
    first = keys(life.erp, "orders", "number")["1"]
    life.erp.put("customers", {"id": ada, "tags": ["vip"]})
    life.shop.put("customers", {"id": "7", "note": "call first"})
    life.erp.put("orders", {"id": first, "status": "completed"})
    life.shop.put("orders", {"id": "4", "note": "ring twice"})
    life.shop.put("orders", order("5", status="bogus"))
    life.sync()


def third_day(life: Wreck) -> None:
    """What was refused is mended, every record is edited once more, and the ERP adds a customer of its own."""
    life.refused = set()
    life.shop.put("orders", {"id": "5", "status": "processing"})
    life.erp.put("customers", {"id": "77", "email": "own@example.com", "first": "Own"})
    for number in ("1", "2", "3", "4", "5"):
        life.shop.put("orders", {"id": number, "note": f"third day of {number}"})
    life.shop.put("customers", {"id": "7", "first": "Augusta"})
    life.shop.put("products", {"id": "5", "name": "Warm sock"})
    life.sync()


def live(life: Wreck) -> dict[str, Any]:
    """Live through three days and a quiet fourth; tell how everything stands at the end."""
    first_day(life)
    second_day(life)
    third_day(life)
    life.sync()
    return portrait(life.house)


def keys(remote: MemoryRemote, stream: str, name: str) -> dict[str, str]:
    """Find external ids by what a person knows a document by."""
    return {row[name].strip().lower(): external_id for external_id, row in remote.tables.get(stream, {}).items()}


def portrait(house: House) -> dict[str, Any]:
    """Tell the state of remotes and hub in words that do not depend on which id came first."""
    with house.hub.database.read() as tx:
        every_problem = [(p.connection, p.stream, p.direction, p.error) for p in problems.listing(tx)]
        rows = [row for entity in ("customer", "product", "order") for row in records.of_entity(tx, entity)]
        linked = Counter(
            (x.connection, x.stream, x.state) for row in rows for x in links.of_records(tx, [row.id])[row.id]
        )
        owed = outbox.backlog(tx)
    names = {row.id: row.email or row.number or row.entity for row in rows}
    return {
        "shop": {stream: told(house.shop, stream) for stream in house.shop.tables},
        "erp": {stream: told(house.erp, stream) for stream in house.erp.tables},
        "records": sorted((row.entity, plain(orjson.loads(row.data), names)) for row in rows),
        "links": dict(linked),
        "problems": sorted(every_problem),
        "owed": owed,
    }


def plain(data: dict[str, Any], names: dict[str, str]) -> str:
    """Write a record without the ids that the hub made up."""
    data = {**data, "customer": names.get(data.get("customer") or "", "")}
    for part in [*(data.get("lines") or ()), *(data.get("variants") or ())]:
        part.pop("variant", None)
        part.pop("id", None)
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()


def told(remote: MemoryRemote, stream: str) -> list[str]:
    """Write a remote's documents without ids: a customer by e-mail, a variant by SKU."""
    buyers = {external_id: row["email"] for external_id, row in remote.tables.get("customers", {}).items()}
    variants = {v["id"]: v["sku"] for row in remote.tables.get("products", {}).values() for v in row["variants"]}
    lines = []
    for row in remote.tables[stream].values():
        row = {name: value for name, value in row.items() if name not in ("id", "ref", "updated")}
        if "customer" in row:
            row["customer"] = buyers.get(str(row["customer"]), row["customer"])
        for part in row.get("variants") or ():
            part = {**part, "id": part["sku"]}
        if "lines" in row:
            row["lines"] = [
                {**line, "variant": variants.get(str(line.get("variant")), line.get("variant"))}
                for line in row["lines"]
            ]
        if "variants" in row:
            row["variants"] = sorted(part["sku"] for part in row["variants"])
        lines.append(orjson.dumps(row, option=orjson.OPT_SORT_KEYS).decode())
    return sorted(lines)


def replaced(life: Wreck, **changes: Any) -> Wreck:
    """Give a wreck with other settings."""
    return replace(life, **changes)
