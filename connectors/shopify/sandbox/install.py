"""The store's side of an install: the page on which its owner agrees, and codes that are good once."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime, timedelta
from urllib.parse import urlencode

import httpx

CODE_LIFE = timedelta(minutes=1)


class Owner:
    """The owner of a store, in front of the page that asks for consent.

    `agrees` says what they click on. `redirects` are the addresses that the app allows; empty: any. `granted` is what
    was asked for and agreed to last.
    """

    def __init__(self, secret: str, client_id: str = "app") -> None:
        self.agrees = True
        self.redirects: Collection[str] = ()
        self.granted: tuple[str, ...] = ()
        self._secret, self._client_id = secret, client_id
        self._codes: dict[str, datetime] = {}

    def visit(self, request: httpx.Request, now: datetime) -> httpx.Response:
        """Open the page and answer it: the browser is sent back, signed, with a code or with a refusal."""
        asked = request.url.params
        redirect = asked.get("redirect_uri", "")
        if asked.get("client_id") != self._client_id or not asked.get("scope"):
            return httpx.Response(400, text="Oauth error invalid_request: Could not find Shopify API application")
        if self.redirects and redirect not in self.redirects:
            return httpx.Response(400, text="Oauth error invalid_request: The redirect_uri is not whitelisted")
        told = {"state": asked.get("state", ""), "timestamp": str(int(now.timestamp()))}
        told["shop"] = request.url.netloc.decode()
        told["host"] = base64.b64encode(told["shop"].encode()).decode().rstrip("=")
        if self.agrees:
            self.granted = tuple(asked["scope"].split(","))
            told["code"] = self._new_code(now)
        else:
            told["error"] = "access_denied"
        return httpx.Response(302, headers={"Location": f"{redirect}?{self.signed(told)}"})

    def signed(self, told: dict[str, str]) -> str:
        """Write a query with its signature, in an order of its own."""
        message = urlencode(sorted(told.items()))
        signature = hmac.new(self._secret.encode(), message.encode(), hashlib.sha256).hexdigest()
        return urlencode({"hmac": signature, **dict(sorted(told.items(), reverse=True))})

    def takes(self, code: str, now: datetime) -> bool:
        """Tell whether a code is good, and spend it."""
        return self._codes.pop(code, now) > now

    def _new_code(self, now: datetime) -> str:
        code = hashlib.sha256(f"{self._secret} {len(self.granted)} {now} {len(self._codes)}".encode()).hexdigest()[:32]
        self._codes[code] = now + CODE_LIFE
        return code
