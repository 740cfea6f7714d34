"""Who may come in: Basic over TLS only, OAuth 1.0a signatures with fresh nonces, keys with permissions."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, quote, unquote

import httpx

from connectors.woocommerce.sandbox.errors import WooError

WINDOW = 15 * 60  # seconds a timestamp may be off
DIGESTS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
SAFE = "-._~"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key; `permissions` is read, write or read_write. Its user may not touch the resources in `denied`."""

    consumer_key: str = "ck_sandbox"
    consumer_secret: str = "cs_sandbox"
    permissions: str = "read_write"
    denied: tuple[str, ...] = ()


class Gate:
    """Checks keys and signatures and remembers the nonces."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys = {key.consumer_key: key for key in keys}
        self._nonces: dict[str, set[str]] = {}

    def admit(self, request: httpx.Request, *, secure: bool, url: str, now: datetime) -> Key | None:
        """Find the key of a request, None for a stranger; WooError for a wrong secret or signature."""
        key = self._basic(request) if secure else None
        return key or self._oauth(request, url, now)

    def _basic(self, request: httpx.Request) -> Key | None:
        name, secret = _credentials(request)
        key = self.keys.get(name)
        if key and not hmac.compare_digest(key.consumer_secret.encode(), secret.encode()):
            raise _refused("Consumer secret is invalid.")
        return key

    def _oauth(self, request: httpx.Request, url: str, now: datetime) -> Key | None:
        params = _oauth_parameters(request)
        if "oauth_consumer_key" not in params:
            return None
        key = self.keys.get(params["oauth_consumer_key"])
        if key is None:
            raise _refused("Consumer key is invalid.")
        _check_signature(key, request.method, url, params)
        self._check_fresh(key, params, now)
        return key

    def _check_fresh(self, key: Key, params: Mapping[str, str], now: datetime) -> None:
        stamp = int(params.get("oauth_timestamp", "0") or 0)
        if abs(now.timestamp() - stamp) > WINDOW:
            raise _refused("Invalid timestamp.")
        nonces = self._nonces.setdefault(key.consumer_key, set())
        if params.get("oauth_nonce", "") in nonces:
            raise _refused("Invalid nonce - nonce has already been used.")
        nonces.add(params.get("oauth_nonce", ""))


def require(key: Key | None, method: str, resource: str, *, listing: bool) -> None:
    """Refuse strangers and keys that may not do this, with 401; a user who may not touch a resource gets 403."""
    if key is None:
        raise _stranger(method, listing)
    if method in ("GET", "HEAD", "OPTIONS"):
        if key.permissions == "write":
            raise _refused("The API key provided does not have read permissions.")
    elif key.permissions == "read":
        raise _refused("The API key provided does not have write permissions.")
    if resource in key.denied:
        raise WooError(403, *_denial(method, listing))


def _stranger(method: str, listing: bool) -> WooError:
    return WooError(401, *_denial(method, listing))


def _denial(method: str, listing: bool) -> tuple[str, str]:
    if method in ("GET", "HEAD"):
        what = "cannot list resources" if listing else "cannot view this resource"
        return "woocommerce_rest_cannot_view", f"Sorry, you {what}."
    return "woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources."


def _refused(message: str) -> WooError:
    return WooError(401, "woocommerce_rest_authentication_error", message)


def _credentials(request: httpx.Request) -> tuple[str, str]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(token).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return name, secret
    return request.url.params.get("consumer_key", ""), request.url.params.get("consumer_secret", "")


def _oauth_parameters(request: httpx.Request) -> dict[str, str]:
    params = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "oauth":
        pairs = (pair.strip().partition("=") for pair in rest.split(","))
        params |= {unquote(name): unquote(value.strip('"')) for name, _, value in pairs if name != "realm"}
    return params


def _check_signature(key: Key, method: str, url: str, params: Mapping[str, str]) -> None:
    digest = DIGESTS.get(params.get("oauth_signature_method", ""))
    if digest is None:
        raise _refused("Invalid signature - signature method is invalid.")
    signed = sorted((quote(k, SAFE), quote(v, SAFE)) for k, v in params.items() if k != "oauth_signature")
    text = "&".join(f"{name}={value}" for name, value in signed)
    base = f"{method.upper()}&{quote(url, SAFE)}&{quote(text, SAFE)}"
    made = base64.b64encode(hmac.new(f"{key.consumer_secret}&".encode(), base.encode(), digest).digest()).decode()
    if not hmac.compare_digest(made.encode(), params.get("oauth_signature", "").encode()):
        raise _refused("Invalid signature - provided signature does not match.")
