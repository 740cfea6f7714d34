"""The sandbox: executes what it is asked over its own schema, keeps the pace, and has the traps of the real store."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

import httpx
import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from connectors.shopify.sandbox import changes, customers, refunds
from connectors.shopify.sandbox.bulk import Cut, Harvest
from connectors.shopify.sandbox.cost import MOST, Bucket, Count
from connectors.shopify.sandbox.hooks import Hooks
from connectors.shopify.sandbox.install import Owner
from connectors.shopify.sandbox.resolve import resolve, type_of
from connectors.shopify.sandbox.store import Clock, Store
from hub.api import Document

VERSION = "2026-10"
SCOPES = (
    *("customers", "products", "inventory", "orders", "merchant_managed_fulfillment_orders"),
    *("locations", "fulfillments", "returns", "customer_merge"),
)
ONLY_READ = ("read_all_orders", "read_shopify_payments_disputes")
ALL = (*(f"{verb}_{name}" for name in SCOPES for verb in ("read", "write")), *ONLY_READ)
MUTATIONS: dict[str, Callable[[Store, Document], customers.Answer]] = {
    "customerSet": customers.customer_set,
    "customerAddressCreate": customers.address_create,
    "customerAddressUpdate": customers.address_update,
    "customerAddressDelete": customers.address_delete,
    "metafieldsSet": customers.metafields_set,
    "orderUpdate": changes.order_update,
    "orderClose": changes.order_close,
    "orderOpen": changes.order_open,
    "orderCancel": changes.order_cancel,
    "fulfillmentCreate": changes.fulfillment_create,
    "fulfillmentTrackingInfoUpdate": changes.tracking_update,
    "fulfillmentCancel": changes.fulfillment_cancel,
    "fulfillmentEventCreate": changes.event_create,
    "productVariantsBulkUpdate": changes.variants_update,
    "inventorySetQuantities": changes.set_quantities,
    "inventoryActivate": changes.activate,
    "refundCreate": refunds.create,
    "webhookSubscriptionCreate": changes.subscribe,
    "webhookSubscriptionDelete": changes.unsubscribe,
}
KEYED = ("inventorySetQuantities", "inventoryActivate", "refundCreate")
TOKEN_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=90)


@cache
def schema() -> GraphQLSchema:
    """Build the sandbox's own schema."""
    folder = files(__name__.rpartition(".")[0])
    made = build_schema(folder.joinpath("schema.graphql").read_text(encoding="utf-8"))
    for kind in made.type_map.values():
        if hasattr(kind, "resolve_type"):
            kind.resolve_type = type_of
    return made


@cache
def _parsed(text: str) -> DocumentNode:
    return parse(text)


@cache
def _faults(text: str) -> tuple[str, ...]:
    return tuple(error.message for error in validate(schema(), _parsed(text)))


