"""A mapping ready to run: documents to records, records to patches, and what the two agree on."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from hashlib import blake2b
from itertools import count
from typing import Any, TypeAlias

from hub.connector import Codec
from hub.document import Document, Text
from hub.errors import InvalidRecordError
from hub.mapping.amount import NEVER_EXACT, Tables, amount_as_it_is
from hub.mapping.blame import blame
from hub.mapping.codecs import decode_id
from hub.mapping.encode import DOCUMENT_ERRORS, FindExternal, Leaf, Writing, encode_part, pick
from hub.mapping.field import Builder, Field, Part
from hub.mapping.generate import decoder, leaf_name, leaves
from hub.mapping.paths import MISSING, Lists, Path, merge, path_text, read, write
from hub.mapping.peek import marks_of, may_contain, peeker
from hub.mapping.rule import MappingFile, Rule, Rules
from hub.mapping.verify import active, verify
from hub.model import ENTITIES

Record: TypeAlias = dict[str, Any]
"""A canonical record as JSON."""
FindRecord: TypeAlias = Callable[[str, str], str]
"""Gives the record id that an external id of a stream is linked to."""

SEMANTICS = 1
"""Goes up when the same mapping begins to decode differently, so that every document is decoded again."""


def compile_mapping(mapping: MappingFile, codecs: Mapping[str, Codec]) -> Compiled:
    """Make a layered mapping ready to run; MappingFileError names what it refers to in vain."""
    verify(mapping, complete=True)
    builder = Builder(mapping, codecs)
    top = builder.part("", mapping.fields, ENTITIES[mapping.entity])
    return Compiled(mapping, top, builder.parts, mapping_hash(mapping, codecs))


class Compiled:
    """One mapping, compiled; safe to share between threads.

    `hash` changes with everything that determines what a document decodes to, value tables aside. `readable` and
    `writable` are top fields of the record; each custom field is one: `custom.NAME`. `peek` reads as much of a
    document's JSON as `external_id` and `version` need.
    """

    def __init__(self, mapping: MappingFile, top: Part, parts: list[Part], digest: str) -> None:
        self.mapping = mapping
        self.entity = mapping.entity
        self.stream = mapping.stream
        self.hash = digest
        self.top = top
        self.parts = parts
        self.readable = frozenset(f.top for f in top.fields if f.rule.reads)
        self.writable = frozenset(f.top for f in top.fields if f.rule.writes)
        self._name = f"<mapping {mapping.file or mapping.stream} {digest[:8]}>"
        self._program = decoder(self._name, parts)
        self._decode = self._program.run()[top.name]
        self._lists = _selected_lists(top)
        self._reference_marks = marks_of(mapping.reference)
        self.peek = peeker((mapping.id, mapping.version))

    @property
    def source(self) -> str:
        """The Python that decodes, for a person to read."""
        return self._program.source

    def external_id(self, document: Document) -> str:
        """Read the id by which the remote knows a document; InvalidRecordError where there is none."""
        found = self._text(self.mapping.id, document)
        if found is None or "\0" in found:  # which databases end a text at, or have no place for
            path = path_text(self.mapping.id or ())
            hint = "Look at it in the remote system: without its id nobody can tell what it is."
            raise InvalidRecordError(f"a document of {self.stream} has no id at {path}", path=path, hint=hint)
        return found

    def version(self, document: Document) -> str | None:
        """Read the remote's version text, None where the mapping or the document has none."""
        return self._text(self.mapping.version, document)

    def referenced(self, document: Document) -> str | None:
        """Read our record id, where this mapping wrote it on creation."""
        return self._text(self.mapping.reference, document)

    def may_be_referenced(self, text: Text) -> bool:
        """Tell from a document's JSON whether it may have our record id; only False is certain."""
        return self.mapping.reference is not None and may_contain(text, self._reference_marks)

    def _text(self, path: Path | None, document: Document) -> str | None:
        value = MISSING if path is None else read(path, document)
        return None if value is MISSING or value is None else decode_id(value, {})

    def decode(self, document: Document, tables: Tables, link: FindRecord, doubts: list[str] | None = None) -> Record:
        """Turn a document into a canonical record; an error names the field and where it was read.

        `link` gives the record id for (stream, external id); whatever it raises passes through. `doubts` gathers the
        fields that may not fit the model: a record without any fits.
        """
        doubts = [] if doubts is None else doubts
        try:
            return self._decode(  # type: ignore[no-any-return]
                document, tables, link, amount_as_it_is, NEVER_EXACT, doubts
            )
        except DOCUMENT_ERRORS as error:
            located = blame(error, self._program)
            if located is None:
                raise
            raise located from error

    def links(self, document: Document) -> list[tuple[str, str]]:
        """List every (stream, external id) that a document refers to; what decode would refuse is left out."""
        found: list[tuple[str, str]] = []
        if self._find_links is None:
            return found

        def note(stream: str, external_id: str) -> str:
            found.append((stream, external_id))
            return external_id

        try:
            self._find_links(document, {}, note, amount_as_it_is, NEVER_EXACT, [])
        except DOCUMENT_ERRORS:
            return found
        return found

    def encode(
        self,
        record: Mapping[str, Any],
        tables: Tables,
        link: FindExternal,
        base: Document | None = None,
        only: Collection[str] | None = None,
        create: bool = False,
        reference: str | None = None,
    ) -> Document:
        """Make the patch that brings a document to what the record says: mapped, writable fields only.

        `base` is the document as last seen, `only` names top fields to write. With `create`, `reference` is written
        where the mapping keeps our record id. LinkMissingError where a record that is referred to has no external id.
        """
        writing = Writing(tables=tables, link=link, leaves=self._leaves, amount=amount_as_it_is, create=create)
        patch = encode_part(self.top, record, base, writing, only)
        if create and reference is not None and self.mapping.reference:
            write(patch, base, self.mapping.reference, reference)
        return patch

    def apply(self, patch: Document, document: Document) -> Document:
        """Give the document that the remote holds after a patch; neither is changed."""
        return merge(patch, document, self._lists)

    def norm(self, record: Mapping[str, Any], tables: Tables, document: Document | None = None) -> Record:
        """Give what the remote will make of a record: written into the document and read back, two-way fields only."""
        ids = Pairs()
        patch = self.encode(record, tables, ids.external, base=document)
        return self.two_way(self.decode(self.apply(patch, document or {}), tables, ids.record))

    def two_way(self, record: Mapping[str, Any]) -> Record:
        """Leave of a record only the fields that are both read and always written."""
        return _restrict(self.top, record)

    @cached_property
    def _leaves(self) -> dict[Field, Leaf]:
        functions = leaves(f"{self._name} leaves", self.parts).run()
        names = {f: leaf_name(part, place) for part in self.parts for place, f in enumerate(part.fields)}
        return {f: functions[name] for f, name in names.items() if name in functions}

    @cached_property
    def _find_links(self) -> Callable[..., Any] | None:
        linked = _with_links(self.parts)
        if self.top not in linked:
            return None
        program = decoder(f"{self._name} links", self.parts, keep=lambda f: bool(f.rule.link) or f.part in linked)
        return program.run()[self.top.name]


