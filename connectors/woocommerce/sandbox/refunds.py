"""Refunds: records of their own beneath an order, whose total they never reduce."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from connectors.woocommerce.sandbox import notes, stock
from connectors.woocommerce.sandbox.call import Call, Reply
from connectors.woocommerce.sandbox.dates import filtered, with_local
from connectors.woocommerce.sandbox.errors import WooError, invalid_id
from connectors.woocommerce.sandbox.paging import Listing, included, page_of
from connectors.woocommerce.sandbox.store import Store
from connectors.woocommerce.sandbox.totals import ZERO, number
from hub.api import Document

SORTS = {
    "date": "date_created_gmt",
    "id": "id",
    "include": "id",
    "title": "id",
    "slug": "id",
    "modified": "date_modified_gmt",
}
LISTING = Listing(sorts=SORTS, default="date", loose=frozenset({"date", "modified"}), total_past_end=False)
HIDDEN = ("date_modified_gmt",)


def index_all(store: Store, call: Call) -> Reply:
    """List the refunds of every order; each names its order in `parent_id`."""
    rows = filtered(included(store.refunds.values(), call), call.params, store.zone)
    return page_of(call, rows, LISTING, lambda row: render(store, call, row))


def index(store: Store, call: Call, order_id: int) -> Reply:
    """List one order's refunds."""
    rows = [row for row in store.refunds.values() if row["parent_id"] == _order(store, order_id)["id"]]
    return page_of(call, rows, LISTING, lambda row: _beneath(store, call, row))


def read(store: Store, call: Call, order_id: int, refund_id: int) -> Reply:
    """Show one refund of an order."""
    return Reply(_beneath(store, call, _refund(store, order_id, refund_id)))


def create(store: Store, call: Call, order_id: int) -> Reply:
    """Refund an amount or lines; what cannot be refunded is a 500 whose data is a bare number."""
    order = _order(store, order_id)
    body = call.body
    rows = [_line(store, order, wanted) for wanted in body.get("line_items") or []]
    asked = body.get("amount") or sum((-Decimal(r["total"]) - Decimal(r["total_tax"]) for r in rows), ZERO)
    try:
        amount = Decimal(str(asked))
    except InvalidOperation:
        amount = ZERO
    if not 0 < amount <= remaining(store, order):
        raise _failed("Invalid refund amount.")
    if body.get("api_refund", True):
        raise _failed("The payment gateway for this order does not support automatic refunds.")
    refund = add(store, order, amount, str(body.get("reason") or ""), rows)
    if body.get("api_restock", True):
        _restock(store, order, body.get("line_items") or [])
    place = f"{call.site}/wp-json/wc/v3/orders/(?P<order_id>[\\d]+)/refunds/{refund['id']}"  # as measured
    return Reply(_beneath(store, call, refund), 201, {"Location": place})


def delete(store: Store, call: Call, order_id: int, refund_id: int) -> Reply:
    """Remove a refund for good; there is no trash for refunds."""
    refund = _refund(store, order_id, refund_id)
    if call.params.get("force") not in ("true", "1"):
        raise WooError(501, "woocommerce_rest_trash_not_supported", "The shop_order_refund does not support trashing.")
    del store.refunds[refund_id]
    store.touch(store.orders[order_id])
    store.announce("order.updated", order_id)
    return Reply(_beneath(store, call, refund))


def add(store: Store, order: Document, amount: Decimal, reason: str, rows: list[Document]) -> Document:
    """Keep a refund; it moves the order's time, and a full one its status."""
    rest = remaining(store, order) - amount
    now = store.now()
    refund = {
        "id": store.new_id("post"),
        "parent_id": order["id"],
        "date_created_gmt": now,
        "date_modified_gmt": now,
        "amount": store.money(amount),
        "reason": reason,
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [{"id": store.new_id("meta"), "key": "_refund_type", "value": "partial" if rest else "full"}],
        "line_items": rows,
        "shipping_lines": [],
        "tax_lines": [],
        "fee_lines": [],
    }
    store.refunds[refund["id"]] = refund
    store.touch(order)
    store.announce("order.updated", order["id"])
    if not rest and order["status"] != "refunded":
        text = f"Order status changed from {order['status'].capitalize()} to Refunded."
        order["status"] = "refunded"
        notes.add(store, order["id"], text)
    return refund


