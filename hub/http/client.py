"""The HTTP client of one connection."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from hub.clock import World
from hub.connector import Limit
from hub.http.answer import refusal
from hub.http.body import LARGEST
from hub.http.budget import Budget
from hub.http.network import Network
from hub.http.pin import check_origin, check_redirect
from hub.http.transport import HubTransport
from hub.log import redact

ATTEMPTS = 4


def open_client(
    *,
    limit: Limit,
    world: World,
    base: str | None = None,
    connection: str = "",
    secrets: Sequence[str] = (),
    budget: Budget | None = None,
    transport: httpx.BaseTransport | None = None,
    verify: ssl.SSLContext | bool = True,
    timeout: float = 60.0,
    attempts: int = ATTEMPTS,
    largest: int = LARGEST,
) -> httpx.Client:
    """Open the client that a connector gets: it paces, retries, pins the host and raises typed errors.

    base: the only origin it may talk to; None: the `base_url` that the connector sets. budget: hand in one to share
    a pace between clients of a connection. secrets: masked from now on. timeout: seconds without a byte.
    largest: bytes of one answer.
    A request may carry extensions: `hub.sign`, a callable (Request) -> Request called before every attempt, and
    `hub.retry`: True where a write may be repeated although its answer was lost, as an `Idempotency-Key` header says,
    too; `UNDONE` where only what was certainly not done may be, as with every PUT. `hub.heed`, a callable (Response)
    -> Response called after every attempt, for remotes whose bodies tell their pace: it may set the status 429, and
    Retry-After, which then holds up everybody of the connection. `hub.wait`, seconds to let pass before this request
    alone. `hub.elsewhere`, names of hosts for a GET over https that carries no credentials.
    """
    redact.learn(secrets)
    client: httpx.Client
    inner = transport or Network(verify)
    pinned = httpx.URL(base) if base else None
    wrapped = HubTransport(
        inner,
        check=lambda url: check_origin(pinned or client.base_url, url),
        budget=budget or Budget(limit, world),
        world=world,
        connection=connection,
        attempts=attempts,
        largest=largest,
    )
    client = httpx.Client(
        transport=wrapped,
        base_url=base or "",
        timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
        follow_redirects=True,
        trust_env=False,  # no netrc, no proxy from the environment
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # sessions would make threads wait for each other
        headers={"User-Agent": "entrepot", "Accept": "application/json"},
    )
    client.event_hooks = {"response": [_judge(lambda: pinned or client.base_url, connection, world)]}
    return client


def _judge(base: Callable[[], httpx.URL], connection: str, world: World) -> Callable[[httpx.Response], None]:
    def judge(response: httpx.Response) -> None:
        response.stream = httpx.ByteStream(b"")  # httpx ties both in a ring: large bodies would wait for the collector
        if response.status_code < 300:
            return
        if response.has_redirect_location:
            check_redirect(response, base())
        elif response.status_code >= 400:
            response.read()
            raise refusal(response, connection=connection, now=world.now())

    return judge
