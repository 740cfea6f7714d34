"""How the store calls the hub: signed with a secret, greeted without, and never with an identity of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import re
from collections.abc import Iterator, Sequence
from itertools import count

import httpx
import orjson

from connectors.woocommerce.answers import document, documents
from connectors.woocommerce.refusals import is_gone
from hub.api import AuthError, BadResponseError, Document, Hook, RejectedError, Subscription, Touched, Webhooks

TOPICS = (
    *("order.created", "order.updated", "order.deleted", "order.restored"),
    *("product.created", "product.updated", "product.deleted", "product.restored"),
    *("customer.created", "customer.updated", "customer.deleted"),
)
GREETING = re.compile(rb"webhook_id=\d+")
ENTITY = re.compile(r"&(?:quot|lt|gt|amp|#0*\d+|#x0*[0-9a-f]+);", re.IGNORECASE)
DECODED = frozenset("\"'<>&")
NAME = "Entrepot"
SIZE = 100


def receive(hook: Hook, secrets: Sequence[str], /) -> Sequence[Touched]:
    """Verify a call and say what it touched; the ping at a webhook's creation is unsigned and says nothing.

    The delivery id is not told on: the store gives it to every call of a second.
    """
    signature = hook.headers.get("x-wc-webhook-signature", "")
    if not signature and GREETING.fullmatch(hook.body):
        return []
    fits = [hmac.compare_digest(sign(secret, hook.body), signature.encode()) for secret in secrets]
    if not any(fits):
        raise AuthError(
            "a call that says it comes from the store carries no valid signature",
            hint="If the store shows the webhook with another secret, subscribe anew; else somebody else is calling.",
        )
    return _touched(hook.headers.get("x-wc-webhook-topic", ""), _body(hook.body))


def sign(secret: str, body: bytes) -> bytes:
    """Make the signature of a body; the store decodes its secret's HTML entities first."""
    key = ENTITY.sub(lambda found: c if (c := html.unescape(found[0])) in DECODED else found[0], secret)
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest())


def subscriptions(http: httpx.Client) -> Iterator[Subscription]:
    """List all webhooks of the store, others' too; those that it has disabled or a person paused are not active."""
    for page in count(1):
        params = {"per_page": str(SIZE), "page": str(page), "orderby": "id", "order": "asc"}
        rows = documents(http.get("webhooks", params=params))
        yield from map(_subscription, rows)
        if len(rows) < SIZE:
            return


def subscribe(http: httpx.Client, topic: str, address: str, secret: str) -> Subscription:
    """Create a webhook; the store pings the address before it answers."""
    body = {"name": f"{NAME} {topic}", "topic": topic, "delivery_url": address, "secret": secret, "status": "active"}
    return _subscription(document(http.post("webhooks", json=body)))


def unsubscribe(http: httpx.Client, subscription: Subscription) -> None:
    """Delete a webhook for good: one that was disabled would keep its failures if it were only enabled again."""
    try:
        http.delete(f"webhooks/{subscription.external_id}", params={"force": "true"})
    except RejectedError as error:
        if not is_gone(error):
            raise


def _subscription(row: Document) -> Subscription:
    return Subscription(str(row["id"]), row["topic"], row["delivery_url"], row["status"] == "active")


def _body(body: bytes) -> Document:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or "id" not in found:
        raise BadResponseError("the store's webhook holds no record with an id", context={"sent": "yes"})
    return found


def _touched(topic: str, body: Document) -> list[Touched]:
    resource, number, version = topic.partition(".")[0], str(body["id"]), body.get("date_modified_gmt")
    if resource == "order":
        refunds = [Touched("refunds", str(refund["id"]), topic) for refund in body.get("refunds") or []]
        return [Touched("orders", number, topic, version=version), *refunds]
    if resource == "customer":
        return [Touched("customers", number, topic, version=version)]
    return _touched_goods(topic, number, body) if resource == "product" else []


def _touched_goods(topic: str, number: str, body: Document) -> list[Touched]:
    """Say what a product's call touches: its stock too, unless its variations have their own."""
    if body.get("type") == "variation":
        return [Touched("products", str(body["parent_id"]), topic), Touched("stock", number, topic)]
    touched = [Touched("products", number, topic, version=body.get("date_modified_gmt"))]
    return touched if body.get("variations") else [*touched, Touched("stock", number, topic)]


WEBHOOKS = Webhooks(receive=receive, topics=TOPICS)
