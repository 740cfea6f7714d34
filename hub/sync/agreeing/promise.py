"""Records that documents refer to: each has an id at once, and one that is not known yet is promised."""

from __future__ import annotations

from typing import Any

from hub.store import links
from hub.sync.agreeing.change import Changes
from hub.sync.agreeing.reference import taken_ids

Data = dict[str, Any]


def refer(changes: Changes, stream: str, external_id: str) -> str:
    """Give the record that an external id stands for; one that is not known yet is promised."""
    ref = (stream, external_id)
    known = changes.session.refs.get(ref)
    if known is None:
        known = changes.given.get(ref) or changes.session.identify(*ref)
        changes.promised[ref] = known
        changes.session.refs[ref] = known
    return known


def refer_self(changes: Changes, external_id: str) -> str:
    """Give a new record its id, unless something in this batch referred to it before."""
    ref = (changes.stream.name, external_id)
    known = changes.session.refs.get(ref) or changes.given.get(ref) or changes.session.identify(*ref)
    changes.session.remember_new(ref, known)
    changes.promised.pop(ref, None)
    return known


def take_back(changes: Changes) -> bool:
    """Take back the promises of what is linked already, or by ids that are taken; tell whether any id was wrong."""
    session, promised = changes.session, changes.promised
    if not promised:
        return False
    with session.hub.database.read() as tx:
        linked = links.resolve(tx, session.name, promised)
        unknown = {ref: record_id for ref, record_id in promised.items() if ref not in linked}
        anew = taken_ids(session, tx, unknown)
    strange = any(promised[ref] != record_id for ref, record_id in linked.items())  # first seen elsewhere
    session.remember(linked)
    for ref in linked.keys() | anew.keys():
        del promised[ref]
    for ref in anew:
        del session.refs[ref]
    changes.given |= anew
    session.look_first |= strange
    return strange or bool(anew)
