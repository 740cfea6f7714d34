"""Makes a customer of somebody who bought without an account."""

from __future__ import annotations

from typing import Any

Data = dict[str, Any]
STREAM = "guests"
"""Guests are linked under this name, by connection and normalized e-mail, else by the order."""


def guest_key(order: Data, external_id: str) -> str:
    """Identify the guest of an order: the same e-mail, whatever its case and spaces, is the same guest (T064)."""
    email = order.get("email")
    return (email.strip().casefold() if isinstance(email, str) else "") or f"order:{external_id}"


def named_key(order: Data, external_id: str) -> str:
    """Identify a guest who shares an e-mail with somebody else: by the name, too (T065)."""
    return f"{guest_key(order, external_id)} {_name(guest_of(order))}"


def is_another(known: Data, order: Data) -> bool:
    """Tell whether an order's buyer is somebody else than the customer with the same e-mail: name and address differ.

    One of them alone is what people write in two ways, or change when they move; what is not told differs from nothing.
    """
    buyer = guest_of(order)
    names = {_name(known), _name(buyer)} - {""}
    homes = _homes(known), _homes(buyer)
    return len(names) == 2 and all(homes) and not homes[0] & homes[1]


def _name(customer: Data) -> str:
    parts = customer.get("name") or " ".join(customer.get(part) or "" for part in ("first_name", "last_name"))
    return " ".join(parts.casefold().split())


def _homes(customer: Data) -> set[str]:
    rows = (f"{row.get('line1') or ''} {row.get('postcode') or ''}" for row in customer.get("addresses") or ())
    return {home for row in rows if (home := " ".join(row.casefold().split()))}


def guest_of(order: Data) -> Data:
    """Make the customer from the order's own copy of name and address; nothing is invented."""
    address = order.get("billing_address") or order.get("shipping_address") or {}
    copied = {name: address.get(name) for name in ("name", "first_name", "last_name", "company", "phone", "vat_number")}
    guest: Data = {"is_guest": True, **{name: value for name, value in copied.items() if value}}
    for name in ("email", "phone", "language"):
        if order.get(name):
            guest[name] = order[name]
    kinds = {"billing": order.get("billing_address") or {}, "shipping": order.get("shipping_address") or {}}
    guest["addresses"] = [{**part, "id": kind, "kind": kind} for kind, part in kinds.items() if filled(part)]
    return guest


def filled(address: Data | None) -> bool:
    """Tell whether anything is written in an address."""
    return any(address.values()) if address else False
