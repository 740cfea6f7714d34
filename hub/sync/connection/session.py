"""An opened connection: its connector, compiled mappings, routes and policies, under a lease."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import httpx
import orjson
from pydantic import BaseModel, SecretStr, ValidationError

from hub.config import resolve_settings
from hub.connector import ConnectorSpec, Entity, Renews, Stream
from hub.errors import ConfigError
from hub.http import open_client
from hub.mapping.codecs import make_codecs
from hub.mapping.engine import Compiled, compile_mapping
from hub.mapping.layers import layer
from hub.mapping.schema import load_mapping
from hub.model.custom import CustomType
from hub.store import leases, restorations, settings
from hub.store.database import Transaction
from hub.store.leases import Lease
from hub.store.settings import ConnectionRow, RouteRow
from hub.sync.connection.token import Tokens
from hub.sync.hub import Hub
from hub.sync.identity import identify, places
from hub.sync.routing import Leg, legs
from hub.sync.shipment import Teller

CACHE_LIMIT = 4_000


@dataclass(slots=True)
class Session:
    """One connection while it is open. `refs` remembers which record an external id stands for, and `sent` the reverse;
    between commits they may hold what is not committed yet. `look_first`: documents refer to what was first seen
    elsewhere, whose ids do not follow from here, so that it pays to look references up before they are decoded.
    `restored`: when the database was put back from a backup, if that was in the last day.
    """

    hub: Hub
    row: ConnectionRow
    spec: ConnectorSpec
    connector: Any
    client: httpx.Client | None
    lease: Lease
    mappings: Mapping[str, Compiled]
    tables: Mapping[str, Mapping[str, str]]
    routes: list[RouteRow]
    legs: list[Leg]
    policies: Mapping[str, Mapping[str, str]]
    custom: Mapping[str, Mapping[str, CustomType]]
    asked: int
    stopping: Callable[[], bool]
    alive_at: datetime
    tokens: Tokens | None = None
    restored: datetime | None = None
    refs: dict[tuple[str, str], str] = field(default_factory=dict)
    sent: dict[tuple[str, str], str] = field(default_factory=dict)
    look_first: bool = False

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.row.name

    @property
    def merchant(self) -> str:
        """The merchant whose connection it is."""
        return self.row.merchant

    @property
    def sells(self) -> bool:
        """Whether stock goes anywhere, so that a sale changes what others may sell."""
        return any(leg.route.entity == Entity.INVENTORY for leg in self.legs)

    def next_asked(self) -> int:
        """Number a request, so that an older answer can be told from a newer one."""
        self.asked += 1
        return self.asked

    def identify(self, stream: str, external_id: str) -> str:
        """Give the id of the record that is first seen as this external id."""
        return identify(self.merchant, self.name, stream, external_id)

    def is_from_here(self, stream: str, record_id: str) -> bool:
        """Tell whether a record was first seen in a stream of this connection, as its id says."""
        return record_id.startswith(places(self.merchant, self.name, stream))

    def mapping_hash(self, stream: str) -> bytes:
        """Identify everything that decides what a document of a stream decodes to."""
        return mapping_hash(self.mappings[stream], self.tables)

    def teller(self, stream: Stream, run: str) -> Teller:
        """Say who tells of what a run of a stream found."""
        return Teller(self.merchant, self.name, stream.name, run)

    def remember(self, refs: Mapping[tuple[str, str], str]) -> None:
        """Keep in memory which records external ids stand for."""
        self.refs.update(refs)

    def remember_new(self, ref: tuple[str, str], record_id: str) -> None:
        """Keep what a new record is linked as, while there is room: hardly any is referred to soon, as others are."""
        if len(self.refs) < CACHE_LIMIT // 2:
            self.refs[ref] = record_id

    def forget(self) -> None:
        """Forget what is in memory of external ids: what was not committed must not be believed."""
        self.refs.clear()
        self.sent.clear()

    def keep_alive(self) -> None:
        """Prolong the lease while a remote takes its time, well before it runs out."""
        if self.hub.world.now() - self.alive_at > leases.TERM / 4:
            with self.commit():
                pass

    @contextmanager
    def commit(self) -> Iterator[Transaction]:
        """Give a transaction that counts only while the lease is ours; it also keeps the request counter."""
        now = self.hub.world.now()
        with leases.fenced(self.hub.database, self.lease, now) as tx:
            yield tx
            settings.keep_asked(tx, self.name, self.asked)
        self.alive_at = now
        if len(self.refs) + len(self.sent) > CACHE_LIMIT:
            self.forget()


def mapping_hash(mapping: Compiled, tables: Mapping[str, Mapping[str, str]]) -> bytes:
    """Identify what a mapping and the value tables make of a document together."""
    rows = orjson.dumps(tables, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(mapping.hash.encode() + rows, digest_size=8).digest()


@contextmanager
def open_session(
    hub: Hub, name: str, stopping: Callable[[], bool] = lambda: False, *, bulk: bool = False
) -> Iterator[Session]:
    """Open a connection: take its lease, build its client, connector and mappings; give the lease back at the end.

    `stopping` is asked between two batches: whoever wants the process to end need not wait for a whole stream.
    `bulk`: for work that may wait. Raises LockedError when another run holds the lease, ConfigError when the set-up is
    wrong.
    """
    lease = leases.acquire(
        hub.database, f"connection:{name}", holder=hub.holder, now=hub.world.now(), is_dead=hub.is_dead, bulk=bulk
    )
    try:
        session = _build(hub, name, lease, stopping)
        try:
            if session.tokens:
                session.tokens.keep_fresh()
            yield session
        finally:
            if session.client is not None:
                session.client.close()
    finally:
        leases.release(hub.database, lease)


class Compilations(dict[str, Compiled]):
    """The mappings of a connection, each compiled when its stream first needs it: a quiet sync needs few."""

    def __init__(self, compile_one: Callable[[str], Compiled]) -> None:
        super().__init__()
        self._compile_one = compile_one

    def __missing__(self, stream: str) -> Compiled:
        self[stream] = self._compile_one(stream)
        return self[stream]


def _build(hub: Hub, name: str, lease: Lease, stopping: Callable[[], bool]) -> Session:
    with hub.database.read() as tx:
        row = settings.connection(tx, name)
        if row is None:
            known = ", ".join(c.name for c in settings.connections(tx))
            raise ConfigError(f"There is no connection {name!r}.", hint=f"There are: {known or 'none; run hub apply'}.")
        spec = hub.plugins.connector(row.connector)
        routes = settings.routes(tx, row.merchant)
        policies = settings.policies(tx, row.merchant)
        custom = settings.custom_fields(tx, row.merchant)
        tables = settings.value_tables(tx, name)
        mappings = mappings_of(hub, tx, row, spec)
        restored = restorations.lately(tx, hub.world.now())
    built = build(hub, row, spec)
    return Session(
        hub=hub,
        row=row,
        spec=spec,
        connector=built.connector,
        client=built.client,
        tokens=built.tokens,
        lease=lease,
        mappings=mappings,
        tables=tables,
        routes=routes,
        legs=legs(routes),
        policies=_by_entity([*_stock_policies(legs(routes)), *((p.entity, p.field, p.decider) for p in policies)]),
        custom=_by_entity((c.entity, c.name, CustomType(c.type)) for c in custom),
        asked=row.asked,
        stopping=stopping,
        alive_at=hub.world.now(),
        restored=restored,
    )


def mappings_of(hub: Hub, tx: Transaction, row: ConnectionRow, spec: ConnectorSpec) -> Compilations:
    """Give a connection's mappings as they hold today: what is shipped, with the overrides laid over it."""
    overrides = [
        (scope, settings.mapping_overrides(tx, f"{scope}:{owner}", row.connector))
        for scope, owner in (("merchant", row.merchant), ("connection", row.name))
    ]
    return Compilations(lambda stream: compiled(hub, spec, spec.stream(stream), overrides))


