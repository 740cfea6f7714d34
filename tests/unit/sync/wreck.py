"""A hub that dies at a chosen moment and is started again on what it left behind."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
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

SEAMS = ("before commit", "after commit", "before a write", "after a write")
LASTING = ("record", "record_version", "link", "document", "checkpoint", "inbox", "outbox", "problem")
"""The tables that decide what the next process does; runs, events and leases only tell of the past."""
USED = ("customers", "products", "orders")
Moment = tuple[str, int]
"""A seam, and the how many-th time that somebody comes to it."""


class Crash(BaseException):
    """The process dies: nothing in the hub may catch this."""


@dataclass
class Fuse:
    """Burns at the n-th time that something happens; after that nothing of this process works any more."""

    wanted: str = ""
    left: int = 0
    burnt: bool = False
    seen: Counter[str] = field(default_factory=Counter)
    told: Callable[[Moment], None] = lambda _moment: None

    def __call__(self, name: str) -> None:
        self.seen[name] += 1
        if self.burnt:
            raise Crash
        if name in SEAMS:
            self.told((name, self.seen[name]))
        if name == self.wanted:
            self.left -= 1
            self.burnt = self.left == 0
            if self.burnt:
                raise Crash


@dataclass
class Wreck:
    """A shop and an ERP, and the hub between them, which may die and be started again."""

    folder: Path
    fuse: Fuse
    clock: Clock = field(default_factory=Clock)
    refused: set[str] = field(default_factory=set)
    crashes: int = 0

    def __post_init__(self) -> None:
        self.shop, self.erp = MemoryRemote(now=self.clock), MemoryRemote(now=self.clock, serial=1000)
        self.ids = count(1)
        self.shop.fail, self.erp.fail = self._fail(set()), self._fail(self.refused)
        self.erp.normalize = as_the_erp_keeps_it
        self.house = self.start()

    def start(self) -> House:
        """Start a process: a database of its own on the same file, and the same remotes."""
        database = Database(f"sqlite:///{self.folder}/hub.db", seam=self.fuse)
        streams = [stream for stream in STREAMS if stream.name in USED]
        remotes = {"shop": self.shop, "erp": self.erp}
        specs = {name: memory_spec(name, remote, streams, MAPPINGS) for name, remote in remotes.items()}
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

    def state(self) -> bytes:
        """Identify everything that a process which starts now would find."""
        with closing(sqlite3.connect(self.folder / "hub.db")) as raw:
            rows = [raw.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in LASTING]
        return hashlib.sha256(repr((rows, self.shop.tables, self.erp.tables)).encode()).digest()

    def _fail(self, refused: set[str]) -> Callable[[str, Write], None]:
        def fail(when: str, write: Write) -> None:
            if when == "before" and write.document.get("number") in refused:
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
    """A customer, two guests who are one, products, an order that the ERP refuses, one with an unknown status."""
    life.refused.add("3")
    life.shop.put("customers", {"id": "7", "email": "ada@example.com", "first": "Ada", "last": "Lovelace", "tags": []})
    variants = [{"id": "51", "sku": "S1"}, {"id": "52", "sku": "S2"}]
    life.shop.put("products", {"id": "5", "name": "Sock", "variants": variants})
    life.shop.put("orders", order("1", customer="7", variant="52"))
    life.shop.put("orders", order("2", email="Grace@Example.com"))
    life.shop.put("orders", order("3", customer="7"))
    life.shop.put("orders", order("4", email=" grace@example.com", variant="51"))
    life.shop.put("orders", order("5", status="bogus"))
    life.sync()


def second_day(life: Wreck) -> None:
    """People edit on both sides, what was refused is mended, and the ERP adds a customer of its own."""
    life.refused.clear()
    ada = keys(life.erp, "customers", "email").get("ada@example.com", "")
    life.erp.put("customers", {"id": ada, "tags": ["vip"]})
    life.erp.put("customers", {"id": "77", "email": "own@example.com", "first": "Own"})
    for number in ("1", "2"):
        life.erp.put("orders", {"id": keys(life.erp, "orders", "number")[number], "status": "completed"})
    life.shop.put("customers", {"id": "7", "note": "call first", "first": "Augusta"})
    life.shop.put("products", {"id": "5", "name": "Warm sock"})
    life.shop.put("orders", {"id": "5", "status": "processing"})
    for number in ("1", "3", "4"):
        life.shop.put("orders", {"id": number, "note": f"second day of {number}"})
    life.sync()


def third_day(life: Wreck) -> None:
    """Every order is edited once more, which finds out whether each is still linked."""
    for number in ("1", "2", "3", "4", "5"):
        life.shop.put("orders", {"id": number, "note": f"third day of {number}"})
    life.sync()


def live(life: Wreck) -> dict[str, Any]:
    """Live through three days; tell how everything stands at the end."""
    for day in (first_day, second_day, third_day):
        day(life)
    return portrait(life.house)


def moments(folder: Path) -> tuple[dict[str, Any], list[Moment]]:
    """Live undisturbed; tell the end, and every moment before which something lasting has happened."""
    found: list[Moment] = []
    with wreck(folder, Fuse()) as life:
        last = life.state()

        def note(moment: Moment) -> None:
            nonlocal last
            if (now := life.state()) != last:
                found.append(moment)
            last = now

        life.fuse.told = note
        return live(life), found


def keys(remote: MemoryRemote, stream: str, name: str) -> dict[str, str]:
    """Find external ids by what a person knows a document by."""
    return {row[name].strip().lower(): external_id for external_id, row in remote.tables.get(stream, {}).items()}


def portrait(house: House) -> dict[str, Any]:
    """Tell the state of remotes and hub in words that do not depend on which id came first."""
    with house.hub.database.read() as tx:
        every_problem = [(p.connection, p.stream, p.direction, p.error) for p in problems.listing(tx)]
        rows = [row for entity in ("customer", "product", "order") for row in records.of_entity(tx, entity)]
        linked = [link for row in rows for link in links.of_records(tx, [row.id])[row.id]]
        owed = outbox.backlog(tx)
    names = {row.id: row.email or row.number or row.entity for row in rows}
    return {
        **{f"shop's {stream}": told(house.shop, stream) for stream in USED},
        **{f"ERP's {stream}": told(house.erp, stream) for stream in USED},
        "records": sorted((row.entity, plain(orjson.loads(row.data), names)) for row in rows),
        "links": Counter((link.connection, link.stream, link.state) for link in linked),
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
    products = remote.tables.get("products", {}).values()
    skus = {part["id"]: part["sku"] for row in products for part in row["variants"]}
    lines = []
    for row in remote.tables.get(stream, {}).values():
        shown = {name: value for name, value in row.items() if name not in ("id", "ref", "updated")}
        if "customer" in shown:
            shown["customer"] = buyers.get(str(shown["customer"]), shown["customer"])
        for name in {"lines", "variants"} & shown.keys():
            shown[name] = [(part["sku"], skus.get(part.get("variant"))) for part in shown[name]]
        lines.append(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS).decode())
    return sorted(lines)
