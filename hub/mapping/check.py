"""Proves a mapping on recorded and on generated records, and says what it loses and leaves out. It never prints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from hub.document import Document
from hub.errors import RecordError
from hub.mapping.amount import Tables
from hub.mapping.coverage import never_seen, uncovered_fields, uncovered_paths
from hub.mapping.engine import Compiled, Pairs, Record
from hub.mapping.field import Field, Part
from hub.mapping.law import Law, differences, disturbed, losses, marked
from hub.mapping.paths import path_text

if TYPE_CHECKING:
    from hub.mapping.generated import Proof


@dataclass(frozen=True, slots=True)
class Finding:
    """A law that does not hold: which field, what was seen, and the line of its rule.

    `document` is the external id of the recorded document, empty for a generated record.
    """

    law: Law
    field: str
    message: str
    document: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Loss:
    """What does not survive a rule, and why that is accepted."""

    field: str
    reason: str
    layer: str
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is known of a mapping: `findings` are mistakes, all else is for a person to judge.

    `documents` and `generated` say on how many recorded and generated records the laws were tried. `never_seen` are
    fields whose remote path is in no document, `untried` two-way fields for which no record could be made up, because
    a codec of its own reads them and no document shows a value. `note` says why nothing was generated at all.
    """

    entity: str
    stream: str
    documents: int
    generated: int
    findings: tuple[Finding, ...]
    losses: tuple[Loss, ...]
    uncovered_fields: tuple[str, ...]
    uncovered_paths: tuple[str, ...]
    never_seen: tuple[str, ...]
    untried: tuple[str, ...] = ()
    note: str = ""

    @property
    def ok(self) -> bool:
        """Tell whether every law held."""
        return not self.findings


def check(
    compiled: Compiled, documents: Sequence[Document], model: type[BaseModel], tables: Tables, *, examples: int = 40
) -> Report:
    """Try every law on every document and on generated records: `examples` a field; without hypothesis none."""
    findings = [finding for document in documents for finding in _check_document(compiled, document, model, tables)]
    proof, note = _generate(compiled, documents, tables, examples)
    own = (compiled.mapping.id, compiled.mapping.version, compiled.mapping.reference)
    return Report(
        entity=compiled.entity,
        stream=compiled.stream,
        documents=len(documents),
        generated=proof.tried if proof else 0,
        findings=(*_distinct(findings), *(_finding(*failure) for failure in (proof.failures if proof else ()))),
        losses=tuple(_losses(compiled.top, "", frozenset())),
        uncovered_fields=tuple(uncovered_fields(compiled.top, model)),
        uncovered_paths=tuple(uncovered_paths(compiled.top, documents, [path for path in own if path is not None])),
        never_seen=tuple(never_seen(compiled.top, documents)) if documents else (),
        untried=tuple(proof.untried) if proof else (),
        note=note,
    )


def _generate(
    compiled: Compiled, documents: Sequence[Document], tables: Tables, examples: int
) -> tuple[Proof | None, str]:
    if not examples:
        return None, ""
    try:
        from hub.mapping.generated import prove
    except ImportError:
        return None, "Generated records were not tried: install entrepot[testing] for that."
    return prove(compiled, documents, tables, examples), ""


def _check_document(
    compiled: Compiled, document: Document, model: type[BaseModel], tables: Tables
) -> Iterator[Finding]:
    before = deepcopy(document)
    name = ""
    try:
        name = compiled.external_id(document)
        record = compiled.decode(document, tables, Pairs().record)
    except RecordError as error:
        yield _failed(compiled, Law.READS, error, str(error), name)
        return
    yield from _valid(compiled, record, model, name)
    yield from _written_back(compiled, document, record, tables, name)
    if document != before:
        yield Finding(Law.PURE, "", "a codec changed the document it was given", name)


def _valid(compiled: Compiled, record: Record, model: type[BaseModel], name: str) -> Iterator[Finding]:
    try:
        model.model_validate_json(json.dumps(record))
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False):
            path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in problem["loc"]).lstrip(".")
            message = f"{problem['msg']}: {problem['input']!r:.60}"
            yield _finding(Law.VALID, path, compiled.top.find(path), message, name)


def _written_back(
    compiled: Compiled, document: Document, record: Record, tables: Tables, name: str
) -> Iterator[Finding]:
    links = Pairs()
    meant = deepcopy(record)
    try:
        base = marked(document)
        record = compiled.decode(base, tables, links.record)
    except RecordError:
        base = document  # a codec that will not have a key it does not know
        record = compiled.decode(base, tables, links.record)
    try:
        after = compiled.apply(compiled.encode(record, tables, links.external, base=base), base)
        again = compiled.decode(after, tables, links.record)
    except RecordError as error:
        yield _failed(compiled, Law.ROUND_TRIP, error, f"it cannot be written back: {error}", name)
        return
    for difference in differences(compiled.top, record, again):
        message = f"{difference.expected!r:.60} comes back as {difference.got!r:.60}"
        yield _finding(Law.ROUND_TRIP, difference.path, difference.field, message, name)
    for path, f in disturbed(compiled.top, base, after):
        message = f"writing the record back changes or drops {path}, which no rule knows"
        yield _finding(Law.FOREIGN, f.rule.name if f else "", f, message, name)
    if record.keys() != meant.keys():
        yield Finding(Law.READS, "", "reading twice gives two records", name)
    if compiled.encode({}, tables, links.external, base=base):
        yield Finding(Law.PATCH, "", "an empty record is written as something", name)


def _finding(law: Law, path: str, f: Field | None, message: str, document: str = "") -> Finding:
    return Finding(law, path, message, document, f.rule.file if f else "", f.rule.line if f else 0)


def _failed(compiled: Compiled, law: Law, error: RecordError, message: str, document: str) -> Finding:
    path = error.context.get("field", "")
    return _finding(law, path, compiled.top.find(path), message, document)


def _distinct(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Keep the first finding of each law and field: a thousand documents show the same mistake."""
    seen: set[tuple[Law, str, int]] = set()
    for finding in findings:
        key = (finding.law, "" if finding.line else finding.field + finding.message, finding.line)
        if key not in seen:
            seen.add(key)
            yield finding


def _losses(part: Part, at: str, seen: frozenset[Part]) -> Iterator[Loss]:
    for f in part.fields:
        name = f"{at}{f.rule.name}"
        for reason in [*losses(f), *_structural(f)]:
            yield Loss(name, reason, f.rule.layer, f.rule.file, f.rule.line)
        if f.part is not None and f.part not in seen:
            yield from _losses(f.part, f"{name}[]." if f.rule.each else f"{name}.", seen | {part})


def _structural(f: Field) -> Iterator[str]:
    """Name what a rule loses, or may lose, by its very form."""
    if f.rule.reads and f.rule.writes and f.rule.reads != f.rule.writes:
        places = [" and ".join(map(path_text, paths)) for paths in (f.rule.writes, f.rule.reads)]
        yield f"is written to {places[0]} and read from {places[1]}: only the remote knows whether the two agree"
    for ours, theirs in (f.rule.values or {}).items():
        if len(theirs) > 1 and f.rule.writes:
            yield f"their {' and '.join(map(str, theirs))} all mean {ours}; a change to it is written as {theirs[0]}"
    if f.rule.each and f.rule.writes and not f.rule.by:
        yield "elements are replaced whole, with what the mapping does not know of them: `by` would keep that"