@dataclass(frozen=True, slots=True)
class Built:
    """A connector with its HTTP client, if it wants one, and its tokens, if it is let in with such."""

    connector: Any
    client: httpx.Client | None
    tokens: Tokens | None


def build(hub: Hub, row: ConnectionRow, spec: ConnectorSpec) -> Built:
    """Check a connection's settings and make its connector; it is given the stored token, and none is renewed here."""
    values = read_settings(hub, row, spec)
    client = None
    if spec.http:
        client = open_client(
            limit=spec.limit,
            world=hub.world,
            connection=row.name,
            secrets=_secrets(values),
            transport=hub.transport(row.name),
        )
    real = spec.connector(values, client) if spec.http else spec.connector(values)
    tokens = Tokens(hub, row.name, real, _resolved(hub, row)) if isinstance(real, Renews) else None
    if tokens:
        tokens.use_stored()
    connector = hub.around(row, spec, real)
    return Built(connector, client, tokens if connector is real else None)


def build_connector(hub: Hub, row: ConnectionRow, spec: ConnectorSpec) -> tuple[Any, httpx.Client | None]:
    """Check a connection's settings and make its connector, with an HTTP client if it wants one."""
    built = build(hub, row, spec)
    return built.connector, built.client


def _resolved(hub: Hub, row: ConnectionRow) -> Mapping[str, Any]:
    return resolve_settings(row.settings, folder=hub.folder)


