"""Customers: `customerSet` for what a customer is, an address at a time for where; nothing is deleted by omission."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.shopify.flat import number
from connectors.shopify.graph import Graph
from connectors.shopify.pages import Kind, Reader
from hub.api import UNDONE, Document, Page, RecordError, Refused, RejectedError, Window, Write, Written

KIND = Kind(
    "Customer",
    listed="customers",
    single="customers_by_id",
    lines=False,
    inside={"addresses": "customer_addresses"},
    finish=lambda answer, customer: plain(customer),
)
KEPT = ("firstName", "lastName", "note", "locale", "email", "phone")
ADDRESS = (
    *("firstName", "lastName", "company", "address1", "address2", "city", "provinceCode", "zip", "countryCode"),
    "phone",
)


def read(reader: Reader, window: Window) -> Iterator[Page]:
    """Read customers with all their addresses."""
    return reader.pages(KIND, window, lambda answer: [plain(row) for row in answer["items"]])


def fetch(reader: Reader, ids: list[str]) -> Iterator[Document]:
    """Read customers by id."""
    for answer in reader.fetch(KIND, ids):
        yield from (plain(row) for row in answer["nodes"])


def plain(customer: Document) -> Document:
    """Say the e-mail address and the phone number by themselves, beside the consent to use them."""
    mail, phone = customer["defaultEmailAddress"] or {}, customer["defaultPhoneNumber"] or {}
    return {**customer, "email": mail.get("emailAddress"), "phone": phone.get("phoneNumber")}


def upsert(graph: Graph, reader: Reader, writes: Sequence[Write]) -> Iterator[Written | Refused]:
    """Write customers; what is in a list now and was not when we read it last, stays in it."""
    for write in writes:
        try:
            yield _write(graph, reader, write)
        except RecordError as error:
            yield Refused(write, error)


def find(graph: Graph, reader: Reader, write: Write) -> str | None:
    """Look for a customer that we made: by e-mail or phone, and by our reference."""
    identifier = _identifier(write.document)
    if identifier is None:
        return None
    answer = graph.ask("customer_by", {"identifier": identifier})
    found = answer["customerByIdentifier"]
    if found is None or (found["entrepot"] or {}).get("value") not in (write.record_id, None):
        return None
    return number(found["id"])


def _write(graph: Graph, reader: Reader, write: Write) -> Written:
    now = next(iter(fetch(reader, [write.external_id])), None) if write.external_id else None
    if write.external_id and now is None:
        raise RejectedError(f"customer {write.external_id} is gone from the store", code="gone", hint="Unlink it.")
    changes = _changes(write, now)
    customer = now["id"] if now else _create(graph, write, changes)
    if now and changes:
        graph.mutate("set_customer", {"identifier": {"id": customer}, "input": changes}, repeat=UNDONE)
    if "addresses" in write.document:
        _set_addresses(graph, customer, write, now)
    after = next(iter(fetch(reader, [customer])))
    return Written(write, number(customer), after["updatedAt"], after)


def _create(graph: Graph, write: Write, changes: Document) -> str:
    made = graph.mutate("set_customer", {"input": changes})
    customer = str(made["customer"]["id"])
    entry = {"ownerId": customer, "namespace": "entrepot", "key": "id", "type": "single_line_text_field"}
    graph.mutate("set_metafields", {"metafields": [{**entry, "value": write.record_id}]}, repeat=True)
    return customer


def _changes(write: Write, now: Document | None) -> Document:
    """Give what differs from what stands there, in the shape that the store takes."""
    changes = {name: write.document[name] for name in KEPT if name in write.document}
    if "tags" in write.document:
        ours, before = write.document["tags"] or [], (write.base or {}).get("tags") or []
        theirs = (now or {}).get("tags") or []
        changes["tags"] = [*ours, *(tag for tag in theirs if tag not in before and tag not in ours)]
    if now is None:
        return {name: value for name, value in changes.items() if value is not None}
    return {name: value for name, value in changes.items() if value != now[name]}


def _identifier(document: Document) -> Document | None:
    email, phone = document.get("email"), document.get("phone")
    return {"emailAddress": email} if email else {"phoneNumber": phone} if phone else None


def _set_addresses(graph: Graph, customer: str, write: Write, now: Document | None) -> None:
    wanted = write.document["addresses"] or []
    standing = {number(row["id"]): row for row in (now or {}).get("addresses") or ()}
    kept = {number(row.get("id") or "") for row in wanted}
    for row in wanted:
        old = standing.get(number(row.get("id") or ""))
        given = {name: row[name] for name in ADDRESS if name in row}
        if old is None and not _same_elsewhere(given, standing):
            graph.mutate("create_address", {"customerId": customer, "address": given})
        elif old is not None and any(old.get(name) != value for name, value in given.items()):
            changed = {"customerId": customer, "addressId": old["id"], "address": given}
            graph.mutate("update_address", changed, repeat=UNDONE)
    for row in (write.base or {}).get("addresses") or ():
        if number(row["id"]) not in kept and number(row["id"]) in standing:
            graph.mutate("delete_address", {"customerId": customer, "addressId": row["id"]}, repeat=True)


def _same_elsewhere(given: Document, standing: dict[str, Document]) -> bool:
    """Tell whether an address that is to be made stands there already: an earlier attempt made it."""
    said = {name: value for name, value in given.items() if value}
    return any(all(row.get(name) == value for name, value in said.items()) for row in standing.values())
