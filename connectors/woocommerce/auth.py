"""How requests prove who asks: Basic over TLS, OAuth 1.0a signatures over plain http."""

from __future__ import annotations

from collections.abc import Callable, Generator

import httpx
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_QUERY, Client

from connectors.woocommerce.settings import WooSettings


class SignedPerAttempt(httpx.Auth):
    """Hands the hub's transport a signer, since the store takes each nonce only once and attempts are made beneath."""

    def __init__(self, sign: Callable[[httpx.Request], httpx.Request]) -> None:
        self._sign = sign

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Leave the signer where the transport looks for it before every attempt."""
        request.extensions["hub.sign"] = self._sign
        yield request


def make_auth(settings: WooSettings) -> httpx.Auth:
    """Choose how to sign in; a store refuses Basic over plain http."""
    key, secret = settings.key.get_secret_value(), settings.secret.get_secret_value()
    if settings.auth == "basic" or (settings.auth == "auto" and settings.url.startswith("https://")):
        return httpx.BasicAuth(key, secret)
    return SignedPerAttempt(signer(key, secret))


def signer(key: str, secret: str) -> Callable[[httpx.Request], httpx.Request]:
    """Make the function that signs one attempt of a request in its query, with a nonce of its own."""
    client = Client(
        key, client_secret=secret, signature_method=SIGNATURE_HMAC_SHA256, signature_type=SIGNATURE_TYPE_QUERY
    )

    def sign(request: httpx.Request) -> httpx.Request:
        url, _, _ = client.sign(str(request.url), http_method=request.method)  # type: ignore[arg-type]
        return httpx.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
        )

    return sign
