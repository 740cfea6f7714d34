"""What an operator may do to be let into a remote by a person: ask for consent, and take what their browser brings."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from hub.access import Consent, Install
from hub.connector import ConnectorSpec
from hub.errors import AuthError, ConfigError, HubError, LockedError
from hub.operations.connection import keep_connection, mend_connection, try_connection
from hub.plugins import Plugins
from hub.store import consents, settings, tables
from hub.store.consents import ConsentRow
from hub.store.keyring import new_secret
from hub.store.leases import acquire, release
from hub.store.settings import ConnectionRow
from hub.sync.connection.session import build, read_settings
from hub.sync.hub import Hub

PATH = "/install"
"""Where browsers come back to, the same for all connections: it is allowed once for an app that many stores use."""
KEPT = timedelta(days=1)
TRIES, PAUSE = 30, 1.0
"""How often, and after how many seconds, a connection is asked for that somebody else works on."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A consent that is asked for: the address to open in a browser, by when, and where the remote must let it return.

    `allow` says where in the remote `redirect` has to be allowed.
    """

    connection: str
    title: str
    url: str
    redirect: str
    allow: str
    until: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a consent ended, in words for the person and for the operator. `installed`: its token is kept.

    What is installed may still not work: then `error` names what its test found.
    """

    connection: str
    installed: bool
    message: str
    hint: str = ""
    error: str = ""
    exit_code: int = 0


def wants_consent(plugins: Plugins, row: ConnectionRow) -> bool:
    """Tell whether a person can let a connection in, and none of its settings is meant to."""
    install = plugins.connector(row.connector).install
    return install is not None and not _instead(install, row)


def ask_consent(hub: Hub, row: ConnectionRow, redirect: str, wait: timedelta) -> Asked:
    """Make the address at which a person lets a connection in, which need not exist yet; it is good for a while, once.

    ConfigError when the connection is let in otherwise, or a setting is missing.
    """
    spec = hub.plugins.connector(row.connector)
    install = _install_of(spec)
    if given := _instead(install, row):
        hint = f"Take {given} out of its settings to have it installed."
        raise ConfigError(f"{row.name} is let in by its setting {given}", hint=hint)
    state, now = new_secret(), hub.world.now()
    url = install.authorize(read_settings(hub, row, spec), Consent(redirect=redirect, state=state))
    asked = Asked(row.name, spec.title, url, redirect, install.redirects, now + wait, state)
    with hub.database.write() as tx:
        consents.forget(tx, now - KEPT)
        consents.ask(tx, state, ConsentRow(row.name, row.merchant, row.connector, row.settings, redirect), asked.until)
    return asked


def take_callback(hub: Hub, query: str) -> Ended:
    """Take what a person's browser brought from a remote: prove it, get the token, keep it, and try the connection.

    Whatever does not fit is told, and then nothing is kept. A consent is good for one callback, whatever becomes of it.
    """
    state = _told(query, "state")
    with hub.database.write() as tx:
        asked = consents.take(tx, state, hub.world.now())
    if asked is None:
        log.error("somebody came back with a consent that is not waited for; nothing was kept")
        hint = "Ask for a new link with `hub connect install`, and open it within its time."
        return Ended("", False, "This link was used already, its time is over, or it is not ours", hint, "AuthError", 3)
    ended = _failed(asked.connection, AuthError("the hub stopped before it was installed", hint="Ask for a new link."))
    try:
        ended = _install(hub, asked, state, query)
    except HubError as error:
        log.warning("%s is not installed: %s %s", asked.connection, error.message, error.hint)
        ended = _failed(asked.connection, error)
    finally:
        with hub.database.write() as tx:
            consents.end(tx, state, asdict(ended))
    return ended


def find_end(hub: Hub, asked: Asked) -> Ended | None:
    """Tell how a consent ended; None while nobody has come back."""
    with hub.database.read() as tx:
        found = consents.outcome(tx, asked.state)
    return Ended(**found) if found else None


def withdraw(hub: Hub, asked: Asked) -> bool:
    """Ask no more, so that the address is good for nothing; False when somebody has come back already."""
    with hub.database.write() as tx:
        return consents.withdraw(tx, asked.state)