def read_settings(hub: Hub, row: ConnectionRow, spec: ConnectorSpec) -> BaseModel:
    """Resolve a connection's secrets and check its settings; ConfigError names the one that is wrong."""
    resolved = _resolved(hub, row)
    try:
        return spec.settings.model_validate(resolved)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(
            f"Connection {row.name}: setting {where}: {first['msg']}.",
            hint=f"Correct it in hub.toml under [connections.{row.name}], then run: hub apply",
        ) from None


def compiled(hub: Hub, spec: ConnectorSpec, stream: Stream, overrides: list[tuple[str, dict[str, str]]]) -> Compiled:
    """Compile a stream's mapping: shipped, then the merchant's, then the connection's."""
    layers = [(shipped(spec, stream.name), "shipped")]
    layers += [(bodies[stream.name], scope) for scope, bodies in overrides if bodies.get(stream.name)]
    return _compiled(tuple(layers), f"{spec.name}/{stream.name}.yaml", _codecs(hub, spec))


def shipped(spec: ConnectorSpec, stream: str) -> str:
    """Read the mapping that a connector ships for a stream."""
    return spec.mappings.joinpath(f"{stream}.yaml").read_text(encoding="utf-8")


@cache
def _compiled(layers: tuple[tuple[str, str], ...], file: str, codecs: tuple[Any, ...]) -> Compiled:
    files = [load_mapping(text, file if scope == "shipped" else f"{scope}:{file}", scope) for text, scope in layers]
    return compile_mapping(layer(files), make_codecs(codecs))


def _codecs(hub: Hub, spec: ConnectorSpec) -> tuple[Any, ...]:
    return (*hub.plugins.codecs.values(), *spec.codecs)


def _secrets(values: BaseModel) -> list[str]:
    found = (getattr(values, name) for name in type(values).model_fields)
    return [secret.get_secret_value() for secret in found if isinstance(secret, SecretStr)]


def _stock_policies(all_legs: list[Leg]) -> list[tuple[str, str, str]]:
    """Let the one source of stock decide how much there is: a shop says what it was told, less its own sales."""
    stock = [leg for leg in all_legs if leg.route.entity == Entity.INVENTORY]
    sources = {leg.source for leg in stock}
    names = ("available", "on_hand", "reserved") if len(sources) == 1 else ()
    return [(Entity.INVENTORY, name, source) for source in sources for name in names]


def _by_entity(rows: Iterator[tuple[str, str, Any]] | Any) -> dict[str, dict[str, Any]]:
    grouped: dict[str, dict[str, Any]] = {}
    for entity, name, value in rows:
        grouped.setdefault(entity, {})[name] = value
    return grouped