def refund_rest(store: Store, order: Document) -> None:
    """Refund what is left, as the store does by itself when an order is set to refunded."""
    rest = remaining(store, order)
    if rest > 0:
        add(store, order, rest, "Order fully refunded.", [])


def remaining(store: Store, order: Document) -> Decimal:
    """Tell how much of an order can still be refunded."""
    given = (Decimal(row["amount"]) for row in store.refunds.values() if row["parent_id"] == order["id"])
    return Decimal(order["total"]) - sum(given, ZERO)


def summaries(store: Store, order_id: int) -> list[Document]:
    """Tell an order's refunds as it shows them itself: the newest first, totals negative."""
    rows = [row for row in store.refunds.values() if row["parent_id"] == order_id]
    rows.sort(key=lambda row: row["id"], reverse=True)
    return [{"id": row["id"], "reason": row["reason"], "total": store.money(-Decimal(row["amount"]))} for row in rows]


def render(store: Store, call: Call, refund: Document) -> Document:
    """Show a refund as the list over all orders does."""
    order = f"{call.site}/wp-json/wc/v3/orders/{refund['parent_id']}"
    links = {
        "self": [{"href": f"{order}/refunds/{refund['id']}", "targetHints": {"allow": ["GET", "DELETE"]}}],
        "collection": [{"href": f"{order}/refunds"}],
        "up": [{"href": order}],
    }
    shown = {name: value for name, value in refund.items() if name not in HIDDEN}
    return shown | with_local(refund, store.zone, "date_created") | {"_links": links}


def _beneath(store: Store, call: Call, refund: Document) -> Document:
    return {name: value for name, value in render(store, call, refund).items() if name != "parent_id"}


def _line(store: Store, order: Document, wanted: Document) -> Document:
    line: Document | None = next((row for row in order["line_items"] if row["id"] == int(wanted["id"])), None)
    if line is None:
        raise WooError(400, "woocommerce_rest_invalid_item_id", "Order item ID provided is not associated with order.")
    taxes = {int(tax["id"]): Decimal(str(tax["refund_total"])) for tax in wanted.get("refund_tax") or []}
    net, quantity = Decimal(str(wanted.get("refund_total") or "0")), int(wanted.get("quantity") or 0)
    tax = sum(taxes.values(), ZERO)
    entry = {"key": "_refunded_item_id", "value": str(line["id"])}
    shown = {"display_key": entry["key"], "display_value": entry["value"]}
    refunded: Document = {
        "id": store.new_id("item"),
        "quantity": -quantity,
        "subtotal": store.money(-net),
        "subtotal_tax": store.money(-tax),
        "total": store.money(-net),
        "total_tax": store.money(-tax),
        "taxes": [{"id": i, "total": store.money(-t), "subtotal": store.money(-t)} for i, t in taxes.items()],
        "meta_data": [{"id": store.new_id("meta"), **entry, **shown}],
        "price": number(net / quantity) if quantity else number(net),
    }
    return line | refunded


def _restock(store: Store, order: Document, wanted: list[Document]) -> None:
    lines = {line["id"]: line for line in order["line_items"]}
    for row in wanted:
        stock.put_back(store, lines[int(row["id"])], int(row.get("quantity") or 0))


def _order(store: Store, order_id: int) -> Document:
    if order_id not in store.orders:
        raise WooError(404, "woocommerce_rest_invalid_order_id", "Invalid order ID.")
    return store.orders[order_id]


def _refund(store: Store, order_id: int, refund_id: int) -> Document:
    refund = store.refunds.get(refund_id)
    if refund is None or refund["parent_id"] != _order(store, order_id)["id"]:
        raise invalid_id("shop_order_refund", 404)
    return refund


def _failed(message: str) -> WooError:
    return WooError(500, "woocommerce_rest_cannot_create_order_refund", message, 500)
