"""Customers over REST: no filter by modification, e-mails unique without regard to case."""

from __future__ import annotations

import re

from connectors.woocommerce.sandbox import meta
from connectors.woocommerce.sandbox.call import Call, Reply
from connectors.woocommerce.sandbox.dates import with_local
from connectors.woocommerce.sandbox.errors import WooError, missing_param, not_in_enum
from connectors.woocommerce.sandbox.paging import Listing, included, only, page_of
from connectors.woocommerce.sandbox.store import Store
from hub.api import Document

LISTING = Listing(
    sorts={"id": "id", "include": "id", "name": "username", "registered_date": "date_created_gmt"},
    default="name",
    descending=False,
)
ROLES = ["all", "administrator", "editor", "author", "contributor", "subscriber", "customer", "shop_manager"]
ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode", "country", "state")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def index(store: Store, call: Call) -> Reply:
    """List customers; `modified_after` is not known here, and so ignored."""
    role = call.params.get("role", "customer")
    if role not in ROLES:
        raise not_in_enum("role", ROLES)
    rows = [row for row in included(store.customers.values(), call) if role in ("all", row["role"])]
    if call.params.get("email"):
        rows = [row for row in rows if row["email"].lower() == call.params["email"].lower()]
    if call.params.get("search"):
        rows = [row for row in rows if _matches(row, call.params["search"].lower())]
    return page_of(call, rows, LISTING, lambda row: render(store, call, row))


def read(store: Store, call: Call, customer_id: int) -> Reply:
    """Show one customer, of any role."""
    return Reply(only(render(store, call, _customer(store, customer_id)), call))


def create(store: Store, call: Call) -> Reply:
    """Register a customer by e-mail; the answer to a taken one does not say whose it is."""
    if "email" not in call.body and not call.batch:
        raise missing_param("email")
    email = str(call.body.get("email") or "")
    if not email:
        raise WooError(400, "registration-error-invalid-email", "Please provide a valid email address.")
    if not EMAIL.fullmatch(email):
        raise WooError(400, "customer_invalid_email", "Invalid email address")
    if _taken(store, "email", email):
        message = f"An account is already registered with {email}. Please log in or use a different email address."
        raise WooError(400, "registration-error-email-exists", message)
    username = _username(store, call, email)
    customer = blank(store, store.new_id("user"), email, username)
    store.customers[customer["id"]] = customer
    _apply(store, customer, call.body)
    store.announce("customer.created", customer["id"])
    store.announce("customer.updated", customer["id"])
    headers = {"Location": f"{call.site}/wp-json/wc/v3/customers/{customer['id']}"}
    return Reply(render(store, call, customer), 201, headers)


def update(store: Store, call: Call, customer_id: int) -> Reply:
    """Change a customer; the user name stays."""
    customer = _customer(store, customer_id)
    email = call.body.get("email")
    if email is not None and (not EMAIL.fullmatch(str(email)) or _taken(store, "email", email, but=customer_id)):
        raise WooError(400, "woocommerce_rest_customer_invalid_email", "Email address is invalid.")
    if call.body.get("username") not in (None, customer["username"]):
        raise WooError(400, "woocommerce_rest_customer_invalid_argument", "Username isn't editable.")
    if email is not None:
        customer["email"] = str(email)
    _apply(store, customer, call.body)
    store.announce("customer.updated", customer_id)
    return Reply(render(store, call, customer))


def delete(store: Store, call: Call, customer_id: int) -> Reply:
    """Remove a customer for good; the orders become a guest's."""
    if call.params.get("force") not in ("true", "1"):
        raise WooError(501, "woocommerce_rest_trash_not_supported", "Customers do not support trashing.")
    customer = _customer(store, customer_id)
    del store.customers[customer_id]
    store.announce("customer.deleted", customer_id)
    for order in store.orders.values():
        if order["customer_id"] == customer_id:
            order["customer_id"] = 0
    return Reply(render(store, call, customer))


def blank(store: Store, customer_id: int, email: str, username: str, role: str = "customer") -> Document:
    """Make a customer of whom only the e-mail is known."""
    empty = dict.fromkeys(ADDRESS, "")
    return {
        "id": customer_id,
        "date_created_gmt": store.now(),
        "date_modified_gmt": store.now(),
        "email": email,
        "first_name": "",
        "last_name": "",
        "role": role,
        "username": username,
        "billing": {**empty, "email": "", "phone": ""},
        "shipping": {**empty, "phone": ""},
        "is_paying_customer": False,
        "meta_data": [],
    }


def render(store: Store, call: Call, customer: Document) -> Document:
    """Show a customer as REST does."""
    root = f"{call.site}/wp-json/wc/v3/customers"
    face = store.secret("face", customer["email"].lower())
    allow = ["GET", "POST", "PUT", "PATCH", *(["DELETE"] if customer["role"] == "customer" else [])]
    return (
        customer
        | with_local(customer, store.zone, "date_created", "date_modified")
        | {
            "avatar_url": f"{call.site}/avatar/{face}?s=96&d=mm&r=g",
            "_links": {
                "self": [{"href": f"{root}/{customer['id']}", "targetHints": {"allow": allow}}],
                "collection": [{"href": root}],
            },
        }
    )


def _apply(store: Store, customer: Document, body: Document) -> None:
    customer |= {name: str(body[name]) for name in ("first_name", "last_name") if body.get(name) is not None}
    for name in ("billing", "shipping"):
        given = {k: str(v) for k, v in (body.get(name) or {}).items() if k in customer[name]}
        customer[name] = customer[name] | given
    wanted = body.get("meta_data") or []
    customer["meta_data"] = meta.changed(customer["meta_data"], wanted, lambda: store.new_id("meta"))
    store.touch(customer)


def _username(store: Store, call: Call, email: str) -> str:
    wanted = str(call.body.get("username") or "")
    if wanted and _taken(store, "username", wanted):
        message = "An account is already registered with that username. Please choose another."
        raise WooError(400, "registration-error-username-exists", message)
    name = wanted or email.partition("@")[0].lower()
    number = 1
    while _taken(store, "username", name if number == 1 else f"{name}-{number}"):
        number += 1
    return name if number == 1 else f"{name}-{number}"


def _taken(store: Store, name: str, value: str, but: int = 0) -> bool:
    return any(row[name].lower() == str(value).lower() and row["id"] != but for row in store.customers.values())


def _customer(store: Store, customer_id: int) -> Document:
    if customer_id not in store.customers:
        raise WooError(404, "wc_user_invalid_id", "Invalid user ID.")
    return store.customers[customer_id]


def _matches(customer: Document, text: str) -> bool:
    return text in customer["email"].lower() or text in customer["username"].lower()
