"""The network itself, opened when the first request goes out."""

from __future__ import annotations

import ssl
import threading
from functools import cache

import httpx


class Network(httpx.BaseTransport):
    """Sends over a pool of connections for each scheme, made when that scheme is first asked for.

    Reading the certificates for TLS takes 30 ms, which a command that asks nobody, or a remote without TLS, need not
    spend. `verify` is the context to verify with, True for the usual certificates.
    """

    def __init__(self, verify: ssl.SSLContext | bool) -> None:
        self._verify = verify
        self._pools: dict[str, httpx.HTTPTransport] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        return self._pool(request.url.scheme).handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, scheme: str) -> httpx.HTTPTransport:
        with self._lock:
            if scheme not in self._pools:
                self._pools[scheme] = httpx.HTTPTransport(verify=self._trust(scheme), trust_env=False)
            return self._pools[scheme]

    def _trust(self, scheme: str) -> ssl.SSLContext | bool:
        if scheme == "http":
            return False  # there is nothing to verify, and this pool is asked for nothing else
        return _tls() if self._verify is True else self._verify


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
