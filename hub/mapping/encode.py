"""Turns a canonical record into a patch of a remote document: only what the mapping writes, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from hub.document import Document
from hub.errors import InvalidRecordError, LinkMissingError, UnknownValueError
from hub.mapping.amount import AMOUNTS, Amount, Tables
from hub.mapping.field import Field, Part
from hub.mapping.paths import MISSING, Path, merge, read, write
from hub.mapping.rule import When

FindExternal: TypeAlias = Callable[[str, str], str | None]
"""Gives the external id of a record in a stream, None where the two are not linked."""
Leaf: TypeAlias = Callable[[Any, Tables, Amount], Any]
"""Gives the canonical meaning of a raw remote value; a linked id stays the remote's."""
DOCUMENT_ERRORS: Final = (InvalidRecordError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What a codec may raise about a value that it cannot turn."""


@dataclass(slots=True, kw_only=True)
class Writing:
    """One encode: the world that it happens in, and the trail of fields down to where it has come."""

    tables: Tables
    link: FindExternal
    leaves: Mapping[Field, Leaf]
    amount: Amount
    create: bool = False
    trail: list[str] = field(default_factory=list)

    @property
    def at(self) -> str:
        """The canonical path that is being written."""
        return ".".join(self.trail).replace(".[", "[")


def encode_part(
    part: Part, record: Mapping[str, Any], base: Document | None, w: Writing, only: Collection[str] | None = None
) -> Document:
    """Make the patch that brings an object to what the record says; `only` names the top fields to write."""
    patch: Document = {}
    if "currency" in record:
        w = replace(w, amount=AMOUNTS.get(record["currency"], w.amount))
    for f in part.fields:
        if f.rule.writes and (only is None or f.top in only or f.keys[0] in only):
            value = pick(record, f.keys)
            if value is not MISSING and _is_due(f, base, w):
                w.trail.append(f.rule.name)
                _write(patch, base, f, value, w)
                w.trail.pop()
    return patch


def pick(record: Any, keys: tuple[str, ...]) -> Any:
    """Read a canonical path: MISSING where it is absent; below null everything is null."""
    for key in keys:
        if record is None:
            return None
        record = record.get(key, MISSING)
        if record is MISSING:
            return MISSING
    return record


def _is_due(f: Field, base: Document | None, w: Writing) -> bool:
    when = f.rule.when
    if when is When.ALWAYS:
        return True
    if when is When.NEW:
        return w.create
    if base is None:
        return w.create  # nobody knows what the remote holds
    nothing: tuple[Any, ...] = (MISSING, None, "", [], {}, f.rule.empty)
    return all(_held(path, base) in nothing for path in f.rule.writes)


def _held(path: Path, base: Document | None) -> Any:
    return MISSING if base is None else read(path, base)


def _write(patch: Document, base: Document | None, f: Field, value: Any, w: Writing) -> None:
    try:
        _write_field(patch, base, f, value, w)
    except InvalidRecordError as error:
        if error.path:
            raise
        raise _unwritable(w.at, str(error)) from error
    except DOCUMENT_ERRORS as error:
        raise _unwritable(w.at, repr(error)) from error


def _unwritable(at: str, what: str) -> InvalidRecordError:
    hint = "Correct the record, or the field's rule in the mapping."
    return InvalidRecordError(f"{at} cannot be written: {what}", path=at, hint=hint, context={"field": at})


def _write_field(patch: Document, base: Document | None, f: Field, value: Any, w: Writing) -> None:
    held = [_held(path, base) for path in f.rule.writes]
    remote = _inner(f, f.part, value, held[0], w) if f.part else _plain(f, value, held, w)
    for path, item in zip(f.rule.writes, remote, strict=True):
        if path:
            write(patch, base, path, item)
        elif item is not None:
            patch.update(merge(item, patch))


# Plain values


def _plain(f: Field, value: Any, held: list[Any], w: Writing) -> list[Any]:
    """Give the remote values of a field, one a path; what means the same already is left as the remote writes it."""
    wanted = _external(f, value, w) if f.rule.link and value is not None else value
    if f.rule.reads == f.rule.writes and MISSING not in held and _means(f, held, wanted, w):
        return held
    if value is None:
        return [None if f.rule.empty is MISSING else f.rule.empty] * len(held)
    single = len(held) == 1
    known = [None if item is MISSING else item for item in held]
    remote = _to_remote(f, wanted, known[0] if single else known, w)
    return [remote] if single else list(remote)


def _means(f: Field, held: list[Any], wanted: Any, w: Writing) -> bool:
    try:
        return bool(w.leaves[f](held[0] if len(held) == 1 else held, w.tables, w.amount) == wanted)
    except DOCUMENT_ERRORS:
        return False


def _external(f: Field, value: str, w: Writing) -> str:
    external = w.link(f.rule.link, value)
    if external is None:
        raise LinkMissingError(
            f"{w.at} refers to {value}, which has no {f.rule.link} in this connection yet",
            stream=f.rule.link,
            record_id=value,
            hint="The write waits and goes on by itself once the other record has arrived there.",
        )
    return external


def _to_remote(f: Field, value: Any, held: Any, w: Writing) -> Any:
    if f.theirs is not None:
        value = _translated(f.theirs, value, w.at, "")
    if f.rule.table:
        inverse = {ours: theirs for theirs, ours in reversed([*w.tables.get(f.rule.table, {}).items()])}
        value = _translated(inverse, value, w.at, f.rule.table)
    for place, codec in reversed(list(enumerate(f.codecs))):
        if value is not None and codec.encode is not None:
            value = codec.encode(value, w.tables, None if place else held)
    return value


def _translated(known: Mapping[Any, Any], value: Any, at: str, table: str) -> Any:
    try:
        return known[value]
    except (KeyError, TypeError):
        raise unknown_value(value, at, at, table, known) from None


WITHOUT_TABLE = "Correct it in the remote system, or add it under `values` in a mapping of your own."


LISTED = 12


def unknown_value(value: Any, canonical: str, path: str, table: str, known: Collection[Any] = ()) -> UnknownValueError:
    """Make the error for a value that no table maps; `path` is where it was found, `known` what would have done."""
    where = f"in the table {table}" if table else "among the values of the mapping"
    row = f"THEIRS {value}" if path == canonical else f"{value} OURS"
    hint = f"Say what it means: hub table set CONNECTION {table} {row}" if table else WITHOUT_TABLE
    message = f"{canonical}: {value!r} is not {where}{_listed(known)}"
    error = UnknownValueError(message, path=path, value=str(value), table=table, hint=hint)
    error.context["field"] = canonical
    return error


def _listed(known: Collection[Any]) -> str:
    named = [str(one) for one in known if one is not None]
    if not named:
        return ", which is empty"
    more = f" and {len(named) - LISTED} more" if len(named) > LISTED else ""
    return f"; known are {', '.join(named[:LISTED])}{more}"


# Objects and lists of objects


def _inner(f: Field, part: Part, value: Any, held: Any, w: Writing) -> list[Any]:
    if value is None:
        return [None if f.rule.empty is MISSING else f.rule.empty]
    if f.rule.part:
        return [encode_part(part, value, held if isinstance(held, dict) else None, w)]
    return [_elements(f.rule.by, part, value, held, w)]


def _elements(by: str, part: Part, items: list[Any], held: Any, w: Writing) -> list[Document]:
    """Write a list: elements that the remote has already keep what the mapping does not know."""
    left = _known_elements(by, part, held, w)
    elements = []
    for place, item in enumerate(items):
        old = left.pop(_identity(part.field(by), item, w), None) if by else None
        new = w.create or (old is None and isinstance(held, list))
        w.trail.append(f"[{place}]")
        patch = encode_part(part, item, old, replace(w, create=new))
        w.trail.pop()
        elements.append(patch if old is None else merge(patch, old))
    return elements


def _known_elements(by: str, part: Part, held: Any, w: Writing) -> dict[Any, Document]:
    """Index the remote's elements by identity; one that has none cannot be meant."""
    known: dict[Any, Document] = {}
    for element in held if by and isinstance(held, list) else []:
        f = part.field(by)
        raw = read(f.rule.reads[0], element)
        identity = None if raw is MISSING else w.leaves[f](raw, w.tables, w.amount)
        if identity is not None:
            known.setdefault(identity, element)
    return known


def _identity(f: Field, item: Mapping[str, Any], w: Writing) -> Any:
    """Give what identifies an element in the remote's terms."""
    value = item.get(f.rule.name)
    return w.link(f.rule.link, value) if f.rule.link and value is not None else value
