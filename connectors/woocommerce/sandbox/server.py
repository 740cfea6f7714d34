"""The double itself: takes an `httpx.Request`, gives the `httpx.Response` that a WooCommerce 10.2 store would."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import httpx
import orjson

from connectors.woocommerce.sandbox import batch, customers, notes, orders, products, refunds, webhooks
from connectors.woocommerce.sandbox.auth import Gate, Key, require
from connectors.woocommerce.sandbox.call import Call, Reply
from connectors.woocommerce.sandbox.errors import WooError, no_route
from connectors.woocommerce.sandbox.store import Store

FIRST_WITH_REFUNDS = 9
ROOT = "/wp-json/wc/v3"
READ, MAKE, CHANGE, DROP = "GET", "POST", "PUT", "DELETE"
ROUTES: list[tuple[str, str, Callable[..., Reply]]] = [
    (READ, "/orders", orders.index),
    (MAKE, "/orders", orders.create),
    (READ, "/orders/#", orders.read),
    (CHANGE, "/orders/#", orders.update),
    (DROP, "/orders/#", orders.delete),
    (READ, "/orders/#/notes", notes.index),
    (MAKE, "/orders/#/notes", notes.create),
    (DROP, "/orders/#/notes/#", notes.delete),
    (READ, "/orders/#/refunds", refunds.index),
    (MAKE, "/orders/#/refunds", refunds.create),
    (READ, "/orders/#/refunds/#", refunds.read),
    (DROP, "/orders/#/refunds/#", refunds.delete),
    (READ, "/refunds", refunds.index_all),
    (READ, "/customers", customers.index),
    (MAKE, "/customers", customers.create),
    (READ, "/customers/#", customers.read),
    (CHANGE, "/customers/#", customers.update),
    (DROP, "/customers/#", customers.delete),
    (READ, "/products", products.index),
    (MAKE, "/products", products.create),
    (READ, "/products/#", products.read),
    (CHANGE, "/products/#", products.update),
    (DROP, "/products/#", products.delete),
    (READ, "/products/#/variations", products.variations),
    (MAKE, "/products/#/variations", products.create_variation),
    (READ, "/products/#/variations/#", products.variation),
    (CHANGE, "/products/#/variations/#", products.update_variation),
    (READ, "/webhooks", webhooks.index),
    (MAKE, "/webhooks", webhooks.create),
    (READ, "/webhooks/#", webhooks.read),
    (CHANGE, "/webhooks/#", webhooks.update),
    (DROP, "/webhooks/#", webhooks.delete),
]
PATTERNS = [(method, re.compile(path.replace("#", r"(\d+)")), work) for method, path, work in ROUTES]


class WooSandbox:
    """A stateful store that behaves as measured.

    `site` is the store's own URL, whatever it is asked by (None: as asked); it is what `Link` headers carry and what
    OAuth signatures must be made over. `zone` is the site's time zone, `clock` its aware clock. `store` holds the
    records for tests to look at; `requests` lists the method and path of everything that was asked. `reach` is how
    webhooks are called (None: nobody answers), at creation and whenever `deliver` is called. `version` before 9 has no
    list of all refunds; `hpos` False keeps orders as posts, the legacy way. `decimals`: of every price and amount.
    """

    def __init__(
        self,
        *,
        site: str | None = None,
        zone: str = "America/New_York",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        keys: Sequence[Key] = (Key(),),
        currency: str = "USD",
        prices_include_tax: bool = False,
        reach: webhooks.Reach | None = None,
        version: str = "10.2.4",
        hpos: bool = True,
        decimals: int = 2,
    ) -> None:
        self.store = Store(
            ZoneInfo(zone), clock, currency, prices_include_tax, version=version, hpos=hpos, decimals=decimals
        )
        self.requests: list[str] = []
        self._site = site
        self._gate = Gate(keys)
        self._lock = threading.Lock()
        self._reach = reach or _nobody

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; requests are taken one at a time."""
        request.read()
        with self._lock:
            self.requests.append(f"{request.method} {request.url.raw_path.decode()}")
            try:
                reply = self._answer(request)
            except WooError as error:
                reply = Reply(error.body, error.status)
        webhooks.greet(self.store, self._reach)
        return self._response(request, reply)

    def deliver(self) -> int:
        """Call the webhooks for all that has happened since; the real store does so some seconds later."""
        with self._lock:
            calls = webhooks.due(self.store, self._site or "http://shop.test")
        return webhooks.deliver(self.store, self._reach, calls)

    def _answer(self, request: httpx.Request) -> Reply:
        secure = request.url.scheme == "https" or request.headers.get("X-Forwarded-Proto") == "https"
        params = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        path = request.url.path.rstrip("/") or "/"
        site = self._site_url(request, secure)
        if path == "/wp-json":
            return Reply(self._about(site))
        if path == "/" and "rest_route" in params:  # keys count only under /wp-json/
            require(None, request.method, "", listing=True)
        if not path.startswith(ROOT):
            raise no_route()
        key = self._gate.admit(request, secure=secure, url=f"{site}{path}", now=self.store.clock())
        method = {"HEAD": READ, "PATCH": CHANGE}.get(request.method, request.method)
        body = _body(request)
        call = Call(method, path, params, body, site)
        return self._route(key, call, path.removeprefix(ROOT))

    def _route(self, key: Key | None, call: Call, path: str) -> Reply:
        if path == "/refunds" and int(self.store.version.partition(".")[0]) < FIRST_WITH_REFUNDS:
            raise no_route()
        resource = path.split("/")[1]
        if path.endswith("/batch") and call.method in (MAKE, CHANGE):
            require(key, call.method, resource, listing=True)
            return self._batch(call, path.removesuffix("/batch"))
        for method, pattern, work in PATTERNS:
            found = pattern.fullmatch(path)
            if found and (method == call.method or (call.method == MAKE and method == CHANGE)):
                require(key, call.method, resource, listing=not found.groups())
                return work(self.store, call, *map(int, found.groups()))
        raise no_route()

    def _batch(self, call: Call, path: str) -> Reply:
        store = self.store
        beneath = re.fullmatch(r"/products/(\d+)/variations", path)
        if beneath:
            parent = int(beneath[1])
            return batch.run(
                call,
                lambda one: products.create_variation(store, one, parent),
                lambda one, number: products.update_variation(store, one, parent, number),
                lambda one, number: _no_delete(),
            )
        module = {"/orders": orders, "/customers": customers, "/products": products}.get(path)
        if module is None:
            raise no_route()
        return batch.run(
            call,
            lambda one: module.create(store, one),
            lambda one, number: module.update(store, one, number),
            lambda one, number: module.delete(store, one, number),
        )

    def _site_url(self, request: httpx.Request, secure: bool) -> str:
        host = self._site.partition("://")[2] if self._site else request.url.netloc.decode()
        return f"{'https' if secure else 'http'}://{host}"

    def _about(self, site: str) -> dict[str, object]:
        spaces = ["oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wp/v2"]
        zone = str(self.store.zone)
        return {"name": "Sandbox", "url": site, "home": site, "timezone_string": zone, "namespaces": spaces}

    def _response(self, request: httpx.Request, reply: Reply) -> httpx.Response:
        secure = request.headers.get("X-Forwarded-Proto") == "https" or request.url.scheme == "https"
        headers = {
            "Date": format_datetime(self.store.clock(), usegmt=True),
            "Content-Type": "application/json; charset=UTF-8",
            "X-Robots-Tag": "noindex",
            "Link": f'<{self._site_url(request, secure)}/wp-json/>; rel="https://api.w.org/"',
            **reply.headers,
        }
        content = b"" if request.method == "HEAD" else orjson.dumps(reply.body)
        return httpx.Response(reply.status, headers=headers, content=content, request=request)


def _body(request: httpx.Request) -> dict[str, object]:
    if not request.content:
        return {}
    try:
        body = orjson.loads(request.content)
    except orjson.JSONDecodeError:
        raise WooError(400, "rest_invalid_json", "Invalid JSON body passed.") from None
    return body if isinstance(body, dict) else {}


def _nobody(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody is there", request=request)


def _no_delete() -> Reply:
    raise WooError(501, "woocommerce_rest_trash_not_supported", "The sandbox keeps its variations.")
