"""The desk to which browsers come back with consent: taken once, proved, kept before use, told in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest
from house import order
from pydantic import BaseModel

from hub.api import AuthError, ConfigError, Consent, HubError, Install, Token, UnavailableError
from hub.errors import LockedError
from hub.operations.connection import new_connection
from hub.operations.install import Asked, ask_consent, find_end, wants_consent, withdraw
from hub.store import checkpoints, leases, settings
from hub.store.settings import ConnectionRow
from hub.sync.connection.token import load
from hub.testing.memory import MemoryConnector, MemoryRemote

BACK = "http://localhost:8480/install"
WAIT = timedelta(minutes=10)


class Settings(BaseModel):
    app: str = "app"
    token: str = ""


@dataclass
class Remote:
    """Where people say yes. `spoil` raises what the exchange ends with, `ill` what the connection's test ends with."""

    spoil: Callable[[], None] = lambda: None
    ill: HubError | None = None
    codes: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)

    def install(self) -> Install:
        return Install(
            authorize=lambda given, consent: f"https://remote/{given.app}?{consent.redirect}&{consent.state}",
            verify=self.verify,
            exchange=self.exchange,
            redirects="its settings",
            unless=("token",),
        )

    def verify(self, _settings: Settings, query: str) -> str:
        if "signed" not in query:
            raise AuthError("it is not signed", hint="Look at the secret.")
        return "code"

    def exchange(self, _settings: Settings, consent: Consent, code: str, http: httpx.Client) -> Token:
        assert (consent.redirect, http.is_closed) == (BACK, False)
        self.codes.append(code)
        self.spoil()
        return Token(f"access-{len(self.codes)}", f"refresh-{len(self.codes)}")


class Guarded(MemoryConnector):
    """Lets nobody in without the token that was exchanged."""

    def __init__(self, place: Place, remote: MemoryRemote) -> None:
        super().__init__(remote)
        self._place, self._access = place, ""

    def use(self, token: Token) -> None:
        kept = [self._place.token(name) for name in self._place.names()]
        assert token in kept, "a token is used before it is stored"
        self._access = token.access

    def renew(self, token: Token | None) -> Token:
        raise AuthError("nobody has let us in", hint="Install it.")

    def check(self) -> None:
        if self._place.remote.ill:
            raise self._place.remote.ill
        if not self._access:
            raise AuthError("nobody has let us in")


@dataclass
class Place:
    """A hub whose shop is let in by a person, and what a test wants to know of it."""

    porch: Any
    remote: Remote

    @property
    def hub(self) -> Any:
        return self.porch.house.hub

    def row(self, name: str = "shop") -> ConnectionRow:
        with self.hub.database.read() as tx:
            found = settings.connection(tx, name)
        return found or ConnectionRow(name, "default", "shop", {})

    def ask(self, name: str = "shop") -> Asked:
        return ask_consent(self.hub, self.row(name), BACK, WAIT)

    def back(self, asked: Asked, **more: str) -> httpx.Response:
        return self.come({"state": asked.state, "signed": "1", **more})

    def come(self, query: dict[str, str], method: str = "GET") -> httpx.Response:
        async def visit(client: httpx.AsyncClient) -> httpx.Response:
            return await client.request(method, "/install", params=query)

        return cast("httpx.Response", self.porch.visit(visit))

    def token(self, name: str = "shop") -> Token | None:
        with self.hub.database.read() as tx:
            kept = load(tx, name, self.porch.house.clock())
        return kept.token if kept else None

    def names(self) -> list[str]:
        with self.hub.database.read() as tx:
            return [row.name for row in settings.connections(tx)]

    def state(self, name: str = "shop") -> str:
        return self.row(name).state

    def set_state(self, state: str) -> None:
        with self.hub.database.write() as tx:
            settings.set_connection_state(tx, "shop", state, "401", self.porch.house.clock())


@pytest.fixture
def place(porch: Any) -> Place:
    place = Place(porch, Remote())
    connectors = cast("dict[str, Any]", porch.house.hub.plugins.connectors)
    connectors["shop"] = replace(
        connectors["shop"],
        connector=lambda _settings, _http: Guarded(place, porch.house.shop),
        http=True,
        settings=Settings,
        install=place.remote.install(),
    )
    return place


