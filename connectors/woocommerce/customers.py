"""Customers: written in batches, and found by e-mail and our reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx

from connectors.woocommerce import batches
from connectors.woocommerce.answers import documents
from connectors.woocommerce.meta import REFERENCE, value_of, with_deletions
from connectors.woocommerce.refusals import refusal
from hub.api import Document, Refused, RejectedError, Write, Written

TAKEN = "registration-error-email-exists"
READ_ONLY = ("id", "username", "role", "date_created", "date_created_gmt", "date_modified", "date_modified_gmt")


def by_email(http: httpx.Client, email: str) -> Document | None:
    """Find the account with an e-mail, whatever its case and role."""
    found = documents(http.get("customers", params={"email": email, "role": "all"}))
    return found[0] if found else None


def find(http: httpx.Client, write: Write) -> str | None:
    """Find the account that a write has made: the one with its e-mail, if it carries our reference."""
    email = write.document.get("email")
    account = by_email(http, str(email)) if email else None
    if account is None or value_of(account, REFERENCE) != write.record_id:
        return None
    return str(account["id"])


def upsert(http: httpx.Client, writes: Sequence[Write]) -> Iterator[Written | Refused]:
    """Create and change accounts; an e-mail that is taken is ours if the account carries our reference."""
    ready = [(write, _item(write)) for write in writes]
    sent = [item for _, item in ready if not isinstance(item, RejectedError)]
    answers = iter(batches.send(http, "customers", sent))
    for write, item in ready:
        if isinstance(item, RejectedError):
            yield Refused(write, item)
            continue
        yield _outcome(http, write, next(answers))


def _item(write: Write) -> batches.Item | RejectedError:
    body = {name: value for name, value in write.document.items() if name not in READ_ONLY}
    if write.external_id is not None:
        return "update", {**with_deletions(body, write.base), "id": int(write.external_id)}
    if not body.get("email"):
        return RejectedError(
            "a customer without an e-mail cannot have an account",
            code="registration-error-invalid-email",
            hint="Add an e-mail to the customer, or keep such customers out of the route.",
        )
    return "create", body


def _outcome(http: httpx.Client, write: Write, answer: Document | RejectedError) -> Written | Refused:
    if isinstance(answer, RejectedError):
        return Refused(write, answer)
    if "error" not in answer:
        return _written(write, answer)
    error = refusal(answer, f"customer {write.record_id}")
    if write.external_id is None and error.code == TAKEN and (number := find(http, write)):
        body = {**write.document, "id": int(number)}
        again = batches.send(http, "customers", [("update", body)])[0]
        if not isinstance(again, RejectedError) and "error" not in again:
            return _written(write, again)
    return Refused(write, error)


def _written(write: Write, account: Document) -> Written:
    return Written(write, str(account["id"]), account.get("date_modified_gmt"), account)
