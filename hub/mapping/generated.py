"""Makes records up from the canonical model, as far as a mapping can say them, and tries the law on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from hub.document import Document
from hub.errors import RecordError
from hub.mapping.amount import Tables
from hub.mapping.encode import pick
from hub.mapping.engine import Compiled, Pairs, Record
from hub.mapping.field import Field, Part
from hub.mapping.law import Law, differences, losses
from hub.mapping.paths import MISSING, write
from hub.mapping.strategies import BUILT_IN_NAMES, DEEPEST, UNFORESEEN, Values, plain_values

Failure: TypeAlias = tuple[Law, str, Field | None, str]
"""Law, canonical path, field, message."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How many records were tried, what failed, and the two-way fields for which none could be made up."""

    tried: int
    failures: list[Failure]
    untried: list[str]


def prove(compiled: Compiled, documents: Sequence[Document], tables: Tables, examples: int) -> Proof:
    """Try the law on generated records: field by field, then all fields together."""
    maker = _Maker(compiled, tables)
    for document in documents:
        maker.learn(document)
    trial = _Trial(compiled, tables)
    failures: list[Failure] = []
    for f in compiled.top.fields:
        if f.rule.two_way:
            failures += trial.run(maker.cases(f), examples)
    if not failures:
        failures += trial.run(maker.cases(None), examples)
    return Proof(trial.count, failures, list(maker.untried(compiled.top, "", frozenset())))


@dataclass(slots=True)
class _Trial:
    """Runs generated cases against the law and keeps the smallest that fails."""

    compiled: Compiled
    tables: Tables
    count: int = 0

    def run(self, cases: Values, examples: int) -> list[Failure]:
        """Try so many cases; give the failures of the smallest one that has any."""
        found: list[Failure] = []

        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
            report_multiple_bugs=False,
        )
        @given(cases)
        def holds(case: tuple[Document | None, Record]) -> None:
            self.count += 1
            failures = self.failures(*case)
            if failures:
                found[:] = failures
                raise _LawBrokenError

        try:
            holds()
        except _LawBrokenError:
            return found
        return []

    def failures(self, base: Document | None, record: Record) -> list[Failure]:
        """Write a record and read it back; what the mapping refuses to write aloud is no failure."""
        links = Pairs()
        try:
            patch = self.compiled.encode(record, self.tables, links.external, base=base)
        except RecordError:
            return []
        try:
            return list(self._read_back(base, record, patch, links))
        except RecordError as error:
            path = error.context.get("field", "")
            field = self.compiled.top.find(path)
            return [(Law.ROUND_TRIP, path, field, f"what was written cannot be read back: {error}")]

    def _read_back(self, base: Document | None, record: Record, patch: Document, links: Pairs) -> Iterator[Failure]:
        top, compiled = self.compiled.top, self.compiled
        norm = compiled.decode(compiled.apply(patch, base or {}), self.tables, links.record)
        patch = compiled.encode(compiled.two_way(norm), self.tables, links.external, base=base)
        again = compiled.decode(compiled.apply(patch, base or {}), self.tables, links.record)
        for law, before, after in ((Law.ROUND_TRIP, record, norm), (Law.STABLE, compiled.two_way(norm), again)):
            for found in differences(top, before, after):
                if law is Law.STABLE or not losses(found.field):
                    message = f"{found.expected!r:.60} comes back as {found.got!r:.60}"
                    yield law, found.path, found.field, message


class _LawBrokenError(Exception):
    """Tells hypothesis that a case fails."""