def test_a_new_connection_is_there_once_its_token_is(place: Place) -> None:
    """Both halves are stored before the first of them is used."""
    asked = place.ask("boutique")
    assert place.names() == ["erp", "shop"]
    page = place.back(asked)
    assert (page.status_code, "boutique is installed and works." in page.text) == (200, True)
    assert place.names() == ["boutique", "erp", "shop"]
    assert place.token("boutique") == Token("access-1", "refresh-1")
    assert place.state("boutique") == "ok"
    ended = find_end(place.hub, asked)
    assert ended is not None
    assert (ended.installed, ended.exit_code) == (True, 0)


def test_the_address_shows_what_the_remote_must_give_back(place: Place) -> None:
    asked = place.ask()
    assert asked.url == f"https://remote/app?{BACK}&{asked.state}"
    assert place.ask().state != asked.state
    assert find_end(place.hub, asked) is None


def test_what_was_read_and_linked_stays_when_it_is_installed_again(place: Place) -> None:
    """T141: the checkpoint is kept; a sync goes on from there, and writes nothing twice."""
    place.porch.house.shop.put("orders", order("1"))
    place.back(place.ask())
    place.porch.house.sync_well()
    with place.hub.database.read() as tx:
        before = checkpoints.every(tx)
    place.set_state("needs_reauth")
    assert place.back(place.ask()).status_code == 200
    with place.hub.database.read() as tx:
        assert checkpoints.every(tx) == before
    assert (place.state(), place.token()) == ("ok", Token("access-2", "refresh-2"))
    writes = len(place.porch.house.erp.writes)
    place.porch.house.sync_well()
    assert len(place.porch.house.erp.writes) == writes


def test_what_is_paused_stays_so(place: Place) -> None:
    place.set_state("paused")
    place.back(place.ask())
    assert place.state() == "paused"


def test_a_consent_is_taken_once(place: Place) -> None:
    asked = place.ask()
    assert (place.back(asked).status_code, place.back(asked).status_code) == (200, 403)
    assert place.remote.codes == ["code"]
    ended = find_end(place.hub, asked)
    assert ended is not None
    assert ended.installed


def test_a_preview_of_the_address_takes_nothing(place: Place) -> None:
    asked = place.ask()
    assert place.come({"state": asked.state, "signed": "1"}, "HEAD").status_code == 200
    assert place.back(asked).status_code == 200