def _install(hub: Hub, asked: ConsentRow, state: str, query: str) -> Ended:
    spec = hub.plugins.connector(asked.connector)
    row = ConnectionRow(asked.connection, asked.merchant, asked.connector, asked.settings, state="needs_reauth")
    if _told(query, "error"):
        hint = f"Once they agree, ask for a new link with `{_again(hub, row)}`."
        raise AuthError(f"the consent was denied in {spec.title} ({_told(query, 'error'):.60})", hint=hint)
    code = _install_of(spec).verify(read_settings(hub, row, spec), query)
    consent = Consent(redirect=asked.redirect, state=state)
    with _leased(hub, row.name), _kept(hub, row):
        _get_token(hub, row, spec, consent, code)
    mend_connection(hub.database, row.name, hub.world.now())
    tested = try_connection(hub, row.name)
    if tested.works:
        return Ended(row.name, True, f"The connection {row.name} is installed and works", " ".join(tested.cautions))
    said = f"The connection {row.name} is installed, but does not work yet: {tested.message}"
    return Ended(row.name, True, said, tested.hint, tested.error, tested.exit_code)


def _again(hub: Hub, row: ConnectionRow) -> str:
    """Write the command that asks for another link: a connection that is not kept yet must be added anew."""
    with hub.database.read() as tx:
        is_kept = settings.connection(tx, row.name) is not None
    return f"hub connect install {row.name}" if is_kept else f"hub connect add {row.name} {row.connector} ..."


def _get_token(hub: Hub, row: ConnectionRow, spec: ConnectorSpec, consent: Consent, code: str) -> None:
    built = build(hub, row, spec)
    client, tokens = built.client, built.tokens
    if client is None or tokens is None:
        raise ConfigError(f"{spec.title} cannot use a token", hint="Report it to the connector's maker.")
    with client:
        values = read_settings(hub, row, spec)
        tokens.obtain(lambda: _install_of(spec).exchange(values, consent, code, client))


@contextmanager
def _kept(hub: Hub, row: ConnectionRow) -> Iterator[None]:
    """Keep a new connection, unless the block fails; one that is there already must be as it was when we asked."""
    with hub.database.read() as tx:
        there = settings.connection(tx, row.name)
    if there and (there.connector, there.settings) != (row.connector, row.settings):
        hint = f"Ask for a new link with `hub connect install {row.name}`."
        raise ConfigError(f"the settings of {row.name} were changed meanwhile", hint=hint)
    with ExitStack() as undo:
        if there is None:
            keep_connection(hub.database, row)
            undo.callback(_drop, hub, row.name)
        yield
        undo.pop_all()


def _drop(hub: Hub, name: str) -> None:
    with hub.database.write() as tx:
        settings.remove(tx, tables.connection, name=name)


@contextmanager
def _leased(hub: Hub, name: str) -> Iterator[None]:
    """Hold a connection's lease, waiting for whoever works on it: the person who agreed cannot be asked again."""
    for attempt in range(1, TRIES + 1):
        try:
            lease = acquire(
                hub.database, f"connection:{name}", holder=hub.holder, now=hub.world.now(), is_dead=hub.is_dead
            )
            break
        except LockedError:
            if attempt == TRIES:
                raise
            hub.world.sleep(PAUSE)
    try:
        yield
    finally:
        release(hub.database, lease)


def _install_of(spec: ConnectorSpec) -> Install:
    if spec.install is None:
        raise ConfigError(f"nobody is asked before {spec.title} is used", hint="Its settings let it in.")
    return spec.install


def _instead(install: Install, row: ConnectionRow) -> str:
    """Name the setting that lets the connection in without anybody's consent; empty: none does."""
    return next((name for name in install.unless if row.settings.get(name)), "")


def _told(query: str, name: str) -> str:
    return parse_qs(query).get(name, [""])[0]


def _failed(connection: str, error: HubError) -> Ended:
    message = f"The connection {connection} is not installed: {error.message}"
    return Ended(connection, False, message, error.hint, type(error).__name__, error.exit_code)
