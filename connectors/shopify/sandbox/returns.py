"""Returns and exchanges: asked for, approved, sent back, processed - each moves the order and tells its webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.shopify.sandbox import orders
from connectors.shopify.sandbox.cart import ZERO, Cart, Item
from connectors.shopify.sandbox.money import Till, money, shop
from connectors.shopify.sandbox.store import Store, number_of
from hub.api import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What comes back: pieces of a line, or without one goods that nobody has verified. `fee`: the shop keeps it."""

    line: Document | None = None
    quantity: int = 1
    reason: str = "unwanted"
    note: str = ""
    words: str | None = None
    fee: Decimal = ZERO
    price: Decimal = ZERO


def request(
    store: Store, order: Document, back: Sequence[Back], *, instead: Cart | None = None, fee: Decimal = ZERO
) -> Document:
    """Let a buyer ask for a return; with `instead` it is an exchange. `fee`: what sending it back costs."""
    till: Till = order["till"]
    fees = [store.add("ReturnShippingFee", {"amountSet": till.bag(fee)})["id"]] if fee else []
    made = store.add(
        "Return",
        {
            "name": f"{order['name']}-R{len(order['returns']) + 1}",
            "status": "REQUESTED",
            "order": order["id"],
            "createdAt": store.now(),
            **dict.fromkeys(("requestApprovedAt", "closedAt", "decline")),
            "returnLineItems": [_line(store, order, one) for one in back],
            "exchangeLineItems": [_exchange_line(store, item) for item in (instead.items if instead else ())],
            "returnShippingFees": fees,
            "refunds": [],
            "reverseFulfillmentOrders": [],
            "instead": instead,
        },
    )
    order["returns"].append(made["id"])
    _tell(store, made, "request")
    return made


def _line(store: Store, order: Document, one: Back) -> str:
    body: Document = {
        "quantity": one.quantity,
        "refundableQuantity": one.quantity,
        **dict.fromkeys(("processedQuantity", "refundedQuantity"), 0),
        "returnReasonDefinition": _reason(store, one.reason),
        "returnReasonNote": one.note,
        "customerNote": one.words,
    }
    if one.line is None:
        price = money(one.price, order["currencyCode"])
        return str(store.add("UnverifiedReturnLineItem", {**body, "unitPrice": price})["id"])
    kept = {"amountSet": order["till"].bag(one.fee), "percentage": 10.0}
    fee = store.add("RestockingFee", kept)["id"] if one.fee else None
    sent = _sent(store, order, one.line)
    return str(store.add("ReturnLineItem", {**body, "restockingFee": fee, "fulfillmentLineItem": sent})["id"])


def _reason(store: Store, handle: str) -> str:
    known = next((row for row in store.all("ReturnReasonDefinition") if row["handle"] == handle), None)
    name = handle.replace("-", " ").capitalize()
    return str((known or store.add("ReturnReasonDefinition", {"handle": handle, "name": name}))["id"])


def _sent(store: Store, order: Document, line: Document) -> str:
    """Find where a line was sent; only what was sent can come back."""
    groups = (store.nodes[gid]["fulfillmentLineItems"] for gid in order["fulfillments"])
    return str(next(gid for group in groups for gid in group if store.nodes[gid]["lineItem"] == line["id"]))


def _exchange_line(store: Store, item: Item) -> str:
    body: Document = {
        "quantity": item.quantity,
        "processedQuantity": 0,
        "variantId": item.variant,
        "variantSku": item.sku,
        "title": item.title,
        "variantTitle": item.choice,
        "lineItems": [],
    }
    return str(store.add("ExchangeLineItem", body)["id"])


def exchanged(store: Store, made: Document, args: Document) -> list[str]:
    """List what is sent instead; what an edit took out of the order again, only where it is asked for."""
    rows: list[str] = made["exchangeLineItems"]
    return [gid for gid in rows if args.get("includeRemovedItems") or not _is_removed(store, gid)]


def _is_removed(store: Store, gid: str) -> bool:
    sold = [store.nodes[line] for line in store.nodes[gid]["lineItems"]]
    return bool(sold) and not any(line["currentQuantity"] for line in sold)


def approve(store: Store, made: Document) -> None:
    """Let the goods come."""
    made |= {"status": "OPEN", "requestApprovedAt": store.now()}
    rows = [
        store.add(
            "ReverseFulfillmentOrderLineItem",
            {"totalQuantity": line["quantity"], "fulfillmentLineItem": line["fulfillmentLineItem"], "dispositions": []},
        )["id"]
        for line in _lines(store, made)
    ]
    body: Document = {"status": "OPEN", "lineItems": rows, "reverseDeliveries": []}
    made["reverseFulfillmentOrders"].append(store.add("ReverseFulfillmentOrder", body)["id"])
    _tell(store, made, "approve")


def decline(store: Store, made: Document, reason: str = "RETURN_PERIOD_ENDED", note: str | None = None) -> None:
    """Refuse a return."""
    made |= {"status": "DECLINED", "decline": {"reason": reason, "note": note}}
    _tell(store, made, "decline")


def cancel(store: Store, made: Document) -> None:
    """Call a return off."""
    made |= {"status": "CANCELED", "closedAt": store.now()}
    _tell(store, made, "cancel")