@pytest.mark.parametrize("query", [{}, {"state": ""}, {"state": "guess", "signed": "1"}, {"code": "x"}])
def test_who_was_not_asked_is_refused_and_ends_nothing(
    place: Place, query: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    asked = place.ask()
    page = place.come(query)
    assert (page.status_code, "it is not ours" in page.text) == (403, True)
    assert "not waited for" in caplog.text
    assert place.remote.codes == []
    assert place.back(asked).status_code == 200


def test_a_consent_is_over_after_its_time(place: Place) -> None:
    asked = place.ask()
    place.porch.house.clock.forward(seconds=WAIT.total_seconds())
    page = place.back(asked)
    assert (page.status_code, "its time is over" in page.text) == (403, True)
    assert place.token() is None


def test_a_consent_that_is_withdrawn_is_good_for_nothing(place: Place) -> None:
    asked = place.ask()
    assert withdraw(place.hub, asked)
    assert place.back(asked).status_code == 403
    assert not withdraw(place.hub, asked)


def test_somebody_who_has_come_back_cannot_be_stopped_any_more(place: Place) -> None:
    asked = place.ask()
    place.back(asked)
    assert not withdraw(place.hub, asked)


def refused() -> None:
    raise AuthError("the code is spent", hint="Ask for a new link.")


def silent() -> None:
    raise UnavailableError("no answer", hint="Try again.")


@pytest.mark.parametrize(
    ("query", "spoil", "why", "code"),
    [
        ({"signed": "1", "error": "access_denied"}, None, "the consent was denied in Shop (access_denied)", 3),
        ({}, None, "it is not signed", 3),
        ({"signed": "1"}, refused, "the code is spent", 3),
        ({"signed": "1"}, silent, "no answer", 4),
    ],
)
@pytest.mark.parametrize("name", ["shop", "boutique"])
def test_what_goes_wrong_is_told_in_the_browser_and_to_the_operator_and_nothing_is_kept(
    place: Place, name: str, query: dict[str, str], spoil: Callable[[], None] | None, why: str, code: int
) -> None:
    place.remote.spoil = spoil or place.remote.spoil
    asked = place.ask(name)
    page = place.come({"state": asked.state, **query})
    assert (page.status_code, f"The connection {name} is not installed: {why}." in page.text) == (403, True)
    ended = find_end(place.hub, asked)
    assert ended is not None
    assert (ended.installed, why in ended.message, ended.exit_code) == (False, True, code)
    assert ended.hint
    assert (place.token(name), place.names()) == (None, ["erp", "shop"])


@pytest.mark.parametrize(("name", "command"), [("shop", "connect install shop"), ("boutique", "connect add boutique ")])
def test_who_is_refused_asks_again_with_a_command_that_works(place: Place, name: str, command: str) -> None:
    """A connection that was to be added is not kept, so there is nothing that `hub connect install` could find."""
    page = place.come({"state": place.ask(name).state, "signed": "1", "error": "access_denied"})
    assert f"hub {command}" in page.text


def test_what_a_browser_brings_is_shown_as_text(place: Place) -> None:
    page = place.come({"state": place.ask().state, "error": "<script>alert(1)</script>"})
    assert "<script>" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


def test_an_installed_connection_that_does_not_work_keeps_its_token_and_says_why(place: Place) -> None:
    """The code is spent: whoever agreed need not do so again for what somebody else can mend."""
    place.remote.ill = ConfigError("the app may read nothing", hint="Give it scopes.")
    asked = place.ask("boutique")
    page = place.back(asked)
    assert "is installed, but does not work yet: the app may read nothing." in page.text
    ended = find_end(place.hub, asked)
    assert ended is not None
    assert (ended.installed, ended.error, ended.exit_code) == (True, "ConfigError", 2)
    assert place.token("boutique") == Token("access-1", "refresh-1")


def test_who_works_on_the_connection_is_waited_for(place: Place) -> None:
    house = place.porch.house
    lease = leases.acquire(house.hub.database, "connection:shop", holder="another:1:1", now=house.clock())
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            leases.release(house.hub.database, lease)

    house.hub = replace(house.hub, world=replace(house.hub.world, sleep=sleep), is_dead=lambda _holder: False)
    assert place.back(place.ask()).status_code == 200
    assert len(naps) == 3


def test_somebody_who_never_ends_is_told_as_such(place: Place) -> None:
    house = place.porch.house
    leases.acquire(house.hub.database, "connection:shop", holder="another:1:1", now=house.clock())
    house.hub = replace(house.hub, is_dead=lambda _holder: False)
    asked = place.ask()
    place.back(asked)
    ended = find_end(house.hub, asked)
    assert ended is not None
    assert (ended.error, place.remote.codes) == (LockedError.__name__, [])


def test_settings_that_were_changed_meanwhile_are_not_overwritten(place: Place) -> None:
    asked = place.ask()
    with place.hub.database.write() as tx:
        settings.put_connection(tx, replace(place.row(), settings={"app": "another"}))
    assert "were changed meanwhile" in place.back(asked).text
    assert (place.row().settings, place.token()) == ({"app": "another"}, None)


def test_who_is_let_in_otherwise_is_not_asked_for_consent(place: Place) -> None:
    plugins = place.hub.plugins
    assert wants_consent(plugins, place.row())
    given = replace(place.row(), settings={"token": "t"})
    assert not wants_consent(plugins, given)
    with pytest.raises(ConfigError, match="by its setting token"):
        ask_consent(place.hub, given, BACK, WAIT)
    assert not wants_consent(plugins, place.row("erp"))
    with pytest.raises(ConfigError, match="nobody is asked"):
        ask_consent(place.hub, place.row("erp"), BACK, WAIT)


def test_who_adds_a_connection_that_is_there_is_told_how_to_let_it_in_again(place: Place) -> None:
    with pytest.raises(ConfigError) as caught:
        new_connection(place.hub.database, place.hub.plugins, "shop", "shop", {})
    assert "hub connect install shop" in caught.value.hint