class ShopifySandbox:
    """Answers as a store does. `asked`: every document and its variables, in order.

    refused_as: the status that THROTTLED comes under. `cut`: what bulk files leave out of nested lists. `expiring`:
    only tokens that were asked for let in. `stranger`: the app is of another organization, so that the `owner` must
    agree. `polls`: how often a bulk operation is asked for before it is done.
    """

    def __init__(
        self,
        clock: Clock = lambda: datetime.now(UTC),
        *,
        token: str = "shpat_sandbox",
        secret: str = "hush",
        scopes: Collection[str] = ALL,
        points: float = 1e9,
        per_second: float = 100,
        refused_as: int = 200,
        expiring: bool = False,
        stranger: bool = False,
        polls: int = 1,
        cut: Cut = lambda rows: rows,
        currency: str = "EUR",
        versions: Collection[str] = (VERSION,),
    ) -> None:
        self.hooks = Hooks(secret)
        self.store = Store(clock, currency, told=self.hooks.told)
        self.bucket = Bucket(clock, points, per_second)
        self.asked: list[tuple[str, Document]] = []
        self.owner = Owner(secret)
        self.tokens: dict[str, datetime | None] = {} if expiring or stranger else {token: None}
        self.refreshes: dict[str, datetime] = {"first-refresh": clock() + REFRESH_LIFE} if expiring else {}
        self.refused = 0
        self._refused_as, self._scopes, self._polls, self._cut = refused_as, scopes, polls, cut
        self._secret, self._versions, self._stranger = secret, versions, stranger
        self._keys: dict[str, Any] = {}
        self._files: dict[str, bytes] = {}
        self._lock = Lock()
        self._base = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request at a time."""
        with self._lock:
            self._base = f"{request.url.scheme}://{request.url.netloc.decode()}"
            response = self._answer(request)
            response.headers["Date"] = format_datetime(self.store.clock().astimezone(UTC), usegmt=True)
            return response

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/admin/oauth/access_token":
            return self._token({k: v[0] for k, v in parse_qs(request.content.decode()).items()})
        if request.url.path == "/admin/oauth/authorize":
            return self.owner.visit(request, self.store.clock())
        if request.url.path in self._files:
            return self._piece(request)
        if request.url.path != f"/admin/api/{VERSION}/graphql.json":
            return httpx.Response(404, json={"errors": "Not Found"})
        if not self._lets_in(request.headers.get("X-Shopify-Access-Token", "")):
            said = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return httpx.Response(401, json={"errors": said})
        body = orjson.loads(request.content)
        return self._graphql(body["query"], body.get("variables") or {})

    def _graphql(self, text: str, variables: Document) -> httpx.Response:
        self.asked.append((text, variables))
        if faults := _faults(text):
            return httpx.Response(200, json={"errors": [{"message": fault} for fault in faults]})
        document = _parsed(text)
        count = Count(schema(), document, variables)
        asked = count.cost()
        if asked > MOST:
            said = f"Query cost is {asked}, which exceeds the single query max cost limit ({MOST})."
            return self._error("MAX_COST_EXCEEDED", said, asked, 200)
        if self.bucket.level() < asked:
            self.refused += 1
            return self._error("THROTTLED", "Throttled", asked, self._refused_as)
        result = execute_sync(schema(), document, None, self, variables, field_resolver=resolve)
        spent = min(asked, count.cost(result.data or {}))
        self.bucket.spend(spent)
        answer: Document = {"data": result.data, "extensions": self._cost(asked, spent)}
        if result.errors:
            answer["errors"] = [_written(error) for error in result.errors]
        return httpx.Response(200, json=answer)

    def mutate(self, name: str, args: Document, info: GraphQLResolveInfo) -> Any:
        """Run a mutation; what must be idempotent is answered as it was the first time."""
        key = _key(info)
        if name in KEYED and key is None:
            raise GraphQLError("The @idempotent directive is required for this mutation", extensions={"code": "BAD"})
        if key is not None and key in self._keys:
            before, answer = self._keys[key]
            mismatch = customers.error("Other parameters", code="IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
            return answer if before == orjson.dumps(args) else _payload(None, mismatch)
        if name == "bulkOperationRunQuery":
            return self._run_bulk(args["query"])
        answer = _payload(*MUTATIONS[name](self.store, args))
        if key is not None and not answer["userErrors"]:
            self._keys[key] = (orjson.dumps(args), answer)
        return answer

    def operation(self, gid: str) -> Document | None:
        """Tell how a bulk operation stands; it is done once it was asked for often enough."""
        node = self.store.get(gid)
        if node is not None and node["status"] == "RUNNING":
            node["polls"] -= 1
            if node["polls"] <= 0:
                node |= node["done"]
        return node

    def about(self, name: str) -> Any:
        """Tell of the app and of the versions."""
        if name == "currentAppInstallation":
            granted = self.owner.granted if self._stranger else self._scopes
            return {"id": "gid://shopify/AppInstallation/1", "accessScopes": [{"handle": one} for one in granted]}
        return [{"handle": one, "supported": one in self._versions} for one in {VERSION, *self._versions}]

    def _run_bulk(self, text: str) -> Document:
        if any(row["status"] == "RUNNING" for row in self.store.all("BulkOperation")):
            return _payload(None, customers.error("A bulk query operation is running", code="OPERATION_IN_PROGRESS"))
        node = self.store.add("BulkOperation", {"status": "RUNNING", "errorCode": None, "polls": self._polls})
        node |= {"objectCount": "0", "rootObjectCount": "0", "fileSize": None, "url": None}
        harvest = Harvest(self.store, schema(), text, self._cut)
        file = b"".join(harvest.lines())
        path = f"/bulk/{node['id'].rsplit('/', 1)[1]}.jsonl"
        self._files[path] = file
        done = {
            "rootObjectCount": str(harvest.roots),
            "objectCount": str(harvest.objects),
            "fileSize": str(len(file)),
        }
        node["done"] = {**done, "url": f"{self._base}{path}", "status": "COMPLETED"}
        return {"bulkOperation": dict(node), "userErrors": []}

    def _piece(self, request: httpx.Request) -> httpx.Response:
        file = self._files[request.url.path]
        first, _, last = request.headers["Range"].removeprefix("bytes=").partition("-")
        return httpx.Response(206, content=file[int(first) : int(last) + 1])

    def _lets_in(self, token: str) -> bool:
        until = self.tokens.get(token, self.store.clock())
        return token in self.tokens and (until is None or until > self.store.clock())

    def _token(self, form: dict[str, str]) -> httpx.Response:
        now = self.store.clock()
        if form.get("client_secret") != self._secret:
            return httpx.Response(400, json={"error": "application_cannot_be_found"})
        if form.get("grant_type") == "client_credentials":
            if self._stranger:
                said = "Client credentials may not be used for this shop"
                return httpx.Response(400, json={"error": "shop_not_permitted", "error_description": said})
            return httpx.Response(200, json={"access_token": self._issue(now), "scope": "", "expires_in": 86399})
        if "code" in form:
            if not self.owner.takes(form["code"], now):
                said = "The authorization code was not found or was already used"
                return httpx.Response(400, json={"error": "invalid_request", "error_description": said})
            if form.get("expiring") != "1":
                token = f"shpat_{self.store.number()}"
                self.tokens[token] = None
                return httpx.Response(200, json={"access_token": token, "scope": ",".join(self.owner.granted)})
        elif self.refreshes.pop(form.get("refresh_token", ""), now) <= now:
            return httpx.Response(400, json={"error": "invalid_request", "error_description": "refresh token is spent"})
        return self._pair(now)

    def _pair(self, now: datetime) -> httpx.Response:
        """Give both halves anew: they rotate together."""
        refresh = f"refresh-{self.store.number()}"
        self.refreshes[refresh] = now + REFRESH_LIFE
        lives = {"expires_in": 3600, "refresh_token_expires_in": int(REFRESH_LIFE.total_seconds())}
        return httpx.Response(200, json={"access_token": self._issue(now), "refresh_token": refresh, **lives})

    def _issue(self, now: datetime) -> str:
        token = f"shpat_{self.store.number()}"
        self.tokens[token] = now + TOKEN_LIFE
        return token

    def _error(self, code: str, message: str, asked: int, status: int) -> httpx.Response:
        error = {"message": message, "extensions": {"code": code}}
        return httpx.Response(status, json={"errors": [error], "extensions": self._cost(asked, None)})

    def _cost(self, asked: int, spent: int | None) -> Document:
        cost = {"requestedQueryCost": asked, "actualQueryCost": spent, "throttleStatus": self.bucket.status()}
        return {"cost": cost}


def _payload(made: Any, errors: list[Document]) -> Document:
    return {**(made or {}), "userErrors": errors, "orderCancelUserErrors": errors}


def _key(info: GraphQLResolveInfo) -> str | None:
    for directive in info.field_nodes[0].directives:
        if directive.name.value == "idempotent":
            value: Any = directive.arguments[0].value
            with suppress(AttributeError):
                return str(info.variable_values[value.name.value])
            return str(value.value)
    return None


def _written(error: GraphQLError) -> Document:
    return {"message": error.message, "extensions": error.extensions or {"code": "INTERNAL_SERVER_ERROR"}}
