"""The install: the store's owner agrees in a browser, which comes back signed and with a code for the first tokens."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qs, urlencode

import httpx

from connectors.shopify.check import wanted_scopes
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.tokens import grant
from hub.api import AuthError, ConfigError, Consent, Install, Token

AUTHORIZE = "/admin/oauth/authorize"
SIGNATURE = "hmac"
AGAIN = "Ask for a new link with `hub connect install NAME`; a code is good once, and for a short while."


def authorize(settings: ShopifySettings, consent: Consent) -> str:
    """Build the address at which the store's owner sees what the app asks for."""
    if not settings.client_id:
        raise ConfigError("nobody knows which app is to be installed", hint="Set client_id and client_secret.")
    asked = {
        "client_id": settings.client_id,
        "scope": ",".join(wanted_scopes(settings)),
        "redirect_uri": consent.redirect,
        "state": consent.state,
    }
    return f"{settings.shop}{AUTHORIZE}?{urlencode(asked)}"


def verify(settings: ShopifySettings, query: str) -> str:
    """Prove that the store signed what the browser brought, and that it is this store; give the code."""
    _require_signature(settings, query)
    told = {name: values[0] for name, values in parse_qs(query).items()}
    if told.get("shop", "") != httpx.URL(settings.shop).netloc.decode():
        hint = "Open the link as the owner of the right store, or correct `shop`."
        raise AuthError(f"the consent is another store's, {told.get('shop', '')!r:.100}", hint=hint)
    if not told.get("code"):
        raise AuthError("the store sent no code", hint=AGAIN)
    return told["code"]


def exchange(settings: ShopifySettings, consent: Consent, code: str, http: httpx.Client) -> Token:
    """Turn the code into expiring tokens: without `expiring` the store would give one that is good for ever."""
    return grant(settings, http, {"code": code, "expiring": "1"}, AGAIN)


def _require_signature(settings: ShopifySettings, query: str) -> None:
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    given = parse_qs(query).get(SIGNATURE, [""])[0]
    fits = hmac.compare_digest(sign(secret, query).encode(), given.encode())
    if not (secret and fits):
        hint = "Check client_secret: it must be that of the app with this client_id. Then ask for a new link."
        raise AuthError("what came back is not signed with the app's client secret", hint=hint)


def sign(secret: str, query: str) -> str:
    """Sign a query as the store does: its pairs by name without the signature, and each as it stands in the address."""
    pairs = sorted((pair.partition("=") for pair in query.split("&")), key=lambda parts: parts[0])
    message = "&".join("".join(parts) for parts in pairs if parts[0] != SIGNATURE)
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


INSTALL = Install(
    authorize=authorize,
    verify=verify,
    exchange=exchange,
    redirects="the app's settings in the Dev Dashboard, among its redirect URLs",
    unless=("access_token", "refresh_token"),
)
