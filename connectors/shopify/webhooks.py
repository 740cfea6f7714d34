"""Reads what Shopify calls us with: verified over the raw bytes, unordered and repeated as it comes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from connectors.shopify.compliance import demands
from connectors.shopify.flat import number
from connectors.shopify.orders import GROUP
from hub.api import AuthError, BadResponseError, Demand, Document, Hook, Touched

TOPICS = (
    *("CUSTOMERS_CREATE", "CUSTOMERS_UPDATE", "CUSTOMERS_DELETE", "CUSTOMERS_MERGE"),
    *("PRODUCTS_CREATE", "PRODUCTS_UPDATE", "PRODUCTS_DELETE"),
    *("INVENTORY_LEVELS_CONNECT", "INVENTORY_LEVELS_UPDATE", "INVENTORY_LEVELS_DISCONNECT"),
    *("ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_EDITED", "ORDERS_CANCELLED", "ORDERS_PAID", "ORDERS_DELETE"),
    *("FULFILLMENTS_CREATE", "FULFILLMENTS_UPDATE", "REFUNDS_CREATE"),
    *("FULFILLMENT_EVENTS_CREATE", "FULFILLMENT_EVENTS_DELETE"),
    *("FULFILLMENT_ORDERS_PLACED_ON_HOLD", "FULFILLMENT_ORDERS_HOLD_RELEASED", "FULFILLMENT_ORDERS_MOVED"),
    *("FULFILLMENT_ORDERS_SPLIT", "FULFILLMENT_ORDERS_MERGED", "FULFILLMENT_ORDERS_CANCELLED"),
    *("FULFILLMENT_ORDERS_RESCHEDULED", "FULFILLMENT_ORDERS_SCHEDULED_FULFILLMENT_ORDER_READY"),
    *("DISPUTES_CREATE", "DISPUTES_UPDATE", "APP_UNINSTALLED"),
    *("RETURNS_REQUEST", "RETURNS_APPROVE", "RETURNS_DECLINE", "RETURNS_CANCEL"),
    *("RETURNS_UPDATE", "RETURNS_PROCESS", "RETURNS_CLOSE", "RETURNS_REOPEN"),
    *("CHECKOUTS_CREATE", "CHECKOUTS_UPDATE", "CHECKOUTS_DELETE"),
)
FULFILLMENT_ORDER = "gid://shopify/FulfillmentOrder/"
Ids = Callable[[Document], Iterator[tuple[str, Any]]]


def receive(hook: Hook, secrets: Sequence[str]) -> Sequence[Touched | Demand]:
    """Verify a webhook with any secret that is valid now, and say what it touched and demands."""
    _verify(hook, secrets)
    body = _body(hook)
    topic = hook.headers.get("x-shopify-topic", "")
    version = body.get("updated_at")
    touched = [
        Touched(stream, number(external_id), topic, _event(hook), version if isinstance(version, str) else None)
        for stream, external_id in _ids(topic, body)
        if external_id
    ]
    return [*touched, *demands(topic, body)]


def graph_topic(topic: str) -> str:
    """Write a topic as subscriptions name it: orders/create is ORDERS_CREATE."""
    return topic.replace("/", "_").replace(".", "_").upper()


def _verify(hook: Hook, secrets: Sequence[str]) -> None:
    try:
        given = base64.b64decode(hook.headers.get("x-shopify-hmac-sha256", ""), validate=True)
    except ValueError:
        given = b""
    fits = False
    for secret in secrets:  # all of them, so that the time it takes tells nothing
        fits |= hmac.compare_digest(hmac.digest(secret.encode(), hook.body, hashlib.sha256), given)
    if not fits:
        hint = "If it goes on, enter the app's client secret anew; else somebody else is calling."
        raise AuthError("the webhook's signature is not the store's", hint=hint)


def _body(hook: Hook) -> Document:
    try:
        body = orjson.loads(hook.body)
    except orjson.JSONDecodeError as error:
        raise BadResponseError("the webhook is signed, but not JSON", hint="Report it to the app's maker.") from error
    if not isinstance(body, dict):
        raise BadResponseError("the webhook is signed, but no object", hint="Report it to the app's maker.")
    return body


def _event(hook: Hook) -> str:
    """Name the event: two deliveries of one event share it, and only sometimes the webhook's own id."""
    return hook.headers.get("x-shopify-event-id") or hook.headers.get("x-shopify-webhook-id") or ""


