"""Tokens: one renewal at a time, both halves stored before use, never believed to be eternal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from house import House, order

from hub.api import AuthError, LockedError, Page, Token, UnavailableError, Window
from hub.errors import ConfigError
from hub.log import redact
from hub.operations.connection import probe_refusing, try_connection
from hub.store import checkpoints, leases, settings
from hub.store.keyring import VARIABLE
from hub.sync.connection.token import MARGIN, UNKNOWN, load
from hub.sync.execute import Report, sync_connection
from hub.testing.memory import MemoryConnector, MemoryRemote

HOUR = timedelta(hours=1)


@dataclass
class Office:
    """Where tokens are handed out: a refresh token works once, and a new one comes with each answer."""

    now: Callable[[], datetime]
    life: timedelta | None = HOUR
    made: int = 0
    good: set[str] = field(default_factory=set)
    refreshing: str = "from the settings"
    asked: list[str] = field(default_factory=list)
    revoked: bool = False
    after: Callable[[], None] = lambda: None

    def exchange(self, refresh: str) -> Token:
        self.asked.append(refresh)
        if self.revoked or refresh != self.refreshing:
            raise AuthError("the grant is not valid", hint="Let us in again.")
        self.made += 1
        access, self.refreshing = f"access-{self.made}", f"refresh-{self.made}"
        self.good = {access}
        self.after()
        return Token(access, self.refreshing, self.now() + self.life if self.life else None)


class Guarded(MemoryConnector):
    """A remote that lets nobody in without a token."""

    def __init__(self, office: Office, remote: MemoryRemote) -> None:
        super().__init__(remote)
        self._office, self._access = office, ""

    def use(self, token: Token) -> None:
        self._access = token.access

    def renew(self, token: Token | None) -> Token:
        return self._office.exchange(token.refresh if token else "from the settings")

    def check(self) -> None:
        if self._access not in self._office.good:
            raise AuthError("401", hint="Renew it.", context={"status": "401"})

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in super().read(stream, window):
            self.check()
            yield page


@pytest.fixture
def office(house: House, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setitem(os.environ, VARIABLE, Fernet.generate_key().decode())
    office = Office(house.clock)
    house.swap("shop", lambda remote: Guarded(office, remote))
    return office


def sync(house: House) -> Report:
    return Report(sync_connection(house.hub, "shop"))


def state(house: House) -> tuple[str, str | None]:
    with house.hub.database.read() as tx:
        row = settings.connection(tx, "shop")
    assert row is not None
    return row.state, row.reason


def stored(house: House) -> Token:
    with house.hub.database.read() as tx:
        kept = load(tx, "shop", house.clock())
    assert kept is not None
    return kept.token


def test_the_first_token_comes_from_the_settings_and_serves_until_it_is_about_to_end(
    house: House, office: Office
) -> None:
    assert not sync(house).errors
    house.clock.forward(seconds=(HOUR - MARGIN).total_seconds() - 1)
    assert not sync(house).errors
    assert office.asked == ["from the settings"]
    house.clock.forward(seconds=2)
    assert not sync(house).errors
    assert office.asked == ["from the settings", "refresh-1"]


def test_an_answer_that_tells_no_end_is_short_lived_and_not_eternal(house: House, office: Office) -> None:
    """T140."""
    office.life = None
    sync(house)
    house.clock.forward(seconds=UNKNOWN.total_seconds() - 1)
    sync(house)
    assert len(office.asked) == 1
    house.clock.forward(seconds=2)
    sync(house)
    assert office.asked == ["from the settings", "refresh-1"]


def test_a_token_that_lives_for_minutes_is_not_renewed_with_each_request(house: House, office: Office) -> None:
    office.life = MARGIN
    sync(house)
    sync(house)
    assert len(office.asked) == 1


def test_both_halves_are_stored_before_the_new_one_is_used(house: House, office: Office) -> None:
    used: list[str] = []

    class Watching(Guarded):
        def use(self, token: Token) -> None:
            used.append(f"{token.access} while {stored(house).access} is stored")
            super().use(token)

    house.swap("shop", lambda remote: Watching(office, remote))
    sync(house)
    house.clock.forward(hours=2)
    sync(house)
    assert used[0] == "access-1 while access-1 is stored"
    assert used[-1] == "access-2 while access-2 is stored"
    assert (stored(house).access, stored(house).refresh) == ("access-2", "refresh-2")


def test_a_process_that_dies_after_the_renewal_was_stored_goes_on_with_it(house: House, office: Office) -> None:
    class Killed(BaseException):
        pass

    class Mortal(Guarded):
        def use(self, token: Token) -> None:
            if token.access == "access-1":
                raise Killed
            super().use(token)

    house.swap("shop", lambda remote: Mortal(office, remote))
    with pytest.raises(Killed):
        sync(house)
    house.swap("shop", lambda remote: Guarded(office, remote))
    assert not sync(house).errors
    assert office.asked == ["from the settings"]


def test_without_a_key_to_store_it_with_no_token_is_asked_for(
    house: House, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh token that was used up and could not be stored would be lost for good."""
    monkeypatch.delitem(os.environ, VARIABLE)
    [error] = sync(house).errors
    assert isinstance(error, ConfigError)
    assert office.asked == []


