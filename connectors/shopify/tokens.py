"""How the connector is let in: a token that stays, one that an app asks for by itself, or one that is refreshed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx

from connectors.shopify.graph import moment
from connectors.shopify.settings import ShopifySettings
from hub.api import AuthError, RejectedError, Token

PATH = "/admin/oauth/access_token"
INSTALL = "Have the app installed in the store again: `hub connect install NAME`. Or enter its new credentials."


class Door:
    """Holds the token that requests are signed with."""

    def __init__(self, settings: ShopifySettings, http: httpx.Client) -> None:
        self._settings = settings
        self._http = http
        self._token = Token(settings.access_token.get_secret_value()) if settings.access_token else None

    def use(self, token: Token) -> None:
        """Sign requests with this token from now on."""
        self._token = token

    def sign(self, request: httpx.Request) -> httpx.Request:
        """Put the token on a request; extension `hub.sign` of the client."""
        request.headers["X-Shopify-Access-Token"] = self.token().access
        return request

    def token(self) -> Token:
        """Give the token in use, or ask for the first one where that spends nothing."""
        if self._token is None:
            if self._settings.refresh_token is not None:
                hint = "Let the hub renew the connection: a refresh token can be used once only."
                raise AuthError("there is no token for this store yet", hint=hint)
            self._token = self.renew(None)
        return self._token

    def renew(self, token: Token | None) -> Token:
        """Ask for the next token: the refresh token is spent, and comes back as another one."""
        refresh = token.refresh if token and token.refresh else self._first_refresh()
        if refresh:
            return grant(self._settings, self._http, {"grant_type": "refresh_token", "refresh_token": refresh})
        if self._settings.access_token is not None:
            return Token(self._settings.access_token.get_secret_value())
        if token and token.expires_at is None:
            return token  # it was given for good
        return grant(self._settings, self._http, {"grant_type": "client_credentials"})

    def _first_refresh(self) -> str:
        return self._settings.refresh_token.get_secret_value() if self._settings.refresh_token else ""


def grant(settings: ShopifySettings, http: httpx.Client, wanted: dict[str, str], hint: str = INSTALL) -> Token:
    """Ask for a token with the app's credentials; `hint` says what to do when the store gives none."""
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    body = {"client_id": settings.client_id, "client_secret": secret, **wanted}
    try:
        response = http.post(PATH, data=body, extensions={"hub.retry": False})
    except RejectedError as error:
        raise AuthError(f"the store gives no token: {error.message}", hint=hint, context=error.context) from error
    return _read(response.json(), moment(response.headers.get("Date")))


def _read(body: Any, now: datetime | None) -> Token:
    if not isinstance(body, dict) or not body.get("access_token"):
        raise AuthError("the store answered without a token", hint="Check client_id and client_secret.")
    return Token(
        access=str(body["access_token"]),
        refresh=str(body.get("refresh_token") or ""),
        expires_at=_later(now, body.get("expires_in")),
        refresh_expires_at=_later(now, body.get("refresh_token_expires_in")),
    )


def _later(now: datetime | None, seconds: Any) -> datetime | None:
    return now + timedelta(seconds=int(seconds)) if seconds and now else None
