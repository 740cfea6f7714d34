"""How the store refuses: WordPress's error body with a code, a message and data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class WooError(Exception):
    """An answer other than success; `data` stands in the body as it is (an object, or a bare number)."""

    def __init__(self, status: int, code: str, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, "data": {"status": status} if data is None else data}


def invalid_param(name: str, detail: str, message: str) -> WooError:
    """Refuse one parameter, as WordPress's schema check does."""
    details = {name: {"code": detail, "message": message, "data": None}}
    return WooError(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {name}",
        {"status": 400, "params": {name: message}, "details": details},
    )


def not_in_enum(name: str, allowed: Sequence[str]) -> WooError:
    """Refuse a value that is not one of those allowed."""
    message = f"{name} is not one of {', '.join(allowed[:-1])}, and {allowed[-1]}."
    return invalid_param(name, "rest_not_in_enum", message)


def missing_param(name: str) -> WooError:
    """Refuse a body that lacks a required parameter."""
    return WooError(
        400, "rest_missing_callback_param", f"Missing parameter(s): {name}", {"status": 400, "params": [name]}
    )


def invalid_id(kind: str, status: int) -> WooError:
    """Refuse an id that does not exist; `kind` is WordPress's name: shop_order, product, product_variation."""
    return WooError(status, f"woocommerce_rest_{kind}_invalid_id", "Invalid ID.")


def no_route() -> WooError:
    """Refuse a path that leads nowhere."""
    return WooError(404, "rest_no_route", "No route was found matching the URL and request method.")
