"""Says who buys where an order names no account: a guest, who is a customer from the first order on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hub.connector import Entity
from hub.errors import RecordError
from hub.store import records
from hub.store.database import Transaction
from hub.store.links import Ref
from hub.sync.agreeing import guest
from hub.sync.agreeing.arrival import Arrival
from hub.sync.agreeing.change import Changes, keep, route
from hub.sync.agreeing.reference import look_up_refs, taken_ids
from hub.sync.agreeing.validate import validate

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A guest who is not known yet, and the key under which they will be."""

    key: str
    data: Data


def look_up_guests(changes: Changes, decoded: Sequence[tuple[Arrival, Data]]) -> dict[str, Data]:
    """Look up who buys without an account; give the customers that are known by their e-mails."""
    session = changes.session
    bought = [(data, a.external_id) for a, data in decoded if not data.get("customer")]
    if not bought:
        return {}
    keys = [make(*one) for one in bought for make in (guest.guest_key, guest.named_key)]
    refs = [(guest.STREAM, key) for key in dict.fromkeys(keys)]
    with session.hub.database.read() as tx:
        look_up_refs(session, tx, refs)
        _look_up_remade(changes, tx, [ref for ref in refs if ref not in session.refs])
        rows = records.by_ids(tx, sorted({session.refs[ref] for ref in refs if ref in session.refs}))
    return {row.id: orjson.loads(row.data) for row in rows.values()}


def buyer(
    changes: Changes, guests: Mapping[str, Data], current: Data | None, arrival: Arrival, decoded: Data
) -> Newcomer | None:
    """Put the guest in as the customer of an order without one; give the guest where it is a new one.

    An order keeps its buyer as long as its e-mail stays. Who shares an e-mail with a customer, and neither the name nor
    an address, is somebody else, and a person is told (T065).
    """
    plain, named = (make(decoded, arrival.external_id) for make in (guest.guest_key, guest.named_key))
    if current and current.get("customer") and guest.guest_key(current, arrival.external_id) == plain:
        decoded["customer"] = current["customer"]
        return None
    refs = changes.session.refs
    customer, key = refs.get((guest.STREAM, named)) or refs.get((guest.STREAM, plain)), plain
    if customer and (guest.STREAM, named) not in refs and guest.is_another(_face(changes, guests, customer), decoded):
        changes.alike.append((arrival.external_id, _alike()))
        customer, key = None, named
    newcomer = None if customer else Newcomer(key, guest.guest_of(decoded))
    if newcomer:
        validate(Entity.CUSTOMER, orjson.dumps(newcomer.data), newcomer.data, {})
    decoded["customer"] = customer or _new_id(changes, key)
    return newcomer


def _look_up_remade(changes: Changes, tx: Transaction, unknown: Sequence[Ref]) -> None:
    """Promise guests who came back from elsewhere; who was unlinked by hand is somebody new."""
    session = changes.session
    derived = {ref: session.identify(*ref) for ref in unknown}
    changes.given |= taken_ids(session, tx, derived)
    known = records.current_versions(tx, derived.values())
    back = {ref: i for ref, i in derived.items() if i in known and ref not in changes.given}
    changes.promised |= back
    session.remember(back)


def _new_id(changes: Changes, key: str) -> str:
    ref = (guest.STREAM, key)
    return changes.given.get(ref) or changes.session.identify(*ref)


def _face(changes: Changes, guests: Mapping[str, Data], customer: str) -> Data:
    """Give what is known of a customer, be it of this batch."""
    new = changes.records.get(customer)
    face: Data = orjson.loads(new.data) if new else guests.get(customer, {})
    return face


def _alike() -> RecordError:
    return RecordError(
        "Somebody with another name and address has bought with this e-mail before; they are kept as two customers.",
        hint="If they are one, give the order their account in the shop; if they are two, discard this.",
    )


def add_guest(changes: Changes, order: Data, newcomer: Newcomer) -> None:
    """Gather the customer that a new guest becomes."""
    ref = (guest.STREAM, newcomer.key)
    record_id = changes.promised[ref] = changes.session.refs[ref] = order["customer"]
    keep(changes, record_id, 1, Entity.CUSTOMER, newcomer.data, orjson.dumps(newcomer.data))
    route(changes, Entity.CUSTOMER, record_id, {changes.session.name})
