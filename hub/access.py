"""The author's types for how a remote lets us in: tokens, and a person's consent to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import httpx


@dataclass(frozen=True, slots=True)
class Token:
    """What a remote lets us in with for a while. No `expires_at`: nobody knows, so it is renewed early."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One request for a person's consent: the address to which the remote sends their browser back, and what it repeats
    there. `state` is made of letters, digits, - and _; the hub makes it, keeps it, and takes it once and not for long.
    """

    redirect: str
    state: str


class Authorize(Protocol):
    """Build the address at which a person lets us in; ConfigError when a setting is missing for it."""

    def __call__(self, settings: Any, consent: Consent, /) -> str: ...


class Verify(Protocol):
    """Prove by its query, raw as it came, that a callback is the remote's and meant for us; give the code in it.

    State and refusal are the hub's to look at. AuthError says what does not fit; compare signatures in constant time.
    """

    def __call__(self, settings: Any, query: str, /) -> str: ...


class Exchange(Protocol):
    """Turn the code into a token, by one request with the connection's client, which is never repeated."""

    def __call__(self, settings: Any, consent: Consent, code: str, http: httpx.Client, /) -> Token: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """How a person lets us into a remote in their browser: an OAuth 2 authorization code.

    `unless` names settings that let us in without it: where one is given, nobody is asked. The connector must be able
    to `use` and `renew` the token. `redirects` says where in the remote the address to come back to must be allowed.
    """

    authorize: Authorize
    verify: Verify
    exchange: Exchange
    redirects: str
    unless: Sequence[str] = ()
