"""What people do in the remotes, as the script says, and what an operator of the hub does."""

from __future__ import annotations

from hub.store import settings
from hub.testing.simulation.carrier import Carrier
from hub.testing.simulation.dialect import Document, path, word
from hub.testing.simulation.remote import Remote, part
from hub.testing.simulation.script import Edit
from hub.testing.simulation.town import Change, Town
from hub.testing.simulation.umpire import decide_cards

TOKENS = {"customers": "company", "orders": "purchase_order", "shipments": "number"}
"""By stream: the field that says which thing a document is, and that nobody changes."""
WORDS = {"customers": ("first_name", "last_name", "phone", "note"), "orders": ("note", "staff_note")}
"""By stream: the fields of free text that people edit and all sides share."""


LONG_AGO = 3600.0
"""Seconds before the beginning at which what is there from the beginning was last saved."""


def token(thing: int) -> str:
    """Name a thing as its documents do."""
    return f"b{thing}"


def located(remote: Remote, stream: str, thing: int) -> Document | None:
    """Find a thing in a remote."""
    name = TOKENS[stream]
    rows = remote.tables.get(stream, {}).values()
    return next((row for row in rows if row.get(name) == token(thing)), None)


def begin(town: Town) -> None:
    """Do what people did before the hub was there: nobody has read anything yet."""
    for edit in town.script.edits:
        if edit.at == 0:
            DEEDS[edit.what](town, town.remotes[edit.where], edit)


def act(town: Town) -> None:
    """Do everything that people do from then on, each at its time."""
    for edit in sorted((edit for edit in town.script.edits if edit.at > 0), key=lambda edit: edit.at):
        if edit.at > town.baton.now:
            town.baton.sleep(edit.at - town.baton.now)
        DEEDS[edit.what](town, town.remotes[edit.where], edit)


def _create(town: Town, remote: Remote, edit: Edit) -> None:
    if edit.stream == "customers":
        document = _customer(remote, edit)
    else:
        buyer = located(remote, "customers", int(edit.field))
        if buyer is None:
            return
        document = _order(remote, edit, buyer)
        town.buyers[token(edit.thing)] = token(int(edit.field))
    row = remote.edit(edit.stream, None, document, remote.dialect.late if edit.at else LONG_AGO)
    town.born[token(edit.thing)] = (edit.where, edit.stream)
    for name in WORDS[edit.stream]:
        town.changes[token(edit.thing), name].append(Change(word(part(row, path(edit.where, name))), "", edit.where))


def _customer(remote: Remote, edit: Edit) -> Document:
    document: Document = {"company": token(edit.thing), "email": f"c{edit.thing}@town.test", "vat": f"V{edit.thing}"}
    for number, name in enumerate(WORDS["customers"]):
        _lay(document, path(remote.name, name), f" q{edit.thing}0{number}q {edit.value}")
    return document


def _order(remote: Remote, edit: Edit, buyer: Document) -> Document:
    document: Document = {
        "number": f"#{1000 + len(remote.tables.get('orders', {}))}",
        "purchase_order": token(edit.thing),
        "channel": remote.name,
        "status": "processing",
        "currency": "EUR",
        "email": buyer["email"],
        "customer": buyer["id"],
        "total": edit.value,
    }
    for number, name in enumerate(WORDS["orders"]):
        _lay(document, path(remote.name, name), f"q{edit.thing}0{number}q  an order ")
    return document


def change(town: Town, remote: Remote, edit: Edit) -> None:
    """Change a field of a thing, and note which word was replaced by which."""
    row = located(remote, edit.stream, edit.thing)
    if row is None:
        return
    place = path(edit.where, edit.field)
    before = word(part(row, place))
    document: Document = {}
    _lay(document, place, edit.value)
    kept = remote.edit(edit.stream, row["id"], document, remote.dialect.late)
    if edit.stream != "shipments":
        last = word(part(kept, place)) or edit.value
        town.changes[token(edit.thing), edit.field].append(Change(last, before, edit.where))


def _ship(town: Town, remote: Remote, edit: Edit) -> None:
    order = located(remote, "orders", int(edit.field))
    if order is not None and token(edit.thing) not in town.born:
        document = {"number": token(edit.thing), "order": order["id"], "status": edit.value, "tracking_number": None}
        remote.edit("shipments", None, document)
        town.born[token(edit.thing)] = (edit.where, "shipments")


def _move(_town: Town, remote: Remote, edit: Edit) -> None:
    row = located(remote, "shipments", edit.thing)
    if row is not None and isinstance(remote, Carrier):
        remote.move(row["id"])


def _delete(_town: Town, remote: Remote, edit: Edit) -> None:
    row = located(remote, edit.stream, edit.thing)
    if row is not None:
        remote.delete(edit.stream, row["id"])


def _rotate(town: Town, remote: Remote, edit: Edit) -> None:
    """Withdraw the token that lets the hub in; the operator hears of it later."""
    if remote.dialect.tokens:
        return
    remote.gate.fixed = edit.value
    town.tell(f"{remote.name} withdraws its token")


def _renew(town: Town, remote: Remote, _edit: Edit) -> None:
    """Give the hub the token that is valid now, as an operator does."""
    with town.database.write() as tx:
        settings.put_connection(tx, town.enter(remote))


def _lay(document: Document, place: str, value: str) -> None:
    head, _, tail = place.partition(".")
    document[head] = {**document.get(head, {}), tail: value} if tail else value


def _decide(town: Town, _remote: Remote, _edit: Edit) -> None:
    decide_cards(town, town.hub("umpire"))


DEEDS = {
    "create": _create,
    "change": change,
    "ship": _ship,
    "move": _move,
    "delete": _delete,
    "rotate": _rotate,
    "renew": _renew,
    "decide": _decide,
}
