"""A connection's token: one renewal at a time, both its halves stored before it is used."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from hub.access import Token
from hub.clock import utc_parse, utc_text
from hub.connector import Renews
from hub.errors import AuthError
from hub.log import redact
from hub.store import secrets
from hub.store.database import Transaction
from hub.sync.hub import Hub

NAME, UNDER_WAY = "token", "renewal"
MARGIN = timedelta(minutes=5)
"""So long before its end a token is renewed: a page under way must not see it die."""
UNKNOWN = timedelta(minutes=10)
"""How long a token is trusted whose end nobody told (T140); what it really has is found out by being refused."""
FORBIDDEN = "403"
TIMES = ("expires_at", "refresh_expires_at")


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored token, when it was stored, and which settings it was got with."""

    token: Token
    stored_at: datetime
    settings: str


class Tokens:
    """The token of one connection. Whoever renews must hold the connection's lease: then there is one at a time."""

    def __init__(self, hub: Hub, name: str, connector: Renews, settings: Any) -> None:
        self._hub, self._name, self._connector = hub, name, connector
        body = orjson.dumps(settings, option=orjson.OPT_SORT_KEYS)
        self._settings = hashlib.blake2b(body, digest_size=16).hexdigest()
        self._was_refused = False

    def use_stored(self) -> bool:
        """Sign requests with the stored token; tell whether it will do for a while."""
        kept = self._load()
        if kept is None:
            return False
        self._connector.use(kept.token)
        return self._hub.world.now() < _good_until(kept)

    def keep_fresh(self) -> None:
        """Renew a token that is about to end, or that there is none of yet."""
        if not self.use_stored():
            self._renew()

    def renew_once(self, refusal: AuthError) -> bool:
        """Renew because the remote refused us, once and no more; tell whether that is worth another try.

        Who is forbidden something (403) is known to the remote: a new token would not help.
        """
        if self._was_refused or refusal.context.get("status") == FORBIDDEN:
            return False
        self._was_refused = True
        self._renew()
        return True

    def obtain(self, ask: Callable[[], Token]) -> None:
        """Get a token by asking for it; store it, then use it."""
        with self._hub.database.write() as tx:  # proves that the answer can be stored before the remote is asked for it
            secrets.replace(tx, self._name, UNDER_WAY, "begun", self._hub.world.now())
        token = ask()
        with self._hub.database.write() as tx:
            secrets.replace(tx, self._name, NAME, self._text(token), self._hub.world.now())
            secrets.remove(tx, self._name, UNDER_WAY)
        _hide(token)
        self._connector.use(token)

    def _renew(self) -> None:
        kept = self._load()
        self.obtain(lambda: self._next(kept))

    def _next(self, kept: Kept | None) -> Token:
        """Ask for the token that follows, from the settings where the stored one gets none."""
        try:
            return self._connector.renew(kept.token if kept else None)
        except AuthError:
            if kept is None:
                raise
            return self._connector.renew(None)  # perhaps somebody put new credentials into the settings

    def _load(self) -> Kept | None:
        """Read the stored token; one that was got with other settings does not count."""
        with self._hub.database.read() as tx:
            kept = load(tx, self._name, self._hub.world.now())
        return kept if kept and kept.settings == self._settings else None

    def _text(self, token: Token) -> str:
        told = {name: utc_text(value) if name in TIMES and value else value for name, value in asdict(token).items()}
        body = {"token": told, "stored_at": utc_text(self._hub.world.now()), "settings": self._settings}
        return orjson.dumps(body).decode()


def load(tx: Transaction, name: str, now: datetime) -> Kept | None:
    """Read a connection's token from where it is stored encrypted; None when there is none."""
    text = secrets.newest(tx, name, NAME, now)
    if text is None:
        return None
    body = orjson.loads(text)
    told: dict[str, Any] = body["token"]
    token = Token(**{**told, **{key: utc_parse(told[key]) for key in TIMES if told[key]}})
    _hide(token)
    return Kept(token, utc_parse(body["stored_at"]), body["settings"])


def _good_until(kept: Kept) -> datetime:
    """Tell until when a token is used as it is; without a known end it is short-lived, never eternal."""
    if kept.token.expires_at is None:
        return kept.stored_at + UNKNOWN
    life = kept.token.expires_at - kept.stored_at
    return kept.token.expires_at - min(MARGIN, life / 2)


def _hide(token: Token) -> None:
    redact.learn([half for half in (token.access, token.refresh) if half])
