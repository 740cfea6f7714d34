"""Orders over REST: list, read, create, change, trash."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from connectors.woocommerce.sandbox import lines, meta, notes, stock
from connectors.woocommerce.sandbox.call import Call, Reply
from connectors.woocommerce.sandbox.dates import filtered, with_local
from connectors.woocommerce.sandbox.errors import WooError, invalid_id, invalid_param, not_in_enum
from connectors.woocommerce.sandbox.paging import Listing, included, only, page_of
from connectors.woocommerce.sandbox.refunds import refund_rest, summaries
from connectors.woocommerce.sandbox.store import Store
from connectors.woocommerce.sandbox.totals import recalculate
from hub.api import Document

WRITABLE = ["pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft"]
STATUSES = ["auto-draft", *WRITABLE]
LISTABLE = ["any", "trash", *STATUSES]
CURRENCIES = ["AUD", "BRL", "CAD", "CHF", "CNY", "EUR", "GBP", "INR", "JPY", "KWD", "PLN", "RUB", "SEK", "TND", "USD"]
TITLES = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
    "checkout-draft": "Draft",
}
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CAD": "$"}
ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")
LISTING = Listing(
    sorts={
        "date": "date_created_gmt",
        "id": "id",
        "include": "id",
        "title": "id",
        "slug": "id",
        "modified": "date_modified_gmt",
    },
    default="date",
    loose=frozenset({"date", "modified"}),
    extra="status%5B0%5D=any&dp=2&context=view",
    total_past_end=False,
)
MONEY = ("discount_total", "discount_tax", "shipping_total", "shipping_tax", "cart_tax", "total", "total_tax")
SETTABLE = ("payment_method", "payment_method_title", "transaction_id", "customer_note", "created_via")


def index(store: Store, call: Call) -> Reply:
    """List orders; trash only when asked for."""
    rows = included(_with_status(store, call), call)
    if "customer" in call.params:
        rows = [row for row in rows if str(row["customer_id"]) == call.params["customer"]]
    if call.params.get("search"):
        rows = [row for row in rows if _matches(row, call.params["search"].lower())]
    rows = filtered(rows, call.params, store.zone)
    listing = LISTING if store.hpos else replace(LISTING, total_past_end=True)
    return page_of(call, rows, listing, lambda row: render(store, call, row))


def read(store: Store, call: Call, order_id: int) -> Reply:
    """Show one order, a trashed one too."""
    return Reply(only(render(store, call, _order(store, order_id, 404)), call))


def create(store: Store, call: Call) -> Reply:
    """Make an order; nothing tells two equal requests apart."""
    _check(store, call)
    order = blank(store, store.new_id("post"))
    order["created_via"] = "rest-api"
    order |= {name: call.body[name] for name in ("currency", "customer_id") if name in call.body}
    store.orders[order["id"]] = order
    _apply(store, order, call.body)
    store.announce("order.created", order["id"])
    store.announce("order.updated", order["id"])
    headers = {"Location": f"{call.site}/wp-json/wc/v3/orders/{order['id']}"}
    return Reply(render(store, call, order), 201, headers)


def update(store: Store, call: Call, order_id: int) -> Reply:
    """Change an order; even a change of nothing moves its time."""
    order = _order(store, order_id, 400)
    _check(store, call)
    if "currency" in call.body:
        order["currency"] = call.body["currency"]
    if "customer_id" in call.body:
        order["customer_id"] = int(call.body["customer_id"] or 0)
    _apply(store, order, call.body)
    store.announce("order.updated", order_id)
    return Reply(render(store, call, order))


def delete(store: Store, call: Call, order_id: int) -> Reply:
    """Trash an order, or remove it for good; the answer shows it as it was."""
    order = _order(store, order_id, 404)
    before = render(store, call, order)
    if call.params.get("force") in ("true", "1"):
        del store.orders[order_id]
        return Reply(before)
    if order["status"] == "trash":
        raise WooError(410, "woocommerce_rest_already_trashed", "The shop_order has already been deleted.")
    trashed = [
        {"key": "_wp_trash_meta_status", "value": f"wc-{order['status']}"},
        {"key": "_wp_trash_meta_time", "value": str(int(store.clock().timestamp()))},
    ]
    order["meta_data"] = meta.changed(order["meta_data"], trashed, lambda: store.new_id("meta"))
    order["status"] = "trash"
    store.touch(order)
    store.announce("order.deleted", order_id)
    return Reply(before)


def blank(store: Store, order_id: int) -> Document:
    """Make an order with nothing in it."""
    now = store.now()
    empty = dict.fromkeys(ADDRESS, "")
    return {
        "id": order_id,
        "parent_id": 0,
        "status": "pending",
        "currency": store.currency,
        "version": store.version,
        "prices_include_tax": store.prices_include_tax,
        **dict.fromkeys(MONEY, store.money(Decimal(0))),
        "customer_id": 0,
        "order_key": f"wc_order_{store.secret('order', order_id)[:13]}",
        "billing": {**empty, "email": "", "phone": ""},
        "shipping": {**empty, "phone": ""},
        **dict.fromkeys(SETTABLE, ""),
        "customer_ip_address": "",
        "customer_user_agent": "",
        "cart_hash": "",
        "number": str(order_id),
        "meta_data": [],
        **{name: [] for name in ("line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines")},
        "date_created_gmt": now,
        "date_modified_gmt": now,
        "date_completed_gmt": None,
        "date_paid_gmt": None,
    }


def render(store: Store, call: Call, order: Document) -> Document:
    """Show an order as REST does, with what is derived from it."""
    times = with_local(order, store.zone, "date_created", "date_modified", "date_completed", "date_paid")
    status, due = order["status"], Decimal(order["total"]) > 0
    pay = f"{call.site}/checkout/order-pay/{order['id']}/?pay_for_order=true&key={order['order_key']}"
    shown = (
        order
        | times
        | {
            "refunds": summaries(store, order["id"]),
            "payment_url": pay,
            "is_editable": status in ("pending", "on-hold", "auto-draft"),
            "needs_payment": status in ("pending", "failed") and due,
            "needs_processing": bool(order["line_items"]),
            "currency_symbol": SYMBOLS.get(order["currency"], order["currency"]),
            "_links": _links(call, order),
        }
    )
    return _rounded(shown, call.params["dp"]) if "dp" in call.params else shown


def set_status(store: Store, order: Document, status: str) -> None:
    """Move an order to a status, with the dates, notes, stock and refunds that follow."""
    before = order["status"]
    if status == before:
        return
    order["status"] = status
    now = store.now()
    if status in ("processing", "completed"):
        order["date_paid_gmt"] = order["date_paid_gmt"] or now
    if status == "completed":
        order["date_completed_gmt"] = order["date_completed_gmt"] or now
    stock.follow(store, order)
    text = f"Order status changed from {TITLES.get(before, before)} to {TITLES.get(status, status)}."
    notes.add(store, order["id"], text)
    if status == "refunded":
        refund_rest(store, order)


def _apply(store: Store, order: Document, body: Document) -> None:
    for name in ("billing", "shipping"):
        order[name] = order[name] | {k: str(v) for k, v in (body.get(name) or {}).items() if k in order[name]}
    order |= {name: str(body[name]) for name in SETTABLE if name in body}
    lines.change(store, order, body)
    order["meta_data"] = meta.changed(order["meta_data"], body.get("meta_data") or [], lambda: store.new_id("meta"))
    recalculate(store, order)
    store.touch(order)
    if "status" in body:
        wanted = str(body["status"])
        set_status(store, order, wanted if wanted in STATUSES else "pending")
    if body.get("set_paid") and order["status"] in ("pending", "on-hold", "failed"):
        set_status(store, order, "processing")
    stock.follow(store, order)


def _check(store: Store, call: Call) -> None:
    """Check a body; a batch skips the schema, so that it takes any status."""
    body = call.body
    if not call.batch:
        if "status" in body and body["status"] not in STATUSES:
            raise not_in_enum("status", STATUSES)
        if "currency" in body and body["currency"] not in CURRENCIES:
            raise not_in_enum("currency", CURRENCIES)
        email = str((body.get("billing") or {}).get("email") or "")
        if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
            raise invalid_param("billing", "rest_invalid_email", "Invalid email address.")
    if body.get("customer_id") and int(body["customer_id"]) not in store.customers:
        raise WooError(400, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.")


def _order(store: Store, order_id: int, status: int) -> Document:
    if order_id not in store.orders:
        raise invalid_id("shop_order", status)
    return store.orders[order_id]


def _with_status(store: Store, call: Call) -> list[Document]:
    wanted = call.params.get("status", "any").split(",")
    for position, status in enumerate(wanted):
        if status not in LISTABLE:
            raise not_in_enum(f"status[{position}]", LISTABLE)
    if "any" in wanted:
        return [row for row in store.orders.values() if row["status"] != "trash"]
    return [row for row in store.orders.values() if row["status"] in wanted]


def _matches(order: Document, text: str) -> bool:
    values = [order["number"], *order["billing"].values(), *order["shipping"].values()]
    return any(text in str(value).lower() for value in values)


def _links(call: Call, order: Document) -> Document:
    root = f"{call.site}/wp-json/wc/v3"
    own = f"{root}/orders/{order['id']}"
    allow = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    found: Document = {
        "self": [{"href": own, "targetHints": {"allow": allow}}],
        "collection": [{"href": f"{root}/orders"}],
        "email_templates": [{"embeddable": True, "href": f"{own}/actions/email_templates"}],
    }
    if order["customer_id"]:
        found["customer"] = [{"href": f"{root}/customers/{order['customer_id']}"}]
    return found


def _rounded(order: Document, places: str) -> Document:
    unit = Decimal(1).scaleb(-int(places))
    return order | {name: str(Decimal(order[name]).quantize(unit, "ROUND_HALF_UP")) for name in MONEY}
