"""The town: two shops, an ERP, a carrier and mailboxes, with the hub between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from hub.api import Hook
from hub.clock import World
from hub.notify.news import Outlet
from hub.notify.rules import read_rules
from hub.plugins import Plugins
from hub.store import settings
from hub.store.settings import ConnectionRow, MerchantRow, PolicyRow, RouteRow
from hub.sync.connection.webhook import find_door, keep
from hub.sync.hub import Hub
from hub.testing.simulation.baton import Baton
from hub.testing.simulation.carrier import Carrier
from hub.testing.simulation.double import FIELDS, sign, spec
from hub.testing.simulation.gate import Gate
from hub.testing.simulation.line import Line, Watcher
from hub.testing.simulation.mailbox import Mailbox
from hub.testing.simulation.mischief import Mischief
from hub.testing.simulation.remote import Remote, moment
from hub.testing.simulation.script import Script
from hub.testing.simulation.watched import WatchedDatabase

NOTICES = {"sender": "Town <shop@town.test>", "smtp": "smtp://mail.town.test", "languages": ["en"]}
HOOK_SECRET = "they sign with it"
OWNERS = {("customer", "last_name"): "erp", ("order", "status"): "erp", ("order", "staff_note"): "erp"}
"""Who owns a field; the newest change counts elsewhere."""
HUMAN = ("customer", "phone")
"""What a person decides where both sides have changed it, in the simulations that have such a field."""
ROUTES: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    ("customer", "north", "erp", {}),
    ("customer", "south", "erp", {}),
    ("order", "north", "erp", {"only": [{"field": "channel", "is": "north"}]}),
    ("order", "south", "erp", {"only": [{"field": "channel", "is": "south"}]}),
    ("shipment", "erp", "carrier", {"except": [{"field": "status", "is": "pending"}]}),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A user's edit of a field: the word that was written, the word that stood there, and where."""

    word: str
    over: str
    where: str


@dataclass(slots=True)
class Call:
    """A webhook on its way."""

    at: float
    connection: str
    stream: str
    external_id: str


@dataclass(slots=True)
class Town:
    """Everything that lives in one simulation.

    `at_peace`: the process that works before the troubles has not ended. `forgotten`: by thing and field the words that
    moved between a backup and its return. `told_before`: so many mails went before that.
    """

    script: Script
    baton: Baton
    mischief: Mischief
    database: WatchedDatabase
    folder: Path
    mail: Mailbox = field(init=False)
    plugins: Plugins = field(init=False)
    outlets: dict[str, Outlet] = field(init=False)
    watcher: Watcher = field(init=False)
    remotes: dict[str, Remote] = field(default_factory=dict)
    changes: dict[tuple[str, str], list[Change]] = field(default_factory=lambda: defaultdict(list))
    buyers: dict[str, str] = field(default_factory=dict)
    born: dict[str, tuple[str, str]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    accusations: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    closing: bool = False
    at_peace: bool = True
    deaf: set[str] = field(default_factory=set)
    replayed: set[str] = field(default_factory=set)
    forgotten: Mapping[tuple[str, str], set[str]] = field(default_factory=dict)
    told_before: int = 0
    ids: int = 0

    def __post_init__(self) -> None:
        self.mail = Mailbox(self.baton, self.mischief)
        self.baton.told, self.baton.trap = self.tell, self.mischief.trap
        self.database.start(self.baton, self.accusations.append)
        for name, dialect in self.script.dialects.items():
            make = Carrier if name == "carrier" else Remote
            gate = Gate(fixed="" if dialect.tokens else "token-0")
            self.remotes[name] = make(name, dialect, self._now, FIELDS, self.tell, self._caller(name), gate=gate)
        specs = {name: spec(name, dialect) for name, dialect in self.script.dialects.items()}
        self.plugins = Plugins(connectors=specs)
        rules = read_rules(NOTICES)
        self.outlets = {"default": Outlet(rules=rules, shop="Town", channels={"email": self.mail})}
        self._configure()

    def tell(self, line: str) -> None:
        """Note what happens, for the history."""
        self.history.append(f"{self.baton.now:.3f} {self.baton.me.name} {line}")

    def hub(self, holder: str) -> Hub:
        """Give a process its hub; the part of the holder before # names the machine, whose clock may be off."""
        skew = self.script.skews.get(holder.partition("#")[0], 0.0)
        world = World(
            now=lambda: moment(self.baton.now + skew),
            sleep=self.baton.sleep,
            new_id=self._new_id,
            jitter=self.baton.chance.random,
        )
        return Hub(
            self.database, self.plugins, self.folder, world, self._transport, holder, lambda name: name in self.dead
        )

    def deliver(self, call: Call) -> None:
        """Take a webhook in, as the hub's web process does: verify the bytes, note what they touched."""
        hub = self.hub("web")
        body = orjson.dumps({"stream": call.stream, "id": call.external_id})
        door = find_door(hub, call.connection)
        if door is None:
            self.accusations.append(f"no door: {call.connection} cannot call the hub")
            return
        kept = door.read(Hook({"x-signature": sign(body, HOOK_SECRET)}, body), hub.world.now())
        with self.database.write() as tx:
            keep(tx, [kept], now=hub.world.now(), new_id=self._new_id)

    def enter(self, remote: Remote) -> ConnectionRow:
        """Make the connection to a remote with the keys that are good now."""
        keys = {"token": remote.gate.fixed, "code": remote.gate.code, "hook_secret": HOOK_SECRET}
        return ConnectionRow(remote.name, "default", remote.name, keys)

    def _now(self) -> float:
        return self.baton.now

    def _new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:08d}"

    def _transport(self, connection: str) -> Line:
        return Line(self.baton, self.mischief, self.remotes[connection], self.watcher)

    def _caller(self, name: str) -> Callable[[str, str], None]:
        if not self.script.dialects[name].hooks:
            return lambda _stream, _external_id: None
        return lambda stream, external_id: self.calls.append(Call(self.baton.now, name, stream, external_id))

    def _configure(self) -> None:
        with self.database.write() as tx:
            settings.put_merchant(tx, MerchantRow("default", notices=NOTICES))
            for remote in self.remotes.values():
                settings.put_connection(tx, self.enter(remote))
            for entity, source, target, rules in ROUTES:
                stream = f"{entity}s"
                row = RouteRow(
                    f"{entity} {source}->{target}",
                    "default",
                    entity,
                    source,
                    target,
                    stream,
                    stream,
                    direction="two-way",
                    rules=rules,
                )
                settings.put_route(tx, row)
            deciders = OWNERS | ({HUMAN: "human"} if self.script.humane else {})
            for (entity, name), decider in deciders.items():
                settings.put_policy(tx, PolicyRow("default", entity, name, decider))