class Pairs:
    """Links for a rehearsal: record ids stand for numbers and numbers for record ids, one to one."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._external: dict[tuple[str, str], str] = {}
        self._record: dict[tuple[str, str], str] = {}

    def external(self, stream: str, record_id: str) -> str:
        """Give the external id of a record, always the same."""
        if (stream, record_id) not in self._external:
            number = next(n for n in map(str, self._numbers) if (stream, n) not in self._record)
            self._pair(stream, number, record_id)
        return self._external[stream, record_id]

    def record(self, stream: str, external_id: str) -> str:
        """Give the record id of an external id, always the same."""
        if (stream, external_id) not in self._record:
            self._pair(stream, external_id, f"{stream}-{external_id}")
        return self._record[stream, external_id]

    def _pair(self, stream: str, external_id: str, record_id: str) -> None:
        self._external[stream, record_id] = external_id
        self._record[stream, external_id] = record_id


def mapping_hash(mapping: MappingFile, codecs: Mapping[str, Codec]) -> str:
    """Hash what determines decoding: the rules that read, and the codecs they name with their versions."""
    rules = [mapping.fields, *(mapping.parts[name] for name in sorted(mapping.parts))]
    facts = [SEMANTICS, mapping.entity, mapping.stream, path_text(mapping.id or ()), sorted(mapping.parts)]
    text = json.dumps([*facts, *(_facts(group, codecs) for group in rules)], ensure_ascii=False)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _facts(rules: Rules, codecs: Mapping[str, Codec]) -> list[object]:
    return [_fact(rule, codecs) for rule in sorted(active(rules), key=lambda rule: rule.name) if rule.reads]


def _fact(rule: Rule, codecs: Mapping[str, Codec]) -> list[object]:
    versions = [[name, getattr(codecs.get(name), "version", 1)] for name in rule.codecs]
    values = sorted(map(repr, (rule.values or {}).items()))
    special = [repr(rule.default), repr(rule.empty)]
    paths = [path_text(path) for path in rule.reads]
    return [rule.name, paths, versions, values, special, rule.table, rule.part, rule.each, rule.link]


def _restrict(part: Part, record: Mapping[str, Any]) -> Record:
    kept: Record = {}
    for f in part.fields:
        value = pick(record, f.keys) if f.rule.two_way else MISSING
        if value is not MISSING:
            write(kept, None, f.rule.canonical, _restrict_inner(f, value))
    return kept


def _restrict_inner(f: Field, value: Any) -> Any:
    if f.part is None or value is None:
        return value
    return [_restrict(f.part, item) for item in value] if f.rule.each else _restrict(f.part, value)


def _with_links(parts: Iterable[Part]) -> set[Part]:
    """Find the parts that hold a link, themselves or in a part of theirs."""
    everything = list(parts)
    linked: set[Part] = set()
    while more := {p for p in everything if p not in linked and any(f.rule.link or f.part in linked for f in p.fields)}:
        linked |= more
    return linked


def _selected_lists(top: Part) -> Lists:
    lists = Lists()
    _note_lists(lists, top, (), set())
    return lists


def _note_lists(lists: Lists, part: Part, prefix: Path, seen: set[Part]) -> None:
    for f in part.fields:
        lists.add(prefix + path for path in f.rule.writes)
        if f.rule.part and f.part and f.part not in seen:
            for path in f.rule.writes:
                _note_lists(lists, f.part, prefix + path, seen | {part})