@dataclass(slots=True)
class _Maker:
    """Knows which values each field can say: from its rule, its codecs, the model, and what was recorded."""

    compiled: Compiled
    tables: Tables
    bases: list[Document | None] = field(default_factory=lambda: [None])
    currencies: list[str | None] = field(default_factory=lambda: [None])
    samples: dict[Field, list[Any]] = field(default_factory=dict)
    made: dict[tuple[Field, str | None, int], Values | None] = field(default_factory=dict)

    def learn(self, document: Document) -> None:
        """Take a recorded document as a base, and its values as examples for codecs that only their author knows."""
        try:
            record = self.compiled.decode(document, self.tables, Pairs().record)
        except RecordError:
            return
        self.bases.append(document)
        self.currencies.append(record.get("currency"))
        self._remember(self.compiled.top, record)

    def _remember(self, part: Part, record: Record) -> None:
        for f in part.fields:
            value = pick(record, f.keys)
            for item in value if f.rule.each and isinstance(value, list) else [value]:
                if f.part is not None and isinstance(item, dict):
                    self._remember(f.part, item)
                elif item is not MISSING and item is not None and item not in self.samples.setdefault(f, []):
                    self.samples[f].append(item)

    def untried(self, part: Part, at: str, seen: frozenset[Part]) -> Iterator[str]:
        """Name the two-way fields that no generated record says anything about."""
        for f in part.fields:
            if f.rule.two_way and self._values(f, "EUR", 0) is None:
                yield f"{at}{f.rule.name}"
            elif f.rule.two_way and f.part is not None and f.part not in seen:
                yield from self.untried(f.part, f"{at}{f.rule.name}.", seen | {part})

    def cases(self, only: Field | None) -> Values:
        """Make pairs of a base document and a record; with `only`, of one field."""

        @st.composite
        def case(draw: DrawFn) -> tuple[Document | None, Record]:
            place = draw(st.integers(0, len(self.bases) - 1))
            record = draw(self._object(self.compiled.top, self.currencies[place], 0, only))
            return self.bases[place], record

        return case()

    def _object(self, part: Part, currency: str | None, depth: int, only: Field | None = None) -> Values:
        @st.composite
        def record(draw: DrawFn) -> Record:
            made: Record = {}
            money = next((f for f in part.fields if f.rule.name == "currency"), None)
            known = currency
            if money is not None and money.rule.two_way:
                known = made["currency"] = draw(st.sampled_from(["EUR", "JPY", "KWD", *self.samples.get(money, [])]))
            elif money is not None and depth:
                known = UNFORESEEN
            for f in [only] if only else part.fields:
                values = self._values(f, known, depth) if _is_said(f, depth) and f is not money else None
                if values is not None and (only or draw(st.booleans())):
                    write(made, None, f.rule.canonical, draw(values))
            return made

        return record()

    def _elements(self, part: Part, by: str, currency: str | None, depth: int) -> Values:
        """Make lists of elements, some of them known to a base document by their identity."""
        elements = self._object(part, currency, depth + 1)
        if not by:
            return st.lists(elements, max_size=3)
        known = st.sampled_from([*self.samples.get(part.field(by), []), "new 1", "new 2"])
        said = part.field(by).rule.two_way
        named = elements if said else st.builds(lambda element, name: {**element, by: name}, elements, known)
        return st.lists(named, max_size=3, unique_by=lambda element: element.get(by, id(element)))

    def _values(self, f: Field, currency: str | None, depth: int) -> Values | None:
        key = (f, currency, depth)
        if key not in self.made:
            self.made[key] = self._make(f, currency, depth)
        return self.made[key]

    def _make(self, f: Field, currency: str | None, depth: int) -> Values | None:
        values = self._filled(f, currency, depth)
        if values is None:
            return None
        if f.rule.empty is not MISSING:
            values = values.filter(lambda value: value != f.rule.empty)
        return st.none() | values if f.shape.nullable else values

    def _filled(self, f: Field, currency: str | None, depth: int) -> Values | None:
        rule = f.rule
        if f.part is not None:
            return (
                self._elements(f.part, rule.by, currency, depth)
                if rule.each
                else self._object(f.part, currency, depth + 1)
            )
        if rule.values is not None:
            return st.sampled_from([ours for ours in rule.values if ours is not None])
        if rule.table:
            known = sorted(set(self.tables.get(rule.table, {}).values()))
            return st.sampled_from(known) if known else None
        if rule.link:
            return st.sampled_from(["0record1", "0record2"])
        values = plain_values(f, currency)
        if all(codec.name in BUILT_IN_NAMES for codec in f.codecs) or not self.samples.get(f):
            return values
        shown = st.sampled_from(self.samples[f])  # chance alone rarely hits what a codec of its own can read
        return shown if values is None else shown | values


def _is_said(f: Field, depth: int) -> bool:
    """Tell whether a generated record says something about a field; ids that are only read tell elements apart."""
    return f.rule.two_way and (f.part is None or depth < DEEPEST)
