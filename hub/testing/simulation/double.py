"""The connectors of the doubles, as an author would write them, and their mappings."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
import orjson
from pydantic import BaseModel, SecretStr

from hub.api import (
    AuthError,
    ConnectorSpec,
    Document,
    Entity,
    Hook,
    Limit,
    Page,
    Refused,
    RejectedError,
    Stream,
    Token,
    Touched,
    Unread,
    Webhooks,
    Window,
    Write,
    Written,
)
from hub.clock import utc_parse, utc_text
from hub.testing.memory import TextFolder
from hub.testing.simulation.dialect import Dialect


class DoubleSettings(BaseModel):
    """What lets the hub in, and what webhooks are signed with."""

    token: SecretStr
    code: SecretStr
    hook_secret: SecretStr


class Double:
    """One account with a double."""

    dialect: Dialect
    name: str

    def __init__(self, settings: DoubleSettings, http: httpx.Client) -> None:
        http.base_url = f"https://{self.name}.test"
        http.headers["Authorization"] = f"Bearer {settings.token.get_secret_value()}"
        self._http = http
        self._code = settings.code.get_secret_value()

    def check(self) -> None:
        """Ask for anything."""
        self._http.get("/customers", params={"ref": "none"})

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        """Page through what changed in the window."""
        bounds = {"since": _text(window.since), "until": _text(window.until)}
        asked = {name: text for name, text in bounds.items() if text}
        yield from (
            self._numbered(stream, asked, window.resume)
            if self.dialect.pages
            else self._after(stream, asked, window.resume)
        )

    def _numbered(self, stream: str, asked: dict[str, str], resume: int | None) -> Iterator[Page]:
        """Last page first: what is edited meanwhile leaves the window and shifts the rest forward."""
        number = resume
        while True:
            page = {"page": str(number)} if number else {}
            found = self._http.get(f"/{stream}", params=asked | page).json()
            number = found["page"] - 1 or None
            yield Page(Unread([*map(orjson.dumps, found["items"])]), number, found["total"], _time(found))
            if number is None:
                return

    def _after(self, stream: str, asked: dict[str, str], resume: str | None) -> Iterator[Page]:
        cursor = resume
        while True:
            after = {"after": cursor} if cursor else {}
            found = self._http.get(f"/{stream}", params=asked | after).json()
            cursor = found["next"]
            yield Page(found["items"], cursor, found["total"], _time(found))
            if cursor is None:
                return

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        """Read by id."""
        for external_id in ids:
            try:
                yield self._http.get(f"/{stream}/{external_id}").json()
            except RejectedError as error:
                if error.context.get("status") != "404":
                    raise

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Write one after another."""
        for write in writes:
            method, path = ("PUT", f"/{stream}/{write.external_id}") if write.external_id else ("POST", f"/{stream}")
            headers = {"Idempotency-Key": write.key} if self.dialect.keyed and not write.external_id else {}
            saved = self._http.request(method, path, json=write.document, headers=headers).json()
            whole = None if self.dialect.bare else saved
            yield Written(write, str(saved["id"]), whole and whole["updated"], whole)

    def track(self, stream: str, numbers: Sequence[str]) -> Iterator[Document]:
        """Ask where parcels are."""
        yield from self.fetch(stream, numbers)


class FindingDouble(Double):
    """A double that can be asked for our reference."""

    def find(self, stream: str, write: Write) -> str | None:
        """Find by our reference."""
        found = self._http.get(f"/{stream}", params={"ref": write.record_id}).json()["items"]
        return str(found[0]["id"]) if found else None


class Renewing(Double):
    """A double that lets the hub in with tokens that expire."""

    def use(self, token: Token) -> None:
        """Sign requests with this token from now on."""
        self._http.headers["Authorization"] = f"Bearer {token.access}"

    def renew(self, token: Token | None) -> Token:
        """Exchange the refresh token, or the code of the settings, for the next pair."""
        asked = token.refresh if token else self._code
        given = self._http.post("/token", json={"with": asked}).json()
        return Token(given["access"], given["refresh"])


def receive(hook: Hook, secrets: Sequence[str]) -> Sequence[Touched]:
    """Verify a call of a double and say what it touched."""
    if not any(hmac.compare_digest(sign(hook.body, secret), hook.headers.get("x-signature", "")) for secret in secrets):
        raise AuthError("The signature of a webhook does not fit.", hint="Look for the secret that it is signed with.")
    told = json.loads(hook.body)
    return [Touched(told["stream"], told["id"], "changed")]


def sign(body: bytes, secret: str) -> str:
    """Sign a webhook's bytes."""
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


def _text(moment: Any) -> str | None:
    return utc_text(moment) if moment else None


