"""What a key may do: asked for one resource after another, so that each thing that it lacks can be named."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx

from connectors.woocommerce.answers import documents
from connectors.woocommerce.refusals import SHOP_MANAGER, forbids
from hub.api import AuthError, RejectedError

RESOURCES = ("orders", "products", "customers")
ONE = {"per_page": "1", "_fields": "id"}
READ_ONLY = "write permissions"


def require(http: httpx.Client, url: str, *, writes: bool) -> None:
    """Prove that a key may read, and write where it must; AuthError names everything that it may not."""
    lacking = [f"read {name}" for name in RESOURCES if not _may(http, name, _read)]
    if writes:
        lacking += _unwritable(http, url)
    if lacking:
        raise AuthError(
            f"{url}: the key's user may not {', '.join(lacking)}",
            hint=SHOP_MANAGER,
        )


def _unwritable(http: httpx.Client, url: str) -> Iterator[str]:
    """Name what may not be written; empty batches change nothing."""
    for name in RESOURCES:
        try:
            if not _may(http, name, _write):
                yield f"write {name}"
        except AuthError as error:
            if READ_ONLY in error.message:
                raise _read_only(url) from error
            raise


def _read(http: httpx.Client, name: str) -> None:
    documents(http.get(name, params=ONE))


def _write(http: httpx.Client, name: str) -> None:
    try:
        http.post(f"{name}/batch", json={}, extensions={"hub.retry": True})
    except RejectedError:
        return  # a store without this route is not asked for it before a record is written


def _may(http: httpx.Client, name: str, ask: Callable[[httpx.Client, str], None]) -> bool:
    try:
        ask(http, name)
    except AuthError as error:
        if forbids(error):
            return False
        raise
    return True


def _read_only(url: str) -> AuthError:
    return AuthError(
        f"{url}: the key may read, but not write",
        hint="Give the key the permission Read/Write, or set writes = false if the hub shall only read.",
    )
