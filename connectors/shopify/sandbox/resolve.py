"""Resolves fields over the store: a gid becomes its node, and a list becomes a connection."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLResolveInfo, get_named_type, is_leaf_type

from connectors.shopify.sandbox import checkouts, fulfillments
from connectors.shopify.sandbox.refunds import suggest
from connectors.shopify.sandbox.returns import exchanged
from connectors.shopify.sandbox.store import Store, number_of
from hub.api import Document

MOST = 250
EDGE = re.compile(r"(\w+):(>=|<=|>|<)?'?([^'\s]+)'?")
ROOTS = {
    "orders": "Order",
    "customers": "Customer",
    "products": "Product",
    "inventoryItems": "InventoryItem",
    "locations": "Location",
    "webhookSubscriptions": "WebhookSubscription",
    "abandonedCheckouts": "AbandonedCheckout",
}
SORTED_BY = {"UPDATED_AT": "updatedAt", "CREATED_AT": "createdAt", "PROCESSED_AT": "processedAt"}
Special = Callable[[Store, Document, Document], Any]


def resolve(source: Any, info: GraphQLResolveInfo, **args: Any) -> Any:
    """Resolve any field that is not a mutation; graphql-core's field resolver."""
    store: Store = info.context.store
    kind, name = info.parent_type.name, info.field_name
    if kind == "Mutation":
        return info.context.mutate(name, args, info)
    if kind == "QueryRoot":
        return _root(info, store, name, args)
    special = SPECIAL.get((kind, name))
    value = special(store, source, args) if special else source.get(name)
    named = get_named_type(info.return_type)
    if is_leaf_type(named):
        return value
    if named.name.endswith("Connection"):
        return None if value is None else connection([_node(store, one) for one in value], args, _nested_key(value))
    return [_node(store, one) for one in value] if isinstance(value, list) else _node(store, value)


def _root(info: GraphQLResolveInfo, store: Store, name: str, args: Document) -> Any:
    if name in ROOTS:
        rows = [row for row in store.all(ROOTS[name]) if matches(row, args.get("query")) and _is_shown(store, row)]
        return connection(rows, args, _sort_key(args.get("sortKey") or "ID"))
    if name == "nodes":
        return [row if (row := store.get(gid)) and _is_shown(store, row) else None for gid in args["ids"]]
    if name == "shop":
        return {"name": "Sandbox", "myshopifyDomain": "sandbox.myshopify.com", "currencyCode": store.currency}
    if name == "customerByIdentifier":
        return _customer(store, args["identifier"])
    if name == "bulkOperation":
        return info.context.operation(args["id"])
    if name in ("currentAppInstallation", "publicApiVersions"):
        return info.context.about(name)
    return store.get(args["id"])


def _is_shown(store: Store, row: Document) -> bool:
    return row["__typename"] != "AbandonedCheckout" or checkouts.is_shown(store, row)


def _customer(store: Store, identifier: Document) -> Document | None:
    for node in store.all("Customer"):
        mail, phone = node["defaultEmailAddress"] or {}, node["defaultPhoneNumber"] or {}
        if identifier.get("id") == node["id"]:
            return node
        wanted = identifier.get("emailAddress")
        if wanted and str(mail.get("emailAddress") or "").lower() == wanted.lower():
            return node
        if identifier.get("phoneNumber") and phone.get("phoneNumber") == identifier["phoneNumber"]:
            return node
    return None


def connection(rows: list[Any], args: Document, key: Callable[[Any], Any]) -> Document:
    """Cut a page out of rows: a cursor names the last row's key, so that rows which move shift no others."""
    keyed = sorted(((key(row), row) for row in rows), key=lambda one: one[0], reverse=bool(args.get("reverse")))
    if args.get("after"):
        last = _opened(args["after"])
        keyed = [one for one in keyed if (one[0] < last if args.get("reverse") else one[0] > last)]
    most = min(args.get("first") or MOST, MOST)
    page = keyed[:most]
    return {
        "nodes": [row for _, row in page],
        "edges": [{"node": row, "cursor": _closed(at)} for at, row in page],
        "pageInfo": {
            "hasNextPage": len(keyed) > most,
            "hasPreviousPage": bool(args.get("after")),
            "endCursor": _closed(page[-1][0]) if page else None,
        },
    }


def matches(row: Document, query: str | None) -> bool:
    """Tell whether a row fits a search; what is not `field:value` is looked for in names, e-mails and SKUs."""
    if not query:
        return True
    for part in query.split(" AND "):
        found = EDGE.fullmatch(part.strip())
        if found and found[1] == "updated_at":
            if not _compares(row["updatedAt"], found[2] or ">=", found[3]):
                return False
        elif not _mentions(row, found[3] if found else part):
            return False
    return True


def _compares(value: str, sign: str, edge: str) -> bool:
    return {">=": value >= edge, "<=": value <= edge, ">": value > edge, "<": value < edge}[sign]


def _mentions(row: Document, word: str) -> bool:
    mail = (row.get("defaultEmailAddress") or {}).get("emailAddress")
    said = [row.get("name"), row.get("title"), row.get("email"), row.get("displayName"), row.get("sku"), mail]
    return any(word.lower() in str(text).lower() for text in said if text)


def _sort_key(name: str) -> Callable[[Document], Any]:
    field = SORTED_BY.get(name)
    return lambda row: [row[field] if field else "", number_of(row["id"])]


def _nested_key(value: Sequence[Any]) -> Callable[[Any], Any]:
    places = {one if isinstance(one, str) else one["id"]: place for place, one in enumerate(value)}
    return lambda row: [places[row["id"]]]


def _opened(cursor: str) -> Any:
    return json.loads(base64.b64decode(cursor))


def _closed(key: Any) -> str:
    return base64.b64encode(json.dumps(key).encode()).decode()


def _node(store: Store, value: Any) -> Any:
    return store.get(value) if isinstance(value, str) and value.startswith("gid://") else value


def _metafield(store: Store, source: Document, args: Document) -> Any:
    rows = (store.nodes[gid] for gid in source.get("metafields") or ())
    return next((row for row in rows if (row["namespace"], row["key"]) == (args["namespace"], args["key"])), None)


def _quantities(store: Store, source: Document, args: Document) -> Any:
    return [source["quantities"][name] for name in args["names"] if name in source["quantities"]]


def type_of(value: Any, info: GraphQLResolveInfo, abstract: Any) -> str:
    """Name the type of a node behind an interface or a union."""
    return str(value["__typename"])


SPECIAL: dict[tuple[str, str], Special] = {
    ("Order", "metafield"): _metafield,
    ("Customer", "metafield"): _metafield,
    ("Product", "metafield"): _metafield,
    ("Customer", "addressesV2"): lambda store, source, args: source["addresses"],
    ("InventoryLevel", "quantities"): _quantities,
    ("Order", "suggestedRefund"): suggest,
    ("Return", "exchangeLineItems"): exchanged,
    ("Order", "fulfillments"): fulfillments.listed,
    ("Order", "fulfillmentsCount"): lambda store, source, args: {"count": len(source["fulfillments"])},
    ("Fulfillment", "events"): fulfillments.events,
    ("Fulfillment", "displayStatus"): fulfillments.display,
    ("Fulfillment", "deliveredAt"): fulfillments.moment("DELIVERED"),
    ("Fulfillment", "inTransitAt"): fulfillments.moment("IN_TRANSIT"),
    ("Fulfillment", "estimatedDeliveryAt"): fulfillments.estimate,
}