def test_a_token_that_is_refused_early_is_renewed_once_and_the_run_goes_on(house: House, office: Office) -> None:
    for number in range(1, 8):
        house.shop.put("orders", order(str(number)))
    sync(house)
    office.good.clear()
    house.clock.forward(minutes=10)
    report = sync(house)
    assert not report.errors
    assert all(result.counts.add_up() for result in report.results)
    assert office.asked == ["from the settings", "refresh-1"]


def test_a_remote_that_refuses_the_new_token_too_is_not_asked_again_and_again(house: House, office: Office) -> None:
    sync(house)
    office.after = lambda: office.good.clear()
    office.good.clear()
    [error] = sync(house).errors
    assert isinstance(error, AuthError)
    assert office.asked == ["from the settings", "refresh-1"]
    assert state(house)[0] == "needs_reauth"


def test_a_token_that_is_revoked_needs_a_person_and_keeps_the_place_where_reading_was(
    house: House, office: Office
) -> None:
    """T141: needs re-auth; the cursor is kept, and it goes on by itself once somebody has let us in again."""
    house.shop.put("orders", order("1"))
    sync(house)
    with house.hub.database.read() as tx:
        before = checkpoints.every(tx)
    house.clock.forward(hours=2)
    office.revoked = True
    house.shop.put("orders", order("2"))
    sync(house)
    assert state(house)[0] == "needs_reauth"
    with house.hub.database.read() as tx:
        assert checkpoints.every(tx) == before
    office.revoked, office.refreshing = False, "from the settings"
    house.clock.forward(hours=1)
    assert probe_refusing(house.hub) == ["shop"]
    assert state(house) == ("ok", None)
    assert not sync(house).errors
    assert house.data("shop", "orders", "2")["number"] == "2"


def test_a_test_of_the_connection_renews_what_has_ended_and_uses_what_has_not(house: House, office: Office) -> None:
    sync(house)
    assert try_connection(house.hub, "shop").works
    assert len(office.asked) == 1
    house.clock.forward(hours=2)
    assert try_connection(house.hub, "shop").works
    assert office.asked == ["from the settings", "refresh-1"]


def test_nobody_renews_while_somebody_else_works_on_the_connection(house: House, office: Office) -> None:
    """Single flight: the lease decides who asks, the others use what is stored."""
    sync(house)
    lease = leases.acquire(house.hub.database, "connection:shop", holder=house.hub.holder, now=house.clock())
    assert try_connection(house.hub, "shop").works
    house.clock.forward(minutes=57)
    with house.hub.database.write() as tx:
        tx.exec_driver_sql("UPDATE lease SET expires_at = '9'")
    assert try_connection(house.hub, "shop").error == LockedError.__name__
    leases.release(house.hub.database, lease)
    assert office.asked == ["from the settings"]


def test_new_settings_begin_with_a_new_token(house: House, office: Office) -> None:
    sync(house)
    office.refreshing = "from the settings"
    row = settings.ConnectionRow("shop", "default", "shop", {"key": "another"})
    with house.hub.database.write() as tx:
        settings.put_connection(tx, row)
    assert not sync(house).errors
    assert office.asked == ["from the settings", "from the settings"]


def test_a_remote_that_is_down_while_a_token_is_renewed_is_an_outage(house: House, office: Office) -> None:
    def down() -> None:
        raise UnavailableError("no answer", hint="Wait.")

    sync(house)
    house.clock.forward(hours=2)
    office.after = down
    sync(house)
    assert state(house) == ("degraded", "no answer")


def test_a_token_is_nowhere_in_the_files_and_masked_in_the_log(house: House, office: Office, tmp_path: Path) -> None:
    sync(house)
    assert [one.name for one in tmp_path.iterdir() if b"access-1" in one.read_bytes()] == []
    assert redact("got access-1 and refresh-1") == "got *** and ***"
