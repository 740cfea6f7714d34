"""Webhooks: kept over REST, queued by what happens, delivered later, and given up after seven failures in a row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import httpx
import orjson

from connectors.woocommerce.sandbox import customers, orders, products
from connectors.woocommerce.sandbox.call import Call, Reply
from connectors.woocommerce.sandbox.dates import with_local
from connectors.woocommerce.sandbox.errors import WooError, invalid_id, not_in_enum
from connectors.woocommerce.sandbox.paging import Listing, included, page_of
from connectors.woocommerce.sandbox.store import Store
from connectors.woocommerce.webhooks import sign
from hub.api import Document

Reach = Callable[[httpx.Request], httpx.Response]
"""How the store reaches an address; raises httpx.TransportError where nobody answers."""
RESOURCES = {"order": orders, "product": products, "customer": customers}
EVENTS = ("created", "updated", "deleted", "restored")
STATUSES = ["active", "disabled", "paused"]
GIVES_UP_BEYOND = 5
LISTING = Listing(sorts={"date": "date_created_gmt", "id": "id", "title": "name"}, default="date")
KEPT = ("id", "name", "status", "topic", "delivery_url", "date_created_gmt", "date_modified_gmt")
USER_AGENT = "WooCommerce/10.2.4 Hookshot (WordPress/6.8.8)"


def index(store: Store, call: Call) -> Reply:
    """List webhooks, whoever made them."""
    rows = included(store.webhooks.values(), call)
    status = call.params.get("status", "all")
    rows = [row for row in rows if status in ("all", row["status"])]
    return page_of(call, rows, LISTING, lambda row: render(store, call, row))


def read(store: Store, call: Call, number: int) -> Reply:
    """Show one webhook, never its secret."""
    return Reply(render(store, call, _webhook(store, number)))


def create(store: Store, call: Call) -> Reply:
    """Make a webhook and ping its address at once; without a secret one is made up and never shown."""
    body = call.body
    _check(body)
    number = store.new_id("webhook")
    webhook: Document = {
        "id": number,
        "name": str(body.get("name") or "Webhook created"),
        "status": str(body.get("status") or "active"),
        "topic": str(body["topic"]),
        "delivery_url": str(body["delivery_url"]),
        "secret": str(body.get("secret") or store.secret("webhook", number)),
        "date_created_gmt": store.now(),
        "date_modified_gmt": None,
        "failures": 0,
        "greeted": False,
    }
    store.webhooks[number] = webhook
    store.greetings.append(number)
    headers = {"Location": f"{call.site}/wp-json/wc/v3/webhooks/{number}"}
    return Reply(render(store, call, webhook), 201, headers)


def update(store: Store, call: Call, number: int) -> Reply:
    """Change a webhook; one that is enabled again keeps six failures, so that the next one disables it anew."""
    webhook = _webhook(store, number)
    if call.body.get("status", "active") not in STATUSES:
        raise not_in_enum("status", STATUSES)
    names = ("name", "status", "topic", "delivery_url", "secret")
    webhook |= {name: str(call.body[name]) for name in names if call.body.get(name)}
    store.touch(webhook)
    return Reply(render(store, call, webhook))


def delete(store: Store, call: Call, number: int) -> Reply:
    """Remove a webhook for good; there is no trash for webhooks."""
    webhook = _webhook(store, number)
    if call.params.get("force") not in ("true", "1"):
        raise WooError(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
    del store.webhooks[number]
    return Reply(render(store, call, webhook))


def render(store: Store, call: Call, webhook: Document) -> Document:
    """Show a webhook as REST does."""
    resource, _, event = webhook["topic"].partition(".")
    root = f"{call.site}/wp-json/wc/v3/webhooks"
    allow = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    links = {
        "self": [{"href": f"{root}/{webhook['id']}", "targetHints": {"allow": allow}}],
        "collection": [{"href": root}],
    }
    shown = {name: webhook[name] for name in KEPT}
    times = with_local(webhook, store.zone, "date_created", "date_modified")
    return shown | times | {"resource": resource, "event": event, "hooks": [], "_links": links}


def greet(store: Store, reach: Reach) -> None:
    """Ping the addresses of new webhooks; only 200 is an answer."""
    numbers, store.greetings = store.greetings, []
    for webhook in (store.webhooks[number] for number in numbers if number in store.webhooks):
        _greet(webhook, reach)


def due(store: Store, site: str) -> list[tuple[Document, httpx.Request]]:
    """Take what waits from the queue: each webhook with its call, which shows the record as it is by now."""
    waiting, store.deliveries = store.deliveries, {}
    known = [(store.webhooks[number], record_id) for number, record_id in waiting if number in store.webhooks]
    return [(webhook, _request(store, webhook, record_id, site)) for webhook, record_id in known]


def deliver(store: Store, reach: Reach, calls: list[tuple[Document, httpx.Request]]) -> int:
    """Make calls, none of them twice; tells how many were made."""
    sent = 0
    for webhook, request in calls:
        if webhook["status"] != "active":
            continue
        _settle(store, webhook, _answer(reach, request))
        sent += 1
        if not webhook["greeted"]:
            _greet(webhook, reach)
    return sent


def _settle(store: Store, webhook: Document, status: int) -> None:
    if 200 <= status <= 302:
        webhook["failures"] = 0
    elif webhook["failures"] > GIVES_UP_BEYOND:
        webhook["status"] = "disabled"
        store.touch(webhook)
    else:
        webhook["failures"] += 1


def _greet(webhook: Document, reach: Reach) -> None:
    content = f"webhook_id={webhook['id']}".encode()
    headers = {"User-Agent": USER_AGENT, "Content-Type": "application/x-www-form-urlencoded"}
    ping = httpx.Request("POST", webhook["delivery_url"], headers=headers, content=content)
    webhook["greeted"] = _answer(reach, ping) == 200


def _request(store: Store, webhook: Document, record_id: int, site: str) -> httpx.Request:
    resource, _, event = webhook["topic"].partition(".")
    body = orjson.dumps(_payload(store, resource, event, record_id, site))
    stamp = f"{webhook['id']}{store.now()}"
    headers = {
        "User-Agent": USER_AGENT,
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": f"{site}/",
        "X-WC-Webhook-Topic": webhook["topic"],
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": event,
        "X-WC-Webhook-Signature": sign(webhook["secret"], body).decode(),
        "X-WC-Webhook-ID": str(webhook["id"]),
        "X-WC-Webhook-Delivery-ID": hashlib.md5(stamp.encode(), usedforsecurity=False).hexdigest(),
    }
    return httpx.Request("POST", webhook["delivery_url"], headers=headers, content=body)


def _payload(store: Store, resource: str, event: str, record_id: int, site: str) -> Document:
    rows = {
        "order": store.orders,
        "product": {**store.products, **store.variations},
        "customer": store.customers,
    }[resource]
    if event == "deleted" or record_id not in rows:
        return {"id": record_id}
    call = Call("GET", f"/{resource}s/{record_id}", {}, {}, site)
    shown: Document = RESOURCES[resource].render(store, call, rows[record_id])
    return shown


def _answer(reach: Reach, request: httpx.Request) -> int:
    try:
        return reach(request).status_code
    except httpx.TransportError:
        return 0


def _check(body: Document) -> None:
    resource, _, event = str(body.get("topic") or "").partition(".")
    if resource not in (*RESOURCES, "coupon") or event not in EVENTS:
        message = "Webhook topic is required and must be valid."
        raise WooError(400, "woocommerce_rest_shop_webhook_invalid_topic", message)
    if not str(body.get("delivery_url") or "").startswith(("http://", "https://")):
        message = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise WooError(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", message)


def _webhook(store: Store, number: int) -> Document:
    if number not in store.webhooks:
        raise invalid_id("shop_webhook", 404)
    return store.webhooks[number]