def _time(found: Document) -> Any:
    return utc_parse(found["now"]) if "now" in found else None


SHOP = {
    "customers": """
entity: customer
stream: customers
id: id
version: updated
reference: ref
fields:
  company: company
  email: email
  first_name: first
  last_name: last
  phone: phone
  note: note
""",
    "orders": """
entity: order
stream: orders
id: id
version: updated
reference: ref
fields:
  number: number
  purchase_order: purchase_order
  channel: channel
  status: {path: status, values: {open: [processing], completed: [done], cancelled: [off]}}
  currency: currency
  email: email
  customer: {path: customer, as: id, link: customers}
  total: {path: total, as: amount}
  note: note
  staff_note: staff
""",
}
ERP = {
    "customers": """
entity: customer
stream: customers
id: id
version: updated
reference: ref
fields:
  company: company
  email: email
  first_name: name.first
  last_name: name.last
  phone: phone
  note: note
""",
    "orders": SHOP["orders"].replace("staff_note: staff", "staff_note: internal.memo"),
    "shipments": """
entity: shipment
stream: shipments
id: id
version: updated
reference: ref
fields:
  order: {path: order, as: id, link: orders}
  number: number
  status:
    path: status
    values:
      pending: [waiting]
      packed: [packed]
      label_created: [labelled]
      in_transit: [moving]
      out_for_delivery: [near]
      delivered: [arrived]
  tracking_number: tracking_number
""",
}
CARRIER = {
    "shipments": """
entity: shipment
stream: shipments
id: id
version: updated
reference: ref
fields:
  number: number
  status: {in: status, values: {label_created: [labelled, moving, near, arrived]}}
  tracking_number: {in: tracking_number}
""",
    "trackers": """
entity: shipment
stream: trackers
id: tracking_number
fields:
  tracking_number: {in: tracking_number}
  status:
    in: status
    values: {label_created: [labelled], in_transit: [moving], out_for_delivery: [near], delivered: [arrived]}
  events: {in: events, each: event, by: id}
parts:
  event:
    id: id
    at: {in: at, as: utc}
    status:
      in: status
      values: {label_created: [labelled], in_transit: [moving], out_for_delivery: [near], delivered: [arrived]}
""",
}
CUSTOMERS = Stream(name="customers", entity=Entity.CUSTOMER, writes=True)
ORDERS = Stream(name="orders", entity=Entity.ORDER, writes=True, after=("customers",))
SHIPMENTS = Stream(name="shipments", entity=Entity.SHIPMENT, writes=True, after=("orders",))
LABELS = Stream(name="shipments", entity=Entity.SHIPMENT, writes=True)
TRACKERS = Stream(name="trackers", entity=Entity.SHIPMENT, reads=False, tracks=True, after=("shipments",))
KINDS: Mapping[str, tuple[Sequence[Stream], Mapping[str, str]]] = {
    "north": ((CUSTOMERS, ORDERS), SHOP),
    "south": ((CUSTOMERS, ORDERS), SHOP),
    "erp": ((CUSTOMERS, ORDERS, SHIPMENTS), ERP),
    "carrier": ((LABELS, TRACKERS), CARRIER),
}
"""Each system's streams and mappings."""
FIELDS = {
    "customers": frozenset({"ref", "company", "email", "first", "last", "name", "phone", "note"}),
    "orders": frozenset(
        {"ref", "number", "purchase_order", "channel", "status", "currency", "email", "customer", "total", "note"}
        | {"staff", "internal"}
    ),
    "shipments": frozenset({"ref", "order", "number", "status", "tracking_number"}),
}
"""What the doubles know of a document; anything else is refused."""


REREAD = 6 * 3600
"""Seconds between two passes over a stream whose changes may stay unseen."""


def spec(name: str, dialect: Dialect) -> ConnectorSpec:
    """Make the connector of one double."""
    streams, mappings = KINDS[name]
    able = [kind for kind, can in ((FindingDouble, dialect.finds), (Renewing, dialect.tokens)) if can]
    manners: dict[str, Any] = {"keyed": dialect.keyed, "batch": dialect.batch}
    if dialect.blind:
        manners |= {"blind_to": ["note"], "reread": REREAD}
    return ConnectorSpec(
        name=name,
        title=name.title(),
        connector=type(name.title(), tuple(able) or (Double,), {"dialect": dialect, "name": name}),
        settings=DoubleSettings,
        streams=[replace(stream, **manners) for stream in streams],
        webhooks=Webhooks(receive=receive, topics=("changed",), secret="hook_secret"),
        mappings=TextFolder({f"{stream}.yaml": text for stream, text in mappings.items()}),
        limit=Limit(per_second=1000, burst=1000),
    )
