"""Mutations of customers, and what a customer is made of."""

from __future__ import annotations

from typing import Any

from connectors.shopify.sandbox.store import Store
from hub.api import Document

Answer = tuple[Any, list[Document]]
"""What a mutation made, and its user errors."""
ADDRESS = ("firstName", "lastName", "company", "address1", "address2", "city", "provinceCode", "zip", "phone")


def error(message: str, *field: str, code: str | None = None) -> list[Document]:
    """Make the user errors of a mutation that does nothing."""
    return [{"field": list(field) or None, "message": message, "code": code}]


def blank(store: Store, **given: Any) -> Document:
    """Make a customer."""
    now = store.now()
    names: Document = {"firstName": None, "lastName": None, "displayName": "", "locale": "en", "note": None}
    contacts = {"defaultEmailAddress": None, "defaultPhoneNumber": None, "defaultAddress": None, "state": "DISABLED"}
    lists: Document = {"tags": [], "addresses": [], "metafields": []}
    made = store.add("Customer", {**names, **contacts, **lists, "createdAt": now, "updatedAt": now, **given})
    made["displayName"] = made["displayName"] or " ".join(filter(None, [made["firstName"], made["lastName"]]))
    return made


def mail(text: str | None, state: str = "NOT_SUBSCRIBED", at: str | None = None) -> Document | None:
    """Make an e-mail address with its consent."""
    return {"emailAddress": text, "marketingState": state, "marketingUpdatedAt": at} if text else None


def phone(text: str | None, state: str = "NEVER_SUBSCRIBED") -> Document | None:
    """Make a phone number with its consent."""
    return {"phoneNumber": text, "smsMarketingConsent": {"state": state, "updatedAt": None}} if text else None


def address(store: Store, **given: Any) -> Document:
    """Make an address."""
    made = store.add("MailingAddress", {name: given.get(name) for name in ADDRESS})
    made["countryCodeV2"] = given.get("countryCodeV2") or given.get("countryCode")
    made["name"] = " ".join(filter(None, [made["firstName"], made["lastName"]])) or None
    return made


def customer_set(store: Store, args: Document) -> Answer:
    """Create or change a customer: what is left out stays, but of a list that is given everything else goes."""
    given, gid = args["input"], (args.get("identifier") or {}).get("id")
    node = store.get(gid) if gid else None
    if gid and node is None:
        return None, error("Customer does not exist", "identifier", code="NOT_FOUND")
    email, number = given.get("email"), given.get("phone")
    if node is None and not (email or number or given.get("firstName") or given.get("lastName")):
        return None, error("A name, phone number, or email address must be present", code="BLANK")
    if email and "@" not in email:
        return None, error("Email is invalid", "input", "email", code="INVALID")
    if email and _taken(store, node, email):
        return None, error("Email has already been taken", "input", "email", code="TAKEN")
    fresh = node is None
    node = node or blank(store)
    node |= {name: given[name] for name in ("firstName", "lastName", "note", "locale") if name in given}
    if "tags" in given:
        node["tags"] = sorted({tag.strip() for tag in given["tags"] or []})
    if "email" in given:
        node["defaultEmailAddress"] = mail(email.strip().lower() if email else None)
    if "phone" in given:
        node["defaultPhoneNumber"] = phone(number)
    if "addresses" in given:
        node["addresses"] = [address(store, **row)["id"] for row in given["addresses"]]
    node["displayName"] = " ".join(filter(None, [node["firstName"], node["lastName"]])) or email or ""
    store.touch(node, "customers/create" if fresh else "customers/update")
    return {"customer": node}, []


def _taken(store: Store, node: Document | None, email: str) -> bool:
    others = (row for row in store.all("Customer") if node is None or row["id"] != node["id"])
    wanted = email.strip().lower()
    return any(((row["defaultEmailAddress"] or {}).get("emailAddress") or "").lower() == wanted for row in others)


def address_create(store: Store, args: Document) -> Answer:
    """Add an address to a customer."""
    node = store.get(args["customerId"])
    if node is None:
        return None, error("Customer does not exist", "customerId")
    made = address(store, **args["address"])
    node["addresses"].append(made["id"])
    node["defaultAddress"] = node["defaultAddress"] or made["id"]
    store.touch(node, "customers/update")
    return {"address": made}, []


def address_update(store: Store, args: Document) -> Answer:
    """Change an address of a customer."""
    node, made = store.get(args["customerId"]), store.get(args["addressId"])
    if node is None or made is None or args["addressId"] not in node["addresses"]:
        return None, error("Address does not exist", "addressId")
    given = dict(args["address"])
    if "countryCode" in given:
        made["countryCodeV2"] = given.pop("countryCode")
    made |= given
    made["name"] = " ".join(filter(None, [made["firstName"], made["lastName"]])) or None
    store.touch(node, "customers/update")
    return {"address": made}, []


def address_delete(store: Store, args: Document) -> Answer:
    """Take an address from a customer."""
    node = store.get(args["customerId"])
    if node is None or args["addressId"] not in node["addresses"]:
        return None, error("Address does not exist", "addressId")
    node["addresses"].remove(args["addressId"])
    if node["defaultAddress"] == args["addressId"]:
        node["defaultAddress"] = next(iter(node["addresses"]), None)
    store.touch(node, "customers/update")
    return {"deletedAddressId": args["addressId"]}, []


def merge(store: Store, kept: Document, gone: Document) -> None:
    """Make one customer of two, as a person does in the admin."""
    for order in store.all("Order"):
        if order["customer"] == gone["id"]:
            order["customer"] = kept["id"]
            store.touch(order, "orders/updated")
    store.remove(gone["id"])
    ids = {"admin_graphql_api_customer_kept_id": kept["id"], "admin_graphql_api_customer_deleted_id": gone["id"]}
    store.told("customers/merge", ids)
    store.touch(kept, "customers/update")


def metafields_set(store: Store, args: Document) -> Answer:
    """Set metafields; one whose digest is not what was expected stops all of them."""
    rows = []
    for given in args["metafields"]:
        owner = store.get(given["ownerId"])
        if owner is None:
            return None, error("Owner does not exist", "metafields", "0", "ownerId", code="INVALID")
        held = [store.nodes[gid] for gid in owner["metafields"]]
        same = ((row["namespace"], row["key"]) == (given["namespace"], given["key"]) for row in held)
        old = next((row for row, is_it in zip(held, same, strict=True) if is_it), None)
        if "compareDigest" in given and given["compareDigest"] != (old or {}).get("compareDigest"):
            return None, error("The resource has been updated since it was loaded", code="STALE_OBJECT")
        rows.append((owner, old, given))
    return {"metafields": [_set(store, *row) for row in rows]}, []


def _set(store: Store, owner: Document, old: Document | None, given: Document) -> Document:
    body = {"namespace": given["namespace"], "key": given["key"], "value": given["value"]}
    node = old or store.add("Metafield", body)
    node |= {**body, "compareDigest": f"digest-{store.number()}"}
    if old is None:
        owner["metafields"].append(node["id"])
    store.touch(owner)
    return node
