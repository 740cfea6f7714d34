"""Batches: at most 100 items, each with its own fate inside a 200, and without the schema's checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from connectors.woocommerce.sandbox.call import Call, Reply
from connectors.woocommerce.sandbox.errors import WooError
from hub.api import Document

LIMIT = 100


def run(
    call: Call,
    create: Callable[[Call], Reply],
    update: Callable[[Call, int], Reply],
    delete: Callable[[Call, int], Reply],
) -> Reply:
    """Create, update and delete in one request."""
    parts = {name: list(call.body.get(name) or []) for name in ("create", "update", "delete")}
    if sum(map(len, parts.values())) > LIMIT:
        message = f"Unable to accept more than {LIMIT} items for this request."
        raise WooError(413, "woocommerce_rest_request_entity_too_large", message)
    removing = replace(call, params={**call.params, "force": "true"}, body={}, batch=True)
    answers: dict[str, list[Any]] = {
        "create": [_item(0, partial(create, _with(call, body))) for body in parts["create"]],
        "update": [_item(_id(body), partial(update, _with(call, body), _id(body))) for body in parts["update"]],
        "delete": [_item(int(gone), partial(delete, removing, int(gone))) for gone in parts["delete"]],
    }
    return Reply({name: rows for name, rows in answers.items() if rows})


def _id(body: Document) -> int:
    return int(body.get("id") or 0)


def _with(call: Call, body: Document) -> Call:
    return replace(call, body=body, batch=True)


def _item(number: int, work: Callable[[], Reply]) -> object:
    try:
        return work().body
    except WooError as error:
        return {"id": number, "error": error.body}
