"""Asks the Admin API: one document with its variables, and errors that say what happens next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from connectors.shopify.document import document
from connectors.shopify.throttle import heed
from connectors.shopify.version import VERSION
from hub.api import AuthError, BadResponseError, Document, HubError, RateLimitError, RejectedError

PATH = f"/admin/api/{VERSION}/graphql.json"
Sign = Callable[[httpx.Request], httpx.Request]


class TooCostlyError(RejectedError):
    """A query that costs more than the bucket ever holds: ask for smaller pages."""


Repeat = bool | str
"""Whether to send again what got no answer: True, False, or UNDONE."""


class Graph:
    """The Admin API of one store. `time` is the store's clock at its last answer."""

    def __init__(self, http: httpx.Client, sign: Sign) -> None:
        self._http = http
        self._sign = sign
        self.time: datetime | None = None

    def ask(
        self, name: str, variables: Mapping[str, Any] | None = None, *, repeat: Repeat = True, wait: float = 0
    ) -> Any:
        """Send the document of that name; give its data. `repeat`: it may be sent again when no answer came."""
        return self.send(document(name), variables, repeat=repeat, wait=wait)

    def send(self, text: str, variables: Mapping[str, Any] | None = None, *, repeat: Repeat, wait: float = 0) -> Any:
        """Send a document; give its data."""
        extensions = {"hub.sign": self._sign, "hub.heed": heed, "hub.retry": repeat, "hub.wait": wait}
        body = {"query": text, "variables": dict(variables or {})}
        response = self._http.post(PATH, json=body, extensions=extensions)
        self.time = moment(response.headers.get("Date"))
        answer = response.json()
        if not isinstance(answer, dict):
            raise _unexpected(response, "something that is no GraphQL answer")
        if answer.get("errors"):
            raise _refusal(response, answer["errors"])
        if not isinstance(answer.get("data"), dict):
            raise _unexpected(response, "neither data nor errors")
        return answer["data"]

    def mutate(self, name: str, variables: Mapping[str, Any], *, repeat: Repeat = False) -> Document:
        """Send a mutation of one field; give its payload, or raise the RejectedError that its user errors say."""
        payload: Document = next(iter(self.ask(name, variables, repeat=repeat).values()))
        if errors := user_errors(payload):
            raise rejected(errors)
        return payload


def user_errors(payload: Document) -> list[Document]:
    """Give what a mutation complains of, whatever the list is called."""
    return next((rows for name, rows in payload.items() if name.lower().endswith("usererrors") and rows), [])


def rejected(errors: list[Document]) -> RejectedError:
    """Make the error for user errors, naming the fields."""
    said = "; ".join(f"{'.'.join(error.get('field') or ['it'])}: {error['message']}" for error in errors)
    return RejectedError(said, code=str(errors[0].get("code") or ""), hint="Mend the record, then replay it.")


def _refusal(response: httpx.Response, errors: Any) -> HubError:
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {"message": errors}
    code = str((first.get("extensions") or {}).get("code") or "")
    said = f"{response.request.url.host}: {str(first.get('message'))[:300]}"
    context = {"host": response.request.url.host, "sent": "no", **({"code": code} if code else {})}
    if code == "THROTTLED":
        return RateLimitError(said, context=context)
    if code == "MAX_COST_EXCEEDED":
        return TooCostlyError(said, code=code, hint="Lower page_size or lines of the connection.", context=context)
    if code == "ACCESS_DENIED":
        needed = (first.get("extensions") or {}).get("requiredAccess") or "more access scopes"
        hint = f"Give the app {needed}, and install it again; `hub connect test` names every scope that is missing."
        return AuthError(said, hint=hint, context={**context, "status": "403"})
    if code == "UNAUTHENTICATED":
        return AuthError(said, hint="Renew the connection's credentials.", context=context)
    if code == "INTERNAL_SERVER_ERROR":
        context["sent"] = "yes"
        return BadResponseError(said, hint="Nothing to do: the hub asks again.", context=context)
    return RejectedError(said, code=code, hint="The store does not understand the request: report it.", context=context)


def _unexpected(response: httpx.Response, got: str) -> BadResponseError:
    request = response.request
    return BadResponseError(
        f"{request.url.host} answered {request.method} {request.url.path} with {got}",
        hint="Check the connection's shop address; it must be NAME.myshopify.com.",
        context={"host": request.url.host, "path": request.url.path, "sent": "yes"},
    )


def moment(text: str | None) -> datetime | None:
    """Read the store's clock from an HTTP date."""
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
