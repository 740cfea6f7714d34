"""The double itself: takes an `httpx.Request`, gives the `httpx.Response` that a Karrio 2026.1 server would."""

from __future__ import annotations

import base64
import re
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import ceil
from zoneinfo import ZoneInfo

import httpx
import orjson

from connectors.logistics.karrio.sandbox import shipments, trackers
from connectors.logistics.karrio.sandbox.error import KarrioError, invalid, not_found, refuse, throttled
from connectors.logistics.karrio.sandbox.state import Carrier, State
from hub.api import Document

PAGE = 20
Work = Callable[..., Document]
ROUTES: list[tuple[str, str, int, Work]] = [
    ("GET", "/v1/shipments/#", 200, shipments.read),
    ("POST", "/v1/shipments", 201, shipments.create),
    ("PUT", "/v1/shipments/#", 200, shipments.update),
    ("POST", "/v1/shipments/#/purchase", 200, shipments.purchase),
    ("POST", "/v1/shipments/#/cancel", 200, shipments.cancel),
    ("GET", "/v1/trackers/#", 200, trackers.read),
    ("POST", "/v1/trackers", 202, trackers.create),
    ("POST", "/v1/trackers/#/inject-events", 200, trackers.inject),
]
PATTERNS = [(method, re.compile(path.replace("#", "([^/]+)")), status, work) for method, path, status, work in ROUTES]
WITH_BODY = frozenset({shipments.create, shipments.update, shipments.purchase, trackers.create, trackers.inject})


class KarrioSandbox:
    """A stateful server that behaves as measured.

    `clock` is aware; `per_minute` requests are answered, the rest get 429. `requests` lists the method and path of
    everything that was asked; `state` holds the records for tests to look at.
    """

    def __init__(
        self,
        *,
        token: str = "key_sandbox",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        per_minute: int = 600,
    ) -> None:
        self.state = State(clock)
        self.requests: list[str] = []
        self._token = token
        self._per_minute = per_minute
        self._recent: deque[datetime] = deque()
        self._lock = threading.RLock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; requests are taken one at a time."""
        request.read()
        with self._lock:
            self.requests.append(f"{request.method} {request.url.raw_path.decode()}")
            try:
                status, body, headers = *self._answer(request), {}
            except KarrioError as refusal:
                status, body, headers = refusal.status, refusal.body, refusal.headers
            date = format_datetime(self.state.clock().astimezone(UTC), usegmt=True)
            return httpx.Response(
                status,
                headers={"Content-Type": "application/json", "Date": date, **headers},
                content=orjson.dumps(body),
                request=request,
            )

    def advance(
        self,
        tracking_number: str,
        status: str,
        *,
        at: datetime | None = None,
        place: str = "Leipzig, DE",
        zone: str = "Europe/Berlin",
        code: str | None = None,
        description: str | None = None,
    ) -> None:
        """Let the carrier scan a parcel: `at` (default now) in the place's own local time, as carriers write it."""
        with self._lock:
            moment = at or self.state.clock()
            event = trackers.scan(status, moment, ZoneInfo(zone), place, code, description)
            trackers.inject(self.state, tracking_number, {"status": status, "events": [event]})

    def connect(self, carrier: Carrier) -> None:
        """Add a carrier account."""
        self.state.carriers.append(carrier)

    def _answer(self, request: httpx.Request) -> tuple[int, Document]:
        path = request.url.path.rstrip("/")
        if path in ("", "/v1"):
            return 200, {"VERSION": "2026.1.32", "APP_NAME": "Karrio Sandbox"}
        self._admit(request)
        self._throttle()
        listing = {"/v1/shipments": shipments.listed, "/v1/trackers": trackers.listed, "/v1/connections": _connections}
        if request.method == "GET" and path in listing:
            return 200, _page(request, listing[path](self.state, dict(request.url.params)))
        if request.method == "POST" and path == "/v1/connections":
            return 201, self._connect(_body(request))
        return self._route(request, path)

    def _route(self, request: httpx.Request, path: str) -> tuple[int, Document]:
        for method, pattern, status, work in PATTERNS:
            found = pattern.fullmatch(path)
            if found and method == request.method:
                body = [_body(request)] if work in WITH_BODY else []
                return status, work(self.state, *found.groups(), *body)
        raise not_found("Page")

    def _admit(self, request: httpx.Request) -> None:
        basic = base64.b64encode(f"{self._token}:".encode()).decode()
        given = request.headers.get("Authorization", "")
        if not given:
            raise refuse(401, "not_authenticated", "Authentication credentials were not provided.")
        if given not in (f"Token {self._token}", f"Basic {basic}"):
            raise refuse(401, "authentication_failed", "Invalid token.")

    def _throttle(self) -> None:
        now = self.state.clock()
        while self._recent and self._recent[0] <= now - timedelta(minutes=1):
            self._recent.popleft()
        if len(self._recent) >= self._per_minute:
            raise throttled(ceil((self._recent[0] + timedelta(minutes=1) - now).total_seconds()))
        self._recent.append(now)

    def _connect(self, body: Document) -> Document:
        for name in ("carrier_name", "carrier_id", "credentials"):
            if not body.get(name):
                raise invalid(**{name: "This field is required."})
        self.connect(
            Carrier(body["carrier_name"], body["carrier_id"], {f"{body['carrier_name']}_standard": (5.0, 0.5, 2)})
        )
        return _connections(self.state, {})[-1]


def _connections(state: State, params: object) -> list[Document]:
    return [
        {
            "id": f"car_{carrier.carrier_id}",
            "object_type": "carrier-connection",
            "carrier_name": carrier.carrier_name,
            "display_name": carrier.carrier_name.replace("_", " ").title(),
            "carrier_id": carrier.carrier_id,
            "capabilities": ["rating", "shipping", "tracking"],
            "config": {},
            "metadata": {},
            "is_system": False,
            "active": carrier.active,
            "test_mode": True,
        }
        for carrier in state.carriers
    ]


def _page(request: httpx.Request, rows: list[Document]) -> Document:
    limit, offset = _number(request, "limit") or PAGE, _number(request, "offset")

    def link(start: int) -> str:
        return str(request.url.copy_merge_params({"limit": limit, "offset": start}))

    return {
        "count": len(rows),
        "next": link(offset + limit) if offset + limit < len(rows) else None,
        "previous": link(max(0, offset - limit)) if offset else None,
        "results": rows[offset : offset + limit],
    }


def _number(request: httpx.Request, name: str) -> int:
    text = request.url.params.get(name, "")
    return int(text) if text.isdecimal() else 0


def _body(request: httpx.Request) -> Document:
    try:
        body = orjson.loads(request.content or b"{}")
    except orjson.JSONDecodeError:
        raise refuse(400, "parse_error", "JSON parse error") from None
    return body if isinstance(body, dict) else {}
