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