def close(store: Store, made: Document) -> None:
    """Complete a return."""
    made |= {"status": "CLOSED", "closedAt": store.now()}
    _tell(store, made, "close")


def reopen(store: Store, made: Document) -> None:
    """Take a completed return up again."""
    made |= {"status": "OPEN", "closedAt": None}
    _tell(store, made, "reopen")


def send(store: Store, made: Document, carrier: str, number: str) -> None:
    """Let the buyer send a parcel; neither the order moves nor does a call name the return."""
    label = {"publicFileUrl": f"https://labels.example.test/{number}.pdf"}
    tracking = {"carrierName": carrier, "number": number, "url": f"https://track.example.test/{number}"}
    found = {"__typename": "ReverseDeliveryShippingDeliverable", "label": label, "tracking": tracking}
    group = store.nodes[made["reverseFulfillmentOrders"][0]]
    group["reverseDeliveries"].append(store.add("ReverseDelivery", {"deliverable": found})["id"])


def dispose(store: Store, made: Document, location: str, kind: str = "RESTOCKED") -> None:
    """Note what becomes of the goods; neither the order moves nor does a call name the return."""
    for group in made["reverseFulfillmentOrders"]:
        for gid in store.nodes[group]["lineItems"]:
            row = store.nodes[gid]
            body = {"type": kind, "quantity": row["totalQuantity"], "createdAt": store.now(), "location": location}
            row["dispositions"].append(store.add("ReverseFulfillmentOrderDisposition", body)["id"])


def process(store: Store, made: Document, location: str, kind: str = "RESTOCKED") -> Document:
    """Take the goods back and sell what is sent instead; only what is left between the two is paid, to either side."""
    order = store.nodes[made["order"]]
    dispose(store, made, location, kind)
    refund = _take_back(store, order, made, location, "RETURN" if kind == "RESTOCKED" else "NO_RESTOCK")
    before = shop(order["totalOutstandingSet"])
    _sell(store, order, made, location)
    due = shop(order["totalOutstandingSet"]) - _worth(store, order, made, refund)
    order["totalOutstandingSet"] = order["till"].bag(max(due, ZERO))
    if due < ZERO:
        _give_back(store, order, refund, -due)
    elif due > before:
        order["displayFinancialStatus"] = "PARTIALLY_PAID"
    _tell(store, made, "process")
    return refund


def _take_back(store: Store, order: Document, made: Document, location: str, restock: str) -> Document:
    sold = {line["id"]: line for line in order["lineItems"]}
    rows = [
        (sold[store.nodes[line["fulfillmentLineItem"]]["lineItem"]], line["quantity"], restock)
        for line in _lines(store, made)
    ]
    refund = orders.refund(store, order, rows, money=False, location=location)
    refund["return"] = made["id"]
    made["refunds"].append(refund["id"])
    for gid in made["returnLineItems"]:
        line = store.nodes[gid]
        line |= {"processedQuantity": line["quantity"], "refundedQuantity": line["quantity"], "refundableQuantity": 0}
    return refund


def _sell(store: Store, order: Document, made: Document, location: str) -> None:
    """Let what is sent instead become lines of the order, which are then to be fulfilled."""
    if not made["instead"]:
        return
    added = orders.grow(store, order, made["instead"])
    orders.to_fulfill(store, order, added, location)
    order["displayFulfillmentStatus"] = "PARTIALLY_FULFILLED"
    for gid, line in zip(made["exchangeLineItems"], added, strict=True):
        row = store.nodes[gid]
        row |= {"lineItems": [line["id"]], "processedQuantity": row["quantity"]}


def _worth(store: Store, order: Document, made: Document, refund: Document) -> Decimal:
    """Work out what the goods that came back are worth to the buyer, less what the shop keeps."""
    rows = refund["refundLineItems"]
    worth = sum((shop(row["subtotalSet"]) for row in rows), ZERO)
    worth += ZERO if order["taxesIncluded"] else sum((shop(row["totalTaxSet"]) for row in rows), ZERO)
    fees = [*made["returnShippingFees"], *(line["restockingFee"] for line in _lines(store, made))]
    return worth - sum((shop(store.nodes[gid]["amountSet"]) for gid in fees if gid), ZERO)


def _give_back(store: Store, order: Document, refund: Document, amount: Decimal) -> None:
    moved = orders.transact(store, order, amount, "REFUND", "shopify_payments")
    refund |= {"totalRefundedSet": order["till"].bag(amount), "transactions": [moved["id"]]}
    order["displayFinancialStatus"] = "PARTIALLY_REFUNDED"


def _lines(store: Store, made: Document) -> list[Any]:
    """List the lines of a return that were verified."""
    return [line for gid in made["returnLineItems"] if "fulfillmentLineItem" in (line := store.nodes[gid])]


def _tell(store: Store, made: Document, step: str) -> None:
    store.touch(store.nodes[made["order"]], "orders/updated")
    body = {"id": number_of(made["id"]), "admin_graphql_api_id": made["id"], "status": made["status"].lower()}
    store.told(f"returns/{step}", {**body, "order": {"id": number_of(made["order"])}})