def _ids(topic: str, body: Document) -> Iterator[tuple[str, Any]]:
    noun = topic.partition("/")[0]
    read = _BY_TOPIC.get(topic) or _BY_NOUN.get(noun)
    if read is not None:
        yield from read(body)


def _own(stream: str) -> Ids:
    def ids(body: Document) -> Iterator[tuple[str, Any]]:
        yield stream, body.get("id") or body.get("admin_graphql_api_id")

    return ids


def _of_order(body: Document) -> Iterator[tuple[str, Any]]:
    """Whatever hangs on an order moves it."""
    yield "orders", body.get("order_id")


def _fulfillment(body: Document) -> Iterator[tuple[str, Any]]:
    yield "orders", body.get("order_id")
    yield "shipments", body.get("id")


def _event_of(body: Document) -> Iterator[tuple[str, Any]]:
    yield "shipments", body.get("fulfillment_id")


def _refund(body: Document) -> Iterator[tuple[str, Any]]:
    yield "orders", body.get("order_id")
    yield "refunds", body.get("id")
    yield "returns", (body.get("return") or {}).get("id")


def _return(body: Document) -> Iterator[tuple[str, Any]]:
    """A return may change its order: what is sent instead becomes lines of it."""
    yield "orders", (body.get("order") or {}).get("id")
    yield "returns", body.get("id")


def _placed(body: Document) -> Iterator[tuple[str, Any]]:
    """The checkout that a new order came of is complete, and may be one that was abandoned before."""
    yield "orders", body.get("id") or body.get("admin_graphql_api_id")
    yield "checkouts", body.get("checkout_id")


def _edit(body: Document) -> Iterator[tuple[str, Any]]:
    """orders/edited holds no order: the order is read again (T037)."""
    yield "orders", (body.get("order_edit") or {}).get("order_id")


def _grouped(body: Any) -> Iterator[tuple[str, Any]]:
    """Fulfillment orders name no order: each of those that a body speaks of is asked for its own."""
    for name, value in body.items() if isinstance(body, dict) else ():
        for inner in value if isinstance(value, list) else [value]:
            yield from _grouped(inner)
        if name == "id" and str(value).startswith(FULFILLMENT_ORDER):
            yield "orders", f"{GROUP}{number(value)}"


def _level(body: Document) -> Iterator[tuple[str, Any]]:
    item, location = body.get("inventory_item_id"), body.get("location_id")
    if item and location:
        yield "stock", f"{number(item)}:{number(location)}"


def _merged(body: Document) -> Iterator[tuple[str, Any]]:
    """Of two customers one is left (T068); both are read again."""
    yield "customers", body.get("admin_graphql_api_customer_kept_id")
    yield "customers", body.get("admin_graphql_api_customer_deleted_id")


def _person(body: Document) -> Iterator[tuple[str, Any]]:
    yield "customers", (body.get("customer") or {}).get("id")


_BY_TOPIC: dict[str, Ids] = {
    "orders/create": _placed,
    "orders/edited": _edit,
    "refunds/create": _refund,
    "customers/merge": _merged,
    "customers/data_request": _person,
    "customers/redact": _person,
}
_BY_NOUN: dict[str, Ids] = {
    "orders": _own("orders"),
    "customers": _own("customers"),
    "products": _own("products"),
    "fulfillments": _fulfillment,
    "fulfillment_events": _event_of,
    "disputes": _of_order,
    "returns": _return,
    "checkouts": _own("checkouts"),
    "fulfillment_orders": _grouped,
    "inventory_levels": _level,
}
