"""What an operator may do with a connection: add, test, pause, resume."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.config import DEFAULT_MERCHANT, GOOD_NAME, NAME, did_you_mean
from hub.connector import Cautions, Connector, Lane, Reads, Window
from hub.errors import AuthError, ConfigError, HubError
from hub.operations.fit import setting_names, settings_faults
from hub.operations.setting import OPERATOR
from hub.plugins import Plugins
from hub.store import health, settings, tables
from hub.store.database import Database
from hub.store.health import Health
from hub.store.leases import acquire, release
from hub.store.settings import ConnectionRow, MerchantRow
from hub.sync.connection.session import build
from hub.sync.connection.state import note_refused
from hub.sync.connection.token import Tokens
from hub.sync.hub import Hub

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tested:
    """How a connection's test ended: it works, or what is wrong and what to do. `took` is in seconds.

    `off` names the streams that our credentials do not reach. `cautions` are sentences about what limits a connection
    that works.
    """

    name: str
    works: bool
    took: float
    error: str = ""
    message: str = ""
    hint: str = ""
    exit_code: int = 0
    off: tuple[str, ...] = ()
    cautions: Sequence[str] = ()


def find_connection(database: Database, name: str) -> ConnectionRow:
    """Find a connection by name; ConfigError guesses which one was meant."""
    with database.read() as tx:
        found = {row.name: row for row in settings.connections(tx)}
    if name not in found:
        raise unknown_connection(name, found)
    return found[name]


def unknown_connection(name: str, known: Iterable[str]) -> ConfigError:
    """Make the error for a connection that does not exist, with the one that may have been meant."""
    hint = did_you_mean(name, known) if known else "describe one in hub.toml and run `hub apply`"
    return ConfigError(f"there is no connection {name}", hint=hint or "see `hub connect list`")


def new_connection(
    database: Database,
    plugins: Plugins,
    name: str,
    connector: str,
    values: Mapping[str, str],
    *,
    merchant: str | None = None,
) -> ConnectionRow:
    """Make a connection that can be tested and then kept; ConfigError names what does not fit."""
    if not NAME.fullmatch(name):
        raise ConfigError(f'"{name}" is not a good name', hint=GOOD_NAME)
    spec = plugins.connector(connector)
    with database.read() as tx:
        existing = settings.connection(tx, name)
        merchants = [row.name for row in settings.merchants(tx)] or [DEFAULT_MERCHANT]
    if existing:
        hint = "Choose another name" + (
            "." if existing.managed_by == OPERATOR else ", or change it in hub.toml and run `hub apply`."
        )
        if spec.install and existing.connector == connector:
            hint += f" To let it in again: `hub connect install {name}`."
        raise ConfigError(f"there is a connection {name} already", hint=hint)
    chosen = merchant or (merchants[0] if len(merchants) == 1 else "")
    if chosen not in merchants:
        hint = did_you_mean(chosen, merchants) if chosen else f"Choose one with --merchant: {', '.join(merchants)}."
        raise ConfigError(f"there is no merchant {chosen}" if chosen else "whose connection is it?", hint=hint)
    faults = list(settings_faults(spec.settings, values))
    if faults:
        said = "; ".join(f"{'.'.join(map(str, fault.path))} {fault.reason}".strip() for fault in faults)
        hint = faults[0].hint or f"{spec.title} takes: {', '.join(setting_names(spec.settings))}."
        raise ConfigError(f"the settings do not fit {spec.title}: {said}", hint=hint)
    return ConnectionRow(name, chosen, connector, dict(values))


def add_connection(hub: Hub, row: ConnectionRow, *, test: bool) -> None:
    """Keep a new connection; one that fails its test is not kept, and what is wrong is raised."""
    keep_connection(hub.database, row)
    works = not test
    try:
        if test:
            check_connection(hub, row)
            works = True
    finally:
        if not works:
            with hub.database.write() as tx:
                settings.remove(tx, tables.connection, name=row.name)


def keep_connection(database: Database, row: ConnectionRow) -> None:
    """Keep a new connection."""
    with database.write() as tx:
        if row.merchant not in {merchant.name for merchant in settings.merchants(tx)}:
            settings.put_merchant(tx, MerchantRow(row.merchant))
        settings.put_connection(tx, row)


def check_connection(hub: Hub, row: ConnectionRow) -> Sequence[str]:
    """Open a connection and let its connector prove that the settings work; raises what is wrong.

    Gives what limits it although it works.
    """
    built = build(hub, row, hub.plugins.connector(row.connector))
    try:
        if built.tokens is None:
            built.connector.check()
        else:
            _check_with_token(hub, row.name, built.connector, built.tokens)
        return tuple(built.connector.cautions()) if isinstance(built.connector, Cautions) else ()
    finally:
        if built.client is not None:
            built.client.close()


def _check_with_token(hub: Hub, name: str, connector: Connector, tokens: Tokens) -> None:
    """Let a connector prove itself; its token is renewed under the lease only, where that is needed."""
    try:
        if tokens.use_stored():
            connector.check()
            return
    except AuthError as error:
        refusal: AuthError | None = error
    else:
        refusal = None
    lease = acquire(hub.database, f"connection:{name}", holder=hub.holder, now=hub.world.now(), is_dead=hub.is_dead)
    try:
        if refusal is None:
            tokens.keep_fresh()
        elif not tokens.renew_once(refusal):
            raise refusal
        connector.check()
    finally:
        release(hub.database, lease)


def try_connection(hub: Hub, name: str, *, streams: bool = False) -> Tested:
    """Test a connection, and with `streams` each of them; what is wrong is told, not raised."""
    row = find_connection(hub.database, name)
    started = hub.world.now()
    error: HubError | None = None
    off: tuple[str, ...] = ()
    cautions: Sequence[str] = ()
    try:
        cautions = check_connection(hub, row)
        off = tuple(_streams_off(hub, row)) if streams else ()
    except HubError as caught:
        error = caught
    took = (hub.world.now() - started).total_seconds()
    if error:
        return Tested(name, False, took, type(error).__name__, error.message, error.hint, error.exit_code)
    hint = f"Give the credentials access to {', '.join(off)}; the other streams work." if off else ""
    return Tested(name, True, took, hint=hint, off=off, cautions=cautions)


def _streams_off(hub: Hub, row: ConnectionRow) -> Iterator[str]:
    """Name the streams that the remote does not let us read, by asking for the first page of the last minute."""
    spec, now = hub.plugins.connector(row.connector), hub.world.now()
    built = build(hub, row, spec)
    try:
        for stream in spec.streams if isinstance(built.connector, Reads) else ():
            try:
                if stream.reads:
                    next(built.connector.read(stream.name, Window(now - MINUTE, now, lane=Lane.SWEEP)), None)
            except AuthError:
                yield stream.name
            except HubError:
                continue  # what it is will be told by the sync; access is what is looked at here
    finally:
        if built.client is not None:
            built.client.close()


def mend_connection(database: Database, name: str, now: datetime) -> None:
    """Note that a connection works again; one that was paused stays so."""
    if find_connection(database, name).state in ("needs_reauth", "degraded"):
        with database.write() as tx:
            settings.set_connection_state(tx, name, "ok", None, now)
            health.put(tx, name, Health())


def probe_refusing(hub: Hub, *, stopping: Callable[[], bool] = lambda: False) -> list[str]:
    """Try the connections that refused our credentials, each after a wait that grows; give those that work again."""
    with hub.database.read() as tx:
        names = health.to_probe(tx, hub.world.now())
    mended = []
    for name in names:
        if stopping():
            break
        if try_connection(hub, name).works:
            mend_connection(hub.database, name, hub.world.now())
            mended.append(name)
        else:
            note_refused(hub, name)
    return mended


def pause(database: Database, name: str, now: datetime, reason: str | None = None) -> bool:
    """Stop syncing a connection until it is resumed; False when it was paused already."""
    return _move(database, name, "paused", reason or "paused by the operator", now)


def resume(database: Database, name: str, now: datetime) -> bool:
    """Sync a connection again; False when nothing held it."""
    return _move(database, name, "ok", None, now)


def _move(database: Database, name: str, state: str, reason: str | None, now: datetime) -> bool:
    if find_connection(database, name).state == state:
        return False
    with database.write() as tx:
        health.put(tx, name, Health())
        return settings.set_connection_state(tx, name, state, reason, now)
