"""What both sides agree on once a write of ours is seen in the remote: what it was told, and what it made of that.

What the answer to the write says is what the remote made of it. What is read later may also be a person's change: that
is told apart by what our value must have become there, or by its likeness.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from enum import StrEnum
from html import unescape
from typing import Any

from hub.connector import Stream
from hub.document import Document
from hub.errors import RecordError
from hub.model.custom import gather, overlay, spread
from hub.sync.agreeing.element import EMPTY, MISSING
from hub.sync.agreeing.policy import Policy, default_policy
from hub.sync.agreeing.shadow import made_of_ours
from hub.sync.connection.session import Session
from hub.sync.routing import writable

TAG = re.compile(r"<[^<>]*>")
Data = dict[str, Any]
Shadows = tuple[Data, Data]
"""What we said and what they said: ours, theirs."""


class Seen(StrEnum):
    """How a document came that shows one of our writes."""

    ANSWER = "answer"
    """It is the write's own answer."""
    LATER = "later"
    """It was read afterwards; the write has arrived."""
    AGAIN = "again"
    """It was read because nobody knows whether the write has arrived."""


def made_since(session: Session, stream: Stream, sent: Data, before: Data, decoded: Data, document: Document) -> Data:
    """Give the values that the remote made of ours, of a document that was read some time after they were written.

    A field that we wrote and that neither is what our value becomes there nor looks like it is somebody's change; so
    is any other value in a field that the connection owns.
    """
    flat, made, written = spread(sent), spread(made_of_ours(sent, before, decoded)), _written(session, stream)
    odd = [name for name in made if name in written and made[name] != flat.get(name)]
    own = {name for name in odd if session.policies.get(stream.entity, {}).get(name) == session.name}
    odd = [name for name in odd if name in own or not alike(flat.get(name), made[name])]
    norm = _norm(session, stream, sent, document) if odd else {}
    foreign = {name for name in odd if name in own or made[name] != norm.get(name, MISSING)}
    return gather({name: value for name, value in made.items() if name not in foreign})


def seen_at_last(session: Session, stream: Stream, shadows: Shadows, decoded: Data, document: Document) -> Data:
    """Complete their shadow by what the remote has made of values that were written and never read back until now."""
    ours, theirs = shadows
    unseen = (spread(ours).keys() & spread(decoded).keys()) - spread(theirs).keys()
    if not unseen:
        return theirs
    made = spread(made_since(session, stream, ours, {}, decoded, document))
    return overlay(theirs, {name: made[name] for name in unseen if name in made})


def judge(
    session: Session,
    stream: Stream,
    record: Data,
    sent: Data,
    shadows: Shadows,
    decoded: Data | None,
    document: Document,
    fields: Collection[str],
) -> Shadows:
    """Find out, field by field, what became of an update whose answer was lost; give both shadows as they stand.

    As it was before: it has not arrived, and is still owed. What our value becomes there: it has. Anything else is
    somebody's change beside ours, which the merge decides by policy; only where the newest would win and the record has
    moved on, the record's is the newest. Where the field cannot be read (`decoded` None: nothing can) it is owed again,
    for that does no harm.
    """
    mine, said, base = spread(record), spread(shadows[0]), spread(shadows[1])
    gave, got = spread(sent), spread(decoded or {})
    made = spread(made_since(session, stream, sent, shadows[0], decoded, document)) if decoded else {}
    for name in fields:
        moved, value = mine.get(name) != gave.get(name), got.get(name, MISSING)
        if value is MISSING:
            said |= {name: gave.get(name)} if moved else {}
        elif value == base.get(name, MISSING):
            continue
        elif name in made:
            said[name], base[name] = gave.get(name), value
        elif moved and _policy(session, stream, name) == Policy.NEWEST:
            said[name] = base[name] = value
    return gather(said), gather(base)


def _policy(session: Session, stream: Stream, name: str) -> str:
    return session.policies.get(stream.entity, {}).get(name) or default_policy(stream.entity, name)


def _written(session: Session, stream: Stream) -> frozenset[str]:
    """Name the fields that any route writes to a stream."""
    fields = session.mappings[stream.name].writable
    legs = [leg for leg in session.legs if (leg.target, leg.target_stream) == (session.name, stream.name)]
    return frozenset[str]().union(*(writable(leg, fields) for leg in legs))


def _norm(session: Session, stream: Stream, sent: Data, document: Document) -> Mapping[str, Any]:
    try:
        return spread(session.mappings[stream.name].norm(sent, session.tables, document))
    except RecordError:
        return {}


def alike(sent: Any, got: Any) -> bool:
    """Tell whether a remote may have made one value of the other: trimmed, escaped, in other letters, rounded, sorted.

    What is neither text nor a list of texts, such as a list of order lines, is taken for ours: it is the remote's own
    way to write such things, and too rich to be compared.
    """
    if sent in EMPTY or got in EMPTY:
        return sent in EMPTY and got in EMPTY
    if isinstance(sent, str) and isinstance(got, str):
        return _same_number(sent, got) if _number(sent) is not None else _is_left_of(_letters(sent), _letters(got))
    if _are_texts(sent) and _are_texts(got):
        return sorted(map(_letters, sent)) == sorted(map(_letters, got))
    return not isinstance(sent, bool | int)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _same_number(sent: str, got: str) -> bool:
    mine, theirs = _number(sent), _number(got)
    if mine is None or theirs is None or not (mine.is_finite() and theirs.is_finite()):
        return False
    coarse = max(int(mine.as_tuple().exponent), int(theirs.as_tuple().exponent))
    step = Decimal(1).scaleb(min(coarse, 0))
    return abs(mine - theirs) <= step / 2 or mine.quantize(step, ROUND_HALF_EVEN) == theirs.quantize(step)


def _is_left_of(mine: str, theirs: str) -> bool:
    """Tell whether a remote may have cut one from the other; what it has beyond ours somebody has added."""
    return mine == theirs or (bool(theirs) and mine.startswith(theirs))


def _letters(text: str) -> str:
    """Give what is left of a text without tags, entities, white space, punctuation and the size of letters."""
    plain = TAG.sub("", unescape(text))
    return "".join(letter for letter in plain.casefold() if letter.isalnum())


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
